//! The database: its connections, and the transactions it starts.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{KeyDigest, Secret, TenantId, UserId, boxed};
use diesel_async::pooled_connection::deadpool::Pool;
use tokio::sync::Mutex;

use crate::audit_chain_heads::Heads;
use crate::connect::audit_connections::Appender;
use crate::connect::commit_outcome::Commits;
use crate::connect::database_file::DatabaseFile;
use crate::connect::late_begin::LateBegin;
use crate::connect::open_transactions::Counted;
use crate::connect::pool_checkout::checkout;
use crate::connect::shares::{ShareOf, Shares};
use crate::connect::{postgres, sqlite};
use crate::database_state::{Examined, PoolLoad};
use crate::error::{Error, Result, away};
use crate::tx::{Access, Conn, Scope, Tx, run_alone};
use crate::{migrate, row_security_check};

/// The timeout of the checks of a PostgreSQL database when it is opened.
const OPENED: Duration = Duration::from_secs(20);

/// The database that a store is on.
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

/// The database. Clones share it.
///
/// PostgreSQL connections live on the runtime that opened them, so the store must not outlive that
/// runtime.
#[derive(Clone)]
pub struct Store {
    pub(crate) pools: Pools,
    /// The last health and when it was read.
    pub(crate) last_health: Arc<Mutex<Option<(Instant, Examined)>>>,
    pub(crate) heads: Heads,
    /// The connection that appends to the audit on PostgreSQL.
    pub(crate) appender: Appender,
    /// The shares of tenants, people and strangers in the connections.
    shares: Shares,
    /// The record of the outcomes of transactions whose COMMIT got no answer; `None` on SQLite.
    commits: Option<Commits>,
    /// True if every change is refused.
    is_read_only: bool,
}

/// The connections of a store.
#[derive(Clone)]
pub(crate) enum Pools {
    Postgres(postgres::Connections),
    /// SQLite allows one writer at a time. Waiting for the only writing connection is fair and
    /// cheap, whereas SQLite's own busy handler polls.
    Sqlite {
        readers: Pool<sqlite::Sqlite>,
        writer: Pool<sqlite::Sqlite>,
        file: Arc<DatabaseFile>,
    },
}

impl Store {
    /// Opens the SQLite database at `path`, and creates the file (mode 0600) and the tables if they
    /// are missing. The directory must exist.
    #[boxed]
    pub async fn sqlite(path: &Path) -> Result<Self> {
        let (readers, writer) = sqlite::open(path, migrate::sqlite).await?;
        let file = Arc::new(DatabaseFile::new(path)?);
        Ok(Self::over(Pools::Sqlite { readers, writer, file }))
    }

    /// Opens the SQLite database at `path` as it is: creates and migrates nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Schema`] if the file does not exist or lacks migrations.
    #[boxed]
    pub async fn existing_sqlite(path: &Path) -> Result<Self> {
        let (readers, writer) = sqlite::pools(existing_path(path)?)?;
        Self::existing(path, readers, writer).await
    }

    /// Opens the SQLite database at `path` read-only: neither the file nor those beside it change. A server may use it
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Schema`] if the file does not exist or lacks migrations; [`Error::Unavailable`] if it
    /// cannot be read without changing it.
    #[boxed]
    pub async fn read_only_sqlite(path: &Path) -> Result<Self> {
        let readers = sqlite::reading_pool(existing_path(path)?)?;
        let store = Self::existing(path, readers.clone(), readers).await?;
        Ok(Self { is_read_only: true, ..store })
    }

    async fn existing(
        path: &Path,
        readers: Pool<sqlite::Sqlite>,
        writer: Pool<sqlite::Sqlite>,
    ) -> Result<Self> {
        let mut conn = readers.get().await.map_err(|error| {
            let cause = Error::from(error);
            Error::Unavailable(format!("the file {} cannot be opened: {cause}", path.display()))
        })?;
        migrate::check_sqlite(&mut conn, path).await?;
        drop(conn);
        let file = Arc::new(DatabaseFile::new(path)?);
        Ok(Self::over(Pools::Sqlite { readers, writer, file }))
    }

    /// Opens the PostgreSQL database at `url` (`postgres://…`, or `key=value` pairs). `sslmode`
    /// decides on TLS: `disable` is plain, `prefer` is plain for local hosts, absent and all others
    /// require TLS verified against the system's roots.
    ///
    /// # Errors
    ///
    /// [`Error::Isolation`] if the role could see other tenants' rows, [`Error::Schema`] if migrations
    /// or the role's grants are missing.
    #[boxed]
    pub async fn postgres(url: &Secret) -> Result<Self> {
        let pool = postgres::open(url)?;
        // On two connections at once, which the first calls use.
        let isolated = async { row_security_check::check(&mut *pool.get().await?).await };
        let current = async { migrate::check(&mut *pool.get().await?).await };
        let checked = async { tokio::join!(isolated, current) };
        let late = |_| Error::Unavailable(away::LATE.to_owned());
        let (isolated, current) = tokio::time::timeout(OPENED, checked).await.map_err(late)?;
        isolated.and(current)?;
        let commits = Commits::for_pool(&pool).await;
        Ok(Self { commits, ..Self::over(Pools::Postgres(pool)) })
    }

    /// Opens the PostgreSQL database at `url` like [`Store::postgres`], but read-only: every transaction is `READ
    /// ONLY`.
    #[boxed]
    pub async fn read_only_postgres(url: &Secret) -> Result<Self> {
        Ok(Self { is_read_only: true, ..Self::postgres(url).await? })
    }

    /// Returns how busy the connections are, by pool.
    pub fn load(&self) -> Vec<PoolLoad> {
        match &self.pools {
            Pools::Postgres(pool) => {
                vec![PoolLoad::new("postgres", &pool.status(), self.appender.kept_connections())]
            }
            Pools::Sqlite { readers, writer, .. } => vec![
                PoolLoad::new("readers", &readers.status(), 0),
                PoolLoad::new("writer", &writer.status(), 0),
            ],
        }
    }

    fn over(pools: Pools) -> Self {
        let shares = match &pools {
            Pools::Postgres(_) => Shares::of_pool(postgres::CONNECTIONS),
            Pools::Sqlite { .. } => Shares::of_readers_and_a_writer(sqlite::READERS),
        };
        Self {
            pools,
            shares,
            last_health: Arc::default(),
            heads: Heads::default(),
            appender: Appender::default(),
            commits: None,
            is_read_only: false,
        }
    }

    /// Returns which database this is.
    pub fn backend(&self) -> Backend {
        match self.pools {
            Pools::Postgres(_) => Backend::Postgres,
            Pools::Sqlite { .. } => Backend::Sqlite,
        }
    }

    /// Returns the same database for work that the server does by itself, such as rounds over all tenants. This work has
    /// a share of the connections of its own, so that a tenant whose share is taken does not stop it.
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self { shares: self.shares.for_server(), ..self.clone() }
    }

    /// Starts a transaction that reads and writes one tenant's rows. It waits for others of the tenant while they have the
    /// tenant's share of the connections.
    #[boxed]
    pub async fn tenant(&self, tenant: &TenantId) -> Result<Tx> {
        let scope = Scope::Tenant(tenant.clone());
        self.begin_in_share(ShareOf::Tenant(tenant), scope, Access::Write).await
    }

    /// Starts a transaction that reads one tenant's rows, likewise in the tenant's share. End it with [`Tx::commit`]:
    /// dropping it closes its connection.
    #[boxed]
    pub async fn tenant_read(&self, tenant: &TenantId) -> Result<Tx> {
        let scope = Scope::Tenant(tenant.clone());
        self.begin_in_share(ShareOf::Tenant(tenant), scope, Access::Read).await
    }

    /// Starts a transaction that reads what this credential belongs to, regardless of its tenant: a key, a
    /// person, a session, a link or an invitation.
    #[boxed]
    pub async fn credential(&self, digest: &KeyDigest) -> Result<Tx> {
        self.begin_read(Scope::Credential(*digest)).await
    }

    /// Starts a transaction that reads and writes what a person has apart from their tenants. It waits for others of the
    /// person, and for those of other people while these have the share of people. Only for a person who has proved who
    /// they are, or whom an admin of their tenant manages.
    #[boxed]
    pub async fn person(&self, user: &UserId) -> Result<Tx> {
        let scope = Scope::Person(user.clone());
        self.begin_in_share(ShareOf::Person(user), scope, Access::Write).await
    }

    /// Starts a transaction that reads and writes one tenant's rows and what a person has apart from their tenants, in the
    /// tenant's share. For a person as in [`Store::person`].
    #[boxed]
    pub async fn tenant_and_person(&self, tenant: &TenantId, user: &UserId) -> Result<Tx> {
        let scope = Scope::TenantAndPerson(tenant.clone(), user.clone());
        self.begin_in_share(ShareOf::Tenant(tenant), scope, Access::Write).await
    }

    /// Starts a transaction that reads what a person has apart from their tenants.
    #[boxed]
    pub async fn person_read(&self, user: &UserId) -> Result<Tx> {
        self.begin_read(Scope::Person(user.clone())).await
    }

    /// Starts a transaction in a share. Each change that a request can cause takes one, so that a tenant's change waits
    /// for few of others, and on SQLite for one of each.
    pub(crate) async fn begin_in_share(
        &self,
        of: ShareOf<'_>,
        scope: Scope,
        access: Access,
    ) -> Result<Tx> {
        // Work that is suspended while it waits would be given the share, and keep it.
        let _counted = Counted::begin();
        let share = self.shares.take(of, access.changes()).await?;
        Ok(self.begin(scope, access).await?.in_share(share))
    }

    /// Starts a transaction that only reads, outside of any share. The look-up of a credential does: at that moment nobody
    /// knows whose it is, and if it waited for strangers, so would each call of a tenant.
    pub(crate) async fn begin_read(&self, scope: Scope) -> Result<Tx> {
        self.begin(scope, Access::Read).await
    }

    /// Starts a transaction in which the server changes something by itself, outside of any share, because it must not
    /// wait for a tenant: once, in rounds, or for many requests together. A change that each request can cause takes a
    /// share.
    pub(crate) async fn begin_for_server(&self, scope: Scope, access: Access) -> Result<Tx> {
        self.begin(scope, access).await
    }

    async fn begin(&self, scope: Scope, access: Access) -> Result<Tx> {
        let counted = Counted::begin();
        let begins_first = scope.begins_first(access);
        // The database itself then refuses each change.
        let access = if self.is_read_only { Access::Read } else { access };
        let commits = self.commits.as_ref().filter(|_| access.changes()).cloned();
        let conn = match (&self.pools, access) {
            (Pools::Postgres(pool), _) => {
                self.appender.make_way(pool);
                let session = LateBegin::with(checkout(pool).await?, scope.beginning(access));
                let session =
                    if commits.is_some() { session.with_transaction_id() } else { session };
                Conn::Postgres(Box::new(session))
            }
            (Pools::Sqlite { readers, .. }, Access::Read) => Conn::Sqlite(checkout(readers).await?),
            (Pools::Sqlite { writer, file, .. }, Access::Write | Access::WriteUnsynced) => {
                // Rows that are written to a deleted file are lost: nobody may get an answer that they were stored.
                file.check()?;
                Conn::Sqlite(checkout(writer).await?)
            }
        };
        Tx::begin(conn, scope, access, begins_first, counted, commits).await
    }
}

impl Store {
    /// Fails if the store is read-only; for writes that bypass `Store::begin`.
    pub(crate) fn check_writable(&self) -> Result<()> {
        let refused = || Error::Unavailable("it was opened read-only".to_owned());
        if self.is_read_only { Err(refused()) } else { Ok(()) }
    }

    /// Fails if the path of an SQLite database no longer leads to the file that was opened.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the file was deleted or replaced. Changes are refused then.
    pub fn check_file(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { file, .. } => file.check(),
            Pools::Postgres(_) => Ok(()),
        }
    }

    /// Writes the log of an SQLite database into its file, as far as no reader needs the log, so that it
    /// does not grow. Others read and write meanwhile. Does nothing on PostgreSQL.
    #[boxed]
    pub async fn checkpoint(&self) -> Result<()> {
        let Pools::Sqlite { readers, .. } = &self.pools else { return Ok(()) };
        run_alone(checkout(readers).await?, "PRAGMA wal_checkpoint(PASSIVE)").await
    }
}

/// Returns the path of a database that exists.
fn existing_path(path: &Path) -> Result<&Path> {
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::Schema {
        problem: format!("There is no database at {}", path.display()),
        fix: "`covibe-server serve` creates it; COVIBE_DATA_DIR names its directory".to_owned(),
    })
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.backend())
    }
}
