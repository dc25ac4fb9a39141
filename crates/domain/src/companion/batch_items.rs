//! The items of a batch: snapshots of worktrees, and sessions of agents.

use serde::{Deserialize, Serialize};

use super::ActivityKey;
use crate::Timestamp;

/// The maximum number of dirty paths in a snapshot.
pub const MAX_DIRTY_PATHS: usize = 500;

/// An item of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActivityItem {
    /// A UUID of version 7, made with the item. The server stores an id once within 7 days.
    pub id: String,
    /// The time when it was taken, by the clock of the machine.
    pub taken_at: Timestamp,
    /// The repository that it is about.
    pub repo: RepositoryRef,
    /// The content.
    pub body: ItemBody,
}

/// The content of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemBody {
    /// The state of a worktree.
    Snapshot(SnapshotBody),
    /// The state of an agent's session. It replaces the earlier state of the same session, and is its heartbeat.
    Session(Session),
}

/// A repository: one for each common git directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RepositoryRef {
    /// Its key: from the normalized remote, or from the common git directory if it has no remote.
    pub key: ActivityKey,
    /// Its name: the last part of the remote's path, or of the folder.
    pub name: String,
    /// The host and path of its remote, such as `github.com/ada/shop`, without user or password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
}

/// A worktree of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorktreeRef {
    /// Its key.
    pub key: ActivityKey,
    /// True if `git worktree add` created it.
    pub is_linked: bool,
}

/// The state of a worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotBody {
    /// The worktree.
    pub worktree: WorktreeRef,
    /// The branch and commit that are checked out.
    pub head: SnapshotHead,
    /// The branch that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<SnapshotUpstream>,
    /// The changes that are not committed.
    pub dirty: DirtyState,
    /// The number of stashes.
    #[serde(default)]
    pub stashes: u32,
    /// `merge`, `rebase`, `cherry-pick`, `revert` or `bisect`, if one is in progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_progress: Option<String>,
    /// Grows with each snapshot of a machine.
    pub seq: u64,
}

/// The branch and commit that are checked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotHead {
    /// The branch; absent if HEAD is detached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The time of the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<Timestamp>,
}

/// The branch that a branch follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotUpstream {
    /// Its name, such as `origin/main`.
    pub name: String,
    /// The number of the branch's commits that it lacks.
    pub ahead: u32,
    /// The number of its commits that the branch lacks.
    pub behind: u32,
}

/// The files of a worktree that are not committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DirtyState {
    /// The number of files with staged changes.
    pub staged: u32,
    /// The number of files with unstaged changes.
    pub unstaged: u32,
    /// The number of untracked files and folders.
    pub untracked: u32,
    /// The number of files in conflict.
    pub conflicted: u32,
    /// The keys of at most [`MAX_DIRTY_PATHS`] of these paths, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<ActivityKey>,
    /// True if git's output or the list of paths was cut off.
    #[serde(default)]
    pub is_truncated: bool,
}

/// A session of an agent in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Session {
    /// Its key.
    pub key: ActivityKey,
    /// The agent: `claude-code`, `codex`, `cursor` or the name that a generic hook gives itself, at most 32 characters.
    pub agent: String,
    /// The worktree.
    pub worktree: ActivityKey,
    /// The model, as the agent names it, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The time when it began.
    pub started_at: Timestamp,
    /// The time of its last event.
    pub last_event_at: Timestamp,
    /// The time when it ended; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The counters since it began.
    pub counters: Counters,
}

/// The counters of a session since it began. A later state never has less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Counters {
    /// The prompts.
    pub turns: u64,
    /// The calls of tools.
    pub tools: ToolCounts,
    /// The tokens; absent where the agent does not report them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenCounts>,
}

/// The calls of tools, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ToolCounts {
    /// Edits of files.
    pub edit: u64,
    /// Commands in a shell.
    pub shell: u64,
    /// Tools of MCP servers.
    pub mcp: u64,
    /// All others.
    pub other: u64,
}

/// The tokens of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct TokenCounts {
    /// Input tokens that no cache served.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Input tokens that a cache served.
    pub cache_read: u64,
    /// Input tokens that were written to a cache.
    pub cache_write: u64,
}
