//! Calls over HTTP: an account, its requests, their attempts and their answers.

mod answer;
mod answer_memory;
mod attempt;
mod body;
mod error_answer;
mod identified;
mod request;
mod retry;
mod shortening;
mod statistics;
mod streamed;
mod transport;

pub use answer::UpstreamAnswer;
pub use body::SignedBody;
pub use identified::Identified;
pub use request::Request;
pub use shortening::LongText;
pub use statistics::{Attempt, AttemptOutcome, CallStatistics};
pub use streamed::Bounds;
pub use transport::{
    BODY_LIMIT, Classify, DEADLINE, Outgoing, Settings, Slow, Transport, Vet, client_builder,
};
