//! What every client of an upstream shares: transport, retries, rate budget, errors, redaction.
//!
//! A [`Transport`] belongs to one account on one upstream. It bounds everything: connecting, one
//! attempt, all attempts together, and the body. It repeats a request only where that can't
//! double a change, and its [`Error`] says whether a change may have happened.

mod answer;
mod attempt;
mod base;
mod cut;
mod error;
mod expiry;
mod failure;
mod fields;
mod limiter;
mod outgoing;
mod redact;
mod request;
mod retry;
mod streamed;
mod transport;

pub use answer::Answer;
pub use base::{ConfigError, api_base};
pub use error::{Cause, Conflict, Effect, Error, Refusal, gone, optional};
pub use expiry::Expiry;
pub use fields::Fields;
pub use limiter::{BoxFuture, Budget, Exhausted, Grant, Limiter};
pub use outgoing::{Outgoing, Vet};
pub use redact::without_userinfo;
pub use request::Request;
pub use streamed::Bounds;
pub use transport::{BODY_LIMIT, Classify, DEADLINE, Settings, Transport};
