//! Connections that wait for their next call, so that a call need not start a program on the host.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::engine_http::Connection;

/// The longest time that a connection is kept unused.
const IDLE: Duration = Duration::from_secs(20);

/// Kept connections. There are never more than the calls that were made at once, because one is
/// opened only when none waits.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<(Connection, Instant)>>);

impl Pool {
    /// Takes the connection that was used last.
    pub(super) fn take(&self) -> Option<Connection> {
        self.locked().pop().map(|(connection, _)| connection)
    }

    /// Keeps a connection for the next call, or for [`IDLE`].
    pub(super) fn keep(self: &Arc<Self>, connection: Connection) {
        self.locked().push((connection, Instant::now()));
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(IDLE).await;
            if let Some(pool) = pool.upgrade() {
                pool.locked().retain(|(_, since)| since.elapsed() < IDLE);
            }
        });
    }

    /// Closes all.
    pub(super) fn clear(&self) {
        self.locked().clear();
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<(Connection, Instant)>> {
        // A vector stays whole if a thread panics that holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
