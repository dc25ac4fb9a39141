//! Checks hooks of workspaces that nobody provisions, because somebody may have removed one.

use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::WorkspaceId;
use covibe_store::WorkspaceRecord;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout};

use crate::cells::share_of;
use crate::platform::Platform;
use crate::provision::webhook::{PushReporting, ensure, owner};

/// The interval between two checks of a workspace's hook.
const EVERY: Duration = Duration::from_hours(1);

/// The time limit of a check.
const LONGEST: Duration = Duration::from_secs(20);

/// The number of hooks that are checked concurrently: a slow Gitea of one workspace delays no others.
const AT_ONCE: usize = 8;

/// The times when the hooks of workspaces were checked.
#[derive(Debug, Default)]
pub(crate) struct HookRounds(HashMap<WorkspaceId, Instant>);

impl HookRounds {
    /// Ensures the hooks of those workspaces that were not checked within the last hour, or whose hook has to be
    /// created anew since. A failed check is repeated after an hour: pushes are also found without a hook, only later.
    pub(crate) async fn check_due_hooks(
        &mut self,
        platform: &Platform,
        records: impl Iterator<Item = &WorkspaceRecord>,
    ) {
        self.0.retain(|_, at| at.elapsed() < EVERY);
        let due = records.filter(|record| self.begin_check(platform, record));
        let checks: Vec<_> = due.map(|record| check_hook(platform, record)).collect();
        stream::iter(checks).buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    /// Returns whether a workspace's hook is to be checked, and notes the time if it is.
    fn begin_check(&mut self, platform: &Platform, record: &WorkspaceRecord) -> bool {
        let is_demanded =
            |at: Instant| platform.renewals.is_demanded_since(owner(platform, record), at);
        let is_due = self.0.get(&record.id).is_none_or(|at| is_demanded(*at));
        if is_due {
            self.0.insert(record.id.clone(), Instant::now());
        }
        is_due
    }
}

async fn check_hook(platform: &Platform, record: &WorkspaceRecord) {
    let Ok(Ok(gitea)) = platform.cell(record).map(|cell| cell.gitea()) else { return };
    let gitea = gitea.for_share(share_of(record));
    match timeout(LONGEST, ensure(platform, &gitea, record, false)).await {
        Ok(Ok(PushReporting::Told)) | Err(_) => {}
        Ok(Ok(PushReporting::Untold(failure)) | Err(failure)) => {
            tracing::warn!(workspace = %record.slug, %failure, "a push may be noticed late");
        }
    }
}
