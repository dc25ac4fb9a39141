//! Notices changes of worktrees, and queues their snapshots.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use covibe_domain::companion::ItemBody;

use super::loop_state::Tracked;
use super::sync_round::Watcher;
use crate::git::Location;
use crate::queue::{Content, Entry, Queue};
use crate::repos::ServerChoice;
use crate::snapshot;
use crate::uplink::Uplink;

/// The time after the last event for which a worktree is active.
const ACTIVE: Duration = Duration::from_mins(30);

/// The time between two looks at the files of a worktree with an open session, of one that is active without one, and of
/// an idle one. A commit by hand after the last session is still noticed within seconds.
const ACTIVE_POLL: Duration = Duration::from_secs(4);
const SETTLED_POLL: Duration = Duration::from_secs(10);
const IDLE_POLL: Duration = Duration::from_mins(5);

/// The time after which git is asked although no file of the git directory has changed, in an active worktree: an agent
/// without hooks has no session, and what it edits changes no such file.
const RESAMPLE: Duration = Duration::from_mins(2);

/// The time after which an unchanged snapshot is sent again, of an active worktree.
const KEEPALIVE: Duration = Duration::from_mins(15);

/// The time after which a snapshot is tried again that could not be taken or queued.
const RETRY: Duration = Duration::from_mins(1);

/// The number of snapshots in a round.
const PER_ROUND: usize = 4;

impl<U: Uplink> Watcher<U> {
    /// Watches the worktrees that are registered; the idle ones one after the other.
    pub(super) fn track_registered(&mut self) {
        let now = Instant::now();
        let repositories = self.registry.repositories.iter();
        let places: Vec<Location> =
            repositories.flat_map(|(common_dir, entry)| entry.places(common_dir)).collect();
        for place in places {
            let wait = if self.is_active(&place) { Duration::ZERO } else { IDLE_POLL };
            let tracked = Tracked::new(&place, now + wait.mul_f64(random()));
            self.tracked.insert(place.worktree, tracked);
        }
    }

    /// Looks at every worktree in the next round.
    pub(super) fn poll_all_now(&mut self) {
        let now = Instant::now();
        self.tracked.values_mut().for_each(|tracked| tracked.next_poll = now);
    }

    /// Makes a snapshot of a worktree due soon.
    pub(super) fn note_change(&mut self, place: &Location) {
        let now = Instant::now();
        let tracked = self
            .tracked
            .entry(place.worktree.clone())
            .or_insert_with(|| Tracked::new(place, now + ACTIVE_POLL));
        tracked.place.clone_from(place);
        tracked.next_poll = tracked.next_poll.min(now + ACTIVE_POLL);
        tracked.note_change(now);
    }

    /// Makes the snapshots of all active worktrees due at once, or those of the only repository.
    pub(super) fn make_active_due(&mut self) {
        let now = Instant::now();
        let is_selected = |place: &Location| match &self.only {
            Some(only) => place.common_dir == *only,
            None => self.is_active(place),
        };
        let meant: Vec<_> =
            self.tracked.values().map(|t| &t.place).filter(|p| is_selected(p)).collect();
        let meant: Vec<_> = meant.into_iter().map(|place| place.worktree.clone()).collect();
        for worktree in meant {
            if let Some(tracked) = self.tracked.get_mut(&worktree) {
                tracked.due = Some(now);
            }
        }
    }

    fn is_active(&self, place: &Location) -> bool {
        let entry = self.registry.get(&place.common_dir);
        let worktree = entry.and_then(|entry| entry.worktrees.get(&place.worktree));
        worktree.is_some_and(|worktree| worktree.last_event_at.age() < ACTIVE)
    }

    fn has_open_session(&self, place: &Location) -> bool {
        let mut sessions = self.sessions.sessions.values();
        sessions.any(|session| session.ended_at.is_none() && session.worktree == place.worktree)
    }

    /// Looks at the files of the worktrees whose time has come.
    pub(super) fn poll_worktrees(&mut self) {
        let now = Instant::now();
        let is_selected =
            |t: &&Tracked| self.only.as_ref().is_none_or(|o| *o == t.place.common_dir);
        let due = self.tracked.values().filter(is_selected).filter(|t| t.next_poll <= now);
        let due: Vec<Location> = due.map(|tracked| tracked.place.clone()).collect();
        for place in &due {
            self.poll(place, now);
        }
    }

    fn poll(&mut self, place: &Location, now: Instant) {
        let is_active = self.is_active(place);
        let is_missing = !place.worktree.is_dir() || !place.git_dir.is_dir();
        let interval = match () {
            () if !is_active || is_missing => IDLE_POLL,
            () if self.has_open_session(place) => ACTIVE_POLL,
            () => SETTLED_POLL,
        };
        let Some(tracked) = self.tracked.get_mut(&place.worktree) else { return };
        tracked.next_poll = now + interval.mul_f64(0.8 + 0.4 * random());
        if is_missing {
            self.note_missing(place);
            return;
        }
        let fingerprint = Some(place.fingerprint());
        let is_old = tracked.sampled_at.is_none_or(|at| at.elapsed() >= RESAMPLE);
        if tracked.fingerprint != fingerprint || (is_active && is_old && tracked.due.is_none()) {
            tracked.fingerprint = fingerprint;
            tracked.note_change(now);
        }
    }

    fn note_missing(&mut self, place: &Location) {
        self.is_registry_changed = true;
        if place.common_dir.is_dir() {
            self.registry.drop_worktrees(&place.common_dir);
        } else {
            self.registry.note_missing(&place.common_dir);
        }
        let entry = self.registry.get(&place.common_dir);
        if entry.is_none_or(|entry| !entry.worktrees.contains_key(&place.worktree)) {
            self.tracked.remove(&place.worktree);
        }
    }

    /// Takes some of the snapshots that are due. Returns whether there were some.
    pub(super) async fn take_due_snapshots(&mut self) -> bool {
        let now = Instant::now();
        let due = self.tracked.values().filter(|tracked| tracked.due.is_some_and(|at| at <= now));
        let due: Vec<Location> = due.map(|tracked| tracked.place.clone()).take(PER_ROUND).collect();
        for place in &due {
            if let Some(tracked) = self.tracked.get_mut(&place.worktree) {
                (tracked.due, tracked.changed_at) = (None, None);
                tracked.sampled_at = Some(now);
                tracked.fingerprint = Some(place.fingerprint());
            }
            if !self.take_snapshot(place).await
                && let Some(tracked) = self.tracked.get_mut(&place.worktree)
            {
                tracked.due = Some(Instant::now() + RETRY);
            }
        }
        !due.is_empty()
    }

    /// Queues a snapshot if it says something new. Returns whether nothing more is to be done.
    async fn take_snapshot(&mut self, place: &Location) -> bool {
        if !self.is_sendable(place).await {
            return true;
        }
        let Some(entry) = self.registry.get(&place.common_dir).cloned() else { return true };
        let Some((server, keys)) = self.target(&entry, &place.worktree).await else {
            // A server that does not answer yet is tried again; without any, nothing is to be done until the next change.
            let choice = self.servers.choose(&entry, &place.worktree);
            return !matches!(choice, ServerChoice::Server(_));
        };
        let machine = self.machine.id.clone();
        let taken = match snapshot::take(&self.git, place, &entry, &keys, &machine).await {
            Ok(taken) => taken,
            Err(error) => {
                self.log.fail(&place.worktree.display().to_string(), &error.to_string());
                // One that is idle waits for its next change: nobody asks git for ever.
                return !self.is_active(place);
            }
        };
        let last = entry.worktrees.get(&place.worktree);
        let is_same = |content: &String| *content == format!("{} {}", server, taken.content);
        let is_known = last.is_some_and(|last| {
            let is_recent = last.queued_at.age() < KEEPALIVE && last.queued_at <= Timestamp::now();
            last.content.as_ref().is_some_and(is_same) && is_recent
        });
        // An idle worktree that says nothing new has nothing to keep alive.
        let is_idle_and_same = !self.is_active(place)
            && last.and_then(|last| last.content.as_ref()).is_some_and(is_same);
        is_known || is_idle_and_same || self.queue_snapshot(place, &server, taken)
    }

    fn queue_snapshot(
        &mut self,
        place: &Location,
        server: &crate::origin::Origin,
        taken: snapshot::Snapshot,
    ) -> bool {
        let content = format!("{server} {}", taken.content);
        if !self.note_sent(place, server, &taken.repo.key) {
            return false;
        }
        let mut body = taken.body;
        body.seq = self.registry.next_seq();
        let slot = body.worktree.key.to_string();
        let entry = Entry {
            server: server.clone(),
            worktree: place.worktree.clone(),
            common_dir: place.common_dir.clone(),
            content: Content::Item(snapshot::item(taken.repo, ItemBody::Snapshot(body))),
        };
        let added = Queue::new(&self.home).add(&entry, &slot);
        if self.log.check("The queue cannot be written", added).is_none() {
            return false;
        }
        self.report.snapshots += 1;
        self.is_registry_changed = true;
        let repository = self.registry.repositories.get_mut(&place.common_dir);
        if let Some(worktree) = repository.and_then(|r| r.worktrees.get_mut(&place.worktree)) {
            worktree.content = Some(content);
            worktree.queued_at = Timestamp::now();
        }
        true
    }

    /// Stores the key before anything with it can be sent, so that the server can be asked to forget it.
    pub(super) fn note_sent(
        &mut self,
        place: &Location,
        server: &crate::origin::Origin,
        key: &covibe_domain::companion::ActivityKey,
    ) -> bool {
        let Some(entry) = self.registry.repositories.get_mut(&place.common_dir) else {
            return false;
        };
        if !entry.note_sent(server, key) {
            return true;
        }
        let saved = self.registry.save(&self.home);
        self.is_registry_changed = saved.is_err();
        self.log.check("The list of repositories cannot be stored", saved).is_some()
    }
}

/// Returns a random number from 0 to 1.
fn random() -> f64 {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
