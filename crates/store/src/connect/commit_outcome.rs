//! The outcome of a transaction on PostgreSQL whose COMMIT got no answer.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::Object;
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

use crate::connect::pool_checkout::checkout;
use crate::connect::postgres::{Connections, in_time};
use crate::error::Result;
use crate::prepare_once::prepare_once;

/// The time for which the database is asked for the outcome of a transaction: an instance that crashed is back by
/// then.
const PATIENCE: Duration = Duration::from_secs(5);

/// The timeout of one question.
const ANSWER: Duration = Duration::from_secs(2);

/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(50);

/// The number of a transaction, and the history in which it means that transaction.
///
/// A standby that is promoted begins a new timeline. It may lack the last transactions of the old one, and gives their
/// numbers to others.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct TransactionId {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    timeline: String,
}

/// Gives the open transaction a number, and returns it. PostgreSQL would otherwise do so at its first change.
pub(crate) async fn transaction_id(conn: &AsyncPgConnection) -> QueryResult<TransactionId> {
    let statement = sql_query(
        "SELECT pg_current_xact_id()::text AS number, \
         left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS timeline",
    );
    prepare_once(statement).get_result(&mut &*conn).await
}

/// The outcome of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Committed,
    Aborted,
}

/// PostgreSQL's own record of the outcomes of transactions.
#[derive(Clone)]
pub(crate) struct Commits {
    pool: Connections,
    /// The cluster whose transactions have these numbers: the address may lead to another one later.
    cluster: Arc<str>,
}

#[derive(QueryableByName)]
struct Cluster {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<String>,
}

impl Commits {
    /// Returns the record of the server that `pool` leads to; `None` if it has none, like a server that only speaks
    /// PostgreSQL's protocol.
    pub(crate) async fn for_pool(pool: &Connections) -> Option<Self> {
        let mut conn = checkout(pool).await.ok()?;
        let cluster = sql_query("SELECT system_identifier::text AS id FROM pg_control_system()");
        let found = cluster.get_result::<Cluster>(&mut *conn).await.ok()?;
        transaction_id(&conn).await.ok()?;
        Some(Self { pool: pool.clone(), cluster: found.id.into() })
    }

    /// Returns the outcome of a transaction whose connection was lost; `None` if the server does not report it in
    /// time.
    pub(crate) async fn fate(&self, transaction: &TransactionId) -> Option<Fate> {
        let asking = async {
            loop {
                match self.status(transaction).await {
                    Ok(Some(status)) if status == "committed" => return Some(Fate::Committed),
                    Ok(Some(status)) if status == "aborted" => return Some(Fate::Aborted),
                    // Its session has not noticed yet that the connection is lost, or the server is not up yet.
                    Ok(Some(_)) | Err(_) => tokio::time::sleep(PAUSE).await,
                    Ok(None) => return None,
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.ok().flatten()
    }

    /// Returns PostgreSQL's word for the status of a transaction; `None` if it no longer knows it, or is not
    /// the server, or its promoted standby, that had it.
    async fn status(&self, transaction: &TransactionId) -> Result<Option<String>> {
        let mut conn = checkout(&self.pool).await?;
        let statement = sql_query(
            "SELECT pg_xact_status($1::xid8) AS status FROM pg_control_system() \
             WHERE system_identifier::text = $2 \
             AND left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) = $3",
        )
        .bind::<Text, _>(&transaction.number)
        .bind::<Text, _>(&*self.cluster)
        .bind::<Text, _>(&transaction.timeline);
        let answer = in_time(ANSWER, statement.load::<Status>(&mut *conn)).await;
        answer.map(|rows| rows.into_iter().find_map(|row| row.status)).map_err(|error| {
            // Its answer may still be on the way.
            drop::<AsyncPgConnection>(Object::take(conn));
            error.into()
        })
    }
}
