//! The activity that companions on developers' machines send to their workspace.
//!
//! An item is stored once, and the state of a worktree or a session does not depend on the order in which its items
//! arrive: machines send late, and twice.
//!
//! The latest state of each worktree and session is in `activity_states`. The activity of a folder that a machine
//! excludes is forgotten up to that moment.

mod ingest;
mod item_validation;
mod overlapping_changes;
mod state_merge;

use covibe_domain::companion::{Overlap, RepositoryRef, Session, SnapshotBody};
use covibe_domain::{Failure, Timestamp, boxed};
use covibe_policy::Principal;
use covibe_store::{ActivityKind, ActivityState};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use ingest::ReceivedBatch;
use overlapping_changes::{changed_files, count_shared};
use state_merge::Stored;

use crate::clock::time_before_now;
use crate::platform::Platform;

/// The maximum number of sessions, and of worktrees, that are shown.
const SHOWN: i64 = 100;

/// A session of an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenSession {
    /// The name of its machine.
    pub machine: String,
    /// Its repository.
    pub repo: RepositoryRef,
    /// The session.
    pub session: Session,
}

/// A worktree.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenWorktree {
    /// The name of its machine.
    pub machine: String,
    /// Its repository.
    pub repo: RepositoryRef,
    /// Its state.
    pub snapshot: SnapshotBody,
    /// When the state was taken.
    pub at: Timestamp,
}

/// The activity of a workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// The latest sessions, the latest first.
    pub sessions: Vec<SeenSession>,
    /// The worktrees that were seen last, the latest first.
    pub worktrees: Vec<SeenWorktree>,
    /// The worktrees that change the same files, each pair once.
    pub overlaps: Vec<Overlap>,
}

impl Platform {
    /// Returns the activity of the caller's workspace. Another thread parses and compares its states, each of which has
    /// up to 32 KiB.
    #[boxed]
    pub async fn activity(&self, by: &Principal) -> Result<Activity, Failure> {
        let since = time_before_now(self.settings().retention.activity);
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        let (session, worktree) = (ActivityKind::Session, ActivityKind::Worktree);
        let sessions = tx.activity_states(&by.workspace, session, None, since, SHOWN).await?;
        let worktrees = tx.activity_states(&by.workspace, worktree, None, since, SHOWN).await?;
        tx.commit().await?;
        let read = move || Activity::from_states(sessions, worktrees);
        self.turns.judgements.run(&by.tenant, read).await
    }
}

impl Activity {
    fn from_states(sessions: Vec<ActivityState>, worktrees: Vec<ActivityState>) -> Self {
        let sessions = parse_states(sessions).map(|(Stored { machine, repo, state }, _)| {
            SeenSession { machine, repo, session: state }
        });
        let worktrees = parse_states(worktrees).map(|(Stored { machine, repo, state }, at)| {
            SeenWorktree { machine, repo, snapshot: state, at }
        });
        let (sessions, worktrees) = (sessions.collect(), worktrees.collect::<Vec<_>>());
        Self { sessions, overlaps: pairs(&worktrees), worktrees }
    }
}

/// Returns the states that this release can read.
fn parse_states<T: Serialize + DeserializeOwned>(
    states: Vec<ActivityState>,
) -> impl Iterator<Item = (Stored<T>, Timestamp)> {
    states.into_iter().filter_map(|state| Some((Stored::read(&state.details)?, state.at)))
}

/// Returns the pairs of worktrees of one repository that change the same files.
fn pairs(worktrees: &[SeenWorktree]) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    let all: Vec<_> = worktrees.iter().map(|it| (it, changed_files(&it.snapshot))).collect();
    for (at, (one, own)) in all.iter().enumerate() {
        let later = all[at + 1..].iter();
        for (other, theirs) in later.filter(|(other, _)| other.repo.key == one.repo.key) {
            let files = count_shared(own, theirs);
            if files > 0 {
                overlaps.push(Overlap {
                    repo: one.repo.key.clone(),
                    worktree: one.snapshot.worktree.key.clone(),
                    machine: other.machine.clone(),
                    branch: other.snapshot.head.branch.clone(),
                    files,
                });
            }
        }
    }
    overlaps
}
