//! A connection to PostgreSQL whose transaction begins with its first statement.

use diesel::QueryResult;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use futures_util::future::{BoxFuture, join};

/// A connection, and what begins its transaction.
///
/// What begins it is sent together with the first statement: its answer says nothing that is worth a round trip to the
/// server.
pub(crate) struct Begun {
    conn: Object<AsyncPgConnection>,
    /// The statements that begin the transaction, until they are sent.
    beginning: Option<String>,
}

impl Begun {
    /// Returns the connection with a transaction that these statements begin.
    pub(crate) const fn with(conn: Object<AsyncPgConnection>, beginning: String) -> Self {
        Self { conn, beginning: Some(beginning) }
    }

    /// Returns what begins the transaction, unless it is sent, and the connection for the statement that follows.
    pub(crate) fn parts(&mut self) -> (Option<BoxFuture<'_, QueryResult<()>>>, &AsyncPgConnection) {
        let Self { conn, beginning } = self;
        let conn: &AsyncPgConnection = conn;
        let beginning = beginning.take().map(|sql| -> BoxFuture<'_, _> {
            Box::pin(async move { (&mut &*conn).batch_execute(&sql).await })
        });
        (beginning, conn)
    }

    /// Returns the connection once the transaction has begun.
    pub(crate) async fn connection(&mut self) -> QueryResult<&mut AsyncPgConnection> {
        if let Some(sql) = self.beginning.take() {
            self.conn.batch_execute(&sql).await?;
        }
        Ok(&mut self.conn)
    }

    /// Ends the transaction by COMMIT or ROLLBACK. Sends nothing if it has not begun.
    pub(crate) async fn end(&mut self, sql: &str) -> QueryResult<()> {
        if self.beginning.is_some() { Ok(()) } else { self.conn.batch_execute(sql).await }
    }

    /// Returns the connection, whatever is open on it.
    pub(crate) fn into_connection(self) -> AsyncPgConnection {
        Object::take(self.conn)
    }
}

/// Runs a statement after what begins its transaction; both are sent before either is answered.
///
/// # Errors
///
/// If the beginning fails, its error. PostgreSQL refuses the statement then, for want of a connection, a transaction or
/// a scope.
pub(crate) async fn after<T>(
    beginning: Option<BoxFuture<'_, QueryResult<()>>>,
    statement: BoxFuture<'_, QueryResult<T>>,
) -> QueryResult<T> {
    let Some(beginning) = beginning else { return statement.await };
    // `join` polls them in this order, and so they are sent in it.
    let (begun, result) = join(beginning, statement).await;
    begun.and(result)
}
