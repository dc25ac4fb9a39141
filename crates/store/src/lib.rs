//! Every SQL statement of Co-Vibe, on SQLite and on PostgreSQL.
//!
//! A query is a method of [`Tx`], an open transaction in the scope of one tenant (or of one
//! credential). Its body is written once and runs on either database through the macro `on!`.
//! Every query names the tenant in its `WHERE`; on PostgreSQL row-level security says it again.
//!
//! # Invariants
//!
//! - No connection is handed out: what can be asked is what the methods here ask.
//! - A [`Tx`] that is dropped changes nothing and holds no lock, wherever its future was cancelled.
//! - The store on PostgreSQL does not open with a role that could get around the policies.

mod schema;
#[macro_use]
mod tx;
mod audit;
mod budgets;
mod creations;
mod error;
mod health;
mod isolation;
mod keys;
mod migrate;
mod postgres;
mod projects;
mod row;
mod runs;
mod sqlite;
mod steps;
mod tenants;
mod workspaces;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use covibe_domain::{KeyDigest, Secret, TenantId};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;

pub use audit::{AuditEntry, AuditRecord, Verified};
pub use budgets::Drawn;
pub use creations::Creation;
pub use error::{Error, Result};
pub use health::{Health, IsolationState, SchemaState};
pub use keys::{KeyRecord, NewKey};
pub use migrate::migrate_postgres;
pub use projects::ProjectRecord;
pub use runs::ProvisionRun;
pub use tenants::{Membership, Tenant, User, postgres_tenants};
pub use tx::Tx;
pub use workspaces::WorkspaceRecord;

use health::Cache;
use sqlite::Sqlite;
use tx::{Access, Conn, Scope};

/// Which database a store is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Embedded: one file.
    Sqlite,
    /// A server, with row-level security.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// The database; a clone is the same one.
///
/// Its PostgreSQL connections live on the runtime that opened them, so the store must not outlive
/// that one (in tests: one store for each runtime).
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    health: Arc<Cache>,
}

#[derive(Clone)]
enum Pools {
    Postgres(Pool<AsyncPgConnection>),
    /// SQLite takes one writer at a time: waiting for the only writing connection is fair and
    /// costs nothing, where SQLite's own busy handler polls.
    Sqlite {
        readers: Pool<Sqlite>,
        writer: Pool<Sqlite>,
    },
}

impl Store {
    /// Opens the SQLite database at `path`, making the file (mode 0600) and the tables where they
    /// are missing. The folder must be there.
    pub async fn sqlite(path: &Path) -> Result<Self> {
        let (readers, writer) = sqlite::open(path).await?;
        Ok(Self::over(Pools::Sqlite { readers, writer }))
    }

    /// Opens the PostgreSQL database at `url` (`postgres://…`, or `key=value` pairs), TLS by its
    /// `sslmode`: absent and `disable` are plain, `prefer` is plain on loopback, and any TLS
    /// connection is verified against the system's roots.
    ///
    /// Fails with [`Error::Isolation`] when the role could see other tenants' rows, and with
    /// [`Error::Schema`] when migrations are missing.
    pub async fn postgres(url: &Secret) -> Result<Self> {
        let pool = postgres::open(url)?;
        let mut conn = pool.get().await?;
        isolation::check(&mut conn).await?;
        migrate::check(&mut conn).await?;
        drop(conn);
        Ok(Self::over(Pools::Postgres(pool)))
    }

    fn over(pools: Pools) -> Self {
        Self { pools, health: Arc::default() }
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        match self.pools {
            Pools::Postgres(_) => Backend::Postgres,
            Pools::Sqlite { .. } => Backend::Sqlite,
        }
    }

    /// A transaction that sees and changes one tenant's rows.
    pub async fn tenant(&self, tenant: &TenantId) -> Result<Tx> {
        self.begin(Scope::Tenant(tenant.clone()), Access::Write).await
    }

    /// A transaction that sees one tenant's rows. Any number run at once. End it with
    /// [`Tx::commit`] too: dropped, it costs its connection.
    pub async fn tenant_read(&self, tenant: &TenantId) -> Result<Tx> {
        self.begin(Scope::Tenant(tenant.clone()), Access::Read).await
    }

    /// A transaction that sees the one key whose digest is presented, whoever's it is.
    pub async fn credential(&self, digest: &KeyDigest) -> Result<Tx> {
        self.begin(Scope::Credential(*digest), Access::Read).await
    }

    async fn begin(&self, scope: Scope, access: Access) -> Result<Tx> {
        let conn = match (&self.pools, access) {
            (Pools::Postgres(pool), _) => Conn::Postgres(Box::new(pool.get().await?)),
            (Pools::Sqlite { writer, .. }, Access::Write) => Conn::Sqlite(writer.get().await?),
            (Pools::Sqlite { readers, .. }, Access::Read) => Conn::Sqlite(readers.get().await?),
        };
        Tx::begin(conn, scope, access).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.backend())
    }
}
