//! Snapshots of worktrees: numbers, the names of branches, and keys.

mod salted_keys;

use covibe_domain::companion::{
    ActivityItem, ActivityKey, DirtyState, ItemBody, MAX_DIRTY_PATHS, RepositoryRef, SnapshotBody,
    SnapshotHead, SnapshotUpstream, WorktreeRef,
};
use covibe_domain::{Timestamp, boxed};
use uuid::Uuid;

use crate::files_without_fsync;
use crate::git::{Git, GitError, Location, Status};
use crate::repos::RepositoryEntry;

pub use salted_keys::Keys;

/// A snapshot that was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The repository.
    pub repo: RepositoryRef,
    /// The state of the worktree. Its number is 0 until it is sent.
    pub body: SnapshotBody,
    /// A tag of all that it says: an equal one need not be sent.
    pub content: String,
}

/// Takes a snapshot, with what is known of the repository.
///
/// # Errors
///
/// Any [`GitError`].
#[boxed]
pub async fn take(
    git: &Git,
    place: &Location,
    entry: &RepositoryEntry,
    keys: &Keys,
    machine: &ActivityKey,
) -> Result<Snapshot, GitError> {
    let status = git.status(place).await?;
    let committed_at = match &status.commit {
        Some(commit) => git.committed_at(place, commit).await,
        None => None,
    };
    let repo = repository(place, entry, keys);
    let body = SnapshotBody {
        worktree: WorktreeRef {
            key: keys.worktree(machine, &place.worktree),
            is_linked: place.is_linked(),
        },
        dirty: dirty(&status, &repo.key, keys),
        head: SnapshotHead { branch: status.branch, commit: status.commit, committed_at },
        // Without a name, git has only reported that an upstream exists.
        upstream: status.upstream.filter(|upstream| !upstream.name.is_empty()).map(|upstream| {
            SnapshotUpstream { name: upstream.name, ahead: upstream.ahead, behind: upstream.behind }
        }),
        stashes: status.stashes,
        in_progress: place.in_progress().map(str::to_owned),
        seq: 0,
    };
    let content =
        files_without_fsync::tag(&serde_json::to_vec(&(&repo, &body)).unwrap_or_default());
    Ok(Snapshot { repo, body, content })
}

/// Returns the repository, as it is sent.
pub(crate) fn repository(place: &Location, entry: &RepositoryEntry, keys: &Keys) -> RepositoryRef {
    let folder = entry.key_path.as_deref().unwrap_or(&place.common_dir);
    let last = entry.remote.as_deref().and_then(|remote| remote.rsplit('/').next());
    RepositoryRef {
        key: keys.repository(entry.remote.as_deref(), folder),
        name: last.map_or_else(|| place.folder_name(), str::to_owned),
        remote: entry.remote.clone(),
    }
}

fn dirty(status: &Status, repository: &ActivityKey, keys: &Keys) -> DirtyState {
    let mut paths: Vec<ActivityKey> =
        status.paths.iter().map(|path| keys.path(repository, path)).collect();
    paths.sort_unstable();
    paths.dedup();
    let is_truncated = status.is_truncated || paths.len() > MAX_DIRTY_PATHS;
    paths.truncate(MAX_DIRTY_PATHS);
    let counts = status.counts;
    DirtyState {
        staged: counts.staged,
        unstaged: counts.unstaged,
        untracked: counts.untracked,
        conflicted: counts.conflicted,
        paths,
        is_truncated,
    }
}

/// Makes an item, with an id and the time of now.
pub fn item(repo: RepositoryRef, body: ItemBody) -> ActivityItem {
    ActivityItem { id: Uuid::now_v7().to_string(), taken_at: Timestamp::now(), repo, body }
}
