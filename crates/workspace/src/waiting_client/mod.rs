//! The client that waits for the answer of a call.

mod call_progress;

use tokio_util::sync::CancellationToken;

pub use call_progress::{Progress, ProgressUpdate};

/// The client that waits for the answer of a call.
#[derive(Debug)]
pub struct WaitingClient {
    /// The receiver of its progress reports, if it wants them.
    pub progress: Option<Progress>,
    /// Cancelled when the client disconnects or this server stops.
    pub gone: CancellationToken,
    /// The reader of the answer.
    pub reader: AnswerReader,
}

/// The reader of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerReader {
    /// A model, whose context a long answer would fill.
    Model,
    /// A program, which may hand it to a model.
    Program,
    /// A person, who sees a page or a terminal.
    Person,
}
