//! Following a deployment of an application until there is a verdict.

use std::time::Instant;

use covibe_coolify::{Application, Deployment, Health, Live, Status};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Timestamp};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Hosted, Waiting, Workspace};

use super::monitor::{Check, Monitor, Observation};
use super::outcome::Outcome;
use super::reasons::{self, at_the_end};
use super::rejection::rejection;
use super::subject::Subject;
use super::witness::Witness;
use crate::poller::{Poll, Poller};
use crate::waiting::cause;

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
    let mut witness = Witness::before(cx, coolify, resource).await;
    let deployment = match wait_for_end(&mut poller, coolify, (app, uuid), &mut witness).await {
        Ok(deployment) => deployment,
        Err((deployment, outcome)) => return (deployment, outcome),
    };
    let outcome = match deployment.status {
        DeploymentStatus::Finished => {
            witness.note_end();
            monitor(cx, &mut poller, coolify, app, &deployment, witness).await
        }
        DeploymentStatus::Cancelled => reasons::cancelled(&app.uuid),
        _ => reasons::failed(cx, coolify, &deployment).await,
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
                    return Err((last, reasons::deleted()));
                }
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => {
                return Err((last, reasons::lost(failure, "deployment", "apps.list {}")));
            }
        }
        let goes_on = if is_at_coolify {
            wait_for_change(poller, witness).await
        } else {
            poller.wait().await
        };
        if !goes_on {
            let status = last.as_ref().map_or("unknown", |read| read.status.as_str());
            let outcome = reasons::unfinished(poller.end_reason(), status, &app.uuid);
            return Err((last, outcome));
        }
    }
}

/// Waits until Coolify is to be asked for a deployment that it has: often while its containers show that it is about
/// to end, or can't be looked at, and seldom otherwise. Returns whether there is time for that.
async fn wait_for_change(poller: &mut Poller<'_>, witness: &mut Witness<'_>) -> bool {
    if witness.nears_end() {
        return poller.wait().await;
    }
    loop {
        witness.look().await;
        if !witness.has_looked() || witness.nears_end() {
            return poller.wait().await;
        }
        if !poller.wait_for_host().await {
            return false;
        }
        if poller.is_due() {
            return true;
        }
    }
}

/// Returns what is waited for while a deployment has this status.
fn progress(app: &Application, status: DeploymentStatus, waiting: Option<&Waiting>) -> String {
    let name = &app.name;
    if let Some(waiting) = waiting {
        return format!("The deployment of {name} waits {}", cause(waiting));
    }
    match status {
        DeploymentStatus::Queued => format!("The deployment of {name} waits in Coolify's queue"),
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
    app: &Owned<Application>,
    deployment: &Deployment,
    mut witness: Witness<'_>,
) -> Outcome {
    // Coolify makes the check before it ends the deployment (4.3.11).
    let check = if app.health_check_enabled { Check::Passed } else { Check::Unknown };
    let (mut monitor, mut last) = (Monitor::new(cx.settings().stability, check), None);
    poller.begin_phase();
    let subject = Subject::new(&witness.resource);
    let mut known = app.clone();
    let outcome = loop {
        // What docker tells costs none of Coolify's calls, which has told the end of the deployment just now.
        let asks = !witness.answers() || (last.is_some() && poller.is_due());
        let (read, ()) = tokio::join!(read(poller, coolify, &known, asks), witness.look());
        if let Some(rejected) = rejection(&witness).await {
            break rejected;
        }
        let live = witness.application();
        let looked = match read {
            Poll::Ready(now) if live.is_some() => Poll::Ready((live, now)),
            // What docker shows is not lost because Coolify does not answer.
            Poll::Unavailable if live.is_some() => Poll::Ready((live, known.clone())),
            Poll::Ready(now) => {
                let look = async { Ok((coolify.application_by_coolify(&now).await?, now)) };
                poller.poll(look).await
            }
            Poll::Unavailable => Poll::Unavailable,
            Poll::Failed(failure) => Poll::Failed(failure),
        };
        match looked {
            Poll::Ready((live, now)) => {
                let seen = observation(live, &now, deployment, &witness);
                let observation = monitor.certain(Instant::now(), seen);
                known = now;
                poller.report(observation.progress(&app.name));
                if let Some(verdict) = monitor.observe(Instant::now(), &observation) {
                    break reasons::settled(verdict, &observation, &subject);
                }
                last = Some(observation);
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => break reasons::lost(failure, "app", &subject.show),
        }
        let is_seen = witness.application().is_some();
        let goes_on = if is_seen { poller.wait_for_host().await } else { poller.wait().await };
        if !goes_on {
            break at_the_end(&monitor, last, poller.end_reason(), &subject);
        }
    };
    outcome.with(&witness).await
}

/// Returns what Coolify tells of the app, or what it told before if it is not to be asked now.
async fn read(
    poller: &mut Poller<'_>,
    coolify: &Coolify,
    known: &Owned<Application>,
    asks: bool,
) -> Poll<Owned<Application>> {
    if asks {
        poller.poll(coolify.application(&known.uuid)).await
    } else {
        Poll::Ready(known.clone())
    }
}

fn observation(
    live: Option<Live>,
    app: &Application,
    deployment: &Deployment,
    witness: &Witness<'_>,
) -> Observation {
    let Status { state, health } = app.status;
    let times = app.last_online_at().zip(deployment.finished_at);
    let checks = witness.together().and_then(|it| it.checks);
    let is_fresh = times.is_some_and(|(looked, finished)| seconds(looked) >= seconds(finished));
    Observation {
        live,
        is_by_host: witness.application().is_some(),
        has_begun: true,
        has_completed: false,
        lacks_container: false,
        is_whole: true,
        looked_since: None,
        state,
        health,
        is_check_open: checks.is_some_and(|checks| checks.health == Health::Unknown),
        is_fresh,
        restarts: witness
            .restarts()
            .or(app.restart_count.filter(|_| is_fresh || app.is_given_up())),
        fault: witness.fault(),
        checks,
        as_of: app.last_online_at(),
    }
}

/// Returns a time in whole seconds, which is how Coolify tells when it looked.
fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}
