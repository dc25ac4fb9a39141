//! Reads the inbox.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use covibe_domain::Timestamp;

use super::sync_round::Watcher;
use crate::git::{Location, locate};
use crate::inbox::{Event, INBOX, Inbox, MAX_RECORDS, Record};
use crate::uplink::Uplink;

/// The number of records that are read at once.
const PORTION: usize = 500;

/// The longest time between two readings of the folder.
const REREAD: Duration = Duration::from_mins(1);

/// The age of a change after which no other one has the same time.
const SETTLED: Duration = Duration::from_secs(2);

impl<U: Uplink> Watcher<U> {
    /// Reads a portion of the inbox, if something was added to it. Returns whether there can be more.
    pub(super) fn read_inbox(&mut self) -> bool {
        if !self.is_inbox_changed() || !self.remove_counted() {
            return false;
        }
        let limit = if self.only.is_some() { MAX_RECORDS } else { PORTION };
        let home = self.home.clone();
        let inbox = Inbox::new(&home);
        let names = inbox.names(limit);
        let is_full = names.len() == limit && self.only.is_none();
        let mut done = Vec::new();
        for name in names {
            match inbox.read(&name) {
                Some(record) if self.is_other(&record) => {}
                Some(record) => {
                    self.apply(&record);
                    done.push(name);
                }
                // An invalid event would be read for ever.
                None => done.push(name),
            }
        }
        if !done.is_empty() {
            self.report.events += done.len();
            self.sessions.counted = done;
            self.are_sessions_changed = true;
            self.remove_counted();
        }
        if is_full {
            self.inbox_state = None;
        }
        is_full
    }

    /// Removes the records that are counted, after the counts are stored: a crash in between counts none twice. Returns
    /// whether it could.
    fn remove_counted(&mut self) -> bool {
        if self.sessions.counted.is_empty() {
            return true;
        }
        if self.are_sessions_changed {
            let saved = self.sessions.save(&self.home);
            if self.log.check("The sessions cannot be stored", saved).is_none() {
                return false;
            }
            self.are_sessions_changed = false;
        }
        Inbox::new(&self.home).remove(&self.sessions.counted);
        self.sessions.counted.clear();
        true
    }

    fn is_inbox_changed(&mut self) -> bool {
        let modified = fs::metadata(self.home.path(INBOX)).and_then(|metadata| metadata.modified());
        let Ok(modified) = modified else { return false };
        let is_due = self.inbox_read_at.is_none_or(|at| at.elapsed() >= REREAD);
        if !is_due && self.inbox_state == Some(modified) {
            return false;
        }
        self.inbox_read_at = Some(Instant::now());
        // Two changes within a tick of the file system's clock have the same time.
        let is_settled = SystemTime::now().duration_since(modified).is_ok_and(|age| age >= SETTLED);
        self.inbox_state = is_settled.then_some(modified);
        true
    }

    fn is_other(&self, record: &Record) -> bool {
        self.only.as_ref().is_some_and(|only| *only != record.common_dir)
    }

    /// Counts a record, unless its repository has become private since.
    fn apply(&mut self, record: &Record) {
        let Some(place) = locate(&record.worktree) else { return };
        if self.rules.reason(&place).is_some() {
            return;
        }
        self.note_activity(&place, record.at);
        if record.event == Event::Connect {
            if let Some(entry) = self.registry.repositories.get_mut(&place.common_dir) {
                entry.server.clone_from(&record.server);
            }
            return;
        }
        self.sessions.apply(record);
        self.are_sessions_changed = true;
    }

    /// Notes activity in a worktree: it is registered, and a snapshot of it is due.
    pub(super) fn note_activity(&mut self, place: &Location, at: Timestamp) {
        self.registry.note(place, at);
        self.is_registry_changed = true;
        self.note_change(place);
    }
}
