//! The search for unreported pushes: Gitea sends each delivery once, and drops it if that fails.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Access, Failure, TenantId, Timestamp, WorkspaceId};
use covibe_store::{FollowedBranch, Store, WorkspaceRecord};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::time::timeout;

use crate::operator_access;
use crate::platform::Platform;
use crate::push_intake::{PushHint, PushIntake};

/// The maximum number of pages of an organisation's repositories that are read, of 50 each.
const PAGES: usize = 10;

/// The maximum number of repositories beyond those pages that a round reads, each by its number. The next round reads
/// others.
const ASKED: usize = 50;

/// The time, in milliseconds, after which a deleted repository is looked for again in an organisation that is not read
/// to its end: nothing shows there that one was created again under its name.
const GONE_MILLIS: i64 = 3_600_000;

/// The time limit of a round for one workspace.
const LONGEST: Duration = Duration::from_secs(20);

/// The number of workspaces that are read concurrently.
const AT_ONCE: usize = 8;

/// The last changes of the repositories of workspaces, as the last rounds read them.
type Changes = HashMap<(WorkspaceId, i64), RepositoryChange>;

/// The last change of a repository. `is_new` is true if the last round was the first to read it: Gitea reports whole
/// seconds, so a further push may have the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RepositoryChange {
    last: LastChange,
    is_new: bool,
}

/// The last change of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastChange {
    /// The repository exists; its time of update, if Gitea reports one.
    Present(Option<Timestamp>),
    /// The repository is gone. No app follows yet a repository that is created again under its name, so the last change
    /// of all such repositories counts.
    Gone(Option<Timestamp>),
}

/// The last changes of repositories by number, as Gitea reports them now.
type ReadChanges = Vec<(i64, LastChange)>;

/// The memory of the rounds.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    changes: Changes,
    /// The number of rounds.
    number: usize,
}

/// A workspace with something to do.
pub(super) struct DueWorkspace {
    pub(super) record: WorkspaceRecord,
    pub(super) branches: Vec<FollowedBranch>,
    pub(super) has_open_statuses: bool,
}

impl Platform {
    /// Returns the workspaces with apps that are deployed by pushes, or with deployments whose end is to be reported.
    /// Those of suspended tenants wait, and so do those of a tenant whose rows can't be read now. Tenants take turns in
    /// the list, so that one with many workspaces does not precede the others.
    pub(super) async fn following_workspaces(&self) -> Result<Vec<DueWorkspace>, Failure> {
        let (store, mut due) = (self.store.in_background(), Vec::new());
        for tenant in store.tenants_that_follow_branches().await? {
            match due_workspaces(&store, &tenant).await {
                Ok(own) => due.push(own),
                Err(failure) => {
                    tracing::warn!(%tenant, %failure, "the branches that a tenant's apps follow could not be read");
                }
            }
        }
        Ok(interleave(due))
    }
}

/// Returns the first of each list, then the second of each, and so on.
fn interleave<T>(lists: Vec<Vec<T>>) -> Vec<T> {
    let numbered = lists.into_iter().flat_map(|list| list.into_iter().enumerate());
    let mut numbered: Vec<_> = numbered.collect();
    numbered.sort_by_key(|(number, _)| *number);
    numbered.into_iter().map(|(_, it)| it).collect()
}

/// Returns those of a tenant.
async fn due_workspaces(store: &Store, tenant: &TenantId) -> Result<Vec<DueWorkspace>, Failure> {
    let mut tx = store.tenant_read(tenant).await?;
    // The first round after the end of a suspension looks at all of its repositories.
    let records = if tx.is_suspended().await? { Vec::new() } else { tx.workspaces().await? };
    let mut due = Vec::new();
    for record in records.into_iter().filter(|it| it.provision_status == ProvisionStatus::Ready) {
        let mut branches = tx.followed_branches(&record.id).await?;
        branches.retain(|branch| branch.auto_deploy);
        let has_open_statuses = !tx.push_statuses(&record.id, 1).await?.is_empty();
        if has_open_statuses || !branches.is_empty() {
            due.push(DueWorkspace { record, branches, has_open_statuses });
        }
    }
    tx.commit().await?;
    Ok(due)
}

impl Rounds {
    /// Schedules a check of the repositories that may have received a push since the last round. This takes one call of
    /// Gitea for each fifty repositories of a workspace, and one for each of those beyond the first hundreds. The first
    /// round schedules all.
    pub(super) async fn check_all(&mut self, platform: &Arc<Platform>, due: &[DueWorkspace]) {
        let (mut now, mut reads) = (Changes::new(), read_all(platform, due, self.number));
        while let Some((due, read)) = reads.next().await {
            let Some(read) = read else { continue };
            now.extend(self.known_changes(due));
            now.extend(self.compare(platform.intake(), due, read, false));
        }
        self.changes = now;
        self.number += 1;
    }

    /// Does the same for some workspaces between two rounds.
    pub(super) async fn check_some(&mut self, platform: &Arc<Platform>, due: &[DueWorkspace]) {
        let mut reads = read_all(platform, due, self.number);
        while let Some((due, read)) = reads.next().await {
            let now = self.compare(platform.intake(), due, read.unwrap_or_default(), true);
            self.changes.extend(now);
        }
    }

    /// Returns the known changes of the followed repositories of a workspace, because a round may not read all of them.
    fn known_changes(&self, of: &DueWorkspace) -> Changes {
        let DueWorkspace { record, branches, .. } = of;
        let is_followed = |(workspace, repository): &(WorkspaceId, i64)| {
            *workspace == record.id && branches.iter().any(|it| it.repository == *repository)
        };
        let known = self.changes.iter().filter(|(key, _)| is_followed(key));
        known.map(|(key, change)| (key.clone(), *change)).collect()
    }

    /// Schedules a check of the repositories that have changed, and returns the changes to remember. A change whose
    /// check could not be scheduled is not remembered, so that the next round schedules it.
    fn compare(
        &self,
        intake: &PushIntake,
        due: &DueWorkspace,
        read: ReadChanges,
        is_early: bool,
    ) -> Changes {
        let DueWorkspace { record, branches, .. } = due;
        let mut now = Changes::new();
        for (repository, last) in read {
            let key = (record.id.clone(), repository);
            let before = self.changes.get(&key).copied();
            let is_new = before.is_none_or(|before| before.last != last);
            let was_new = before.is_some_and(|before| before.is_new);
            let is_left =
                branches.iter().any(|it| it.repository == repository && it.claim.is_some());
            if (is_new || is_left || was_new)
                && !intake.enqueue(PushHint { workspace: record.clone(), repository })
            {
                continue;
            }
            // The second that Gitea tells may not be over yet when the next look comes early.
            now.insert(key, RepositoryChange { last, is_new: is_new || is_early && was_new });
        }
        now
    }
}

/// Reads the last changes in the workspaces with followed branches. A slow one does not delay the others.
fn read_all<'a>(
    platform: &'a Arc<Platform>,
    due: &'a [DueWorkspace],
    round: usize,
) -> BoxStream<'a, (&'a DueWorkspace, Option<ReadChanges>)> {
    let due = due.iter().filter(|due| !due.branches.is_empty());
    let reads: Vec<_> = due.map(|due| read_changes(platform, due, round)).collect();
    stream::iter(reads).buffer_unordered(AT_ONCE).boxed()
}

async fn read_changes<'a>(
    platform: &Arc<Platform>,
    due: &'a DueWorkspace,
    round: usize,
) -> (&'a DueWorkspace, Option<ReadChanges>) {
    (due, changes_of(platform, due, round).await)
}

/// Returns the last changes of the repositories of a workspace, or `None` if they could not be read.
async fn changes_of(
    platform: &Arc<Platform>,
    due: &DueWorkspace,
    round: usize,
) -> Option<ReadChanges> {
    let (record, branches) = (&due.record, due.branches.iter());
    let followed = branches.map(|branch| branch.repository).collect();
    let read = timeout(LONGEST, changes(platform, record, &followed, round)).await.ok()?;
    let warn = |failure: &Failure| {
        tracing::warn!(workspace = %record.slug, %failure, "a round could not check for missed pushes");
    };
    read.inspect_err(warn).ok()
}

/// Returns the last changes of the repositories with these numbers. Beyond the pages that are read, a round reads some
/// of them.
async fn changes(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    followed: &HashSet<i64>,
    round: usize,
) -> Result<ReadChanges, Failure> {
    let workspace =
        operator_access::open_server(Arc::clone(platform), record.clone(), Access::Read);
    let gitea = workspace.gitea().await?;
    let (mut read, mut seen, mut others, mut is_all) = (Vec::new(), 0, None, false);
    for number in 1..=PAGES {
        let page = gitea.repositories(number).await?;
        seen += page.repos.len();
        for repo in &page.repos {
            if followed.contains(&repo.id) {
                read.push((repo.id, LastChange::Present(repo.updated_at)));
            } else {
                others = others.max(repo.updated_at);
            }
        }
        is_all = page.repos.is_empty() || seen >= page.total;
        if is_all || read.len() == followed.len() {
            break;
        }
    }
    let found: HashSet<_> = read.iter().map(|(repository, _)| *repository).collect();
    let left = followed.difference(&found).copied();
    if is_all {
        read.extend(left.map(|gone| (gone, LastChange::Gone(others))));
        return Ok(read);
    }
    for repository in turn(left.collect(), round) {
        let found = gitea.repository_numbered(repository).await?;
        let last = found.map_or_else(gone_this_hour, |repo| LastChange::Present(repo.updated_at));
        read.push((repository, last));
    }
    Ok(read)
}

/// Returns the repositories that this round reads.
fn turn(mut of: Vec<i64>, round: usize) -> Vec<i64> {
    of.sort_unstable();
    let first = round.wrapping_mul(ASKED) % of.len().max(1);
    of.rotate_left(first);
    of.truncate(ASKED);
    of
}

fn gone_this_hour() -> LastChange {
    let now = Timestamp::now().as_millis();
    LastChange::Gone(Some(Timestamp::from_millis(now - now % GONE_MILLIS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace_records;

    #[test]
    fn rounds_read_unlisted_repositories_in_turns() {
        let all: Vec<i64> = (0..120).rev().collect();
        let rounds: Vec<_> = (0..3).map(|round| turn(all.clone(), round)).collect();
        assert!(rounds.iter().all(|asked| asked.len() == ASKED));
        let asked: HashSet<_> = rounds.into_iter().flatten().collect();
        assert_eq!(asked.len(), 120);
        assert_eq!((turn(Vec::new(), 7), turn(vec![2, 1], 9)), (vec![], vec![1, 2]));
    }

    #[test]
    fn a_push_that_finds_no_place_on_the_agenda_is_scheduled_by_a_later_round() {
        let intake = PushIntake::new(Duration::ZERO);
        let tenant = "ten_mark".parse().unwrap();
        let record = workspace_records::new(&tenant, "mark".parse().unwrap(), "Mark");
        let hint = |repository| PushHint { workspace: record.clone(), repository };
        assert!((1..10_000).any(|number| !intake.enqueue(hint(number))), "the agenda has a limit");
        let due =
            DueWorkspace { record: record.clone(), branches: Vec::new(), has_open_statuses: false };
        let mut rounds = Rounds::default();
        let mut check = || {
            let read = vec![(0, LastChange::Present(None))];
            let changes = rounds.compare(&intake, &due, read, false);
            rounds.changes.extend(changes);
            rounds.changes.len()
        };
        assert_eq!([check(), check(), check()], [0, 0, 0]);
        let (ended, _) = intake.take_due().unwrap();
        intake.note_end(&ended, true);
        assert_eq!((check(), intake.enqueue(hint(10_000))), (1, false), "it has the free place");
    }

    #[test]
    fn tenants_take_turns_in_the_list_of_workspaces() {
        let lists = vec![vec!["a1", "a2", "a3"], Vec::new(), vec!["b1"], vec!["c1", "c2"]];
        assert_eq!(interleave(lists), ["a1", "b1", "c1", "a2", "c2", "a3"]);
    }
}
