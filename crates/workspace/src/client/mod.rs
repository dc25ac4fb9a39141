//! The client that waits for the answer of a call.

mod progress;

use tokio_util::sync::CancellationToken;

pub use progress::{Progress, Update};

/// The client that waits for the answer of a call.
#[derive(Debug)]
pub struct Client {
    /// Where it wants progress to be reported.
    pub progress: Option<Progress>,
    /// Cancelled when the client disconnects or this server stops.
    pub gone: CancellationToken,
    /// Whether the answer goes into the context of a model, which a long one would fill.
    pub is_model: bool,
}
