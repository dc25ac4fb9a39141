//! `repos.json`: the repositories that agents work in, by common git directory.
//!
//! Only the watcher writes it, so it needs no lock. A repository enters it with its first event that is not excluded.

mod missing_repositories;
mod repository_record;
mod server_choice;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use covibe_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::files_without_fsync;
use crate::git::Location;
use crate::home::{CompanionHome, Mode};

pub use repository_record::{MAX_WORKTREES, RepositoryEntry, SentKey, WorktreeEntry};
pub use server_choice::{ServerChoice, choose_server};

/// The name of the file.
pub const REPOSITORIES: &str = "repos.json";

/// The maximum number of repositories.
pub const MAX_REPOSITORIES: usize = 2000;

/// The maximum size of the file, in bytes.
const MAX_SIZE: u64 = 32 * 1024 * 1024;

/// The repositories that agents work in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registry {
    version: u32,
    /// The number of the last snapshot.
    pub seq: u64,
    /// The repositories, by common git directory.
    pub repositories: BTreeMap<PathBuf, RepositoryEntry>,
}

impl Registry {
    /// Reads the file; empty if there is none, or if it is not valid: agents then register their repositories again.
    pub fn load(home: &CompanionHome) -> Self {
        files_without_fsync::read_json(home, REPOSITORIES, MAX_SIZE).unwrap_or_default()
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// An error of the file system; the file is then as it was.
    pub fn save(&mut self, home: &CompanionHome) -> io::Result<()> {
        self.version = 1;
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        home.write(REPOSITORIES, &text, Mode::Private)
    }

    /// Returns the number of the next snapshot. The first one is a time, so that numbers also grow where the file was lost.
    pub fn next_seq(&mut self) -> u64 {
        let now = u64::try_from(Timestamp::now().as_millis()).unwrap_or_default();
        self.seq = if self.seq == 0 { now } else { self.seq + 1 };
        self.seq
    }

    /// Notes activity in a worktree, and returns its repository.
    pub fn note(&mut self, place: &Location, at: Timestamp) -> &mut RepositoryEntry {
        if !self.repositories.contains_key(&place.common_dir) {
            self.make_room();
        }
        let entry = self.repositories.entry(place.common_dir.clone()).or_default();
        entry.note(place, at);
        entry
    }

    /// Returns the repository with this common git directory.
    pub fn get(&self, common_dir: &Path) -> Option<&RepositoryEntry> {
        self.repositories.get(common_dir)
    }

    /// Removes the repository that was active longest ago, if there is no room for another one.
    fn make_room(&mut self) {
        while self.repositories.len() >= MAX_REPOSITORIES {
            let oldest = self.repositories.iter().min_by_key(|(_, entry)| entry.last_event_at);
            let Some(path) = oldest.map(|(path, _)| path.clone()) else { return };
            self.repositories.remove(&path);
        }
    }
}
