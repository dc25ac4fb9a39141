//! The tasks that have the worker act on pushes.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Access, Failure, WorkspaceId};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::check_schedule::Agenda;
use super::hourly_hook_rounds::HookRounds;
use super::unreported_pushes::{DueWorkspace, Rounds};
use crate::operator_access;
use crate::platform::Platform;
use crate::push_intake::PushHint;
use crate::workspace::Workspace;

/// The maximum number of repositories that are checked concurrently.
const CONCURRENCY: usize = 8;

/// The time limit of a check of a repository.
const LONGEST: Duration = Duration::from_mins(5);

/// The interval at which deployments are read whose end is to be reported.
const STATUSES: Duration = Duration::from_secs(5);

/// The minimum time between two early rounds.
const EARLY: Duration = Duration::from_secs(5);

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
    /// Starts to act on pushes. Requires a Tokio runtime. Several servers may do so at once.
    pub fn begin(platform: &Arc<Platform>, worker: impl PushWorker) -> Self {
        let Some(hints) = platform.intake().receiver() else { return Self(Vec::new()) };
        let worker: Arc<dyn PushWorker> = Arc::new(worker);
        let acting = act_on_pushes(Arc::clone(platform), Arc::clone(&worker), hints);
        let looking = search_for_pushes(Arc::clone(platform));
        let telling = report_ends(Arc::clone(platform), worker);
        Self(vec![tokio::spawn(acting), tokio::spawn(looking), tokio::spawn(telling)])
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
async fn act_on_pushes(
    platform: Arc<Platform>,
    worker: Arc<dyn PushWorker>,
    mut hints: mpsc::Receiver<PushHint>,
) {
    let mut agenda: Agenda<(WorkspaceId, i64), PushHint> = Agenda::default();
    let mut running = JoinSet::new();
    loop {
        while running.len() < CONCURRENCY
            && let Some((key, hint)) = agenda.take_due()
        {
            running.spawn(settle(Arc::clone(&platform), Arc::clone(&worker), key, hint));
        }
        let next = agenda.next().filter(|_| running.len() < CONCURRENCY);
        tokio::select! {
            hint = hints.recv() => {
                let Some(hint) = hint else { return };
                platform.intake().note_received(&hint);
                agenda.note(hint.key(), hint);
            }
            Some(ended) = running.join_next() => {
                if let Ok((key, is_settled)) = ended {
                    agenda.note_end(&key, is_settled);
                }
            }
            () = until(next) => {}
        }
    }
}

async fn until(next: Option<Instant>) {
    match next {
        Some(next) => sleep_until(next).await,
        None => std::future::pending().await,
    }
}

async fn settle(
    platform: Arc<Platform>,
    worker: Arc<dyn PushWorker>,
    key: (WorkspaceId, i64),
    PushHint { workspace, repository }: PushHint,
) -> ((WorkspaceId, i64), bool) {
    let slug = workspace.slug.clone();
    match platform.is_suspended(&workspace.tenant).await {
        Ok(false) => {}
        // The first round after its end looks at the repository.
        Ok(true) => return (key, true),
        Err(failure) => {
            tracing::warn!(
                workspace = %slug, repository, %failure,
                "a push could not be handled yet and will be retried"
            );
            return (key, false);
        }
    }
    let workspace = operator_access::open_server(platform, workspace, Access::Write);
    // In a task of its own, a panic is a failure too.
    let settling = tokio::spawn(timeout(LONGEST, worker.settle(workspace, repository)));
    let settling = AbortOnDropHandle::new(settling);
    match settling.await {
        Ok(Ok(Ok(()))) => (key, true),
        Ok(Ok(Err(failure))) => {
            tracing::warn!(
                workspace = %slug, repository, %failure,
                "a push could not be handled yet and will be retried"
            );
            (key, false)
        }
        Ok(Err(_)) | Err(_) => {
            tracing::warn!(workspace = %slug, repository, "a push could not be handled in time");
            (key, false)
        }
    }
}

/// Searches each minute for unreported pushes, and now and then checks the hooks.
async fn search_for_pushes(platform: Arc<Platform>) {
    let (mut rounds, mut hooks) = (Rounds::default(), HookRounds::default());
    loop {
        if let Some(due) = read_due(&platform).await {
            let following = due.iter().filter(|due| !due.branches.is_empty());
            for due in following.clone() {
                platform.hooks.learn(&platform.secrets, &due.record.id);
            }
            hooks.check_due_hooks(&platform, following.map(|due| &due.record)).await;
            rounds.check_all(&platform, &due).await;
            if due.iter().any(|due| due.has_open_statuses) {
                platform.intake().begun.notify_one();
            }
        }
        let next = Instant::now() + platform.settings().push_round;
        run_early_rounds(&platform, &mut rounds, next).await;
    }
}

/// Searches for pushes whose delivery was refused, or too long to keep, until the next round.
async fn run_early_rounds(platform: &Arc<Platform>, rounds: &mut Rounds, end: Instant) {
    while let Ok(asked) = timeout_at(end, platform.intake().rounds.next()).await {
        if let Some(mut due) = read_due(platform).await {
            let is_asked =
                |id: &WorkspaceId| asked.contains(&None) || asked.contains(&Some(id.clone()));
            due.retain(|due| is_asked(&due.record.id));
            rounds.check_some(platform, &due).await;
        }
        sleep_until(end.min(Instant::now() + EARLY)).await;
    }
}

/// Reports the end of deployments to Gitea, while there are some.
async fn report_ends(platform: Arc<Platform>, worker: Arc<dyn PushWorker>) {
    loop {
        platform.intake().begun.notified().await;
        while report_due(&platform, &worker).await {
            sleep(STATUSES).await;
        }
    }
}

async fn report_due(platform: &Arc<Platform>, worker: &Arc<dyn PushWorker>) -> bool {
    let mut is_open = false;
    let due = read_due(platform).await.unwrap_or_default();
    for DueWorkspace { record, .. } in due.into_iter().filter(|due| due.has_open_statuses) {
        let slug = record.slug.clone();
        let workspace = operator_access::open_server(Arc::clone(platform), record, Access::Write);
        match timeout(LONGEST, worker.report(workspace)).await {
            Ok(Ok(left)) => is_open |= left,
            Ok(Err(failure)) => {
                tracing::warn!(workspace = %slug, %failure, "the end of deployments could not be reported");
            }
            Err(_) => {}
        }
    }
    is_open
}

async fn read_due(platform: &Arc<Platform>) -> Option<Vec<DueWorkspace>> {
    let due = platform.following_workspaces().await;
    due.inspect_err(|failure| tracing::warn!(%failure, "the followed branches could not be read"))
        .ok()
}
