//! The connection of a transaction, and its end when the transaction is dropped.

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager as SyncManager, TransactionManager as _};
use diesel::result::Error as Diesel;
use diesel_async::pooled_connection::deadpool::Object;
use tokio::runtime::Handle;

use crate::connect::late_begin::LateBegin;
use crate::connect::sqlite::Sqlite;

/// The time that a connection may take to roll back before it is closed.
pub(super) const ROLLBACK: Duration = Duration::from_secs(2);

/// A connection to either database.
pub(crate) enum Conn {
    /// A connection to the server.
    Postgres(Box<LateBegin>),
    /// A connection to the file.
    Sqlite(Object<Sqlite>),
}

impl Conn {
    /// Rolls back what is open, after the statement that was cancelled. Returns whether nothing is
    /// still open.
    async fn roll_back(&mut self) -> bool {
        match self {
            // The server only warns where nothing is open.
            Self::Postgres(session) => session.end_transaction("ROLLBACK").await.is_ok(),
            Self::Sqlite(conn) => {
                let rolled_back = conn.spawn_blocking(SyncManager::rollback_transaction).await;
                matches!(rolled_back, Ok(()) | Err(Diesel::NotInTransaction))
            }
        }
    }

    /// Closes the connection instead of returning it to the pool.
    pub(super) fn close(self) {
        match self {
            Self::Postgres(session) => drop(session.into_connection()),
            Self::Sqlite(conn) => drop(Object::take(conn)),
        }
    }
}

/// Rolls back what is open on a connection, in a task of its own, and returns it to the pool.
///
/// A new connection costs PostgreSQL a process and a handshake, so callers that leave must not be able to
/// make the pool throw away those that it has.
pub(super) fn abandon(conn: Conn) {
    let mut abandoned = Abandoned(Some(conn));
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(async move {
        if abandoned.roll_back().await {
            drop(abandoned.0.take());
        }
    });
}

/// A connection that is closed when this is dropped, which happens early if its runtime ends: a statement
/// may still be running on it then, so the pool must not get it.
struct Abandoned(Option<Conn>);

impl Abandoned {
    /// Returns whether nothing is still open.
    async fn roll_back(&mut self) -> bool {
        let Some(conn) = &mut self.0 else { return false };
        tokio::time::timeout(ROLLBACK, conn.roll_back()).await == Ok(true)
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Conn::close);
    }
}
