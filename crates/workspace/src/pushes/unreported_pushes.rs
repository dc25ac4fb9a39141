//! The search for unreported pushes: Gitea sends each delivery once, and drops it if that fails.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Access, Failure, Timestamp, WorkspaceId};
use covibe_store::WorkspaceRecord;
use tokio::time::{Instant, timeout};

use super::due_workspaces::DueWorkspace;
use crate::operator_access;
use crate::platform::Platform;
use crate::push_intake::{PushHint, PushIntake};
use crate::tenant_checks::{RunningChecks, SlotLimits};

/// The maximum number of pages of an organisation's repositories that are read, of 50 each.
const PAGES: usize = 10;

/// The maximum number of repositories beyond those pages that a search reads, each by its number. The next search reads
/// others.
const ASKED: usize = 50;

/// The time, in milliseconds, after which a deleted repository is looked for again in an organisation that is not read
/// to its end: nothing shows there that one was created again under its name.
const GONE_MILLIS: i64 = 3_600_000;

/// The time limit of a search in one workspace.
const LONGEST: Duration = Duration::from_secs(20);

/// The number of workspaces that are searched at once, each of another tenant.
const AT_ONCE: usize = 8;

/// The precision of the times that Gitea reports.
const SECOND: Duration = Duration::from_secs(1);

/// A change of a repository, as the last search found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RepositoryChange {
    last: LastChange,
    /// The time when a search first found it, if that was too short ago for a further push to have another time.
    new_since: Option<Instant>,
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

/// The searches of workspaces for unreported pushes, and what they have found.
#[derive(Debug)]
pub(super) struct PushSearches {
    running: RunningChecks<WorkspaceId, DueWorkspace, FoundChanges>,
    known: HashMap<WorkspaceId, KnownChanges>,
}

/// The changes in a workspace that are known from its searches.
#[derive(Debug, Default)]
struct KnownChanges {
    /// By the numbers of the repositories.
    changes: HashMap<i64, RepositoryChange>,
    /// The number of searches.
    searches: usize,
}

/// The result of a search; no changes if they could not be read.
#[derive(Debug)]
struct FoundChanges {
    due: DueWorkspace,
    begun: Instant,
    read: Option<ReadChanges>,
}

impl PushSearches {
    /// Creates the searches of a server that knows of no changes.
    pub(super) fn new() -> Self {
        let running = RunningChecks::new(SlotLimits::one_per_tenant(AT_ONCE), Duration::ZERO);
        Self { running, known: HashMap::new() }
    }

    /// Notes a search of each of these workspaces, and forgets the changes in others: there, the next search schedules a
    /// check of all repositories.
    pub(super) fn begin_round(&mut self, due: Vec<DueWorkspace>) {
        let following = due.iter().filter(|due| due.follows_branches());
        let following: HashSet<_> = following.map(|due| due.record.id.clone()).collect();
        self.known.retain(|workspace, _| following.contains(workspace));
        for due in due {
            self.note(due);
        }
    }

    /// Notes a search of a workspace with followed branches.
    pub(super) fn note(&mut self, due: DueWorkspace) {
        if due.follows_branches() {
            let (tenant, workspace) = (due.record.tenant.clone(), due.record.id.clone());
            // A later round notes what finds no place.
            self.running.note(&tenant, workspace, due);
        }
    }

    /// Runs the noted searches until one ends, and schedules a check of the repositories that may have received a push
    /// since the last one. A search takes one call of Gitea for each fifty repositories of the workspace, and one for each
    /// of those beyond the first hundreds. The first search of a workspace schedules all.
    pub(super) async fn next_end(&mut self, platform: &Arc<Platform>) {
        let known = &self.known;
        let search = |due: DueWorkspace| {
            // Counted when the search begins: it may have been noted while an earlier one was running.
            let earlier = known.get(&due.record.id).map_or(0, |it| it.searches);
            search_workspace(Arc::clone(platform), due, earlier)
        };
        if let (_, Some(found)) = self.running.next_end(search).await {
            self.compare(platform.intake(), found);
        }
    }

    /// Schedules a check of the repositories that have changed, and remembers the changes. A change whose check could not
    /// be scheduled is not remembered, so that the next search schedules it. A search may not read all repositories, and
    /// those that it does not read keep their known changes.
    fn compare(&mut self, intake: &PushIntake, found: FoundChanges) {
        let FoundChanges { due: DueWorkspace { record, branches, .. }, begun, read } = found;
        let known = self.known.entry(record.id.clone()).or_default();
        known.searches += 1;
        let Some(read) = read else { return };
        let is_followed = |repository: i64| branches.iter().any(|it| it.repository == repository);
        known.changes.retain(|repository, _| is_followed(*repository));
        for (repository, last) in read {
            let before = known.changes.get(&repository).copied();
            let is_new = before.is_none_or(|before| before.last != last);
            let new_since = before.and_then(|before| before.new_since);
            let is_left =
                branches.iter().any(|it| it.repository == repository && it.claim.is_some());
            if (is_new || is_left || new_since.is_some())
                && !intake.enqueue(PushHint { workspace: record.clone(), repository })
            {
                continue;
            }
            // The second that Gitea reported may not have been over yet when this search began.
            let kept = new_since.filter(|since| begun < *since + SECOND);
            let new_since = if is_new { Some(Instant::now()) } else { kept };
            known.changes.insert(repository, RepositoryChange { last, new_since });
        }
    }
}

/// Searches a workspace after so many earlier searches.
async fn search_workspace(
    platform: Arc<Platform>,
    due: DueWorkspace,
    earlier: usize,
) -> FoundChanges {
    let begun = Instant::now();
    // Boxed because the future is large.
    let read = Box::pin(changes_of(&platform, &due, earlier)).await;
    FoundChanges { due, begun, read }
}

/// Returns the last changes of the repositories of a workspace, or `None` if they could not be read.
async fn changes_of(
    platform: &Arc<Platform>,
    due: &DueWorkspace,
    number: usize,
) -> Option<ReadChanges> {
    let (record, branches) = (&due.record, due.branches.iter());
    let followed = branches.map(|branch| branch.repository).collect();
    let read = timeout(LONGEST, changes(platform, record, &followed, number)).await.ok()?;
    let warn = |failure: &Failure| {
        tracing::warn!(workspace = %record.slug, %failure, "the server could not check for missed pushes");
    };
    read.inspect_err(warn).ok()
}

/// Returns the last changes of the repositories with these numbers. Beyond the pages that are read, a search reads some of
/// them.
async fn changes(
    platform: &Arc<Platform>,
    record: &WorkspaceRecord,
    followed: &HashSet<i64>,
    search: usize,
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
    for repository in turn(left.collect(), search) {
        let found = gitea.repository_numbered(repository).await?;
        let last = found.map_or_else(gone_this_hour, |repo| LastChange::Present(repo.updated_at));
        read.push((repository, last));
    }
    Ok(read)
}

/// Returns the repositories that a search reads.
fn turn(mut of: Vec<i64>, search: usize) -> Vec<i64> {
    of.sort_unstable();
    let first = search.wrapping_mul(ASKED) % of.len().max(1);
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
    use covibe_store::FollowedBranch;

    use super::*;
    use crate::workspace_records;

    #[test]
    fn searches_read_unlisted_repositories_in_turns() {
        let all: Vec<i64> = (0..120).rev().collect();
        let searches: Vec<_> = (0..3).map(|search| turn(all.clone(), search)).collect();
        assert!(searches.iter().all(|asked| asked.len() == ASKED));
        let asked: HashSet<_> = searches.into_iter().flatten().collect();
        assert_eq!(asked.len(), 120);
        assert_eq!((turn(Vec::new(), 7), turn(vec![2, 1], 9)), (vec![], vec![1, 2]));
    }

    fn mark() -> WorkspaceRecord {
        workspace_records::new(&"ten_mark".parse().unwrap(), "mark".parse().unwrap(), "Mark")
    }

    /// Returns the result of a search that begins now and finds one repository, which has not changed.
    fn find_unchanged(record: &WorkspaceRecord) -> FoundChanges {
        let (record, branch) = (record.clone(), followed_branch(record));
        let due = DueWorkspace { record, branches: vec![branch], has_open_statuses: false };
        let read = Some(vec![(0, LastChange::Present(None))]);
        FoundChanges { due, begun: Instant::now(), read }
    }

    fn followed_branch(record: &WorkspaceRecord) -> FollowedBranch {
        FollowedBranch {
            workspace: record.id.clone(),
            app: "shop0000".parse().unwrap(),
            repository: 0,
            branch: "main".to_owned(),
            auto_deploy: true,
            watch_paths: Vec::new(),
            seen: None,
            claim: None,
            deployed: None,
            remade: false,
            warnings: Vec::new(),
            lease_until: Timestamp::from_millis(0),
            lease_left: Duration::ZERO,
        }
    }

    #[test]
    fn a_push_that_finds_no_place_on_the_agenda_is_scheduled_by_a_later_search() {
        let (intake, record) = (PushIntake::new(Duration::ZERO), mark());
        let hint = |repository| PushHint { workspace: record.clone(), repository };
        assert!((1..10_000).any(|number| !intake.enqueue(hint(number))), "the agenda has a limit");
        let mut searches = PushSearches::new();
        let mut search = || {
            searches.compare(&intake, find_unchanged(&record));
            searches.known[&record.id].changes.len()
        };
        assert_eq!([search(), search(), search()], [0, 0, 0]);
        let (ended, _) = intake.take_due().unwrap();
        intake.note_end(&ended, true);
        assert_eq!((search(), intake.enqueue(hint(10_000))), (1, false), "it has the free place");
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_repository_is_checked_until_the_second_of_its_change_is_over() {
        let (intake, record) = (PushIntake::new(Duration::ZERO), mark());
        let (mut searches, mut checked) = (PushSearches::new(), Vec::new());
        for _ in 0..5 {
            searches.compare(&intake, find_unchanged(&record));
            let due = intake.take_due();
            checked.push(due.is_some());
            if let Some((key, _)) = due {
                intake.note_end(&key, true);
            }
            tokio::time::advance(SECOND / 2).await;
        }
        assert_eq!(checked, [true, true, true, false, false]);
    }

    #[test]
    fn a_failed_search_keeps_the_known_changes() {
        let (intake, record) = (PushIntake::new(Duration::ZERO), mark());
        let mut searches = PushSearches::new();
        searches.compare(&intake, find_unchanged(&record));
        searches.compare(&intake, FoundChanges { read: None, ..find_unchanged(&record) });
        let known = &searches.known[&record.id];
        assert_eq!((known.changes.len(), known.searches), (1, 2));
        searches.begin_round(Vec::new());
        assert!(searches.known.is_empty(), "the workspace has to be searched no more");
    }
}
