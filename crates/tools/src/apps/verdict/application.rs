//! Following a deployment of an application until there is a verdict.

use covibe_coolify::{Application, Deployment, Live, Status};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Timestamp};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Hosted, Waiting, Workspace};

use super::monitor::{Check, Monitor, Observation};
use super::outcome::Outcome;
use super::reasons;
use super::rejection::rejection;
use super::witness::Witness;
use crate::poller::{Poll, Poller};

/// Follows a deployment of an application. Returns the deployment as it was last read, and the
/// outcome.
pub(in crate::apps) async fn application(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    uuid: &DeploymentUuid,
) -> (Option<Deployment>, Outcome) {
    let coolify = &coolify.polling();
    let mut poller = Poller::new(cx, coolify);
    let deployment = match wait_for_end(&mut poller, coolify, app, uuid).await {
        Ok(deployment) => deployment,
        Err((deployment, outcome)) => return (deployment, outcome),
    };
    let outcome = match deployment.status {
        DeploymentStatus::Finished => monitor(cx, &mut poller, coolify, app, &deployment).await,
        DeploymentStatus::Cancelled => reasons::cancelled(&app.uuid),
        _ => reasons::failed(cx, coolify, &deployment).await,
    };
    (Some(deployment), outcome)
}

/// Returns the deployment once it has ended, or the outcome if that is not seen.
async fn wait_for_end(
    poller: &mut Poller<'_>,
    coolify: &Coolify,
    app: &Owned<Application>,
    uuid: &DeploymentUuid,
) -> Result<Deployment, (Option<Deployment>, Outcome)> {
    let mut last: Option<Deployment> = None;
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
                last = Some(read);
            }
            // The record may appear late; once the application is deleted, it never does.
            Poll::Ready(None) => {
                if let Poll::Ready(false) = poller.poll(coolify.has_application(app)).await {
                    return Err((last, reasons::deleted()));
                }
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => return Err((last, reasons::lost(failure, "deployment"))),
        }
        if !poller.wait().await {
            let status = last.as_ref().map_or("unknown", |read| read.status.as_str());
            let outcome = reasons::unfinished(poller.end_reason(), status, &app.uuid);
            return Err((last, outcome));
        }
    }
}

/// Returns what is waited for while a deployment has this status.
fn progress(app: &Application, status: DeploymentStatus, waiting: Option<&Waiting>) -> String {
    let name = &app.name;
    if let Some(waiting) = waiting {
        let ahead = waiting.ahead();
        return format!("The deployment of {name} waits for a place: {ahead} are ahead of it");
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
) -> Outcome {
    // Coolify makes the check before it ends the deployment (4.3.11).
    let check = if app.health_check_enabled { Check::Passed } else { Check::Unknown };
    let (mut monitor, mut last) = (Monitor::new(cx.settings().stability, check), None);
    poller.begin_phase();
    let resource = Hosted::App(AnyApp::Application(app.clone()));
    let mut witness = Witness::after(cx, coolify, resource).await;
    let outcome = loop {
        let (now, ()) = tokio::join!(poller.poll(coolify.application(&app.uuid)), witness.look());
        if let Some(rejected) = rejection(&witness).await {
            break rejected;
        }
        let looked = match now {
            Poll::Ready(now) => match witness.application() {
                Some(live) => Poll::Ready((Some(live), now)),
                None => {
                    poller
                        .poll(async { Ok((coolify.application_by_coolify(&now).await?, now)) })
                        .await
                }
            },
            Poll::Unavailable => Poll::Unavailable,
            Poll::Failed(failure) => Poll::Failed(failure),
        };
        match looked {
            Poll::Ready((live, now)) => {
                let seen = observation(live, &now, deployment, &witness);
                let observation = monitor.certain(std::time::Instant::now(), seen);
                poller.report(observation.progress(&app.name));
                if let Some(verdict) = monitor.observe(std::time::Instant::now(), &observation) {
                    break reasons::settled(verdict, &observation, app.uuid.as_str());
                }
                last = Some(observation);
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => break reasons::lost(failure, "app"),
        }
        if !poller.wait().await {
            break reasons::unsettled(poller.end_reason(), last, app.uuid.as_str());
        }
    };
    outcome.with(&witness).await
}

fn observation(
    live: Option<Live>,
    app: &Application,
    deployment: &Deployment,
    witness: &Witness<'_>,
) -> Observation {
    let Status { state, health } = app.status;
    let times = app.last_online_at.zip(deployment.finished_at);
    Observation {
        live,
        has_begun: true,
        is_whole: true,
        looked_since: None,
        state,
        health,
        is_check_open: false,
        is_fresh: times.is_some_and(|(looked, finished)| seconds(looked) >= seconds(finished)),
        restarts: app.restart_count,
        fault: witness.fault(),
        checks: None,
        as_of: app.last_online_at,
    }
}

/// Returns a time in whole seconds, which is how Coolify tells when it looked.
fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}
