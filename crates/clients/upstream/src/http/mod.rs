//! Calls over HTTP: an account, its requests, their attempts and their answers.

mod answer;
mod answer_memory;
mod attempt;
mod bounds;
mod error_body;
mod identified;
mod outgoing;
mod payload;
mod request;
mod retry;
mod shortening;
mod signed_body;
mod statistics;
mod streamed;
mod transport;
mod warnings;

pub use answer::UpstreamAnswer;
pub use bounds::{Bounds, LongText};
pub use identified::Identified;
pub use outgoing::{Outgoing, Vet};
pub use request::Request;
pub use signed_body::SignedBody;
pub use statistics::{Attempt, AttemptOutcome, CallStatistics};
pub use transport::{BODY_LIMIT, Classify, DEADLINE, Settings, Slow, Transport, client_builder};
