//! The record of a repository.

use std::collections::BTreeMap;
use std::path::PathBuf;

use covibe_domain::Timestamp;
use covibe_domain::companion::ActivityKey;
use serde::{Deserialize, Serialize};

use crate::git::Location;
use crate::origin::Origin;

/// The maximum number of worktrees of a repository.
pub const MAX_WORKTREES: usize = 64;

/// The maximum number of keys that servers know a repository by.
const MAX_SENT: usize = 16;

/// A key that a server knows a repository by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentKey {
    /// The server.
    pub server: Origin,
    /// The key.
    pub key: ActivityKey,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RepositoryEntry {
    /// The server that a bridge of the repository connected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Origin>,
    /// The normalized remote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The first commits, by which it is known again at another place.
    pub roots: Vec<String>,
    /// The common git directory that its key is made of, if it was another one before the repository moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_path: Option<PathBuf>,
    /// When an agent was last active in it.
    pub last_event_at: Timestamp,
    /// The worktrees, by path.
    pub worktrees: BTreeMap<PathBuf, WorktreeEntry>,
    /// The keys that servers know it by.
    pub sent: Vec<SentKey>,
    /// The number of times that it was missing in a row.
    pub misses: u32,
    /// When it was missing first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    /// Why it is not sent: git's refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

/// A worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorktreeEntry {
    /// Its git directory.
    pub git_dir: PathBuf,
    /// When an agent was last active in it.
    pub last_event_at: Timestamp,
    /// A tag of the last snapshot's content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// When the last snapshot was queued.
    pub queued_at: Timestamp,
}

const NEVER: Timestamp = Timestamp::from_millis(0);

impl Default for RepositoryEntry {
    fn default() -> Self {
        Self {
            server: None,
            remote: None,
            roots: Vec::new(),
            key_path: None,
            last_event_at: NEVER,
            worktrees: BTreeMap::new(),
            sent: Vec::new(),
            misses: 0,
            missing_since: None,
            skipped: None,
        }
    }
}

impl Default for WorktreeEntry {
    fn default() -> Self {
        Self { git_dir: PathBuf::new(), last_event_at: NEVER, content: None, queued_at: NEVER }
    }
}

impl RepositoryEntry {
    pub(super) fn note(&mut self, place: &Location, at: Timestamp) {
        // An event that a clock of the future dated does not stay the last one for years.
        let at = at.min(Timestamp::now());
        self.last_event_at = self.last_event_at.max(at);
        (self.misses, self.missing_since) = (0, None);
        if !self.worktrees.contains_key(&place.worktree) && self.worktrees.len() >= MAX_WORKTREES {
            let oldest = self.worktrees.iter().min_by_key(|(_, entry)| entry.last_event_at);
            if let Some(path) = oldest.map(|(path, _)| path.clone()) {
                self.worktrees.remove(&path);
            }
        }
        let worktree = self.worktrees.entry(place.worktree.clone()).or_default();
        worktree.git_dir.clone_from(&place.git_dir);
        worktree.last_event_at = worktree.last_event_at.max(at);
    }

    /// Notes the key that a server gets, so that the server can be asked to forget it.
    pub fn note_sent(&mut self, server: &Origin, key: &ActivityKey) -> bool {
        let sent = SentKey { server: server.clone(), key: key.clone() };
        let is_new = !self.sent.contains(&sent);
        if is_new {
            self.sent.push(sent);
            let surplus = self.sent.len().saturating_sub(MAX_SENT);
            self.sent.drain(..surplus);
        }
        is_new
    }

    /// Returns the places of its worktrees.
    pub fn places(&self, common_dir: &std::path::Path) -> Vec<Location> {
        let place = |(path, entry): (&PathBuf, &WorktreeEntry)| Location {
            worktree: path.clone(),
            git_dir: entry.git_dir.clone(),
            common_dir: common_dir.to_path_buf(),
        };
        self.worktrees.iter().map(place).collect()
    }
}
