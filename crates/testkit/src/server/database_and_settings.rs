//! The database of a world, and the settings that its processes share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use covibe_docker_host::Settings;
use covibe_domain::Secret;
use covibe_store::{Backend, Store};
use tokio::sync::OnceCell;

use super::world_options::Options;
use crate::postgres::{Database, Postgres};

/// The database of a world.
#[derive(Clone, Debug)]
pub enum Location {
    /// A file of SQLite.
    File(PathBuf),
    /// A PostgreSQL.
    Server(Database),
}

impl Location {
    /// Returns a new database; `None` if it needs a PostgreSQL and there is none.
    pub(super) fn new(backend: Backend, directory: &Path) -> Option<Self> {
        Some(match backend {
            Backend::Sqlite => Self::File(directory.join("covibe.sqlite")),
            Backend::Postgres => Self::Server(Postgres::shared()?.database()),
        })
    }

    /// Opens the database; a file that is missing is migrated before.
    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::File(path) => {
                if !path.exists() {
                    std::fs::write(path, migrated_database().await).expect("a copy");
                }
                Store::sqlite(path).await.expect("SQLite")
            }
            Self::Server(at) => Store::postgres(&at.runtime_url).await.expect("PostgreSQL"),
        }
    }
}

/// Returns the content of a migrated file of SQLite. Each world gets a copy: migrating another one takes longer than
/// starting everything else.
async fn migrated_database() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    TEMPLATE.get_or_init(migrate).await
}

async fn migrate() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("template.sqlite");
    drop(Store::sqlite(&path).await.expect("SQLite"));
    let log = folder.path().join("template.sqlite-wal");
    assert!(!log.exists(), "the last connection writes the log into the file");
    std::fs::read(&path).expect("the file")
}

/// The address of the simulated Google Cloud, and the key file of its service account.
#[derive(Clone, Debug)]
pub(crate) struct CloudAt {
    pub(crate) url: String,
    pub(crate) key_file: Secret,
}

/// The settings that every process of one world shares.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    /// The settings of the registrar's client.
    pub(crate) registrar: covibe_registrar::Config,
    /// The address and credentials of Cloud DNS.
    pub(crate) cloud: CloudAt,
    /// Boxed because they are large, and many futures of tests hold a world.
    pub(crate) options: Box<Options>,
    /// The folder with the photos of people.
    pub(crate) uploads: PathBuf,
    pub(crate) location: Location,
    pub(crate) secrets: Secret,
    pub(crate) origin: String,
    /// The docker host, if the server reaches one.
    pub(crate) docker: Option<Arc<Settings>>,
}
