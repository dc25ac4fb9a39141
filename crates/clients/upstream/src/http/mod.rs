//! Calls over HTTP: an account, its requests, their attempts and their answers.

mod answer;
mod asked;
mod attempt;
mod bounds;
mod cut;
mod error_body;
mod observed;
mod outgoing;
mod payload;
mod request;
mod retry;
mod room;
mod sealed;
mod streamed;
mod transport;
mod warnings;

pub use answer::Answer;
pub use asked::Identified;
pub use bounds::{Bounds, Long};
pub use observed::{Attempt, Ended, Observed};
pub use outgoing::{Outgoing, Vet};
pub use request::Request;
pub use sealed::Sealed;
pub use transport::{BODY_LIMIT, Classify, DEADLINE, Settings, Slow, Transport, client_builder};
