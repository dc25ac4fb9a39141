//! `inbox/`: what hooks and bridges have noted and no watcher has read, a file an event.
//!
//! A record has numbers, names of agents and models, and paths of this machine that no server gets. It has no prompt, no
//! text of a file, and no name of a file of the repository.

mod record;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use uuid::Uuid;

use crate::files_without_fsync;
use crate::home::{CompanionHome, read_bounded};

pub use record::{Event, Record};

/// The maximum number of records.
pub const MAX_RECORDS: usize = 10_000;

/// The maximum size of a record, in bytes.
pub const MAX_RECORD: usize = 4096;

/// The name of the folder.
pub const INBOX: &str = "inbox";

/// The file whose size is the number of records that were dropped.
const DROPPED: &str = "run/inbox-dropped";

/// The maximum number of dropped records that are counted.
const MAX_DROPPED: u64 = 1024 * 1024;

/// The folder of records.
#[derive(Clone, Debug)]
pub struct Inbox<'a> {
    home: &'a CompanionHome,
}

/// The fate of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordFate {
    /// It was stored.
    Stored,
    /// It was dropped: the inbox is full, or it is too large.
    Dropped,
}

impl<'a> Inbox<'a> {
    /// Returns the inbox of a folder. It need not exist.
    pub const fn new(home: &'a CompanionHome) -> Self {
        Self { home }
    }

    /// Adds a record.
    ///
    /// # Errors
    ///
    /// An error of the file system.
    pub fn add(&self, record: &Record) -> io::Result<RecordFate> {
        let content = serde_json::to_vec(record).map_err(io::Error::other)?;
        let folder = self.home.create_folder(INBOX)?;
        if content.len() > MAX_RECORD || fs::read_dir(&folder)?.nth(MAX_RECORDS - 1).is_some() {
            self.count_dropped()?;
            return Ok(RecordFate::Dropped);
        }
        let name = format!("{}.json", Uuid::now_v7().simple());
        files_without_fsync::put(&folder, &name, &content)?;
        Ok(RecordFate::Stored)
    }

    /// Returns the names of the oldest records, at most `limit`.
    pub fn names(&self, limit: usize) -> Vec<String> {
        let entries = fs::read_dir(self.home.path(INBOX)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| is_record(name))
            .collect();
        names.sort_unstable();
        names.truncate(limit);
        names
    }

    /// Returns a record; none if it is gone or not valid.
    pub fn read(&self, name: &str) -> Option<Record> {
        let path = self.home.path(INBOX).join(name);
        // A pipe that somebody put there would wait for its other end.
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        serde_json::from_slice(&read_bounded(&path, MAX_RECORD as u64).ok()??).ok()
    }

    /// Removes records.
    pub fn remove(&self, names: &[String]) {
        for name in names.iter().filter(|name| is_record(name)) {
            let _ = fs::remove_file(self.home.path(INBOX).join(name));
        }
    }

    /// Removes the records for which `is_unwanted` holds, and returns their number.
    pub fn purge(&self, is_unwanted: impl Fn(&Record) -> bool) -> usize {
        let names = self.names(MAX_RECORDS);
        let unwanted = |name: &String| self.read(name).is_some_and(|record| is_unwanted(&record));
        let names: Vec<String> = names.into_iter().filter(unwanted).collect();
        self.remove(&names);
        names.len()
    }

    /// Returns the number of records that were dropped since the companion was set up.
    pub fn dropped(&self) -> u64 {
        fs::metadata(self.home.path(DROPPED)).map_or(0, |metadata| metadata.len())
    }

    fn count_dropped(&self) -> io::Result<()> {
        if self.dropped() >= MAX_DROPPED {
            return Ok(());
        }
        self.home.create_folder("run")?;
        let path = self.home.path(DROPPED);
        OpenOptions::new().create(true).append(true).mode(0o600).open(path)?.write_all(b".")
    }
}

/// Returns whether a name is one that [`Inbox::add`] gives.
fn is_record(name: &str) -> bool {
    name.strip_suffix(".json").is_some_and(|id| Uuid::try_parse(id).is_ok())
}
