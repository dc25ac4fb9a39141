//! An open transaction: its scope, its end, and the macro that runs a query on either database.

use std::time::Duration;

use covibe_domain::{KeyDigest, Slug, TenantId, UserId};
use diesel::connection::{AnsiTransactionManager as SyncManager, TransactionManager as _};
use diesel::result::Error as Diesel;
use diesel_async::SimpleAsyncConnection as _;
use diesel_async::pooled_connection::deadpool::Object;
use tokio::runtime::Handle;

use crate::connect::late_begin::LateBegin;
use crate::connect::open::Counted;
use crate::connect::postgres::in_time;
use crate::connect::sqlite::Sqlite;
use crate::error::{Error, Result};

/// How long a connection may take to roll back before it is closed.
const ROLLBACK: Duration = Duration::from_secs(2);

/// How long the answer to a statement may take. PostgreSQL itself ends a statement after 10 seconds.
pub(crate) const STATEMENT: Duration = Duration::from_secs(12);

/// Runs one query body, a `QueryResult`, on a connection of PostgreSQL that a [`Tx`] has.
///
/// The statement is boxed, so that waiting for it is compiled for each type of a result instead of for each
/// statement.
macro_rules! on_postgres {
    ($session:expr, $conn:ident => $body:expr) => {{
        let (beginning, connection) = $session.parts();
        let $conn = &mut &*connection;
        let statement: futures_util::future::BoxFuture<'_, _> = Box::pin(async { $body });
        let statement = $crate::connect::late_begin::after(beginning, statement);
        $crate::connect::postgres::in_time($crate::tx::STATEMENT, statement).await
    }};
}

/// Runs one query body, expanded for each database, on the connection of a [`Tx`].
///
/// The body is a `QueryResult`. After a failed query the transaction can only be rolled back.
macro_rules! on {
    ($tx:expr, $conn:ident => $body:expr) => {{
        let result = match $tx.conn.as_mut() {
            Some($crate::tx::Conn::Postgres(session)) => on_postgres!(session, $conn => $body),
            Some($crate::tx::Conn::Sqlite($conn)) => $body,
            None => Err(diesel::result::Error::NotInTransaction),
        };
        $tx.track(result)
    }};
}

/// Whose rows a transaction sees.
pub(crate) enum Scope {
    /// One tenant's.
    Tenant(TenantId),
    /// What belongs to this credential: a key, a person, a session, a link, an invitation.
    Credential(KeyDigest),
    /// What a person has apart from their tenants.
    Person(UserId),
    /// One tenant's rows, and what a person has apart from their tenants.
    TenantAndPerson(TenantId, UserId),
    /// The one workspace with this slug, to be read.
    Slug(Slug),
    /// The one workspace whose organisation has this number in Gitea, to be read.
    Organisation(i64),
    /// No tenant's rows; for tables that do not belong to tenants.
    Shared,
}

impl Scope {
    /// Returns the tenant's id; empty in other scopes, and no row has an empty tenant.
    pub(crate) fn tenant(&self) -> &str {
        match self {
            Self::Tenant(tenant) | Self::TenantAndPerson(tenant, _) => tenant.as_str(),
            Self::Credential(_)
            | Self::Person(_)
            | Self::Slug(_)
            | Self::Organisation(_)
            | Self::Shared => "",
        }
    }

    /// Returns the credential's digest; empty in other scopes, and no key has an empty digest.
    pub(crate) fn credential(&self) -> String {
        match self {
            Self::Credential(digest) => digest.to_string(),
            _ => String::new(),
        }
    }

    /// Returns the person's id; empty in other scopes, and no person has an empty id.
    pub(crate) fn person(&self) -> &str {
        match self {
            Self::Person(user) | Self::TenantAndPerson(_, user) => user.as_str(),
            _ => "",
        }
    }

    /// Returns the scope of a tenant, in which what the same person has stays in sight.
    fn within(&self, tenant: &TenantId) -> Self {
        match self {
            Self::Person(user) | Self::TenantAndPerson(_, user) => {
                Self::TenantAndPerson(tenant.clone(), user.clone())
            }
            _ => Self::Tenant(tenant.clone()),
        }
    }

    /// Whether a transaction in this scope must have begun before its first statement is sent, because policies would
    /// not refuse each of those if it had not.
    pub(crate) const fn begins_first(&self, access: Access) -> bool {
        let writes = matches!(access, Access::Write | Access::WriteUnsynced);
        writes && !matches!(self, Self::Tenant(_))
    }

    /// Returns the statements that begin a transaction of PostgreSQL in this scope.
    pub(crate) fn beginning(&self, access: Access) -> String {
        format!("{}; {}", access.postgres(), self.setting())
    }

    /// Returns the statement that sets the scope for PostgreSQL's policies. The types of the
    /// values exclude quotes.
    fn setting(&self) -> String {
        match self {
            Self::Tenant(tenant) => format!("SET LOCAL app.tenant_id = '{tenant}'"),
            Self::Credential(digest) => format!("SET LOCAL app.credential = '{digest}'"),
            Self::Person(user) => format!("SET LOCAL app.user_id = '{user}'"),
            Self::TenantAndPerson(tenant, user) => {
                format!("SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL app.user_id = '{user}'")
            }
            Self::Slug(slug) => format!("SET LOCAL app.slug = '{slug}'"),
            Self::Organisation(id) => format!("SET LOCAL app.organisation = '{id}'"),
            Self::Shared => "SET LOCAL app.tenant_id = ''".to_owned(),
        }
    }
}

/// What a transaction may do.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// Read rows.
    Read,
    /// Read and change rows.
    Write,
    /// Read and change rows that nobody misses after a power failure: SQLite does not wait for the disk.
    WriteUnsynced,
}

impl Access {
    const fn postgres(self) -> &'static str {
        match self {
            Self::Read => "BEGIN READ ONLY",
            Self::Write | Self::WriteUnsynced => "BEGIN",
        }
    }

    /// A deferred transaction that writes later may get SQLITE_BUSY at once, regardless of the busy
    /// timeout, so writers acquire the lock at the start.
    const fn sqlite(self) -> &'static str {
        match self {
            Self::Read => "BEGIN",
            Self::Write => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
            Self::WriteUnsynced => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
        }
    }
}

/// A connection to either database.
pub(crate) enum Conn {
    /// A connection to the server.
    Postgres(Box<LateBegin>),
    /// A connection to the file.
    Sqlite(Object<Sqlite>),
}

impl Conn {
    /// Rolls back what is open, after the statement that was cancelled. Returns whether nothing is open
    /// any more.
    async fn roll_back(&mut self) -> bool {
        match self {
            // The server only warns where nothing is open.
            Self::Postgres(session) => session.end("ROLLBACK").await.is_ok(),
            Self::Sqlite(conn) => {
                let rolled_back = conn.spawn_blocking(SyncManager::rollback_transaction).await;
                matches!(rolled_back, Ok(()) | Err(Diesel::NotInTransaction))
            }
        }
    }

    /// Closes the connection instead of returning it to the pool.
    fn close(self) {
        match self {
            Self::Postgres(session) => drop(session.into_connection()),
            Self::Sqlite(conn) => drop(Object::take(conn)),
        }
    }
}

/// An open transaction. Dropping it without [`Tx::commit`] rolls it back, even if its future was cancelled
/// during a statement, and returns its connection to the pool. A connection on which that takes too long
/// is closed, so that no lock outlives it.
///
/// After a failed query it can only be rolled back, on both databases.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    pub(crate) conn: Option<Conn>,
    pub(crate) scope: Scope,
    failed: bool,
    counted: Option<Counted>,
}

impl Tx {
    /// Begins a transaction on `conn`. The guard owns the connection from the start, so that a
    /// cancelled `begin` is rolled back too. On PostgreSQL, it begins with its first statement, unless it `begins_first`.
    pub(crate) async fn begin(
        conn: Conn,
        scope: Scope,
        access: Access,
        begins_first: bool,
        counted: Counted,
    ) -> Result<Self> {
        let mut tx = Self { conn: Some(conn), scope, failed: false, counted: Some(counted) };
        if let Some(Conn::Sqlite(conn)) = tx.conn.as_mut() {
            let sql = access.sqlite();
            conn.spawn_blocking(move |c| SyncManager::begin_transaction_sql(c, sql)).await?;
        } else if begins_first {
            tx.begin_now().await?;
        }
        Ok(tx)
    }

    /// Waits until the transaction has begun: before its first statement, if policies permit that in any scope.
    pub(crate) async fn begin_now(&mut self) -> Result<()> {
        on!(self, _conn => Ok(()))
    }

    /// Commits the changes and returns the connection to the pool.
    ///
    /// # Errors
    ///
    /// If a query failed before: then it rolls back instead, since PostgreSQL would report the
    /// COMMIT of an aborted transaction as a success.
    pub async fn commit(mut self) -> Result<()> {
        let keep = !self.failed;
        match self.conn.as_mut() {
            Some(Conn::Postgres(session)) if keep => {
                in_time(STATEMENT, session.end("COMMIT")).await?;
            }
            Some(Conn::Postgres(session)) => {
                in_time(ROLLBACK, session.end("ROLLBACK")).await?;
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
        if let Some(counted) = self.counted.take() {
            counted.end().await;
        }
        if keep { Ok(()) } else { Err(Error::Database(Diesel::RollbackTransaction)) }
    }

    /// Switches the transaction to the scope of another tenant. What the person of the scope has stays in it.
    pub(crate) async fn enter(&mut self, tenant: &TenantId) -> Result<()> {
        self.scope = self.scope.within(tenant);
        if !matches!(self.conn, Some(Conn::Postgres(_))) {
            return Ok(());
        }
        let setting = self.scope.setting();
        on!(self, conn => conn.batch_execute(&setting).await)
    }

    /// Refuses a row of another tenant before it is written.
    pub(crate) fn admit(&self, tenant: &TenantId) -> Result<()> {
        if self.scope.tenant() == tenant.as_str() { Ok(()) } else { Err(Error::OtherTenant) }
    }

    /// Returns a query's result, and records whether it failed.
    pub(crate) fn track<T>(&mut self, result: Result<T, Diesel>) -> Result<T> {
        self.failed |= result.is_err();
        Ok(result?)
    }
}

/// Runs a statement that must not be in a transaction. If the caller leaves meanwhile, the pool gets the
/// connection once the statement has ended.
pub(crate) async fn run_alone(conn: Object<Sqlite>, sql: &str) -> Result<()> {
    let mut guard =
        Tx { conn: Some(Conn::Sqlite(conn)), scope: Scope::Shared, failed: false, counted: None };
    if let Some(Conn::Sqlite(conn)) = guard.conn.as_mut() {
        conn.batch_execute(sql).await?;
    }
    drop(guard.conn.take());
    Ok(())
}

impl Drop for Tx {
    fn drop(&mut self) {
        self.conn.take().into_iter().for_each(abandon);
    }
}

/// Rolls back what is open on a connection, in a task of its own, and returns it to the pool.
///
/// A new connection costs PostgreSQL a process and a handshake, so callers that leave must not be able to
/// make the pool throw away those that it has.
fn abandon(conn: Conn) {
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
    /// Returns whether nothing is open any more.
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
