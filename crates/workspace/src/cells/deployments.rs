//! Deployments of applications that callers poll, kept for when the rate budget is spent.
//!
//! Coolify lists the deployments that are queued or in progress for the whole team by one call. What it
//! does not list there has not changed since an application's own list was read, so that one call
//! every few seconds serves all who poll.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_coolify::{Client, Deployment, Error};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, ProjectUuid};
use covibe_upstream::SingleFlight;
use parking_lot::Mutex;

/// How long the list of deployments that are under way is reused.
const UNDER_WAY_FOR: Duration = Duration::from_secs(4);

/// How long an application's list is reused while nothing of it is under way: a deployment that an
/// operator starts by hand, and that fails within seconds, is in no list of those under way.
const LISTED_FOR: Duration = Duration::from_mins(2);

/// How long it is taken for granted that an application is in the workspace's project: an operator may
/// delete or move it by hand.
const ADMITTED_FOR: Duration = Duration::from_mins(5);

/// The maximum number of applications; beyond it all are forgotten, which costs a few requests each.
const CAPACITY: usize = 1_000;

/// The deployments of the team that were under way at a moment.
#[derive(Debug)]
pub(crate) struct UnderWay {
    asked_at: Instant,
    deployments: Vec<Deployment>,
}

/// An application's newest deployments as they were at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    project: ProjectUuid,
    /// When the application was found to be in the project.
    admitted_at: Instant,
    asked_at: Instant,
    deployments: Arc<[Deployment]>,
}

/// What is kept of an application.
#[derive(Debug)]
enum Entry {
    Kept(Kept),
    /// Something changed at this moment: what was asked for before is stale.
    Changed(Instant),
}

/// The deployments that were read recently, in one cell.
#[derive(Debug)]
pub(crate) struct Deployments {
    under_way: SingleFlight<Arc<UnderWay>, Error>,
    kept: Mutex<HashMap<AppUuid, Entry>>,
}

impl Default for Deployments {
    fn default() -> Self {
        Self { under_way: SingleFlight::new(UNDER_WAY_FOR), kept: Mutex::default() }
    }
}

impl Deployments {
    /// Returns the deployments that are under way, as they were at most some seconds ago.
    pub(crate) async fn under_way(&self, coolify: &Client) -> Result<Arc<UnderWay>, Error> {
        let fetch = async {
            let asked_at = Instant::now();
            let deployments = coolify.for_share("").deployments_under_way().await?;
            Ok(Arc::new(UnderWay { asked_at, deployments }))
        };
        self.under_way.get(Box::pin(fetch)).await
    }

    /// Returns what is kept of an application of this project, unless it is too old.
    pub(crate) fn of(&self, app: &AppUuid, project: &ProjectUuid) -> Option<Kept> {
        match self.kept.lock().get(app) {
            Some(Entry::Kept(kept)) if kept.project == *project && kept.is_young() => {
                Some(kept.clone())
            }
            _ => None,
        }
    }

    /// Keeps what was read of an application, unless it changed meanwhile.
    pub(crate) fn keep(&self, app: &AppUuid, read: Kept) {
        let mut kept = self.kept.lock();
        match kept.get(app) {
            Some(Entry::Changed(at)) if *at >= read.asked_at => return,
            None if kept.len() >= CAPACITY => kept.clear(),
            _ => {}
        }
        kept.insert(app.clone(), Entry::Kept(read));
    }

    /// Notes that an application or its deployments change.
    pub(crate) fn changed(&self, app: &AppUuid) {
        let mut kept = self.kept.lock();
        if kept.len() >= CAPACITY {
            kept.clear();
        }
        kept.insert(app.clone(), Entry::Changed(Instant::now()));
        drop(kept);
        self.under_way.forget();
    }
}

impl Kept {
    /// Returns what was read of an application that was just found in the project.
    pub(crate) fn new(project: &ProjectUuid, asked_at: Instant, listed: &[Deployment]) -> Self {
        let (project, deployments) = (project.clone(), listed.into());
        Self { project, admitted_at: asked_at, asked_at, deployments }
    }

    /// Returns the same application with a newer list.
    pub(crate) fn again(self, asked_at: Instant, listed: &[Deployment]) -> Self {
        Self { asked_at, deployments: listed.into(), ..self }
    }

    fn is_young(&self) -> bool {
        self.admitted_at.elapsed() < ADMITTED_FOR && self.asked_at.elapsed() < LISTED_FOR
    }

    /// Returns the deployments with the states of those under way; `None` if others than before are
    /// under way.
    pub(crate) fn updated(&self, app: &AppUuid, now: &UnderWay) -> Option<Vec<Deployment>> {
        if now.asked_at <= self.asked_at {
            return Some(self.deployments.to_vec());
        }
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
    use serde_json::{Value, json};

    use super::*;

    const APP: &str = "app4567";

    fn deployment(uuid: &str, app: &str, status: &str) -> Deployment {
        let url = format!("/project/project1/environment/e1/application/{app}/deployment/{uuid}");
        let value: Value =
            json!({ "deployment_uuid": uuid, "status": status, "deployment_url": url });
        serde_json::from_value(value).unwrap()
    }

    /// Returns the states after a list was read, and then what is under way.
    fn states(listed: &[Deployment], under_way: Vec<Deployment>) -> Option<Vec<DeploymentStatus>> {
        let asked_at = Instant::now();
        let kept = Kept::new(&"project1".parse().unwrap(), asked_at, listed);
        let asked_at = asked_at + Duration::from_secs(1);
        let now = UnderWay { asked_at, deployments: under_way };
        let updated = kept.updated(&APP.parse().unwrap(), &now)?;
        Some(updated.into_iter().map(|each| each.status).collect())
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
    fn what_was_asked_for_before_a_change_is_not_kept() {
        let (deployments, app) = (Deployments::default(), APP.parse().unwrap());
        let project = "project1".parse().unwrap();
        let before = Kept::new(&project, Instant::now(), &[]);
        deployments.keep(&app, before.clone());
        assert!(deployments.of(&app, &project).is_some());
        assert!(deployments.of(&app, &"project2".parse().unwrap()).is_none());
        deployments.changed(&app);
        deployments.keep(&app, before);
        assert!(deployments.of(&app, &project).is_none());
    }
}
