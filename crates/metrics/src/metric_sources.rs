//! The sources of the metrics.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use covibe_dispatch::{Dispatcher, OperationalFigures};
use tokio::time::timeout;

/// The figures that only the surfaces of a server and its process know.
pub trait Edge: Send + Sync + 'static {
    /// Returns the number of connections.
    fn connections(&self) -> usize;

    /// Returns the number of requests that were refused before anybody looked at their key, by reason.
    fn refused_requests(&self) -> Vec<(&'static str, u64)>;

    /// Returns the number of lines of the log that were dropped.
    fn dropped_lines(&self) -> u64;
}

/// The folders whose disk and contents the metrics describe.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// The folder of the server's own files.
    pub data: PathBuf,
    /// The folder of the nightly backups, each in a folder of its own.
    pub backups: PathBuf,
}

/// The time that the database may take to say whether it permits calls.
const PATIENCE: Duration = Duration::from_secs(2);

/// The answers of the database that a page shows.
#[derive(Debug, Default)]
pub(crate) struct DatabaseAnswers {
    /// True if calls are answered.
    pub(crate) serves: bool,
    /// Numbers and times of all tenants together, if the database counted them.
    pub(crate) figures: Option<Arc<OperationalFigures>>,
}

/// The sources that are read for each page.
pub(crate) struct Sources {
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) edge: Box<dyn Edge>,
    /// The time at which the server started, in seconds since 1970.
    pub(crate) started: f64,
    pub(crate) folders: Folders,
    asked: Mutex<Arc<DatabaseAnswers>>,
}

impl Sources {
    /// Creates the sources of a server that started at this time, in seconds since 1970.
    pub(crate) fn new(
        dispatcher: Arc<Dispatcher>,
        edge: Box<dyn Edge>,
        started: f64,
        folders: Folders,
    ) -> Self {
        Self { dispatcher, edge, started, folders, asked: Mutex::default() }
    }

    /// Asks for what the next page shows. A database that does not answer soon permits no calls, and holds up no page.
    pub(crate) async fn ask_database(&self) {
        let readiness = timeout(PATIENCE, self.dispatcher.readiness()).await;
        let serves = readiness.is_ok_and(|readiness| readiness.serves());
        let figures = if serves { self.dispatcher.operational_figures().await } else { None };
        let asked = Arc::new(DatabaseAnswers { serves, figures });
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = asked;
    }

    /// Returns what was asked for last.
    pub(crate) fn database_answers(&self) -> Arc<DatabaseAnswers> {
        Arc::clone(&self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}
