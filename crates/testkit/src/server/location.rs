//! Where the database of a world is, and what its processes have in common.

use std::path::{Path, PathBuf};

use covibe_domain::Secret;
use covibe_store::{Backend, Store};

use super::options::Options;
use crate::postgres::{Database, Postgres};

/// Where a world's database is.
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

    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::File(path) => Store::sqlite(path).await.expect("SQLite"),
            Self::Server(at) => Store::postgres(&at.runtime_url).await.expect("PostgreSQL"),
        }
    }
}

/// What every process of one world has in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) options: Options,
    pub(crate) location: Location,
    pub(crate) secrets: Secret,
    pub(crate) origin: String,
    /// The socket of the docker host's engine, if the server reaches one.
    pub(crate) docker: Option<PathBuf>,
}
