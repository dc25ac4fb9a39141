//! Queues the states of sessions: each is the heartbeat of its session.

use std::path::PathBuf;

use covibe_domain::Timestamp;
use covibe_domain::companion::{ItemBody, Session};

use super::sync_round::Watcher;
use crate::git::{Location, locate};
use crate::queue::{Content, Entry, Queue};
use crate::sessions::SessionState;
use crate::settings::Settings;
use crate::snapshot;
use crate::transcript::usual_roots;
use crate::uplink::Uplink;

impl<U: Uplink> Watcher<U> {
    /// Ends idle sessions, counts tokens, and queues the states that are due.
    pub(super) async fn update_sessions(&mut self) {
        let now = Timestamp::now();
        let before = self.sessions.sessions.len();
        self.sessions.age(now);
        self.are_sessions_changed |= self.sessions.sessions.len() != before;
        let is_selected =
            |s: &SessionState| self.only.as_ref().is_none_or(|only| *only == s.common_dir);
        let due = self.sessions.sessions.iter().filter(|(_, s)| s.is_due(now) && is_selected(s));
        let due: Vec<String> = due.map(|(key, _)| key.clone()).collect();
        if due.is_empty() {
            return;
        }
        let roots = Settings::load(&self.home).map(|s| s.transcript_roots()).unwrap_or_default();
        for key in due {
            self.read_tokens(&key, &roots);
            self.queue_session(&key).await;
        }
        self.are_sessions_changed = true;
    }

    /// Reads what an agent added to its own record, a few pieces at most: a long one takes some heartbeats.
    fn read_tokens(&mut self, key: &str, others: &[PathBuf]) {
        let Some(session) = self.sessions.sessions.get_mut(key) else { return };
        let mut roots = usual_roots(&session.agent);
        roots.extend_from_slice(others);
        for _ in 0..8 {
            if !session.read_tokens(&roots) {
                break;
            }
        }
    }

    async fn queue_session(&mut self, key: &str) {
        let Some(state) = self.sessions.sessions.get(key).cloned() else { return };
        let now = Timestamp::now();
        if let Some(place) = locate(&state.worktree)
            && self.is_sendable(&place).await
        {
            self.queue_at(key, &state, &place).await;
        }
        // Items that could not be queued are tried again with the next heartbeat.
        if let Some(session) = self.sessions.sessions.get_mut(key) {
            session.queued_at = Some(now);
        }
    }

    async fn queue_at(&mut self, key: &str, state: &SessionState, place: &Location) {
        let Some(entry) = self.registry.get(&place.common_dir).cloned() else { return };
        let Some((server, keys)) = self.target(&entry, &place.worktree).await else { return };
        let repo = snapshot::repository(place, &entry, &keys);
        if !self.note_sent(place, &server, &repo.key) {
            return;
        }
        let session = Session {
            key: keys.session(&state.agent, &state.session, &state.common_dir),
            agent: state.agent.clone(),
            worktree: keys.worktree(&self.machine.id, &place.worktree),
            model: state.model.clone(),
            started_at: state.started_at,
            last_event_at: state.last_event_at,
            ended_at: state.ended_at,
            counters: state.counters(),
        };
        let slot = session.key.to_string();
        let entry = Entry {
            server,
            worktree: place.worktree.clone(),
            common_dir: place.common_dir.clone(),
            content: Content::Item(snapshot::item(repo, ItemBody::Session(session))),
        };
        let added = Queue::new(&self.home).add(&entry, &slot);
        let is_added = self.log.check("The queue cannot be written", added).is_some();
        if let Some(session) = self.sessions.sessions.get_mut(key) {
            session.is_end_queued = is_added && state.ended_at.is_some();
        }
    }
}
