//! Calls over HTTP: an account, its requests, their attempts and their answers.

mod answer;
mod answer_identity;
mod answer_memory;
mod attempt;
mod error_answer;
mod json_shortening;
mod raw_body;
mod request;
mod retry;
mod statistics;
mod streamed_answer;
mod upstream_account;

pub use answer::UpstreamAnswer;
pub use answer_identity::Identified;
pub use json_shortening::LongText;
pub use raw_body::SignedBody;
pub use request::Request;
pub use statistics::{Attempt, AttemptOutcome, CallStatistics};
pub use streamed_answer::Bounds;
pub use upstream_account::{
    BODY_LIMIT, Classify, DEADLINE, Outgoing, Settings, Slow, Transport, Vet, client_builder,
};
