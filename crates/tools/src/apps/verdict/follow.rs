//! Following a deployment, or a start, until there is a verdict.

use covibe_coolify::{Application, Deployment, Service, Status};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure, ServiceUuid};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::look::{Looks, Seen};
use super::outcome::{Outcome, Verdict, containers};
use super::watch::{Sight, Watch};
use crate::deployments::{failing, shown};

/// Follows a deployment of an application; the last that was seen of it, and the verdict.
pub(in crate::apps) async fn application(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    uuid: &DeploymentUuid,
) -> (Option<Deployment>, Outcome) {
    let mut looks = Looks::new(cx);
    let deployment = match until_ended(&mut looks, coolify, app, uuid).await {
        Ok(deployment) => deployment,
        Err((deployment, outcome)) => return (deployment, outcome),
    };
    let outcome = match deployment.status {
        DeploymentStatus::Finished => watched(cx, &mut looks, coolify, app, &deployment).await,
        DeploymentStatus::Cancelled => Outcome::new(
            Verdict::Cancelled,
            "Somebody cancelled the deployment; what ran before was not touched.",
            format!(r#"apps.deploy {{"uuid":"{}","wait":true}}"#, app.uuid),
        ),
        _ => failed(cx, &deployment).await,
    };
    (Some(deployment), outcome)
}

/// The deployment once it has ended, or the outcome where that is not seen.
async fn until_ended(
    looks: &mut Looks<'_>,
    coolify: &Coolify,
    app: &Owned<Application>,
    uuid: &DeploymentUuid,
) -> Result<Deployment, (Option<Deployment>, Outcome)> {
    let mut last = None;
    loop {
        match looks.once(coolify.deployment_of(app, uuid)).await {
            Seen::This(Some(seen)) if has_ended(seen.status) => return Ok(seen),
            Seen::This(Some(seen)) => {
                looks.tell(seen.status.as_str());
                last = Some(seen);
            }
            // Its record may come late; without its application it never does.
            Seen::This(None) => {
                if let Seen::This(false) = looks.once(coolify.has_application(app)).await {
                    return Err((last, gone()));
                }
            }
            Seen::Nothing => looks.tell("Coolify does not answer for now"),
            Seen::Never(failure) => return Err((last, lost(failure, "deployment"))),
        }
        if !looks.again().await {
            let status = last.as_ref().map_or("unknown", |seen| seen.status.as_str());
            let reason = format!("{}: the deployment ({status}) goes on.", looks.ended());
            let next =
                format!(r#"apps.deployments {{"uuid":"{}"}}, until finished or failed"#, app.uuid);
            return Err((last, Outcome::new(Verdict::Timeout, reason, next)));
        }
    }
}

/// A word of Coolify's that is not known may be one for something that still changes.
fn has_ended(status: DeploymentStatus) -> bool {
    use DeploymentStatus::{Cancelled, Failed, Finished};
    matches!(status, Finished | Failed | Cancelled)
}

/// Watches the container that a deployment has put up.
async fn watched(
    cx: &Workspace,
    looks: &mut Looks<'_>,
    coolify: &Coolify,
    app: &Owned<Application>,
    deployment: &Deployment,
) -> Outcome {
    let mut watch = Watch::new(cx.settings().poll_interval, false);
    let mut last = None;
    looks.begin_anew();
    loop {
        match looks.once(coolify.application(&app.uuid)).await {
            Seen::This(now) => {
                let sight = sight(&now, deployment);
                if let Some(outcome) = judged(looks, &mut watch, &sight, app.uuid.as_str()) {
                    return outcome;
                }
                last = Some(sight);
            }
            Seen::Nothing => looks.tell("Coolify does not answer for now"),
            Seen::Never(failure) => return lost(failure, "app"),
        }
        if !looks.again().await {
            return unsettled(looks, last, app.uuid.as_str());
        }
    }
}

fn sight(app: &Application, deployment: &Deployment) -> Sight {
    let Status { state, health } = app.status;
    let is_fresh =
        app.last_online_at.zip(deployment.finished_at).is_some_and(|(at, put_up)| at > put_up);
    Sight { state, health, restarts: app.restart_count, is_fresh }
}

/// Watches the containers of a service that has been told to start; `ran` where
/// Coolify may still show what ran before.
pub(in crate::apps) async fn service(
    cx: &Workspace,
    coolify: &Coolify,
    uuid: &ServiceUuid,
    ran: bool,
) -> Outcome {
    let (mut looks, mut watch) = (Looks::new(cx), Watch::new(cx.settings().poll_interval, ran));
    let mut last: Option<(Sight, Owned<Service>)> = None;
    let mut outcome = loop {
        match looks.once(coolify.service(uuid)).await {
            Seen::This(now) => {
                let Status { state, health } = now.status;
                let sight = Sight { state, health, restarts: None, is_fresh: false };
                last = Some((sight, now));
                if let Some(outcome) = judged(&mut looks, &mut watch, &sight, uuid.as_str()) {
                    break outcome;
                }
            }
            Seen::Nothing => looks.tell("Coolify does not answer for now"),
            Seen::Never(failure) => break lost(failure, "app"),
        }
        if !looks.again().await {
            break unsettled(&looks, last.as_ref().map(|(sight, _)| *sight), uuid.as_str());
        }
    };
    outcome.containers = last.map(|(_, service)| containers(&service)).unwrap_or_default();
    outcome
}

/// Takes one look in, and tells of it; the outcome, once there is a verdict.
fn judged(looks: &mut Looks<'_>, watch: &mut Watch, sight: &Sight, uuid: &str) -> Option<Outcome> {
    looks.tell(format!("started: {}, {}", sight.state, sight.health));
    let verdict = watch.look(std::time::Instant::now(), sight)?;
    let (reason, next) = match verdict {
        Verdict::Healthy => (
            "It runs and its health check passes.",
            format!(r#"apps.get {{"uuid":"{uuid}"}} tells its URL"#),
        ),
        Verdict::Running => (
            // Without its agent on the server, Coolify looks once a minute.
            "It runs, as of Coolify's last look, which may be a minute old; it has no health check, \
             or none that has answered yet.",
            format!(r#"apps.get {{"uuid":"{uuid}"}} tells its URL: open it"#),
        ),
        Verdict::Unhealthy => {
            ("It runs, but its health check fails.", "Read covibe://cookbook/slow-start".to_owned())
        }
        _ => (
            "It was started, but it does not stay up.",
            "Read covibe://cookbook/keeps-restarting".to_owned(),
        ),
    };
    Some(seen_as(Outcome::new(verdict, reason, next), sight))
}

fn seen_as(outcome: Outcome, sight: &Sight) -> Outcome {
    let (status, health) = (Some(sight.state.as_str()), Some(sight.health.as_str()));
    Outcome { status, health, restarts: sight.restarts.filter(|count| *count > 0), ..outcome }
}

/// It was started, and it is not clear yet what will become of it.
fn unsettled(looks: &Looks<'_>, last: Option<Sight>, uuid: &str) -> Outcome {
    let reason = format!(
        "{}: it was started and is coming up; a health check may have a long start_period.",
        looks.ended()
    );
    let next = format!(r#"apps.get {{"uuid":"{uuid}"}}, until running"#);
    let outcome = Outcome::new(Verdict::Timeout, reason, next);
    match last {
        Some(sight) => seen_as(outcome, &sight),
        None => outcome,
    }
}

/// It can't be followed any more.
fn lost(failure: Failure, what: &str) -> Outcome {
    let reason = format!("The {what} can't be followed any more: {}", failure.message);
    let next = failure.hint.unwrap_or_else(|| "apps.list {}".to_owned());
    Outcome::new(Verdict::Timeout, reason, next)
}

fn gone() -> Outcome {
    Outcome::new(Verdict::Failed, "The app was deleted meanwhile.", "apps.list {}")
}

/// The build failed: the lines that say why.
async fn failed(cx: &Workspace, deployment: &Deployment) -> Outcome {
    let lines = shown(cx, deployment.logs.as_deref().unwrap_or_default()).await;
    let uuid = &deployment.uuid;
    let next = format!(r#"deployments.logs {{"uuid":"{uuid}","search":"error"}}"#);
    let reason = "The deployment failed; what ran before runs on.";
    Outcome {
        log: lines.ok().and_then(|lines| failing(&lines)),
        ..Outcome::new(Verdict::Failed, reason, next)
    }
}
