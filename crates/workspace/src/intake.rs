//! The queue of pushes that were told.

use std::collections::{HashSet, VecDeque};

use covibe_domain::WorkspaceId;
use covibe_store::WorkspaceRecord;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

/// How many pushes wait at most. What is told beyond is found by the next round.
const WAITING: usize = 1_000;

/// How many deliveries are remembered.
const REMEMBERED: usize = 4_096;

/// The longest id of a delivery that is remembered; Gitea's are UUIDs.
const LONGEST_ID: usize = 64;

/// A repository that somebody pushed to.
#[derive(Clone, Debug)]
pub(crate) struct Hint {
    /// The workspace whose organisation has it.
    pub(crate) workspace: WorkspaceRecord,
    /// Its number in Gitea.
    pub(crate) repository: i64,
}

/// What was told and is not acted on yet.
#[derive(Debug)]
pub(crate) struct Intake {
    sender: mpsc::Sender<Hint>,
    receiver: Mutex<Option<mpsc::Receiver<Hint>>>,
    taken: Mutex<Taken>,
    /// The repositories that wait in the queue, each once.
    pending: Mutex<HashSet<(WorkspaceId, i64)>>,
    /// The rounds that are wanted before their time.
    pub(crate) rounds: EarlyRounds,
    /// Wakes who tells Gitea the end of deployments.
    pub(crate) begun: Notify,
}

impl Hint {
    /// Returns what is the same for all pushes to the repository.
    pub(crate) fn key(&self) -> (WorkspaceId, i64) {
        (self.workspace.id.clone(), self.repository)
    }
}

/// The workspaces that the round looks at before its time. `None` stands for all.
#[derive(Debug, Default)]
pub(crate) struct EarlyRounds {
    workspaces: Mutex<HashSet<Option<WorkspaceId>>>,
    asked: Notify,
}

impl EarlyRounds {
    /// Has the round look at a workspace soon, or at all.
    pub(crate) fn ask(&self, workspace: Option<WorkspaceId>) {
        self.workspaces.lock().insert(workspace);
        self.asked.notify_one();
    }

    /// Waits until some workspaces are to be looked at, and returns them.
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
struct Taken {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Taken {
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

impl Default for Intake {
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

impl Intake {
    /// Takes what a delivery tells, unless the same delivery was taken before.
    pub(crate) fn take(&self, delivery: &str, hint: Hint) {
        if self.taken.lock().insert(delivery) {
            self.look(hint);
        }
    }

    /// Has a repository looked at soon. One that waits already does so for all that was pushed to it.
    pub(crate) fn look(&self, hint: Hint) {
        let key = hint.key();
        if !self.pending.lock().insert(key.clone()) {
            return;
        }
        if self.sender.try_send(hint).is_err() {
            self.pending.lock().remove(&key);
            tracing::warn!("too many pushes wait, so the next round looks for this one");
        }
    }

    /// Notes that a hint was received from the queue.
    pub(crate) fn received(&self, hint: &Hint) {
        self.pending.lock().remove(&hint.key());
    }

    /// Returns the other end, to the first who asks.
    pub(crate) fn receiver(&self) -> Option<mpsc::Receiver<Hint>> {
        self.receiver.lock().take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_taken_once_and_memory_is_bounded() {
        let mut taken = Taken::default();
        assert!(taken.insert("a") && !taken.insert("a"));
        let others = (0..REMEMBERED).filter(|number| taken.insert(&number.to_string())).count();
        assert_eq!((others, taken.ids.len()), (REMEMBERED, REMEMBERED));
        assert!(taken.insert("a"), "the oldest is forgotten");
        for odd in ["", &"x".repeat(65)] {
            assert!(taken.insert(odd) && taken.insert(odd));
        }
    }
}
