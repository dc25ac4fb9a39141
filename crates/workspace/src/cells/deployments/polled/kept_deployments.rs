//! An application's newest deployments, as they were at a moment.

use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::Deployment;
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, ProjectUuid};
use tokio::time::Instant;

use crate::cells::Territory;

/// The time for which an answer that could not be updated is repeated.
const ANSWERED_FOR: Duration = Duration::from_secs(10);

/// The time for which an application is assumed to be in the workspace's project while the rate budget allows no call:
/// an operator may delete or move it by hand.
const CONFIRMED_FOR: Duration = Duration::from_mins(2);

/// The time for which an application's list is reused while none of its deployments is under way and the rate budget
/// allows no call: the list of those under way lacks a deployment that an operator starts by hand and that fails within
/// seconds.
const LISTED_FOR: Duration = Duration::from_mins(5);

/// The deployments of the team that were under way at a moment.
#[derive(Debug)]
pub(crate) struct DeploymentsUnderWay {
    pub(super) asked_at: Instant,
    pub(super) deployments: Vec<Deployment>,
}

/// An application's newest deployments as they were at a moment.
#[derive(Clone, Debug)]
pub(crate) struct KeptDeployments {
    pub(super) project: ProjectUuid,
    pub(super) territory: Arc<Territory>,
    /// The time when the application was last found in the project.
    pub(super) confirmed_at: Instant,
    /// The time when its own list was requested.
    pub(super) listed_at: Instant,
    /// The time since when no change of the list is known.
    pub(super) current_at: Instant,
    /// The time of its last poll.
    pub(super) polled_at: Instant,
    pub(super) deployments: Arc<[Deployment]>,
}

impl KeptDeployments {
    /// Creates the entry of an application that was found in the project at that moment.
    pub(crate) fn new(
        (project, territory): (&ProjectUuid, &Arc<Territory>),
        asked_at: Instant,
        listed: &[Deployment],
    ) -> Self {
        let (project, territory) = (project.clone(), Arc::clone(territory));
        Self {
            project,
            territory,
            confirmed_at: asked_at,
            listed_at: asked_at,
            current_at: asked_at,
            polled_at: asked_at,
            deployments: listed.into(),
        }
    }

    /// Replaces the list by a newer one.
    pub(super) fn list(&mut self, asked_at: Instant, listed: &Arc<[Deployment]>) {
        if asked_at > self.listed_at {
            self.listed_at = asked_at;
            self.deployments = Arc::clone(listed);
            self.current_at = self.current_at.max(asked_at);
        }
    }

    /// Returns whether the application was found in the project recently enough for an answer.
    pub(super) fn is_confirmed_recently(&self) -> bool {
        self.confirmed_at.elapsed() < CONFIRMED_FOR
    }

    /// Returns whether its own list was read recently enough for an answer.
    pub(super) fn is_listed_recently(&self) -> bool {
        self.listed_at.elapsed() < LISTED_FOR
    }

    /// Returns whether it may be answered as it is.
    pub(super) fn is_current(&self) -> bool {
        self.current_at.elapsed() < ANSWERED_FOR
    }

    /// Updates the states of the deployments that are under way. Returns `false` if other deployments than before are
    /// under way, so that the list is stale.
    pub(super) fn update(&mut self, app: &AppUuid, now: &DeploymentsUnderWay) -> bool {
        if now.asked_at <= self.current_at {
            return true;
        }
        let Some(updated) = self.updated(app, now) else { return false };
        self.deployments = updated.into();
        self.current_at = now.asked_at;
        true
    }

    fn updated(&self, app: &AppUuid, now: &DeploymentsUnderWay) -> Option<Vec<Deployment>> {
        let is_of_app =
            |each: &&Deployment| each.link.application.as_ref().is_none_or(|of| of == app);
        let present: Vec<_> = now.deployments.iter().filter(is_of_app).collect();
        let mut found = 0;
        let mut updated = Vec::with_capacity(self.deployments.len());
        for kept in self.deployments.iter() {
            match present.iter().find(|each| each.uuid == kept.uuid) {
                Some(present) => {
                    found += 1;
                    let (status, commit) = (present.status, present.commit.clone());
                    updated.push(Deployment { status, commit, ..kept.clone() });
                }
                None if has_ended(kept) => updated.push(kept.clone()),
                None => return None,
            }
        }
        (found == present.len()).then_some(updated)
    }
}

fn has_ended(deployment: &Deployment) -> bool {
    use DeploymentStatus::{Cancelled, Failed, Finished};
    matches!(deployment.status, Finished | Failed | Cancelled)
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{deployment, territory};
    use super::*;

    const APP: &str = "app4567";

    fn kept_deployments(asked_at: Instant, listed: &[Deployment]) -> KeptDeployments {
        KeptDeployments::new((&"project1".parse().unwrap(), &territory()), asked_at, listed)
    }

    /// Returns the states after a list was read, and then what is under way.
    fn states(listed: &[Deployment], under_way: Vec<Deployment>) -> Option<Vec<DeploymentStatus>> {
        let asked_at = Instant::now();
        let mut kept = kept_deployments(asked_at, listed);
        let asked_at = asked_at + Duration::from_secs(1);
        let now = DeploymentsUnderWay { asked_at, deployments: under_way };
        let is_current = kept.update(&APP.parse().unwrap(), &now);
        is_current.then(|| kept.deployments.iter().map(|each| each.status).collect())
    }

    #[test]
    fn a_list_is_current_while_the_same_deployments_are_under_way() {
        use DeploymentStatus::{Failed, InProgress};
        let listed = [deployment("d2345678", APP, "queued"), deployment("d1234567", APP, "failed")];
        let runs = deployment("d2345678", APP, "in_progress");
        let other = deployment("d9999999", "app9999", "queued");
        assert_eq!(states(&listed, vec![other.clone(), runs]), Some(vec![InProgress, Failed]));
        assert_eq!(states(&listed[1..], vec![other]), Some(vec![Failed]));
    }

    #[test]
    fn a_list_is_stale_once_a_deployment_began_or_ended() {
        let listed = [deployment("d1234567", APP, "in_progress")];
        assert_eq!(states(&listed, vec![]), None);
        let began = deployment("d2345678", APP, "queued");
        assert_eq!(states(&[], vec![began.clone()]), None);
        let mut unknown = began;
        unknown.link.application = None;
        assert_eq!(states(&[], vec![unknown]), None, "it may be of this application");
    }

    #[test]
    fn an_older_answer_does_not_replace_a_newer_one() {
        let now = Instant::now();
        let (newer, older) = (deployment("d1234567", APP, "finished"), Duration::from_secs(1));
        let mut kept = kept_deployments(now, std::slice::from_ref(&newer));
        kept.list(now.checked_sub(older).unwrap(), &[].into());
        assert_eq!(kept.deployments[0].uuid, newer.uuid);
        let under_way = vec![deployment("d1234567", APP, "in_progress")];
        let before = DeploymentsUnderWay {
            asked_at: now.checked_sub(older).unwrap(),
            deployments: under_way,
        };
        assert!(kept.update(&APP.parse().unwrap(), &before));
        assert_eq!(kept.deployments[0].status, DeploymentStatus::Finished);
    }
}
