//! The outcomes of deployments and starts, each with its reason and the next call to make.

use covibe_coolify::{Deployment, Health, State};
use covibe_domain::{AppUuid, Failure};
use covibe_operation::cookbook::reference;
use covibe_workspace::{Coolify, Workspace};

use super::kind::Verdict;
use super::monitor::Observation;
use super::outcome::Outcome;
use crate::deployments::{failing, lacks_checker, shown};

/// A container about which there is a verdict.
pub(super) fn settled(verdict: Verdict, observation: &Observation, uuid: &str) -> Outcome {
    let (reason, next) = match verdict {
        Verdict::Healthy => (
            "The app runs and its health check passes.",
            format!(r#"apps.get {{"uuid":"{uuid}"}} returns its URL"#),
        ),
        Verdict::Running => (
            "The app runs. It has no health check, or none whose result is known yet.",
            format!(r#"apps.get {{"uuid":"{uuid}"}} returns its URL: open it"#),
        ),
        Verdict::Unhealthy => (
            "The app runs, but its health check fails.",
            format!("Read {}", reference("slow-start")),
        ),
        Verdict::Failed => (
            "Docker could not start it: an image or tag can't be pulled, or Docker Compose refuses the \
             file.",
            format!("Read {}", reference("keeps-restarting")),
        ),
        _ => (
            "The app was started, but does not stay up.",
            format!("Read {}", reference("keeps-restarting")),
        ),
    };
    with_observation(Outcome::new(verdict, reason, next), observation)
}

fn with_observation(outcome: Outcome, observation: &Observation) -> Outcome {
    Outcome {
        status: Some(observation.shown_state().as_str()),
        health: observation.shown_health().map(Health::as_str),
        restarts: observation.restarts.filter(|count| *count > 0),
        ..outcome
    }
}

/// The app was started, but there is no verdict yet.
pub(super) fn unsettled(end_reason: &str, last: Option<Observation>, uuid: &str) -> Outcome {
    let next = format!(r#"apps.get {{"uuid":"{uuid}"}}, until running"#);
    let Some(observation) = last else {
        let reason = format!("{end_reason}: the app was started, and its state is not known.");
        return Outcome::new(Verdict::Unknown, reason, next);
    };
    if observation.state == State::Starting {
        let reason = format!(
            "{end_reason}: the app is being started; pulling its images may take long, or its \
             health check may have a long start_period."
        );
        return with_observation(Outcome::new(Verdict::Timeout, reason, next), &observation);
    }
    if !observation.has_begun {
        let reason = format!(
            "{end_reason}: the start was requested, and was not seen to begin: it waits for one of Coolify's \
             workers, or Coolify could not be looked at while it began."
        );
        let outcome = with_observation(Outcome::new(Verdict::Unknown, reason, next), &observation);
        return Outcome { status_as_of: observation.as_of, ..outcome };
    }
    let reason = format!("{end_reason}: the app was started, and nothing certain is known since.");
    let outcome = with_observation(Outcome::new(Verdict::Unknown, reason, next), &observation);
    Outcome { status_as_of: observation.as_of, ..outcome }
}

/// The deployment has not ended yet.
pub(super) fn unfinished(end_reason: &str, status: &str, app: &AppUuid) -> Outcome {
    let reason = format!("{end_reason}: the deployment ({status}) continues.");
    let next = format!(r#"apps.deployments {{"uuid":"{app}"}}, until finished or failed"#);
    Outcome::new(Verdict::Timeout, reason, next)
}

/// The deployment or app, named by `what`, cannot be read any more.
pub(super) fn lost(failure: Failure, what: &str) -> Outcome {
    let reason = format!("The {what} cannot be followed any more: {}", failure.message);
    let next = failure.hint.unwrap_or_else(|| "apps.list {}".to_owned());
    Outcome::new(Verdict::Timeout, reason, next)
}

/// The app was deleted while its deployment was followed.
pub(super) fn deleted() -> Outcome {
    Outcome::new(Verdict::Failed, "The app was deleted meanwhile.", "apps.list {}")
}

/// The deployment was cancelled.
pub(super) fn cancelled(app: &AppUuid) -> Outcome {
    let reason = "The deployment was cancelled. apps.get returns whether an earlier version runs.";
    let next = format!(r#"apps.deploy {{"uuid":"{app}","wait":true}}"#);
    Outcome::new(Verdict::Cancelled, reason, next)
}

/// The build failed; the outcome contains the lines of the log that say why.
pub(super) async fn failed(cx: &Workspace, coolify: &Coolify, deployment: &Deployment) -> Outcome {
    let uuid = &deployment.uuid;
    let next = format!(r#"deployments.logs {{"uuid":"{uuid}","search":"error"}}"#);
    let reason = "The deployment failed. apps.get returns whether an earlier version runs.";
    let outcome = Outcome::new(Verdict::Failed, reason, next);
    let lines = async {
        let log = coolify.deployment_with_log(uuid).await?.log.unwrap_or_default();
        shown(cx, &log).await
    };
    // The verdict does not depend on the log.
    let Ok(lines) = lines.await else { return outcome };
    let outcome = match &deployment.link.application {
        Some(app) if lacks_checker(&lines) => without_checker(app),
        _ => outcome,
    };
    Outcome { log: failing(&lines), ..outcome }
}

/// The health check failed because the image lacks what it is made with.
fn without_checker(app: &AppUuid) -> Outcome {
    let reason = "The deployment failed: its health check needs curl or wget, and the image has \
                  neither. apps.get returns whether an earlier version runs.";
    let next = format!(
        r#"Install curl in the image, or turn the check off with apps.update {{"uuid":"{app}","patch":{{"healthCheck":false}}}}; then call apps.deploy"#
    );
    Outcome::new(Verdict::Failed, reason, next)
}
