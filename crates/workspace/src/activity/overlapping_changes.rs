//! Changes of the same files in several worktrees.

use std::collections::BTreeSet;
use std::time::Duration;

use covibe_domain::Failure;
use covibe_domain::companion::{ActivityKey, Overlap, SnapshotBody};
use covibe_policy::Principal;
use covibe_store::{ActivityKind, ActivityState};

use super::state_merge::Stored;
use crate::clock::time_before_now;
use crate::platform::Platform;

/// The age up to which a worktree counts as one that somebody works in.
const CURRENT: Duration = Duration::from_hours(24);

/// The maximum number of other worktrees of a repository that are compared.
const COMPARED: i64 = 100;

/// The maximum number of overlaps in an answer.
const MAX: usize = 20;

impl Platform {
    /// Returns where others have changed the same files as these snapshots of a machine, which are given with their
    /// repositories. It reads the states of each repository once, in a transaction of its own, and compares them on
    /// another thread: a batch may have 50 snapshots, each of which is compared with 100 states of 32 KiB.
    pub(super) async fn overlaps(
        &self,
        by: &Principal,
        machine: &ActivityKey,
        snapshots: Vec<(ActivityKey, SnapshotBody)>,
    ) -> Result<Vec<Overlap>, Failure> {
        let mut overlaps = Vec::new();
        for changed in changed_worktrees(machine, snapshots) {
            let others = self.current_worktrees(by, &changed.repo).await?;
            let compare = move || changed.compare(&others);
            overlaps.extend(self.turns.judgements.run(&by.tenant, compare).await?);
            if overlaps.len() >= MAX {
                break;
            }
        }
        overlaps.truncate(MAX);
        Ok(overlaps)
    }

    /// Returns the worktrees of a repository that somebody works in.
    async fn current_worktrees(
        &self,
        by: &Principal,
        repo: &ActivityKey,
    ) -> Result<Vec<ActivityState>, Failure> {
        let (kind, since) = (ActivityKind::Worktree, time_before_now(CURRENT));
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        let found = tx.activity_states(&by.workspace, kind, Some(repo), since, COMPARED).await?;
        tx.commit().await?;
        Ok(found)
    }
}

/// The changed worktrees of a batch that are of one repository.
#[derive(Debug, PartialEq)]
struct ChangedWorktrees {
    repo: ActivityKey,
    machine: ActivityKey,
    /// The last snapshot of each.
    snapshots: Vec<SnapshotBody>,
}

/// Returns the changed worktrees of a machine's batch by their repositories, each of which occurs once.
fn changed_worktrees(
    machine: &ActivityKey,
    snapshots: Vec<(ActivityKey, SnapshotBody)>,
) -> Vec<ChangedWorktrees> {
    let (mut seen, mut all) = (BTreeSet::new(), Vec::<ChangedWorktrees>::new());
    for (repo, snapshot) in snapshots.into_iter().rev() {
        if !seen.insert(snapshot.worktree.key.clone()) || snapshot.dirty.paths.is_empty() {
            continue;
        }
        match all.iter_mut().find(|it| it.repo == repo) {
            Some(same) => same.snapshots.push(snapshot),
            None => all.push(ChangedWorktrees {
                repo,
                machine: machine.clone(),
                snapshots: vec![snapshot],
            }),
        }
    }
    all
}

impl ChangedWorktrees {
    /// Returns the overlaps with these states of the repository, but no more than an answer has.
    fn compare(&self, states: &[ActivityState]) -> Vec<Overlap> {
        let stored: Vec<_> = states
            .iter()
            .filter_map(|at| Some((at, Stored::<SnapshotBody>::read(&at.details)?)))
            .collect();
        let others: Vec<_> = stored
            .iter()
            .map(|(at, stored)| OtherWorktree { at, stored, files: changed_files(&stored.state) })
            .collect();
        let overlaps = self.snapshots.iter().flat_map(|own| {
            let files = changed_files(own);
            others.iter().filter_map(move |other| self.overlap(own, &files, other))
        });
        overlaps.take(MAX).collect()
    }

    fn overlap(
        &self,
        own: &SnapshotBody,
        own_files: &BTreeSet<&ActivityKey>,
        other: &OtherWorktree<'_>,
    ) -> Option<Overlap> {
        if other.at.machine == self.machine && other.at.subject == own.worktree.key {
            return None;
        }
        let files = count_shared(own_files, &other.files);
        (files > 0).then(|| Overlap {
            repo: self.repo.clone(),
            worktree: own.worktree.key.clone(),
            machine: other.stored.machine.clone(),
            branch: other.stored.state.head.branch.clone(),
            files,
        })
    }
}

/// A worktree that is compared with those of a batch. It may be one of them.
struct OtherWorktree<'a> {
    at: &'a ActivityState,
    stored: &'a Stored<SnapshotBody>,
    files: BTreeSet<&'a ActivityKey>,
}

/// Returns the changed files of a worktree.
pub(super) fn changed_files(snapshot: &SnapshotBody) -> BTreeSet<&ActivityKey> {
    snapshot.dirty.paths.iter().collect()
}

/// Returns the number of changed files that two worktrees have in common.
pub(super) fn count_shared(one: &BTreeSet<&ActivityKey>, other: &BTreeSet<&ActivityKey>) -> u32 {
    u32::try_from(one.intersection(other).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use covibe_domain::Timestamp;
    use covibe_domain::companion::RepositoryRef;
    use serde_json::json;

    use super::*;

    fn key(number: usize) -> ActivityKey {
        format!("{number:032x}").parse().unwrap()
    }

    /// Returns the snapshot of a worktree in which these files are changed.
    fn snapshot(worktree: usize, files: &[usize]) -> SnapshotBody {
        let paths: Vec<_> = files.iter().map(|file| key(*file)).collect();
        let body = json!({
            "worktree": { "key": key(worktree), "isLinked": false },
            "head": {},
            "dirty": { "staged": 0, "unstaged": 1, "untracked": 0, "conflicted": 0, "paths": paths },
            "seq": 1,
        });
        serde_json::from_value(body).unwrap()
    }

    fn state(machine: usize, worktree: usize, files: &[usize]) -> ActivityState {
        let repo = RepositoryRef { key: key(1), name: "shop".to_owned(), remote: None };
        let state = snapshot(worktree, files);
        let stored = Stored { machine: format!("machine {machine}"), repo, state };
        ActivityState {
            machine: key(machine),
            subject: key(worktree),
            repo: key(1),
            details: stored.text().unwrap(),
            at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn the_states_of_a_repository_are_read_once_for_all_worktrees_of_a_batch() {
        let batch = (0..50).map(|number| (key(number % 2), snapshot(number, &[1])));
        let changed = changed_worktrees(&key(9), batch.collect());
        let found: Vec<_> = changed.iter().map(|it| (&it.repo, it.snapshots.len())).collect();
        assert_eq!(found, [(&key(1), 25), (&key(0), 25)]);
    }

    #[test]
    fn only_the_last_snapshot_of_a_worktree_is_compared() {
        let batch = |files: &[&[usize]]| {
            files.iter().map(|files| (key(1), snapshot(2, files))).collect::<Vec<_>>()
        };
        let changed = changed_worktrees(&key(9), batch(&[&[1], &[1, 2]]));
        assert_eq!(changed[0].snapshots, [snapshot(2, &[1, 2])]);
        assert_eq!(changed_worktrees(&key(9), batch(&[&[1], &[]])), []);
    }

    #[test]
    fn a_worktree_overlaps_with_others_up_to_the_maximum_but_not_with_itself() {
        let changed = changed_worktrees(&key(9), vec![(key(1), snapshot(2, &[1, 2, 3]))]);
        let others = [state(9, 2, &[1]), state(8, 2, &[2, 3, 4]), state(9, 7, &[4])];
        let overlaps = changed[0].compare(&others);
        let found: Vec<_> = overlaps.iter().map(|it| (it.machine.as_str(), it.files)).collect();
        assert_eq!(found, [("machine 8", 2)]);
        let many: Vec<_> = (10..100).map(|machine| state(machine, 2, &[1])).collect();
        assert_eq!(changed[0].compare(&many).len(), MAX);
    }
}
