//! The outcomes of deployments and starts, each with its reason and the next call to make.

use std::time::Instant;

use covibe_coolify::{Deployment, Health, RunState};
use covibe_domain::names::displayable;
use covibe_domain::{AppUuid, Failure};
use covibe_operation::cookbook::reference;
use covibe_workspace::{AnyApp, Coolify, Hosted, Workspace};

use super::container_facts::ContainerFault;
use super::container_monitor::{Monitor, Observation};
use super::deployment_outcome::Outcome;
use super::docker_evidence::Witness;
use super::verdict_kind::Verdict;
use crate::container_access::{FIX, Frame, Writer, describe_label, end_rejected};
use crate::deployments::{failing, lacks_checker, lacks_server, shown};

/// A container about which there is a verdict.
pub(super) fn settled_outcome(
    verdict: Verdict,
    observation: &Observation,
    of: &Subject,
) -> Outcome {
    let Subject { noun, use_it, .. } = of;
    let troubles = || format!("Read {}", reference("keeps-restarting"));
    let (reason, next) = match verdict {
        Verdict::Healthy => {
            (format!("The {noun} is running, and its health check passes."), use_it.clone())
        }
        Verdict::Running => {
            let check = "Either it has no health check, or the check has no result yet.";
            (format!("The {noun} is running. {check}"), use_it.clone())
        }
        Verdict::Unhealthy => {
            let next = format!("Read {}", reference("slow-start"));
            (format!("The {noun} is running, but its health check fails."), next)
        }
        Verdict::Completed => {
            ("All of its services have ended, each with exit code 0.".to_owned(), of.show.clone())
        }
        Verdict::Failed => (
            "Docker could not start it: an image or tag can't be pulled, or Docker Compose refuses the \
             file."
                .to_owned(),
            troubles(),
        ),
        _ if observation.fault == Some(ContainerFault::JobFailed) => {
            ("A run-once service ended with an error.".to_owned(), troubles())
        }
        _ if observation.shows_none => (unseen_reason(noun), of.show.clone()),
        _ => (format!("The {noun} was started, but does not stay up."), troubles()),
    };
    with_observation(Outcome::new(verdict, reason, next), observation)
}

/// Returns the reason of a verdict on an app whose deployment has ended, and of which Docker shows no container.
fn unseen_reason(noun: &str) -> String {
    format!(
        "The deployment has ended, but the docker host shows no container of the {noun}: it was removed, for \
         example after many crashes. If Coolify reports that the {noun} runs, tell the operator that the server \
         does not see its containers and so can't check their labels."
    )
}

fn with_observation(outcome: Outcome, observation: &Observation) -> Outcome {
    Outcome {
        status: Some(observation.shown_state().as_str()),
        health: observation.shown_health().map(Health::as_str),
        restarts: observation.restarts.filter(|count| *count > 0),
        ..outcome
    }
}

/// The time is over in which there could be a verdict.
pub(super) fn outcome_at_the_end(
    monitor: &Monitor,
    last: Option<Observation>,
    end_reason: &str,
    of: &Subject,
) -> Outcome {
    let verdict = last.and_then(|last| monitor.final_verdict(Instant::now(), &last));
    match (verdict, last) {
        (Some(verdict), Some(last)) => settled_outcome(verdict, &last, of),
        _ => unsettled_outcome(end_reason, last, of),
    }
}

/// It was started, but there is no verdict yet.
fn unsettled_outcome(end_reason: &str, last: Option<Observation>, of: &Subject) -> Outcome {
    let Subject { noun, show, .. } = of;
    let next = format!("poll {show} until the status is running");
    let Some(observation) = last else {
        let reason = format!("{end_reason}: the {noun} was started, but its state is unknown.");
        return Outcome::new(Verdict::Unknown, reason, next);
    };
    if observation.state == RunState::Starting {
        let reason = format!(
            "{end_reason}: the {noun} is being started; pulling its images may take a long time, or \
             its health check may have a long start_period."
        );
        return with_observation(Outcome::new(Verdict::Timeout, reason, next), &observation);
    }
    let known = if observation.lacks_container {
        format!(
            "Docker has no container of the {noun}: its image is still being pulled or can't be \
             pulled, or Coolify could not start it."
        )
    } else if observation.has_begun {
        format!("the {noun} was started, but its state since then is uncertain.")
    } else {
        "the start was requested, but may not have begun: it may be waiting for one of Coolify's \
         workers, or the server could not check Coolify while it began."
            .to_owned()
    };
    let outcome = Outcome::new(Verdict::Unknown, format!("{end_reason}: {known}"), next);
    Outcome { status_as_of: observation.as_of, ..with_observation(outcome, &observation) }
}

/// The deployment has not ended yet.
pub(super) fn unfinished_outcome(end_reason: &str, status: &str, app: &AppUuid) -> Outcome {
    let reason = format!("{end_reason}: the deployment ({status}) continues.");
    let next = format!(
        r#"poll apps.deployments {{"uuid":"{app}"}} until the status is finished or failed"#
    );
    Outcome::new(Verdict::Timeout, reason, next)
}

/// The deployment or app, named by `what`, can no longer be read.
pub(super) fn lost_outcome(failure: Failure, what: &str, show: &str) -> Outcome {
    let reason = format!("The {what} can no longer be followed: {}", failure.message);
    let next = failure.hint.unwrap_or_else(|| show.to_owned());
    Outcome::new(Verdict::Timeout, reason, next)
}

/// The app was deleted while its deployment was followed.
pub(super) fn deleted_outcome() -> Outcome {
    Outcome::new(Verdict::Failed, "The app was deleted in the meantime.", "apps.list {}")
}

/// The deployment was cancelled.
pub(super) fn cancelled_outcome(app: &AppUuid) -> Outcome {
    let reason =
        "The deployment was cancelled. apps.get shows whether an earlier version is running.";
    let next = format!(r#"apps.deploy {{"uuid":"{app}","wait":true}}"#);
    Outcome::new(Verdict::Cancelled, reason, next)
}

/// The build failed; the outcome contains the lines of the log that say why.
pub(super) async fn failed_outcome(
    cx: &Workspace,
    coolify: &Coolify,
    deployment: &Deployment,
) -> Outcome {
    let uuid = &deployment.uuid;
    let next = format!(r#"deployments.logs {{"uuid":"{uuid}","search":"error"}}"#);
    let reason = "The deployment failed. apps.get shows whether an earlier version is running.";
    let outcome = Outcome::new(Verdict::Failed, reason, next);
    let lines = async {
        let log = coolify.deployment_with_log(uuid).await?.log.unwrap_or_default();
        shown(cx, &log).await
    };
    // The verdict does not depend on the log.
    let Ok(lines) = lines.await else { return outcome };
    let outcome = match &deployment.link.application {
        Some(app) if lacks_server(&lines) => without_server_outcome(app),
        Some(app) if lacks_checker(&lines) => without_checker_outcome(app),
        _ => outcome,
    };
    let frame = Frame::draw();
    match failing(&lines) {
        Some(cause) => Outcome {
            log: Some(frame.around(Writer::Build, &cause)),
            note: Some(frame.note(Writer::Build)),
            ..outcome
        },
        None => outcome,
    }
}

/// Coolify does not use the server of the app.
fn without_server_outcome(app: &AppUuid) -> Outcome {
    let reason = "Coolify can't reach the server of this app, or does not use it, so it started \
                  nothing. The app is not at fault. apps.get shows whether an earlier version is \
                  running.";
    let next = format!(
        r#"Ask the operator to check the server in Coolify; then repeat apps.deploy {{"uuid":"{app}","wait":true}}"#
    );
    Outcome::new(Verdict::Failed, reason, next)
}

/// The health check failed because the image lacks what it is made with.
fn without_checker_outcome(app: &AppUuid) -> Outcome {
    let reason = "The deployment failed: its health check needs curl or wget, and the image has \
                  neither. apps.get shows whether an earlier version is running.";
    let next = format!(
        r#"Install curl in the image, or turn the check off with apps.update {{"uuid":"{app}","patch":{{"healthCheck":false}}}}; then call apps.deploy"#
    );
    Outcome::new(Verdict::Failed, reason, next)
}

/// Ends the containers of a resource if a new one may not run because of a label of its image; returns the outcome
/// then.
pub(super) async fn rejection(of: &Witness<'_>) -> Option<Outcome> {
    let host = of.host.as_ref()?;
    let (first, label) = of.judged.foreign.first()?;
    let first = of.seen.get(*first)?;
    let is_stopped = Box::pin(end_rejected(of.cx, host, &of.resource, (first, label))).await;
    let container = displayable(first.container.service(), 80);
    let name = if of.resource.is_compose() { container.as_str() } else { "the container" };
    let ending = if is_stopped {
        "so it must not run, and it is not running"
    } else {
        "and the container could not be stopped: tell the operator"
    };
    let reason = format!("{}, {ending}.", describe_label(name, label));
    Some(Outcome::new(Verdict::Rejected, reason, FIX))
}

/// The resource that a verdict is about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The noun: `app`, `auth provider` or `database`.
    pub(super) noun: &'static str,
    /// Its name.
    pub(super) name: String,
    /// The call that shows its state.
    pub(super) show: String,
    /// The next step once it runs.
    pub(super) use_it: String,
}

impl Subject {
    /// Creates the subject for an app, auth provider or database.
    pub(super) fn new(resource: &Hosted) -> Self {
        let (noun, tool, use_it) = match resource {
            Hosted::App(AnyApp::Application(_) | AnyApp::Service(_)) => {
                ("app", "apps.get", "returns its URL: open it")
            }
            Hosted::Provider(_) => ("auth provider", "auth.get", "returns its URL"),
            Hosted::Database(_) => ("database", "databases.get", "returns internalUrl"),
        };
        let show = format!(r#"{tool} {{"uuid":"{}"}}"#, resource.uuid());
        let use_it = format!("{show} {use_it}");
        Self { noun, name: resource.name().to_owned(), show, use_it }
    }
}

#[cfg(test)]
mod tests {
    use covibe_coolify::LiveState;

    use super::*;

    #[test]
    fn an_app_without_a_visible_container_has_a_reason_that_says_so() {
        let subject = Subject {
            noun: "app",
            name: "shop".to_owned(),
            show: "apps.get {}".to_owned(),
            use_it: String::new(),
        };
        let observation = Observation {
            live: Some(LiveState::Stopped),
            is_by_host: true,
            has_begun: true,
            has_completed: false,
            lacks_container: false,
            shows_none: true,
            is_whole: true,
            looked_since: None,
            state: RunState::Running,
            health: Health::Unknown,
            is_check_open: false,
            is_fresh: true,
            restarts: None,
            fault: None,
            checks: None,
            as_of: None,
        };
        let (reason, next) =
            settled_outcome(Verdict::Crashing, &observation, &subject).into_reason_and_next();
        assert!(reason.contains("no container of the app") && next == "apps.get {}", "{reason}");
        let seen = Observation { shows_none: false, ..observation };
        let (reason, _) =
            settled_outcome(Verdict::Crashing, &seen, &subject).into_reason_and_next();
        assert!(reason.contains("does not stay up"), "{reason}");
    }
}
