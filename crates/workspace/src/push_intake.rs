//! The queue of reported pushes.

use std::collections::{HashSet, VecDeque};

use covibe_domain::WorkspaceId;
use covibe_store::WorkspaceRecord;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

/// The maximum number of waiting pushes. Further ones are found by the next round.
const WAITING: usize = 1_000;

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

/// The hints that are not acted on yet.
#[derive(Debug)]
pub(crate) struct PushIntake {
    sender: mpsc::Sender<PushHint>,
    receiver: Mutex<Option<mpsc::Receiver<PushHint>>>,
    taken: Mutex<SeenDeliveries>,
    /// The repositories that wait in the queue, each once.
    pending: Mutex<HashSet<(WorkspaceId, i64)>>,
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

impl Default for PushIntake {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let receiver = Mutex::new(Some(receiver));
        Self {
            sender,
            receiver,
            taken: Mutex::default(),
            pending: Mutex::default(),
            rounds: EarlyRounds::default(),
            begun: Notify::new(),
        }
    }
}

impl PushIntake {
    /// Adds the hint of a delivery, unless the same delivery came before.
    pub(crate) fn take_delivery(&self, delivery: &str, hint: PushHint) {
        if self.taken.lock().insert(delivery) {
            self.enqueue(hint);
        }
    }

    /// Adds a repository to the queue. One that waits already stands for all pushes to it.
    pub(crate) fn enqueue(&self, hint: PushHint) {
        let key = hint.key();
        if !self.pending.lock().insert(key.clone()) {
            return;
        }
        if self.sender.try_send(hint).is_err() {
            self.pending.lock().remove(&key);
            tracing::warn!("too many pushes are waiting, so the next round will pick this one up");
        }
    }

    /// Notes that a hint was received from the queue.
    pub(crate) fn note_received(&self, hint: &PushHint) {
        self.pending.lock().remove(&hint.key());
    }

    /// Returns the receiving end of the queue, once.
    pub(crate) fn receiver(&self) -> Option<mpsc::Receiver<PushHint>> {
        self.receiver.lock().take()
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
