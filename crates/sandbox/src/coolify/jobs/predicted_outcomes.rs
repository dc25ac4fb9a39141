//! The outcomes of deployments and starts, which follow from what is deployed where no test has arranged them.

use crate::coolify::arranged_outcomes::{Condition, Outcome};
use crate::coolify::compose::File;
use crate::coolify::helper_container::Plan;
use crate::coolify::json_values::is_on;
use crate::coolify::model::{Deployment, Kind, Limits, Resource, StartFacts};
use crate::coolify::predicted_failures;

/// The lines that Coolify writes of a health check that never passes, and whether that is so only if nothing listens.
const UNHEALTHY: [(&str, bool); 4] = [
    ("Attempt 10 of 10 | Healthcheck status: \"unhealthy\"", false),
    (
        "Healthcheck logs: wget: can't connect to remote host: Connection refused | Return code: 1",
        true,
    ),
    ("New container is unhealthy.", true),
    ("New container is not healthy, rolling back to the old container.", false),
];

/// Returns the outcome of a deployment before its repository is checked out, and what else decides on it.
pub(super) fn of_deployment(one: &Resource, arranged: Option<Outcome>) -> (StartFacts, Outcome) {
    let has_check = is_on(&one.fields, "health_check_enabled");
    let trial = StartFacts {
        is_arranged: arranged.is_some(),
        checked_port: checked_port(one).filter(|_| has_check),
        has_check,
        ending: None,
    };
    let listens = listening_port(one).is_none_or(|port| trial.listens_on(&[port]));
    let unhealthy = || Outcome::Finishes(Condition::Unhealthy);
    let usual = if listens { Outcome::default() } else { unhealthy() };
    let outcome = match arranged.unwrap_or(usual) {
        Outcome::Finishes(_) if let Err(message) = Limits::read(&one.fields) => {
            Outcome::Fails { log: vec![format!("Error response from daemon: {message}")] }
        }
        outcome => outcome,
    };
    let outcome = trial.check_health(outcome);
    (trial, outcome)
}

/// Notes what the checkout shows: that the build fails, or what the built image runs.
pub(super) fn note_checkout(one: &mut Deployment, failure: Option<Vec<String>>, plan: Plan) {
    let failure = failure.or_else(|| Some(vec![unpulled(one.compose_file.as_deref()?)?]));
    if let (Some(log), Outcome::Finishes(_)) = (failure, &one.outcome) {
        one.outcome = Outcome::Fails { log };
        return;
    }
    if one.trial.is_arranged || one.outcome != Outcome::default() {
        return;
    }
    if plan.ending.is_some() {
        one.trial.ending = plan.ending;
        one.outcome = one.trial.check_health(Outcome::Finishes(Condition::Restarting));
    } else if !one.trial.listens_on(&plan.ports) {
        one.outcome = one.trial.check_health(Outcome::Finishes(Condition::Unhealthy));
    }
}

impl StartFacts {
    /// Returns whether a program is found that listens on these ports; it is where they are not known.
    fn listens_on(&self, ports: &[u16]) -> bool {
        self.checked_port.is_none_or(|port| ports.is_empty() || ports.contains(&port))
    }

    /// Returns the outcome of a deployment that is checked if the application has a health check: Coolify goes back to
    /// the old container unless the new one is healthy.
    fn check_health(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Finishes(condition)
                if self.has_check
                    && !matches!(condition, Condition::Running | Condition::Healthy) =>
            {
                let log =
                    UNHEALTHY.into_iter().filter(|(_, is_ours)| !is_ours || !self.is_arranged);
                Outcome::Fails { log: log.map(|(line, _)| line.to_owned()).collect() }
            }
            outcome => outcome,
        }
    }
}

/// Returns the port on which the health check of an application asks.
fn checked_port(one: &Resource) -> Option<u16> {
    let own = one.text("health_check_port");
    let exposed = one.text("ports_exposes").split(',').next().unwrap_or_default();
    let port = if own.is_empty() { exposed } else { own };
    port.trim().parse().ok()
}

/// Returns the port on which an application listens, if that is known from its image or its variable `PORT`.
fn listening_port(one: &Resource) -> Option<u16> {
    if one.text("build_pack") == "dockerimage"
        && let Some(port) = predicted_failures::listens_on(one.text("docker_registry_image_name"))
    {
        return Some(port);
    }
    let Kind::Application(variables) = &one.kind else { return None };
    let port = variables.iter().find(|one| one.key == "PORT" && !one.is_preview);
    port?.value()?.parse().ok()
}

/// Returns what `docker compose pull` prints of the image of an application that nobody has.
pub(super) fn pull_failure(one: &Resource) -> Option<String> {
    if one.text("build_pack") != "dockerimage" {
        return None;
    }
    let text = |part| one.text(&format!("docker_registry_image_{part}"));
    log_of_check(&one.uuid, &format!("{}:{}", text("name"), text("tag")))
}

/// Returns the outcome of a start of a service or database.
pub(super) fn outcome_of_start(one: &Resource, arranged: Option<Outcome>) -> Outcome {
    let unpulled = || match one.kind {
        Kind::Service(_) => unpulled(one.text("docker_compose_raw")),
        Kind::Database(..) => log_of_check(&one.uuid, one.text("image")),
        Kind::Application(_) => None,
    };
    arranged.unwrap_or_else(|| {
        unpulled().map_or_else(Outcome::default, |line| Outcome::Fails { log: vec![line] })
    })
}

/// Returns what Docker Compose prints of the first image of a file that nobody has.
fn unpulled(file: &str) -> Option<String> {
    let file = File::parse(file).ok()?;
    let pulled = file.services.iter().filter(|service| !service.is_built);
    pulled.into_iter().find_map(|service| log_of_check(&service.name, &service.image))
}

fn log_of_check(service: &str, image: &str) -> Option<String> {
    let message = predicted_failures::pull_failure(image)?;
    Some(format!(
        " {service} Pulling \n {service} Error {message}\nError response from daemon: {message}"
    ))
}
