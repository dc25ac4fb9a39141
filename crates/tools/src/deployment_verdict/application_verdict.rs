//! Following a deployment of an application until there is a verdict.

use std::time::Instant;

use covibe_coolify::{Application, Deployment, Health, LiveState, Status};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure, Timestamp};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Hosted, WaitingDeployment, Workspace};

use super::container_monitor::{KnownCheck, Monitor, Observation};
use super::deployment_outcome::Outcome;
use super::docker_evidence::Witness;
use super::observation_rounds::{Rounds, Sighting};
use super::outcome_reasons::{self, Subject};
use crate::coolify_poller::{Pace, Poll, Poller};
use crate::queued_deployments::cause;
use crate::resource_state::read_row;

/// Follows a deployment of an application. Returns the deployment as it was last read, and the
/// outcome.
pub(crate) async fn application(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    uuid: &DeploymentUuid,
) -> (Option<Deployment>, Outcome) {
    let coolify = &coolify.polling();
    let mut poller = Poller::new(cx, coolify);
    let resource = Hosted::App(AnyApp::Application(app.clone()));
    let mut witness = Witness::before_start(cx, coolify, resource).await;
    let deployment = match wait_for_end(&mut poller, coolify, (app, uuid), &mut witness).await {
        Ok(deployment) => deployment,
        Err((deployment, outcome)) => return (deployment, outcome),
    };
    let outcome = match deployment.status {
        DeploymentStatus::Finished => {
            witness.note_end();
            monitor(cx, &mut poller, coolify, &deployment, witness).await
        }
        DeploymentStatus::Cancelled => outcome_reasons::cancelled_outcome(&app.uuid),
        _ => outcome_reasons::failed_outcome(cx, coolify, &deployment).await,
    };
    (Some(deployment), outcome)
}

/// Returns the deployment once it has ended, or the outcome if that is not seen.
async fn wait_for_end(
    poller: &mut Poller<'_>,
    coolify: &Coolify,
    (app, uuid): (&Owned<Application>, &DeploymentUuid),
    witness: &mut Witness<'_>,
) -> Result<Deployment, (Option<Deployment>, Outcome)> {
    let (mut last, mut is_at_coolify): (Option<Deployment>, _) = (None, false);
    let mut signs = Signs::default();
    loop {
        match poller.poll(coolify.deployment_of(app, uuid)).await {
            Poll::Ready(Some(read)) if has_ended(read.status) => return Ok(read),
            Poll::Ready(Some(read)) => {
                // A wait outlives a database that does not answer now.
                let waiting = match read.status {
                    DeploymentStatus::Queued => coolify.waiting(uuid).await.ok().flatten(),
                    _ => None,
                };
                poller.report(progress(app, read.status, waiting.as_ref()));
                is_at_coolify = waiting.is_none();
                last = Some(read);
            }
            // The record may appear late; once the application is deleted, it never does.
            Poll::Ready(None) => {
                if let Poll::Ready(false) = poller.poll(coolify.has_application(app)).await {
                    return Err((last, outcome_reasons::deleted_outcome()));
                }
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => {
                return Err((
                    last,
                    outcome_reasons::lost_outcome(failure, "deployment", "apps.list {}"),
                ));
            }
        }
        let goes_on = match last.as_ref().filter(|_| is_at_coolify) {
            Some(deployment) => signs.wait_for_change(poller, witness, deployment).await,
            None => poller.wait().await,
        };
        if !goes_on {
            let status = last.as_ref().map_or("unknown", |read| read.status.as_str());
            let outcome =
                outcome_reasons::unfinished_outcome(poller.end_reason(), status, &app.uuid);
            return Err((last, outcome));
        }
    }
}

/// Returns what is waited for while a deployment has this status.
fn progress(
    app: &Application,
    status: DeploymentStatus,
    waiting: Option<&WaitingDeployment>,
) -> String {
    let name = &app.name;
    if let Some(waiting) = waiting {
        return format!("The deployment of {name} is waiting {}", cause(waiting));
    }
    match status {
        DeploymentStatus::Queued => {
            format!("The deployment of {name} is waiting in Coolify's queue")
        }
        DeploymentStatus::InProgress if app.runs_image() => format!("Coolify is deploying {name}"),
        DeploymentStatus::InProgress => format!("Coolify is building {name}"),
        other => format!("Coolify reports the deployment of {name} as {other}"),
    }
}

/// Returns whether a deployment has ended. A status that is not known may still change.
fn has_ended(status: DeploymentStatus) -> bool {
    use DeploymentStatus::{Cancelled, Failed, Finished};
    matches!(status, Finished | Failed | Cancelled)
}

/// Monitors the container that a deployment started.
async fn monitor(
    cx: &Workspace,
    poller: &mut Poller<'_>,
    coolify: &Coolify,
    deployment: &Deployment,
    mut witness: Witness<'_>,
) -> Outcome {
    // Coolify makes the check before it ends the deployment (4.3.11).
    let has_check = application_of(&witness.resource).is_some_and(|app| app.health_check_enabled);
    let check = if has_check { KnownCheck::Passed } else { KnownCheck::Unknown };
    poller.begin_phase();
    let rounds = Rounds {
        coolify,
        poller,
        monitor: Monitor::new(cx.settings().stability, check),
        subject: Subject::new(&witness.resource),
    };
    let mut sight = Deployed { finished_at: deployment.finished_at };
    let judged = rounds.judge(&mut sight, &mut witness).await;
    judged.outcome.with_evidence(&witness).await
}

/// A deployment that has ended.
struct Deployed {
    finished_at: Option<Timestamp>,
}

impl Sighting for Deployed {
    type Look = LiveState;

    // It has told the end of the deployment just now.
    const ASKS_FIRST: bool = false;

    fn is_shown(&self, witness: &Witness<'_>) -> bool {
        witness.started.application().is_some()
    }

    async fn ask_coolify(
        &self,
        coolify: &Coolify,
        now: &Hosted,
        _earlier: Option<&LiveState>,
    ) -> Result<Option<LiveState>, Failure> {
        match application_of(now) {
            Some(app) => coolify.application_by_coolify(app).await,
            None => Ok(None),
        }
    }

    fn observation(
        &mut self,
        now: &Hosted,
        _is_read: bool,
        look: Option<&LiveState>,
        witness: &Witness<'_>,
    ) -> Observation {
        let (Status { state, health }, as_of) = read_row(now);
        let started = &witness.started;
        let checks = started.combined_state().and_then(|it| it.checks);
        let times = as_of.zip(self.finished_at);
        let is_fresh = times.is_some_and(|(looked, finished)| seconds(looked) >= seconds(finished));
        let told = application_of(now)
            .and_then(|app| app.restart_count.filter(|_| is_fresh || app.is_given_up()));
        let shown = started.application();
        Observation {
            live: shown.or(look.copied()),
            is_by_host: shown.is_some(),
            has_begun: true,
            has_completed: false,
            lacks_container: false,
            shows_none: started.is_empty(),
            is_whole: true,
            looked_since: None,
            state,
            health,
            is_check_open: checks.is_some_and(|checks| checks.health == Health::Unknown),
            is_fresh,
            restarts: started.restarts().or(told),
            fault: started.fault(),
            checks,
            as_of,
        }
    }
}

fn application_of(resource: &Hosted) -> Option<&Owned<Application>> {
    match resource {
        Hosted::App(AnyApp::Application(app)) => Some(app),
        _ => None,
    }
}

/// Returns a time in whole seconds, like the times of Coolify's looks.
fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

/// The signs by which Docker shows that a deployment goes on or ends, so that Coolify is asked seldom and in time.
#[derive(Debug, Default)]
struct Signs {
    /// True if its helper was seen: the container in which Coolify carries it out.
    had_helper: bool,
    /// The time since which Docker shows that it ends.
    ends_since: Option<Instant>,
}

impl Signs {
    /// Waits until Coolify is to be asked for a deployment that it has: at once when docker begins to show that it ends,
    /// and seldom while Docker shows that it goes on. Returns whether there is time for that.
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
            // Nothing fails in Coolify's queue, and Docker shows that a deployment leaves it.
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
