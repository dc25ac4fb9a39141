//! Counts the events of hooks.

use covibe_domain::Timestamp;
use covibe_domain::companion::TokenCounts;

use super::{SessionState, Sessions};
use crate::files_without_fsync;
use crate::inbox::{Event, Record};

/// The number of events of a session that are recognised when they are reported again.
const MAX_SEEN: usize = 256;

impl Sessions {
    /// Counts a record. One that was counted before changes nothing.
    pub fn apply(&mut self, record: &Record) {
        if record.event == Event::Connect {
            return;
        }
        // A clock that went back leaves records of the future.
        let at = record.at.min(Timestamp::now());
        if record.event == Event::End {
            self.end_session(record, at);
        }
        let is_known = self.sessions.values().any(|session| session.is_same(record));
        if record.event == Event::End && !is_known {
            return;
        }
        // The tokens of a session in several repositories count in the first one.
        let has_transcript =
            self.sessions.values().any(|s| s.is_same(record) && s.transcript.is_some());
        let common_dir = record.common_dir.to_string_lossy();
        let key = files_without_fsync::tag(
            format!("{}\0{}\0{common_dir}", record.agent, record.session).as_bytes(),
        );
        if record.event == Event::End && !self.sessions.contains_key(&key) {
            return;
        }
        let session = self.sessions.entry(key).or_insert_with(|| SessionState::new(record, at));
        session.apply(record, at);
        if session.transcript.is_none() && !has_transcript {
            session.transcript.clone_from(&record.transcript);
        }
        self.limit();
    }

    /// Ends a session in every repository.
    fn end_session(&mut self, record: &Record, at: Timestamp) {
        for session in self.sessions.values_mut().filter(|session| session.is_same(record)) {
            session.ended_at = Some(at.max(session.started_at));
        }
    }
}

impl SessionState {
    fn new(record: &Record, at: Timestamp) -> Self {
        Self {
            agent: record.agent.clone(),
            session: record.session.clone(),
            worktree: record.worktree.clone(),
            common_dir: record.common_dir.clone(),
            model: None,
            started_at: at,
            last_event_at: at,
            ended_at: None,
            turns: 0,
            tools: covibe_domain::companion::ToolCounts::default(),
            reported: None,
            transcript: None,
            transcripts: std::collections::BTreeMap::new(),
            seen: std::collections::VecDeque::new(),
            channels: std::collections::BTreeMap::new(),
            queued_at: None,
            is_end_queued: false,
        }
    }

    fn is_same(&self, record: &Record) -> bool {
        self.agent == record.agent && self.session == record.session
    }

    fn apply(&mut self, record: &Record, at: Timestamp) {
        self.last_event_at = self.last_event_at.min(Timestamp::now()).max(at);
        if record.event != Event::End {
            (self.ended_at, self.is_end_queued) = (None, false);
            self.worktree.clone_from(&record.worktree);
        }
        if record.model.is_some() {
            self.model.clone_from(&record.model);
        }
        if let Some(tokens) = record.tokens {
            self.reported = Some(largest(self.reported.unwrap_or_default(), tokens));
        }
        if self.is_new(record) {
            self.count(record.event);
        }
    }

    /// Returns whether an event is not reported yet, by this harness or another one.
    fn is_new(&mut self, record: &Record) -> bool {
        if let Some(key) = &record.key {
            if self.seen.contains(key) {
                return false;
            }
            self.seen.push_back(key.clone());
            if self.seen.len() > MAX_SEEN {
                self.seen.pop_front();
            }
        }
        // Two harnesses report the same events, and not always with something that identifies them: the first one
        // counts for each kind.
        let kind = format!("{:?}", record.event);
        *self.channels.entry(kind).or_insert_with(|| record.via.clone()) == record.via
    }

    const fn count(&mut self, event: Event) {
        let counter = match event {
            Event::Prompt => &mut self.turns,
            Event::Edit => &mut self.tools.edit,
            Event::Shell => &mut self.tools.shell,
            Event::Mcp => &mut self.tools.mcp,
            Event::Tool => &mut self.tools.other,
            Event::Start | Event::Stop | Event::End | Event::Connect => return,
        };
        *counter = counter.saturating_add(1);
    }
}

/// Returns the larger of each: a later state never has less.
fn largest(a: TokenCounts, b: TokenCounts) -> TokenCounts {
    TokenCounts {
        input: a.input.max(b.input),
        output: a.output.max(b.output),
        cache_read: a.cache_read.max(b.cache_read),
        cache_write: a.cache_write.max(b.cache_write),
    }
}
