//! One round over the containers of a docker host.

use std::collections::HashMap;

use covibe_docker_host::{ContainerId, Error, Inherited, Running};
use covibe_domain::{Failure, Kind};
use covibe_policy::acted_on;

use super::check_schedule::Agenda;
use super::suspect_containers::{Suspects, WatchContext};

/// The maximum number of containers whose labels are read in a round. The next round follows soon.
const MAX_LOOKS: usize = 100;

/// The time of the next round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextRound {
    /// After the usual interval.
    Usual,
    /// As soon as possible: more containers are to be checked, or some are being ended, and more of the same resource
    /// may be started meanwhile.
    Soon,
}

/// The result of the check of a container.
#[derive(Debug, PartialEq, Eq)]
enum LabelCheck {
    /// It may run, or no known workspace owns it.
    Settled,
    /// It has a label that configures the proxy or Coolify.
    Suspicious,
    /// Its labels could not be read.
    Untold,
}

impl WatchContext {
    /// Lists the running containers, reads the labels of those that are due, and begins to search for the owners of
    /// suspicious ones.
    ///
    /// # Errors
    ///
    /// If the host does not list the running containers.
    pub(super) async fn make_round(
        &self,
        agenda: &mut Agenda<ContainerId>,
        suspects: &mut Suspects,
    ) -> Result<NextRound, Failure> {
        let pause = self.platform.settings().container_watch;
        suspects.note(agenda, pause);
        let running = match self.host.running().await {
            Ok(running) => running,
            Err(error) => return Err(self.note_failed_listing(&error)),
        };
        self.counts().looked.add_one();
        let due = in_turns(agenda.take_due(&running, |one| &one.container.id));
        let due: Vec<_> = due.into_iter().filter(|one| !suspects.has(one)).collect();
        for one in due.iter().take(MAX_LOOKS) {
            let id = &one.container.id;
            // Another container of the resource may have been suspicious.
            if suspects.has(one) {
                continue;
            }
            match self.judge_labels(id).await {
                LabelCheck::Settled => agenda.settle(id),
                LabelCheck::Suspicious => suspects.begin(self, one, &running),
                LabelCheck::Untold => agenda.put_off(id, pause),
            }
        }
        let is_soon = due.len() > MAX_LOOKS || !suspects.is_empty();
        Ok(if is_soon { NextRound::Soon } else { NextRound::Usual })
    }

    /// Reads the labels that a container has from its image.
    async fn judge_labels(&self, id: &ContainerId) -> LabelCheck {
        if self.cell.containers.admitted.contains(id) {
            return LabelCheck::Settled;
        }
        match self.host.inherited_labels(id).await {
            Ok(Inherited::Labels(labels)) if acted_on(&labels).next().is_none() => {
                self.cell.containers.admitted.note(id);
                LabelCheck::Settled
            }
            Ok(_) => LabelCheck::Suspicious,
            // One that was removed meanwhile is not in the next list.
            Err(_) => LabelCheck::Untold,
        }
    }

    fn note_failed_listing(&self, error: &Error) -> Failure {
        self.counts().failed.add_one();
        tracing::warn!(%error, "a docker host does not list its containers, so image labels are not checked");
        let kind = if matches!(error, Error::Busy { .. }) { Kind::Limited } else { Kind::Unready };
        Failure::new(kind, "A docker host does not list its containers.")
    }
}

/// Lets the workspaces take turns, so that one with many containers does not delay the check of another's. The order
/// within a workspace stays.
fn in_turns(due: Vec<&Running>) -> Vec<&Running> {
    let mut turns = HashMap::<_, usize>::new();
    let mut with_turns: Vec<_> = due
        .into_iter()
        .map(|one| {
            let turn = turns.entry(one.project.as_deref()).or_default();
            *turn += 1;
            (*turn, one)
        })
        .collect();
    with_turns.sort_by_key(|(turn, _)| *turn);
    with_turns.into_iter().map(|(_, one)| one).collect()
}
