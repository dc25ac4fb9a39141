//! The parts of the loop's state: rules, servers, and worktrees that are watched.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::credentials::{CREDENTIALS, Credentials};
use crate::exclude::{Exclusions, Facts, Reason};
use crate::git::{Fingerprint, Location};
use crate::home::CompanionHome;
use crate::origin::Origin;
use crate::repos::{RepositoryEntry, ServerChoice, choose_server};
use crate::settings::{SETTINGS, Settings};

/// The state of a file: it changes with the content.
pub(super) type FileState = Option<(i64, i64, u64, u64)>;

pub(super) fn file_state(path: &Path) -> FileState {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.mtime(), metadata.mtime_nsec(), metadata.size(), metadata.ino()))
}

/// The rules of `exclude.json`; none while it cannot be read, so that everything is excluded.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) read: Option<Exclusions>,
    pub(super) state: Option<FileState>,
    pub(super) is_changed: bool,
}

impl Rules {
    pub(super) fn reason(&self, place: &Location) -> Option<Reason> {
        self.read.as_ref().map_or(Some(Reason::Unreadable), |rules| rules.reason(place))
    }

    /// Returns whether the rules cannot be read.
    pub(super) const fn reason_is_unknown(&self) -> bool {
        self.read.is_none()
    }

    pub(super) fn reason_with(&self, place: &Location, entry: &RepositoryEntry) -> Option<Reason> {
        let Some(rules) = &self.read else { return Some(Reason::Unreadable) };
        let facts = Facts { remote: entry.remote.as_deref(), roots: Some(&entry.roots) };
        rules.reason_with(place, facts)
    }
}

/// The answers of git about a repository.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) config: FileState,
    pub(super) asked_at: Instant,
    pub(super) is_usable: bool,
}

/// The servers of the credentials and the default one, as long as the files do not change. It holds no key.
#[derive(Debug, Default)]
pub(super) struct Servers {
    state: [Option<SystemTime>; 2],
    pub(super) all: Vec<Origin>,
    pub(super) default: Option<Origin>,
    pub(super) problem: Option<String>,
    /// True if there are other servers than before.
    pub(super) is_changed: bool,
}

impl Servers {
    pub(super) fn refresh(&mut self, home: &CompanionHome) {
        let modified = |name: &str| fs::metadata(home.path(name)).ok()?.modified().ok();
        let state = [modified(CREDENTIALS), modified(SETTINGS)];
        if state == self.state && state[0].is_some() {
            return;
        }
        self.state = state;
        let before = (self.all.clone(), self.default.clone());
        self.default = Settings::load(home).ok().and_then(|settings| settings.default_server());
        (self.all, self.problem) = match Credentials::load(home) {
            Ok(credentials) => (credentials.servers(), None),
            Err(problem) => (Vec::new(), Some(problem.message)),
        };
        self.is_changed |= before != (self.all.clone(), self.default.clone());
    }

    pub(super) fn choose(&self, entry: &RepositoryEntry, worktree: &Path) -> ServerChoice {
        choose_server(entry, worktree, &self.all, self.default.as_ref())
    }
}

/// The time after a change until the snapshot, and its maximum where changes go on.
const DEBOUNCE: Duration = Duration::from_secs(2);
const MAX_DEBOUNCE: Duration = Duration::from_secs(15);

/// A worktree that is watched.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) place: Location,
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) next_poll: Instant,
    pub(super) changed_at: Option<Instant>,
    pub(super) due: Option<Instant>,
    pub(super) sampled_at: Option<Instant>,
}

impl Tracked {
    pub(super) fn new(place: &Location, next_poll: Instant) -> Self {
        Self {
            place: place.clone(),
            fingerprint: None,
            next_poll,
            changed_at: None,
            due: None,
            sampled_at: None,
        }
    }

    pub(super) fn note_change(&mut self, now: Instant) {
        let first = *self.changed_at.get_or_insert(now);
        self.due = Some((now + DEBOUNCE).min(first + MAX_DEBOUNCE));
    }
}
