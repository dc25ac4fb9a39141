//! A connection to PostgreSQL whose transaction begins with its first statement.

use std::sync::OnceLock;

use diesel::QueryResult;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _,
    TransactionManager as _,
};
use futures_util::future::{BoxFuture, join};

use crate::connect::commit_outcome::{TransactionId, transaction_id};

/// A connection, and the statements that begin its transaction.
///
/// They are sent together with the first statement: their answer says nothing that is worth a round trip to the
/// server. Where it matters that the transaction has begun, [`LateBegin::connection`] waits for that.
pub(crate) struct LateBegin {
    conn: Object<AsyncPgConnection>,
    /// The statements that begin the transaction, until they are sent.
    beginning: Option<String>,
    /// True if the transaction's id is requested.
    is_numbered: bool,
    id: OnceLock<TransactionId>,
}

impl LateBegin {
    /// Returns the connection with a transaction that these statements begin.
    pub(crate) const fn with(conn: Object<AsyncPgConnection>, beginning: String) -> Self {
        Self { conn, beginning: Some(beginning), is_numbered: false, id: OnceLock::new() }
    }

    /// Returns the same with an id of the transaction, which is asked for together with its beginning.
    pub(crate) fn with_transaction_id(self) -> Self {
        Self { is_numbered: true, ..self }
    }

    /// Returns the id of the transaction, if it was asked for.
    pub(crate) fn id(&self) -> Option<&TransactionId> {
        self.id.get()
    }

    /// Returns what begins the transaction, unless it was sent, and the connection for the statement that follows.
    pub(crate) fn parts(&mut self) -> (Option<BoxFuture<'_, QueryResult<()>>>, &AsyncPgConnection) {
        let beginning = self.take();
        let (conn, id): (&AsyncPgConnection, _) = (&self.conn, &self.id);
        let is_numbered = self.is_numbered;
        let beginning = beginning.map(|sql| -> BoxFuture<'_, _> {
            Box::pin(async move {
                let begun = async { (&mut &*conn).batch_execute(&sql).await };
                if !is_numbered {
                    return begun.await;
                }
                let (begun, number) = join(begun, transaction_id(conn)).await;
                begun?;
                let number = number?;
                id.get_or_init(|| number);
                Ok(())
            })
        });
        (beginning, conn)
    }

    /// Returns the connection once the transaction has begun.
    pub(crate) async fn connection(&mut self) -> QueryResult<&mut AsyncPgConnection> {
        if let Some(sql) = self.take() {
            self.conn.batch_execute(&sql).await?;
        }
        Ok(&mut self.conn)
    }

    /// Returns what begins the transaction, to be sent. The pool closes the connection if it gets it back before the
    /// transaction has ended.
    fn take(&mut self) -> Option<String> {
        let beginning = self.beginning.take()?;
        AnsiTransactionManager::transaction_manager_status_mut(&mut *self.conn).set_in_error();
        Some(beginning)
    }

    /// Ends the transaction by COMMIT or ROLLBACK. Sends nothing if it has not begun.
    pub(crate) async fn end_transaction(&mut self, sql: &str) -> QueryResult<()> {
        if self.beginning.is_none() {
            self.conn.batch_execute(sql).await?;
            *self.conn.transaction_state() = AnsiTransactionManager::default();
        }
        Ok(())
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
/// If the beginning fails, its error. The statement may then run outside of a transaction, without a scope: only what
/// the policies refuse without one may be the first statement of a transaction.
pub(crate) async fn after<T>(
    beginning: Option<BoxFuture<'_, QueryResult<()>>>,
    statement: BoxFuture<'_, QueryResult<T>>,
) -> QueryResult<T> {
    let Some(beginning) = beginning else { return statement.await };
    // `join` polls them in this order, and so they are sent in it.
    let (begun, result) = join(beginning, statement).await;
    begun.and(result)
}

#[cfg(test)]
mod tests {
    use covibe_testkit_postgres::{Database, Postgres};
    use diesel::sql_types::BigInt;
    use diesel::{QueryableByName, sql_query};
    use diesel_async::RunQueryDsl as _;

    use super::*;
    use crate::connect::postgres::{Connections, Target, open};

    const INSERT: &str = "INSERT INTO tenants (id, name, created_at) VALUES ('ten_a', 'A', 1)";

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }

    async fn tenants(database: &Database) -> i64 {
        let mut conn = Target::parse(&database.superuser_url).unwrap().connect().await.unwrap();
        let count = sql_query("SELECT count(*) FROM tenants");
        count.get_result::<Count>(&mut conn).await.unwrap().count
    }

    async fn session(pool: &Connections, beginning: &str) -> LateBegin {
        LateBegin::with(pool.get().await.unwrap(), beginning.to_owned())
    }

    async fn insert(session: &mut LateBegin) -> QueryResult<usize> {
        on_postgres!(session, conn => sql_query(INSERT).execute(conn).await)
    }

    #[tokio::test]
    async fn a_statement_whose_begin_fails_writes_nothing() {
        let Some(postgres) = Postgres::shared() else { return };
        let database = postgres.database();
        let pool = open(&database.runtime_url).unwrap();
        for beginning in ["SELECT 1/0", "BEGIN; SELECT 1/0", "BEGIN READ ONLY"] {
            let mut session = session(&pool, beginning).await;
            insert(&mut session).await.unwrap_err();
            session.end_transaction("ROLLBACK").await.unwrap();
        }
        assert_eq!(tenants(&database).await, 0);
        let mut session = session(&pool, "BEGIN; SET LOCAL app.tenant_id = 'ten_a'").await;
        insert(&mut session).await.unwrap();
        assert_eq!(tenants(&database).await, 0, "it is not committed");
        session.end_transaction("COMMIT").await.unwrap();
        assert_eq!(tenants(&database).await, 1);
    }

    #[tokio::test]
    async fn the_pool_keeps_no_connection_with_an_open_transaction() {
        let Some(postgres) = Postgres::shared() else { return };
        let database = postgres.database();
        let pool = open(&database.runtime_url).unwrap();
        let mut open = session(&pool, "BEGIN; SET LOCAL app.tenant_id = 'ten_a'").await;
        insert(&mut open).await.unwrap();
        drop(open);
        let mut next = session(&pool, "BEGIN; SET LOCAL app.tenant_id = 'ten_b'").await;
        on_postgres!(next, conn => sql_query("SELECT 1").execute(conn).await).unwrap();
        next.end_transaction("COMMIT").await.unwrap();
        assert_eq!(tenants(&database).await, 0, "what was open is rolled back");
    }
}
