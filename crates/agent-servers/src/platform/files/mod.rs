//! Private files that several processes write, and that a kill at any point leaves readable.

mod lock;
mod private;
mod shelf;

use covibe_domain::{Failure, Kind};

pub(super) use private::{Record, read_json, write_json};
pub(super) use shelf::{Shelf, ShelfGuard};

/// Does what blocks on files, on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| {
        tracing::error!(%error, "work on files ended early");
        Err(Failure::new(Kind::Upstream, "The files were not worked on to the end."))
    })
}
