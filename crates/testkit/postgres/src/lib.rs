//! A throwaway PostgreSQL: one cluster for each test process, one fresh database for each test.
//!
//! The server is the child of a small shell that reads from a pipe of this process. When the
//! process ends, even if it is killed, the pipe closes, and the shell stops the server and removes
//! its folder. The server listens on a Unix socket only, so no two servers need the same port.

mod faulty_relay;
mod postgres_process;

use std::future::Future;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use covibe_domain::Secret;
use tokio_postgres::NoTls;

use postgres_process::{Binaries, Cluster};

pub use faulty_relay::{Loss, Relay};

/// The role that owns the tables; as in production, it is not a superuser.
const OWNER: &str = "covibe_owner";
/// The role that the store runs as; the migration creates it.
const RUNTIME: &str = "covibe_runtime";
/// The migrated database from which the others are copied.
const TEMPLATE: &str = "covibe_template";

/// The environment variable; with the value `required`, tests fail if PostgreSQL is missing.
const REQUIRED: &str = "COVIBE_TEST_POSTGRES";

/// A running cluster with a migrated template.
#[derive(Debug)]
pub struct Postgres {
    cluster: Cluster,
    databases: AtomicU32,
}

/// The URLs of a database.
#[derive(Clone, Debug)]
pub struct Database {
    /// For the role that owns the tables: `COVIBE_POSTGRES_ADMIN_URL`.
    pub admin_url: Secret,
    /// For the role that the server runs as: `DATABASE_URL`.
    pub runtime_url: Secret,
    /// For the cluster's superuser, to test what must be refused.
    pub superuser_url: Secret,
}

impl Database {
    /// Returns the URL for another role of the cluster, which requires no passwords.
    pub fn url_as(&self, role: &str) -> Secret {
        Secret::new(self.runtime_url.expose().replace(RUNTIME, role))
    }
}

impl Postgres {
    /// Returns the cluster of this process, which the first call starts. Returns `None` if
    /// PostgreSQL's programs are not installed.
    ///
    /// # Panics
    ///
    /// If they are not installed and `COVIBE_TEST_POSTGRES` is `required`.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(|| Self::below(&std::env::temp_dir())).as_ref()
    }

    /// Starts a cluster of the caller's own, whose files are in a folder below `parent`: for tests of what happens
    /// to its disk. Returns `None`, or panics, as [`Postgres::shared`] does.
    pub fn below(parent: &Path) -> Option<Self> {
        Binaries::find()
            .map_or_else(report_missing, |binaries| Some(Self::start(&binaries, parent)))
    }

    /// Creates a migrated database.
    pub fn database(&self) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        self.copy(TEMPLATE, &format!("covibe_{number}"))
    }

    /// Creates a database without tables, for tests of the migrations.
    pub fn empty_database(&self) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        self.copy("template1", &format!("covibe_{number}"))
    }

    /// Returns the server's log so far.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.cluster.folder().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn start(binaries: &Binaries, parent: &Path) -> Self {
        let cluster = Cluster::start(binaries, parent);
        let postgres = Self { cluster, databases: AtomicU32::new(0) };
        postgres.run(&format!("CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE"));
        let template = postgres.copy("template1", TEMPLATE);
        block_on(async move {
            covibe_store::migrate_postgres(&template.admin_url, &template.runtime_url)
                .await
                .expect("the template is migrated");
        });
        postgres
    }

    /// Creates a database by copying files (PostgreSQL 15 and later), which is faster than logging
    /// each page of the template.
    fn copy(&self, template: &str, name: &str) -> Database {
        self.run(&format!(
            "CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY FILE_COPY"
        ));
        let url = |role: &str| {
            let folder = self.cluster.folder().display();
            Secret::new(format!("postgres://{role}:{role}@/{name}?host={folder}"))
        };
        Database {
            admin_url: url(OWNER),
            runtime_url: url(RUNTIME),
            superuser_url: url(postgres_process::SUPERUSER),
        }
    }

    /// Runs a statement as the superuser.
    fn run(&self, statement: &str) {
        let mut config = tokio_postgres::Config::new();
        config
            .host_path(self.cluster.folder())
            .user(postgres_process::SUPERUSER)
            .dbname("postgres");
        block_on(async move {
            let (client, connection) = config.connect(NoTls).await.expect("the cluster answers");
            let driver = tokio::spawn(connection);
            client.batch_execute(statement).await.expect("the superuser may do it");
            drop(client);
            driver.await.expect("no panic").expect("a clean end");
        });
    }
}

#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn report_missing() -> Option<Postgres> {
    let what = "no initdb and postgres on PATH or under /usr/lib/postgresql \
                (Debian: apt install postgresql; macOS: brew install postgresql)";
    assert!(
        std::env::var(REQUIRED).as_deref() != Ok("required"),
        "{REQUIRED}=required, but there is {what}"
    );
    eprintln!("PostgreSQL tests are skipped: {what}");
    None
}

/// Runs a future on its own thread and runtime, because the caller may be on a runtime already.
fn block_on<F: Future<Output = ()> + Send>(future: F) {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(future);
    };
    thread::scope(|scope| scope.spawn(work).join()).expect("no panic");
}
