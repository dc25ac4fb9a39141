//! Checks hooks of workspaces that nobody provisions, because somebody may have removed one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::WorkspaceId;
use covibe_store::WorkspaceRecord;
use tokio::time::{Instant, timeout};

use crate::cells::share_of;
use crate::platform::Platform;
use crate::provision::webhook::{PushReporting, ensure, owner};
use crate::tenant_checks::{RunningChecks, SlotLimits};

/// The interval between two checks of a workspace's hook.
const EVERY: Duration = Duration::from_hours(1);

/// The time limit of a check.
const LONGEST: Duration = Duration::from_secs(20);

/// The number of hooks that are checked at once, each of another tenant: a slow Gitea delays only its own tenant.
const AT_ONCE: usize = 8;

/// The checks of the hooks of workspaces, and the times when they were noted last.
#[derive(Debug)]
pub(super) struct HookRounds {
    noted: HashMap<WorkspaceId, Instant>,
    checks: RunningChecks<WorkspaceId, WorkspaceRecord, ()>,
}

impl HookRounds {
    /// Creates rounds that have checked no hook.
    pub(super) fn new() -> Self {
        let checks = RunningChecks::new(SlotLimits::one_per_tenant(AT_ONCE), Duration::ZERO);
        Self { noted: HashMap::new(), checks }
    }

    /// Notes the hooks of those workspaces that were not checked within the last hour, or whose hook has to be created
    /// anew since. A failed check is repeated after an hour: pushes are also found without a hook, only later.
    pub(super) fn note_due_hooks<'a>(
        &mut self,
        platform: &Platform,
        records: impl Iterator<Item = &'a WorkspaceRecord>,
    ) {
        self.noted.retain(|_, at| at.elapsed() < EVERY);
        for record in records {
            if self.is_due(platform, record)
                && self.checks.note(&record.tenant, record.id.clone(), record.clone())
            {
                self.noted.insert(record.id.clone(), Instant::now());
            }
        }
    }

    fn is_due(&self, platform: &Platform, record: &WorkspaceRecord) -> bool {
        let is_demanded =
            |at: Instant| platform.renewals.is_demanded_since(owner(platform, record), at);
        self.noted.get(&record.id).is_none_or(|at| is_demanded(*at))
    }

    /// Runs the due checks until one ends.
    pub(super) async fn next_end(&mut self, platform: &Arc<Platform>) {
        self.checks.next_end(|record| check_hook(Arc::clone(platform), record)).await;
    }
}

async fn check_hook(platform: Arc<Platform>, record: WorkspaceRecord) {
    let Ok(Ok(gitea)) = platform.cell(&record).map(|cell| cell.gitea()) else { return };
    let gitea = gitea.for_share(share_of(&record));
    // Boxed because the future is large.
    match timeout(LONGEST, Box::pin(ensure(&platform, &gitea, &record, false))).await {
        Ok(Ok(PushReporting::Told)) | Err(_) => {}
        Ok(Ok(PushReporting::Untold(failure)) | Err(failure)) => {
            tracing::warn!(workspace = %record.slug, %failure, "a push may be noticed late");
        }
    }
}
