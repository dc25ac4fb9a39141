//! The embedded database: one file in WAL mode, with several readers and one writer.

use std::any::Any;
use std::error::Error as StdError;
use std::fs::OpenOptions;
use std::future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::result::Error as Diesel;
use diesel::{Connection, QueryResult, SqliteConnection};
use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::deadpool::{Hook, HookError, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod,
};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::task::JoinError;

use super::CONNECT_TIMEOUT;
use crate::error::{Error, Result};

/// A connection whose queries run on the blocking threads of the current runtime.
pub(crate) type Sqlite = SyncConnectionWrapper<SqliteConnection, Blocking>;

/// The number of reading connections. Reads are short; more connections would only contend for the
/// two or four cores.
pub(crate) const READERS: usize = 8;

/// `synchronous=FULL` in WAL mode: a commit is on the disk when it ends, so that a power failure loses
/// nothing that was acknowledged.
///
/// `cache_size` in KiB: with SQLite's 2 MiB for each connection, the memory of a server grew by 30 MB within two minutes
/// of 70 calls per second, without more calls per second. The system keeps the pages of the file in its own cache.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                       PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                       PRAGMA cache_size = -512";

/// The pragmas of a connection that changes nothing: not even the journal's mode. The last one reads the
/// file, so that one which is no database is refused here.
const READING_PRAGMAS: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA schema_version";

/// The pause before another attempt to get a file that others set up.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs the queries of one connection on tokio's blocking threads, one after the other.
///
/// diesel-async's own runner waits for a cancelled query with `block_in_place`, which panics on a
/// current-thread runtime, and each worker of actix-web has such a runtime. Here, a cancelled query that has
/// begun runs to its end, and what comes next on the connection waits for it: otherwise the rollback could
/// overtake it, and it would change something outside of its transaction.
pub(crate) struct Blocking {
    turn: Arc<Mutex<()>>,
}

impl SpawnBlocking for Blocking {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn StdError + Send + Sync + 'static>>> {
        let task: Task = Box::new(|| Box::new(task()));
        run(Arc::clone(&self.turn), task)
            .map(|ended| {
                let result = ended?.downcast::<R>();
                result.map(|result| *result).map_err(|_| "another task's result".into())
            })
            .boxed()
    }

    fn get_runtime() -> Self {
        Self { turn: Arc::default() }
    }
}

/// A task of any statement: with a type of each one's own, the machinery that tokio compiles for each type of
/// a task would be a tenth of the program.
type Task = Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>;

/// Runs a task on a blocking thread when it is its turn.
async fn run(turn: Arc<Mutex<()>>, task: Task) -> Result<Box<dyn Any + Send>, JoinError> {
    let turn = turn.lock_owned().await;
    let task = move || {
        let result = task();
        // Nothing of the task is left: the connection may be used exclusively now.
        drop(turn);
        result
    };
    match tokio::task::spawn_blocking(task).await {
        // The runtime ends, and with it the task that waits for this: nothing is wrong with the database.
        Err(error) if error.is_cancelled() => future::pending().await,
        ended => ended,
    }
}

/// Creates the file if it is missing, migrates it, and returns its pools.
pub(crate) async fn open(
    path: &Path,
    migrate: fn(&mut SqliteConnection) -> Result<()>,
) -> Result<Pools> {
    let target = path.to_owned();
    let prepared = tokio::task::spawn_blocking(move || prepare(&target, migrate)).await;
    let migrated =
        prepared.map_err(|_| Error::Unavailable("the migrations panicked".to_owned()))??;
    let pools = pools(path)?;
    // The last connection that closes writes the log into the file and removes it, which the next one
    // would undo, with six waits for the disk in all.
    drop(pools.1.get().await?);
    drop(migrated);
    Ok(pools)
}

/// The pools of the readers and of the one writer.
type Pools = (Pool<Sqlite>, Pool<Sqlite>);

/// Returns the pools of an existing file, which is not migrated.
pub(crate) fn pools(path: &Path) -> Result<Pools> {
    let url = path.to_str().ok_or(Error::Address("the database's path is not UTF-8"))?;
    let readers = pool(url, READERS, format!("{PRAGMAS}; PRAGMA query_only = ON"))?;
    // Fewer, larger checkpoints: each waits for the disk, and the audit writes continuously.
    Ok((readers, pool(url, 1, format!("{PRAGMAS}; PRAGMA wal_autocheckpoint = 4000"))?))
}

/// Returns the pool of an existing file that is only looked at: no file is written, made or removed.
///
/// SQLite makes a log and its index beside a file in WAL mode, even to read it, so the way to open it
/// depends on what is there:
///
/// - A log with its index belongs to a server that runs or was killed. The index is only read
///   (`readonly_shm`); if no process keeps it up to date, SQLite reads the log itself into memory.
/// - Without a log, everything is in the file, and nobody writes to it (`immutable`).
///
/// # Errors
///
/// [`Error::Unavailable`] if there is a log without its index, which SQLite would have to make.
pub(crate) fn reading_pool(path: &Path) -> Result<Pool<Sqlite>> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::fs::metadata(name)
    };
    let (log, index) = (beside("-wal"), beside("-shm"));
    let mode = match (log, index) {
        (Ok(_), Ok(_)) => "mode=ro&readonly_shm=1",
        (Ok(log), Err(_)) if log.len() > 0 => {
            return Err(Error::Unavailable(format!(
                "the file {0} cannot be read without changing it: its log {0}-wal was left without the \
                 {0}-shm that belongs to it; `covibe-server serve` completes it",
                path.display()
            )));
        }
        _ => "immutable=1",
    };
    let path = std::path::absolute(path).map_err(|error| Error::Unavailable(error.to_string()))?;
    let path = path.to_str().ok_or(Error::Address("the database's path is not UTF-8"))?;
    // The characters that end the path in a URI, and the one that escapes them.
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    pool(&format!("file://{path}?{mode}"), READERS, READING_PRAGMAS.to_owned())
}

/// Returns the connection that migrated the file.
fn prepare(
    path: &Path,
    migrate: fn(&mut SqliteConnection) -> Result<()>,
) -> Result<SqliteConnection> {
    let unavailable = |error: &dyn std::fmt::Display| {
        Error::Unavailable(format!("the file {} cannot be opened: {error}", path.display()))
    };
    create_private(path).map_err(|error| unavailable(&error))?;
    let conn = SqliteConnection::establish(&path.to_string_lossy());
    let mut conn = conn.map_err(|error| unavailable(&error))?;
    set_up(&mut conn).map_err(|error| unavailable(&error))?;
    migrate(&mut conn)?;
    Ok(conn)
}

/// Sets the pragmas. Where several processes switch a new file to WAL mode at the same time, SQLite
/// refuses all but one at once, whatever the busy timeout is.
fn set_up(conn: &mut SqliteConnection) -> QueryResult<()> {
    let begun = Instant::now();
    loop {
        match conn.batch_execute(PRAGMAS) {
            Err(Diesel::DatabaseError(_, error))
                if error.message().contains("locked") && begun.elapsed() < CONNECT_TIMEOUT =>
            {
                std::thread::sleep(PAUSE);
            }
            ended => return ended,
        }
    }
}

/// Creates a file that only its owner may read; SQLite gives its other files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn pool(url: &str, size: usize, pragmas: String) -> Result<Pool<Sqlite>> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let pragmas: Arc<str> = pragmas.into();
    let pragmas = Hook::async_fn(move |conn: &mut Sqlite, _| {
        let pragmas = Arc::clone(&pragmas);
        async move {
            let done = conn.batch_execute(&pragmas).await;
            done.map_err(|error| HookError::Backend(PoolError::QueryError(error)))
        }
        .boxed()
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
        .max_size(size)
        .runtime(deadpool::Runtime::Tokio1)
        .wait_timeout(Some(CONNECT_TIMEOUT))
        .create_timeout(Some(CONNECT_TIMEOUT))
        .post_create(pragmas)
        .build()
        .map_err(|error| Error::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::BigInt;
    use diesel::{QueryableByName, sql_query};
    use diesel_async::RunQueryDsl as _;

    use super::*;

    #[derive(QueryableByName)]
    struct PageCache {
        #[diesel(sql_type = BigInt)]
        cache_size: i64,
    }

    #[tokio::test]
    async fn every_connection_keeps_at_most_512_kib_of_pages() {
        let folder = tempfile::tempdir().unwrap();
        let (readers, writer) =
            open(&folder.path().join("covibe.sqlite"), |_| Ok(())).await.unwrap();
        for pool in [readers, writer] {
            let mut conn = pool.get().await.unwrap();
            let query = sql_query("SELECT cache_size FROM pragma_cache_size");
            let cache = query.get_result::<PageCache>(&mut *conn).await.unwrap();
            assert_eq!(cache.cache_size, -512);
        }
    }
}
