//! An open transaction: its scope, its end, and the macro that runs a query on either database.

mod commit;
mod erased_query;
mod row_scope;
mod transaction_connection;

use std::time::Duration;

use covibe_domain::{TenantId, UserId};
use diesel::connection::AnsiTransactionManager as SyncManager;
use diesel::result::Error as Diesel;
use diesel_async::SimpleAsyncConnection as _;
use diesel_async::pooled_connection::deadpool::Object;

use crate::connect::commit_outcome::Commits;
use crate::connect::open_transactions::Counted;
use crate::connect::shares::Share;
use crate::connect::sqlite::Sqlite;
#[cfg(debug_assertions)]
use crate::connect::tenant_filter_check;
use crate::error::{Error, Result, was_read_only};

pub(crate) use self::erased_query::RunQueryDsl;
pub(crate) use self::row_scope::{Access, Scope};
pub(crate) use self::transaction_connection::Conn;
use self::transaction_connection::abandon;

/// The timeout of a statement's answer. PostgreSQL itself ends a statement after 10 seconds.
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

/// An open transaction. Dropping it without [`Tx::commit`] rolls it back, even if its future was cancelled
/// during a statement, and returns its connection to the pool. A connection on which that takes too long
/// is closed, so that no lock outlives it.
///
/// After a failed query it can only be rolled back, on both databases.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    pub(crate) conn: Option<Conn>,
    pub(crate) scope: Scope,
    access: Access,
    failed: bool,
    /// True if its session began while the database was read-only: it stays so, and is of no use to others.
    is_stuck: bool,
    counted: Option<Counted>,
    /// The place in a share of the connections.
    share: Option<Share>,
    /// The record of the transaction's outcome, which is asked if the answer to its COMMIT is lost.
    commits: Option<Commits>,
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
        commits: Option<Commits>,
    ) -> Result<Self> {
        let mut tx = Self::on(conn, scope, access);
        (tx.counted, tx.commits) = (Some(counted), commits);
        if let Some(Conn::Sqlite(conn)) = tx.conn.as_mut() {
            let sql = access.sqlite();
            conn.spawn_blocking(move |c| SyncManager::begin_transaction_sql(c, sql)).await?;
            tx.guard().await?;
        } else if begins_first {
            tx.begin_now().await?;
        }
        Ok(tx)
    }

    const fn on(conn: Conn, scope: Scope, access: Access) -> Self {
        Self {
            conn: Some(conn),
            scope,
            access,
            failed: false,
            is_stuck: false,
            counted: None,
            share: None,
            commits: None,
        }
    }

    /// Keeps a place in a share until the transaction ends.
    pub(crate) fn in_share(mut self, share: Share) -> Self {
        self.share = Some(share);
        self
    }

    /// Lets a development build check that each statement of a tenant's transaction names the tenant, where no policy
    /// of the database does.
    #[cfg_attr(not(debug_assertions), expect(clippy::unused_async, reason = "nothing is checked"))]
    async fn guard(&mut self) -> Result<()> {
        #[cfg(debug_assertions)]
        if let Some(Conn::Sqlite(conn)) = self.conn.as_mut() {
            let is_tenants = matches!(self.scope, Scope::Tenant(_));
            conn.spawn_blocking(move |c| tenant_filter_check::set_guard(c, is_tenants)).await?;
        }
        Ok(())
    }

    /// Waits until the transaction has begun: before its first statement, if policies permit that in any scope.
    pub(crate) async fn begin_now(&mut self) -> Result<()> {
        on!(self, _conn => Ok(()))
    }

    /// Switches the transaction to the scope of another tenant. What the person of the scope has stays in it.
    pub(crate) async fn enter(&mut self, tenant: &TenantId) -> Result<()> {
        self.scope = self.scope.within(tenant);
        self.guard().await?;
        if !matches!(self.conn, Some(Conn::Postgres(_))) {
            return Ok(());
        }
        let setting = self.scope.setting();
        on!(self, conn => conn.batch_execute(&setting).await)
    }

    /// Lets the transaction see the rows that a person has apart from their tenants, in place of those of the person of
    /// the scope; `None` restores the latter.
    pub(crate) async fn see_person(&mut self, user: Option<&UserId>) -> Result<()> {
        if !matches!(self.conn, Some(Conn::Postgres(_))) {
            return Ok(());
        }
        let user = user.map_or_else(|| self.scope.person(), UserId::as_str);
        // The type of an id excludes quotes.
        let setting = format!("SET LOCAL app.user_id = '{user}'");
        on!(self, conn => conn.batch_execute(&setting).await)
    }

    /// Refuses a row of another tenant before it is written.
    pub(crate) fn admit(&self, tenant: &TenantId) -> Result<()> {
        if self.scope.tenant() == tenant.as_str() { Ok(()) } else { Err(Error::OtherTenant) }
    }

    /// Returns a query's result, and records whether it failed.
    pub(crate) fn track<T>(&mut self, result: Result<T, Diesel>) -> Result<T> {
        self.failed |= result.is_err();
        self.is_stuck |= result.as_ref().is_err_and(was_read_only);
        Ok(result?)
    }
}

/// Runs a statement that must not be in a transaction. If the caller leaves meanwhile, the pool gets the
/// connection once the statement has ended.
pub(crate) async fn run_alone(conn: Object<Sqlite>, sql: &str) -> Result<()> {
    let mut guard = Tx::on(Conn::Sqlite(conn), Scope::Shared, Access::Read);
    if let Some(Conn::Sqlite(conn)) = guard.conn.as_mut() {
        conn.batch_execute(sql).await?;
    }
    drop(guard.conn.take());
    Ok(())
}

impl Drop for Tx {
    fn drop(&mut self) {
        let end: fn(Conn) = if self.is_stuck { Conn::close } else { abandon };
        self.conn.take().into_iter().for_each(end);
    }
}
