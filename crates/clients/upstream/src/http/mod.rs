//! Calls over HTTP: an account, its requests, their attempts and their answers.

mod answer;
mod answer_identity;
mod answer_memory;
mod attempt;
mod body;
mod error_answer;
mod request;
mod retry;
mod shortening;
mod statistics;
mod streamed_answer;
mod transport;

pub use answer::UpstreamAnswer;
pub use answer_identity::Identified;
pub use body::SignedBody;
pub use request::Request;
pub use shortening::LongText;
pub use statistics::{Attempt, AttemptOutcome, CallStatistics};
pub use streamed_answer::Bounds;
pub use transport::{
    BODY_LIMIT, Classify, DEADLINE, Outgoing, Settings, Slow, Transport, Vet, client_builder,
};
