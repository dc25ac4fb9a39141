//! The credentials that were replaced just now, which costs Gitea passwords and sign-ins.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::WorkspaceId;
use covibe_domain::entities::Rotate;
use parking_lot::Mutex;

/// The times when this process replaced credentials of workspaces, in one cell.
#[derive(Debug, Default)]
pub(crate) struct Rotations(Mutex<HashMap<(WorkspaceId, Rotate), Instant>>);

impl Rotations {
    /// Notes that a credential was replaced, and forgets what happened longer than `pause` ago.
    pub(crate) fn note(&self, workspace: &WorkspaceId, what: Rotate, pause: Duration) {
        let mut rotations = self.0.lock();
        rotations.retain(|_, at| at.elapsed() < pause);
        rotations.insert((workspace.clone(), what), Instant::now());
    }

    /// Returns how long to wait until `pause` has passed since a credential was replaced, if it has not.
    pub(crate) fn wait(
        &self,
        workspace: &WorkspaceId,
        what: Rotate,
        pause: Duration,
    ) -> Option<Duration> {
        let replaced_at = *self.0.lock().get(&(workspace.clone(), what))?;
        pause.checked_sub(replaced_at.elapsed()).filter(|wait| !wait.is_zero())
    }
}
