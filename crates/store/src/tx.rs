//! An open transaction: its scope, its end, and the macro that runs a query on either database.

use covibe_domain::{KeyDigest, TenantId};
use diesel::connection::{AnsiTransactionManager as SyncManager, TransactionManager as _};
use diesel::result::Error as Diesel;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};

use crate::connect::sqlite::Sqlite;
use crate::error::{Error, Result};

/// Runs one query body, expanded for each database, on the connection of a [`Tx`].
///
/// The body is a `QueryResult`; a failed one dooms the transaction.
macro_rules! on {
    ($tx:expr, $conn:ident => $body:expr) => {{
        let result = match $tx.conn.as_mut() {
            Some($crate::tx::Conn::Postgres(boxed)) => {
                let $conn = &mut **boxed;
                $body
            }
            Some($crate::tx::Conn::Sqlite($conn)) => $body,
            None => Err(diesel::result::Error::NotInTransaction),
        };
        $tx.noted(result)
    }};
}

/// Whose rows a transaction sees.
pub(crate) enum Scope {
    /// One tenant's.
    Tenant(TenantId),
    /// The one key with this digest.
    Credential(KeyDigest),
    /// Nobody's; for tables that belong to no tenant.
    Shared,
}

impl Scope {
    /// The tenant's id; empty in other scopes, and no row has an empty tenant.
    pub(crate) fn tenant(&self) -> &str {
        match self {
            Self::Tenant(tenant) => tenant.as_str(),
            Self::Credential(_) | Self::Shared => "",
        }
    }

    /// The credential's digest; empty in other scopes, and no key has an empty digest.
    pub(crate) fn credential(&self) -> String {
        match self {
            Self::Tenant(_) | Self::Shared => String::new(),
            Self::Credential(digest) => digest.to_string(),
        }
    }

    /// What tells PostgreSQL's policies. Both alphabets are free of quotes by their types.
    fn setting(&self) -> String {
        match self {
            Self::Tenant(tenant) => format!("SET LOCAL app.tenant_id = '{tenant}'"),
            Self::Credential(digest) => format!("SET LOCAL app.credential = '{digest}'"),
            Self::Shared => "SET LOCAL app.tenant_id = ''".to_owned(),
        }
    }
}

/// What a transaction may do.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// See.
    Read,
    /// See and change.
    Write,
}

impl Access {
    const fn postgres(self) -> &'static str {
        match self {
            Self::Read => "BEGIN READ ONLY",
            Self::Write => "BEGIN",
        }
    }

    /// A deferred transaction that comes to write later gets SQLITE_BUSY at once, whatever the
    /// busy timeout, so writers take the lock at the beginning.
    const fn sqlite(self) -> &'static str {
        match self {
            Self::Read => "BEGIN",
            Self::Write => "BEGIN IMMEDIATE",
        }
    }
}

/// A connection out of either pool.
pub(crate) enum Conn {
    /// To the server.
    Postgres(Box<Object<AsyncPgConnection>>),
    /// To the file.
    Sqlite(Object<Sqlite>),
}

/// An open transaction. Dropped without [`Tx::commit`] it is rolled back, and its connection
/// leaves the pool: no lock outlives it, even where its future was cancelled within a statement.
///
/// After a failed query it can only be rolled back, on both databases.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    pub(crate) conn: Option<Conn>,
    pub(crate) scope: Scope,
    doomed: bool,
}

impl Tx {
    /// Begins on `conn`, which the guard holds from here on, so that a cancelled beginning is
    /// rolled back as well.
    pub(crate) async fn begin(conn: Conn, scope: Scope, access: Access) -> Result<Self> {
        let mut tx = Self { conn: Some(conn), scope, doomed: false };
        match tx.conn.as_mut() {
            Some(Conn::Postgres(conn)) => {
                let sql = format!("{}; {}", access.postgres(), tx.scope.setting());
                AnsiTransactionManager::begin_transaction_sql(&mut ***conn, &sql).await?;
            }
            Some(Conn::Sqlite(conn)) => {
                let sql = access.sqlite();
                conn.spawn_blocking(move |c| SyncManager::begin_transaction_sql(c, sql)).await?;
            }
            None => {}
        }
        Ok(tx)
    }

    /// Keeps what was done, and gives the connection back.
    ///
    /// After a failed query it rolls back instead, and fails: PostgreSQL would answer the COMMIT
    /// of an aborted transaction with success.
    pub async fn commit(mut self) -> Result<()> {
        let keep = !self.doomed;
        match self.conn.as_mut() {
            Some(Conn::Postgres(conn)) if keep => {
                AnsiTransactionManager::commit_transaction(&mut ***conn).await?;
            }
            Some(Conn::Postgres(conn)) => {
                AnsiTransactionManager::rollback_transaction(&mut ***conn).await?;
            }
            Some(Conn::Sqlite(conn)) if keep => {
                conn.spawn_blocking(SyncManager::commit_transaction).await?;
            }
            Some(Conn::Sqlite(conn)) => {
                conn.spawn_blocking(SyncManager::rollback_transaction).await?;
            }
            None => {}
        }
        drop(self.conn.take());
        if keep { Ok(()) } else { Err(Error::Database(Diesel::RollbackTransaction)) }
    }

    /// Goes on in the scope of another tenant, within the same transaction.
    pub(crate) async fn enter(&mut self, tenant: &TenantId) -> Result<()> {
        self.scope = Scope::Tenant(tenant.clone());
        let Some(Conn::Postgres(conn)) = self.conn.as_mut() else { return Ok(()) };
        let result = conn.batch_execute(&self.scope.setting()).await;
        self.noted(result)
    }

    /// Refuses a row of another tenant before it is written.
    pub(crate) fn admit(&self, tenant: &TenantId) -> Result<()> {
        if self.scope.tenant() == tenant.as_str() { Ok(()) } else { Err(Error::OtherTenant) }
    }

    /// Passes a query's result on, and remembers a failure.
    pub(crate) fn noted<T>(&mut self, result: Result<T, Diesel>) -> Result<T> {
        self.doomed |= result.is_err();
        Ok(result?)
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        match self.conn.take() {
            Some(Conn::Postgres(conn)) => drop(Object::take(*conn)),
            Some(Conn::Sqlite(conn)) => drop(Object::take(conn)),
            None => {}
        }
    }
}
