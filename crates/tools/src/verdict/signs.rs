//! The signs by which docker shows that a deployment goes on or ends, so that Coolify is asked seldom and in time.

use std::time::Instant;

use covibe_coolify::Deployment;
use covibe_domain::DeploymentUuid;
use covibe_domain::entities::DeploymentStatus;

use super::witness::Witness;
use crate::poller::{Pace, Poller};

/// The signs of one deployment.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// True if its helper was seen: the container in which Coolify carries it out.
    had_helper: bool,
    /// The time since which docker shows that it ends.
    ends_since: Option<Instant>,
}

impl Signs {
    /// Waits until Coolify is to be asked for a deployment that it has: at once when docker begins to show that it ends,
    /// and seldom while docker shows that it goes on. Returns whether there is time for that.
    pub(super) async fn wait_for_change(
        &mut self,
        poller: &mut Poller<'_>,
        witness: &mut Witness<'_>,
        deployment: &Deployment,
    ) -> bool {
        loop {
            let did_end = self.ends_since.is_some();
            let Some(mut pace) = self.read(witness, &deployment.uuid).await else {
                return poller.wait().await;
            };
            // Nothing fails in Coolify's queue, and docker shows that a deployment leaves it.
            if deployment.status == DeploymentStatus::Queued && !did_end {
                pace = Pace::Shown;
            }
            if self.ends_since.is_some() && !did_end {
                return poller.hurry();
            }
            if !poller.wait_for_host(pace).await {
                return false;
            }
            if poller.is_due() {
                return true;
            }
        }
    }

    /// Reads them from docker; `None` if it does not answer.
    async fn read(
        &mut self,
        witness: &mut Witness<'_>,
        deployment: &DeploymentUuid,
    ) -> Option<Pace> {
        let has_helper = witness.has_helper(deployment).await;
        witness.look_at_containers().await;
        let has_looked = witness.started.has_looked();
        // Coolify stops the helper once it has noted the end (4.3.11). With a server for builds there is none here.
        let lost_helper = self.had_helper && has_helper == Some(false);
        self.had_helper |= has_helper == Some(true);
        if lost_helper || (has_looked && witness.started.nears_end()) {
            self.ends_since.get_or_insert_with(Instant::now);
        } else if has_looked {
            self.ends_since = None;
        }
        match self.ends_since {
            Some(since) => Some(Pace::Ending(since.elapsed())),
            None if has_helper == Some(true) => Some(Pace::Shown),
            None => has_looked.then_some(Pace::UnderWay),
        }
    }
}
