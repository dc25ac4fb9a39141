//! The tasks that have the worker act on pushes.

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_domain::{Access, Failure, WorkspaceId};
use covibe_store::WorkspaceRecord;
use futures_util::future::BoxFuture;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::due_workspaces::DueWorkspace;
use super::hourly_hook_rounds::HookRounds;
use super::unreported_pushes::PushSearches;
use crate::operator_access;
use crate::platform::Platform;
use crate::push_intake::PushHint;
use crate::tenant_checks::{RunningChecks, SlotLimits, wait_until};
use crate::workspace::Workspace;

/// The time limit of a check of a repository, and of the reports about a workspace.
const LONGEST: Duration = Duration::from_mins(5);

/// The minimum time between two early rounds.
const EARLY: Duration = Duration::from_secs(5);

/// The reports of the end of deployments, by workspaces. The result is true if some have not ended.
type Reports = RunningChecks<WorkspaceId, WorkspaceRecord, bool>;

/// The actions on pushes.
pub trait PushWorker: Debug + Send + Sync + 'static {
    /// Brings the apps that follow a branch of this repository to the branch's tip.
    ///
    /// # Errors
    ///
    /// The action has to be repeated.
    fn settle(
        &self,
        workspace: Workspace,
        repository: i64,
    ) -> BoxFuture<'static, Result<(), Failure>>;

    /// Reports the end of deployments to Gitea. Returns whether some have not ended.
    ///
    /// # Errors
    ///
    /// The action has to be repeated.
    fn report(&self, workspace: Workspace) -> BoxFuture<'static, Result<bool, Failure>>;
}

/// The tasks that act on pushes. They end when it is dropped; the next check of any server settles the unfinished work.
#[derive(Debug)]
pub struct PushWatch(Vec<JoinHandle<()>>);

impl PushWatch {
    /// Starts to act on pushes, once for a platform. Requires a Tokio runtime. Several servers may do so at once.
    pub fn begin(platform: &Arc<Platform>, worker: impl PushWorker) -> Self {
        let worker: Arc<dyn PushWorker> = Arc::new(worker);
        let acting = {
            let (platform, worker) = (Arc::clone(platform), Arc::clone(&worker));
            move || act_on_pushes(Arc::clone(&platform), Arc::clone(&worker))
        };
        let looking = {
            let platform = Arc::clone(platform);
            move || search_for_pushes(Arc::clone(&platform))
        };
        let telling = {
            let platform = Arc::clone(platform);
            move || report_ends(Arc::clone(&platform), Arc::clone(&worker))
        };
        Self(vec![
            tokio::spawn(run_with_restarts("pushes", acting)),
            tokio::spawn(run_with_restarts("push_search", looking)),
            tokio::spawn(run_with_restarts("push_reports", telling)),
        ])
    }
}

impl Drop for PushWatch {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Checks each repository with a reported push.
async fn act_on_pushes(platform: Arc<Platform>, worker: Arc<dyn PushWorker>) {
    let (intake, mut running) = (platform.intake(), JoinSet::new());
    // The checks of a task that panicked have ended with it.
    intake.end_running_checks();
    loop {
        while let Some((key, hint)) = intake.take_due() {
            running.spawn(settle(Arc::clone(&platform), Arc::clone(&worker), key, hint));
        }
        let next = intake.next_check();
        tokio::select! {
            () = intake.noted.notified() => {}
            Some(ended) = running.join_next() => {
                if let Ok((key, is_settled)) = ended {
                    intake.note_end(&key, is_settled);
                }
            }
            () = wait_until(next) => {}
        }
    }
}

async fn settle(
    platform: Arc<Platform>,
    worker: Arc<dyn PushWorker>,
    key: (WorkspaceId, i64),
    hint: PushHint,
) -> ((WorkspaceId, i64), bool) {
    let (slug, repository) = (hint.workspace.slug.clone(), hint.repository);
    match run_check(settle_unless_suspended(platform, worker, hint)).await {
        Some(Ok(())) => return (key, true),
        Some(Err(failure)) => tracing::warn!(
            workspace = %slug, repository, %failure,
            "a push could not be handled yet and will be retried"
        ),
        None => {
            tracing::warn!(workspace = %slug, repository, "a push could not be handled in time");
        }
    }
    (key, false)
}

/// Settles a push. After the end of a suspension, the first round looks at the repository.
async fn settle_unless_suspended(
    platform: Arc<Platform>,
    worker: Arc<dyn PushWorker>,
    PushHint { workspace, repository }: PushHint,
) -> Result<(), Failure> {
    if platform.is_suspended(&workspace.tenant).await? {
        return Ok(());
    }
    let workspace = operator_access::open_server(platform, workspace, Access::Write);
    worker.settle(workspace, repository).await
}

/// Runs a check in a task of its own; `None` if it panics or takes too long.
async fn run_check<T: Send + 'static>(
    check: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Option<Result<T, Failure>> {
    let running = AbortOnDropHandle::new(tokio::spawn(timeout(LONGEST, check)));
    running.await.ok()?.ok()
}

/// Searches each minute for unreported pushes, and now and then checks the hooks. A round does not wait for the searches
/// and checks of earlier ones.
async fn search_for_pushes(platform: Arc<Platform>) {
    let (mut searches, mut hooks) = (PushSearches::new(), HookRounds::new());
    let (mut next_round, mut next_early_round) = (Instant::now(), Instant::now());
    loop {
        tokio::select! {
            () = sleep_until(next_round) => {
                next_round = Instant::now() + platform.settings().push_round;
                if let Some(due) = read_due(&platform).await {
                    begin_round(&platform, (&mut searches, &mut hooks), due);
                }
            }
            asked = wait_for_request(&platform, next_early_round) => {
                next_early_round = Instant::now() + EARLY;
                let is_asked =
                    |id: &WorkspaceId| asked.contains(&None) || asked.contains(&Some(id.clone()));
                for due in read_due(&platform).await.into_iter().flatten() {
                    if is_asked(&due.record.id) {
                        searches.note(due);
                    }
                }
            }
            () = searches.next_end(&platform) => {}
            () = hooks.next_end(&platform) => {}
        }
    }
}

/// Begins a round over all workspaces with something to do.
fn begin_round(
    platform: &Platform,
    (searches, hooks): (&mut PushSearches, &mut HookRounds),
    due: Vec<DueWorkspace>,
) {
    let following = due.iter().filter(|due| due.follows_branches()).map(|due| &due.record);
    for record in following.clone() {
        platform.hooks.learn(&platform.secrets, &record.id);
    }
    hooks.note_due_hooks(platform, following);
    if due.iter().any(|due| due.has_open_statuses) {
        platform.intake().begun.notify_one();
    }
    searches.begin_round(due);
}

/// Waits for requests of early rounds, at least until this time, and returns their workspaces: those with pushes whose
/// delivery was refused, or too long to keep.
async fn wait_for_request(
    platform: &Platform,
    not_before: Instant,
) -> HashSet<Option<WorkspaceId>> {
    sleep_until(not_before).await;
    platform.intake().rounds.next().await
}

/// Reports the end of deployments to Gitea, while there are some. A slow workspace does not delay the others.
async fn report_ends(platform: Arc<Platform>, worker: Arc<dyn PushWorker>) {
    let pause = platform.settings().push_pause;
    let (mut reports, mut next_read) = (Reports::new(SlotLimits::OF_PUSHES, pause), Instant::now());
    let report = |record| report_workspace(Arc::clone(&platform), Arc::clone(&worker), record);
    loop {
        tokio::select! {
            () = until_begun(&platform, next_read) => {
                note_open_workspaces(&platform, &mut reports).await;
                next_read = Instant::now() + pause;
            }
            (workspace, has_open) = reports.next_end(report) => {
                if has_open == Some(true) {
                    reports.note_unfinished(&workspace);
                }
            }
        }
    }
}

/// Waits until a deployment has begun whose end is to be reported, and at least until this time.
async fn until_begun(platform: &Platform, not_before: Instant) {
    sleep_until(not_before).await;
    platform.intake().begun.notified().await;
}

/// Schedules the reports about all workspaces with deployments whose end is to be reported.
async fn note_open_workspaces(platform: &Arc<Platform>, reports: &mut Reports) {
    let due = read_due(platform).await.unwrap_or_default();
    for DueWorkspace { record, .. } in due.into_iter().filter(|due| due.has_open_statuses) {
        reports.note(&record.tenant.clone(), record.id.clone(), record);
    }
}

/// Reports the end of a workspace's deployments. Returns whether some have not ended; after a failure, the next round
/// schedules the reports again.
async fn report_workspace(
    platform: Arc<Platform>,
    worker: Arc<dyn PushWorker>,
    record: WorkspaceRecord,
) -> bool {
    let slug = record.slug.clone();
    let reported = run_check(report_unless_suspended(platform, worker, record)).await;
    if let Some(Err(failure)) = &reported {
        tracing::warn!(workspace = %slug, %failure, "the outcomes of deployments could not be reported to Gitea");
    }
    matches!(reported, Some(Ok(true)))
}

async fn report_unless_suspended(
    platform: Arc<Platform>,
    worker: Arc<dyn PushWorker>,
    record: WorkspaceRecord,
) -> Result<bool, Failure> {
    if platform.is_suspended(&record.tenant).await? {
        return Ok(false);
    }
    worker.report(operator_access::open_server(platform, record, Access::Write)).await
}

async fn read_due(platform: &Arc<Platform>) -> Option<Vec<DueWorkspace>> {
    let due = platform.following_workspaces().await;
    due.inspect_err(|failure| tracing::warn!(%failure, "the followed branches could not be read"))
        .ok()
}
