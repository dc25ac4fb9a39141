//! The repositories with reported pushes that wait to be checked, or are being checked.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use covibe_domain::WorkspaceId;
use covibe_store::WorkspaceRecord;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::tenant_checks::{CheckAgenda, SlotLimits};

/// The number of deliveries that are remembered.
const REMEMBERED: usize = 4_096;

/// The maximum length of the id of a remembered delivery; Gitea's are UUIDs.
const LONGEST_ID: usize = 64;

/// A repository that somebody pushed to.
#[derive(Clone, Debug)]
pub(crate) struct PushHint {
    /// The workspace whose organisation has it.
    pub(crate) workspace: WorkspaceRecord,
    /// Its number in Gitea.
    pub(crate) repository: i64,
}

/// The hints that are not acted on yet, and the requests of early rounds.
#[derive(Debug)]
pub(crate) struct PushIntake {
    agenda: Mutex<CheckAgenda<(WorkspaceId, i64), PushHint>>,
    taken: Mutex<SeenDeliveries>,
    /// Wakes the task that checks repositories.
    pub(crate) noted: Notify,
    /// The rounds that are requested early.
    pub(crate) rounds: EarlyRounds,
    /// Wakes the task that reports the end of deployments to Gitea.
    pub(crate) begun: Notify,
}

impl PushHint {
    /// Returns the key that all pushes to the repository share.
    pub(crate) fn key(&self) -> (WorkspaceId, i64) {
        (self.workspace.id.clone(), self.repository)
    }
}

/// The workspaces that the round checks early. `None` stands for all.
#[derive(Debug, Default)]
pub(crate) struct EarlyRounds {
    workspaces: Mutex<HashSet<Option<WorkspaceId>>>,
    asked: Notify,
}

impl EarlyRounds {
    /// Requests an early round for a workspace, or for all.
    pub(crate) fn ask(&self, workspace: Option<WorkspaceId>) {
        self.workspaces.lock().insert(workspace);
        self.asked.notify_one();
    }

    /// Waits for requests of early rounds, and returns their workspaces.
    pub(crate) async fn next(&self) -> HashSet<Option<WorkspaceId>> {
        loop {
            self.asked.notified().await;
            let workspaces = std::mem::take(&mut *self.workspaces.lock());
            if !workspaces.is_empty() {
                return workspaces;
            }
        }
    }
}

/// The ids of the newest deliveries.
#[derive(Debug, Default)]
struct SeenDeliveries {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl SeenDeliveries {
    /// Remembers an id; returns `false` if it was remembered already.
    fn insert(&mut self, id: &str) -> bool {
        if id.is_empty() || id.len() > LONGEST_ID {
            return true;
        }
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

impl PushIntake {
    /// Creates an intake of no hints. The pause is the one of its [`CheckAgenda`].
    pub(crate) fn new(pause: Duration) -> Self {
        Self {
            agenda: Mutex::new(CheckAgenda::new(SlotLimits::OF_PUSHES, pause)),
            taken: Mutex::default(),
            noted: Notify::new(),
            rounds: EarlyRounds::default(),
            begun: Notify::new(),
        }
    }

    /// Adds the hint of a delivery, unless the same delivery came before.
    pub(crate) fn take_delivery(&self, delivery: &str, hint: PushHint) {
        if self.taken.lock().insert(delivery) {
            self.enqueue(hint);
        }
    }

    /// Schedules a check of a repository. One that waits already stands for all pushes to it. Returns `false` if too
    /// many checks of the tenant wait. The rounds remember only scheduled changes, so a later one finds this push.
    pub(crate) fn enqueue(&self, hint: PushHint) -> bool {
        let (tenant, slug) = (hint.workspace.tenant.clone(), hint.workspace.slug.clone());
        let is_noted = self.agenda.lock().note(tenant, hint.key(), hint);
        if is_noted {
            self.noted.notify_one();
        } else {
            tracing::warn!(
                workspace = %slug,
                "too many pushes of the tenant are waiting, so a later round will pick this one up"
            );
        }
        is_noted
    }

    /// Returns the next check to begin, as [`CheckAgenda::take_due`] does.
    pub(crate) fn take_due(&self) -> Option<((WorkspaceId, i64), PushHint)> {
        self.agenda.lock().take_due()
    }

    /// Notes the end of a check. A failed one is repeated.
    pub(crate) fn note_end(&self, key: &(WorkspaceId, i64), is_settled: bool) {
        self.agenda.lock().note_end(key, is_settled);
    }

    /// Notes that no check is running now, as [`CheckAgenda::end_running_checks`] does.
    pub(crate) fn end_running_checks(&self) {
        self.agenda.lock().end_running_checks();
    }

    /// Returns the time when the next check may begin, as [`CheckAgenda::next`] does.
    pub(crate) fn next_check(&self) -> Option<Instant> {
        self.agenda.lock().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_id_is_accepted_once_among_a_bounded_number() {
        let mut taken = SeenDeliveries::default();
        assert!(taken.insert("a") && !taken.insert("a"));
        let others = (0..REMEMBERED).filter(|number| taken.insert(&number.to_string())).count();
        assert_eq!((others, taken.ids.len()), (REMEMBERED, REMEMBERED));
        assert!(taken.insert("a"), "the oldest is forgotten");
        for odd in ["", &"x".repeat(65)] {
            assert!(taken.insert(odd) && taken.insert(odd));
        }
    }
}
