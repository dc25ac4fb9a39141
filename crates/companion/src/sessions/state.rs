//! The state of a session.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use covibe_domain::Timestamp;
use covibe_domain::companion::{Counters, TokenCounts, ToolCounts};
use serde::{Deserialize, Serialize};

use crate::transcript::{TranscriptState, add};

/// A session of an agent in a repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionState {
    /// The agent.
    pub agent: String,
    /// The id that the agent gives it.
    pub session: String,
    /// The worktree of the last event.
    pub worktree: PathBuf,
    /// The common git directory.
    pub common_dir: PathBuf,
    /// The model.
    #[serde(default)]
    pub model: Option<String>,
    /// The time of the first event.
    pub started_at: Timestamp,
    /// The time of the last event.
    pub last_event_at: Timestamp,
    /// The time of its end.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// The prompts.
    #[serde(default)]
    pub turns: u64,
    /// The calls of tools.
    #[serde(default)]
    pub tools: ToolCounts,
    /// The tokens that the harness reported.
    #[serde(default)]
    pub reported: Option<TokenCounts>,
    /// The agent's own record.
    #[serde(default)]
    pub transcript: Option<PathBuf>,
    /// The records that are read for tokens.
    #[serde(default)]
    pub transcripts: BTreeMap<PathBuf, TranscriptState>,
    /// The keys of the last events.
    #[serde(default)]
    pub(super) seen: VecDeque<String>,
    /// The harness that counts for each kind of event.
    #[serde(default)]
    pub(super) channels: BTreeMap<String, String>,
    /// The time when its state was last queued.
    #[serde(default)]
    pub queued_at: Option<Timestamp>,
    /// True if its end was queued.
    #[serde(default)]
    pub is_end_queued: bool,
}

impl SessionState {
    /// Returns its counters. The tokens are those that the harness reported, or else the sum over
    /// its records.
    pub fn counters(&self) -> Counters {
        let read = self.transcripts.values().map(TranscriptState::tokens);
        let read = if self.transcripts.is_empty() { None } else { read.reduce(add) };
        Counters { turns: self.turns, tools: self.tools, tokens: self.reported.or(read) }
    }
}
