//! Getting a connection from a pool.

use std::task::Poll;

use deadpool::managed::{Manager, Object, Pool};
use diesel_async::pooled_connection::PoolError;

use crate::error::{Error, Result};

/// Returns a connection: a free one at once, otherwise the next one that becomes free or is opened.
///
/// A task of its own waits, and gives the connection to the pool if the caller has left. Otherwise callers
/// that leave would discard each connection that is opened for them, and the pool would never fill.
pub(crate) async fn checkout<M>(pool: &Pool<M>) -> Result<Object<M>>
where
    M: Manager<Error = PoolError> + 'static,
{
    let pool = pool.clone();
    let mut connection = Box::pin(async move { pool.get().await });
    if let Poll::Ready(free) = futures_util::poll!(&mut connection) {
        return Ok(free?);
    }
    let waiting = tokio::spawn(connection);
    let connection = waiting.await.map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(connection?)
}
