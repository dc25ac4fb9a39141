//! The pause between two replacements of a credential, because each costs Gitea passwords and sign-ins.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::WorkspaceId;
use covibe_domain::entities::Rotate;
use parking_lot::Mutex;

/// The times when this process replaced credentials of workspaces, in one cell.
#[derive(Debug, Default)]
pub(crate) struct RotationPauses(Mutex<HashMap<(WorkspaceId, Rotate), Instant>>);

impl RotationPauses {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_credential_waits_for_the_rest_of_the_pause() {
        let (pauses, pause) = (RotationPauses::default(), Duration::from_mins(1));
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        pauses.note(&mark, Rotate::Pat, pause);
        assert!(pauses.wait(&mark, Rotate::Pat, pause).is_some_and(|wait| wait <= pause));
        assert_eq!(
            pauses.wait(&mark, Rotate::Keypair, pause),
            None,
            "another credential is its own"
        );
        assert_eq!(pauses.wait(&justine, Rotate::Pat, pause), None);
        assert_eq!(pauses.wait(&mark, Rotate::Pat, Duration::ZERO), None);
    }
}
