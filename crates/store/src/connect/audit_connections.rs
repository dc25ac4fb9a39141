//! The connection that appends to the audit.

use std::sync::Arc;
use std::time::Instant;

use deadpool::Status;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::PoolableConnection as _;
use diesel_async::pooled_connection::deadpool::Object;
use parking_lot::Mutex;

use crate::connect::pool_checkout::checkout;
use crate::connect::postgres::{Connections, UNTRIED};
use crate::error::Result;

/// The connection on which an append ended last, until the next one.
///
/// An append is the most expensive statement to prepare: PostgreSQL takes 4 ms and some memory for what it needs in a
/// session. So it is prepared in one session for as long as one is enough.
#[derive(Clone, Default)]
pub(crate) struct Appender(Arc<Mutex<Option<KeptConnection>>>);

/// A connection, and since when it is kept.
struct KeptConnection {
    conn: Object<AsyncPgConnection>,
    since: Instant,
}

impl Appender {
    /// Returns the connection, or another one of the pool while it is in use.
    pub(crate) async fn take(&self, pool: &Connections) -> Result<Object<AsyncPgConnection>> {
        if let Some(KeptConnection { mut conn, since }) = self.0.lock().take()
            && since.elapsed() < UNTRIED
            && !conn.is_broken()
        {
            return Ok(conn);
        }
        // An old one is back in the pool, which tries it first.
        checkout(pool).await
    }

    /// Keeps a connection on which an append has ended, unless somebody waits for one.
    pub(crate) fn keep(&self, conn: Object<AsyncPgConnection>, pool: &Connections) {
        if pool.status().waiting == 0 {
            *self.0.lock() = Some(KeptConnection { conn, since: Instant::now() });
        }
    }

    /// Gives the connection back if the pool has no other one for somebody who needs one now.
    pub(crate) fn make_way(&self, pool: &Connections) {
        let Status { max_size, size, available, .. } = pool.status();
        if available == 0 && size >= max_size {
            drop(self.0.lock().take());
        }
    }

    /// Returns how many connections are kept, which the pool takes for busy.
    pub(crate) fn kept_connections(&self) -> usize {
        usize::from(self.0.lock().is_some())
    }
}
