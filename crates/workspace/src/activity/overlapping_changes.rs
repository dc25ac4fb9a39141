//! Changes of the same files in several worktrees.

use std::collections::BTreeSet;
use std::time::Duration;

use covibe_domain::Failure;
use covibe_domain::companion::{ActivityKey, Overlap, SnapshotBody};
use covibe_policy::Principal;
use covibe_store::{ActivityKind, Tx};

use super::state_merge::Stored;
use crate::clock::time_before_now;

/// The age up to which a worktree counts as one that somebody works in.
const CURRENT: Duration = Duration::from_hours(24);

/// The maximum number of other worktrees of a repository that are compared.
const COMPARED: i64 = 100;

/// The maximum number of overlaps in an answer.
const MAX: usize = 20;

/// Returns where others have changed the same files as these snapshots of a machine.
pub(super) async fn overlaps(
    tx: &mut Tx,
    by: &Principal,
    machine: &ActivityKey,
    snapshots: &[(ActivityKey, SnapshotBody)],
) -> Result<Vec<Overlap>, Failure> {
    let mut overlaps = Vec::new();
    let mut compared = BTreeSet::new();
    for (repo, snapshot) in snapshots.iter().rev() {
        let worktree = &snapshot.worktree.key;
        if snapshot.dirty.paths.is_empty() || !compared.insert(worktree) {
            continue;
        }
        let kind = ActivityKind::Worktree;
        let others = tx
            .activity_states(&by.workspace, kind, Some(repo), time_before_now(CURRENT), COMPARED)
            .await?;
        for other in others {
            let is_same = other.machine == *machine && other.subject == *worktree;
            let Some(stored) = Stored::<SnapshotBody>::read(&other.details) else { continue };
            let files = shared_files(snapshot, &stored.state);
            if is_same || files == 0 || overlaps.len() == MAX {
                continue;
            }
            overlaps.push(Overlap {
                repo: repo.clone(),
                worktree: worktree.clone(),
                machine: stored.machine,
                branch: stored.state.head.branch,
                files,
            });
        }
    }
    Ok(overlaps)
}

/// Returns the number of changed files that two worktrees have in common.
pub(super) fn shared_files(one: &SnapshotBody, other: &SnapshotBody) -> u32 {
    let paths: BTreeSet<_> = one.dirty.paths.iter().collect();
    let shared: BTreeSet<_> =
        other.dirty.paths.iter().filter(|path| paths.contains(path)).collect();
    u32::try_from(shared.len()).unwrap_or(u32::MAX)
}
