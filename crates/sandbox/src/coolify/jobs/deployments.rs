//! Deployments of applications: queued, started after their checkout, settled, cancelled.

use std::time::Instant;

use super::volumes;
use crate::coolify::compose::{self, File};
use crate::coolify::helper::{self, Build, PendingCheckout};
use crate::coolify::model::{Deployment, Family, Resource, State};
use crate::coolify::outcomes::{Condition, Outcome};
use crate::coolify::values::is_on;
use crate::coolify::version::Version;
use crate::coolify::{errors, uuid};
use crate::core::random;
use crate::core::wire::Reply;

/// How many deployments the server keeps queued: `deployment_queue_limit`.
const QUEUE_LIMIT: usize = 25;

/// How many deployments of the server are in progress at once: `concurrent_builds`.
const CONCURRENT: usize = 2;

/// The commit of an application that follows its branch.
const HEAD: &str = "HEAD";

/// Coolify's message when a deployment of the same commit is queued or in progress.
const SKIPPED: &str = "Deployment already queued for this commit.";

/// The answer to a request for a deployment.
pub(crate) enum Queued {
    /// It will run.
    Queued { uuid: String, message: String },
    /// One is under way already. The uuid is of a deployment that does not exist.
    Skipped { uuid: String, message: &'static str },
}

/// Queues a deployment of an application.
pub(crate) fn queue(
    state: &mut State,
    app: &str,
    force: bool,
    restart_only: bool,
) -> Result<Queued, Reply> {
    let now = state.now();
    let wanted_commit = state.find(Family::Application, app)?.text("git_commit_sha");
    let of_app = || state.deployments.iter().filter(|one| one.app == app);
    // One in progress counts too, whatever changed since it began (4.0.0-beta.461 to 4.3.11).
    let is_same =
        |one: &Deployment| one.is_under_way(now) && one.stored_commit(now) == wanted_commit;
    let is_skipped = !force && of_app().any(is_same);
    if state.deployments.iter().filter(|one| one.status(now) == "queued").count() >= QUEUE_LIMIT {
        let text = "Deployment queue is full. Please wait for existing deployments to complete.";
        return Err(errors::message(429, text).header("Retry-After", &60));
    }
    if is_skipped {
        return Ok(Queued::Skipped { uuid: uuid::random(), message: SKIPPED });
    }
    let begins = (now + state.pace).max(free_at(state, app, now));
    let mut deployment = new_deployment(state, app, begins)?;
    deployment.force = force;
    deployment.restart_only = restart_only;
    Ok(enqueue(state, deployment))
}

/// Returns when an application's next deployment can begin: one at a time for each application, and
/// [`CONCURRENT`] of the server.
fn free_at(state: &State, app: &str, now: Instant) -> Instant {
    let under_way = || state.deployments.iter().filter(|one| one.is_under_way(now));
    let of_app = under_way().filter(|one| one.app == app).map(|one| one.ends).max();
    let mut ends: Vec<_> = under_way().map(|one| one.ends).collect();
    ends.sort_unstable();
    let of_server = ends.iter().rev().nth(CONCURRENT - 1).copied();
    of_app.max(of_server).unwrap_or(now)
}

fn new_deployment(state: &mut State, app: &str, begins: Instant) -> Result<Deployment, Reply> {
    let (id, deployment_uuid) = (state.next_id(), uuid::random());
    let one = state.find(Family::Application, app)?;
    let wanted_commit = one.text("git_commit_sha").to_owned();
    let (source, mut failure) = source(one);
    if state.host.is_lost() {
        failure = Some(errors::HOST_LOST.to_owned());
    }
    let failure = failure.or_else(|| missing_network(state, one));
    let needs_checkout = failure.is_none() && one.text("build_pack") != "dockerimage";
    let checkout = needs_checkout.then(|| helper::Source {
        repository: source.clone(),
        private_key: private_key(state, one),
        branch: one.text("git_branch").to_owned(),
        // Before 4.2 the branch's tip is built, whatever commit the application names.
        commit: if state.version < Version::V4_3 { HEAD } else { &wanted_commit }.to_owned(),
        compose_path: compose_path(one),
        build: build(one),
    });
    let is_tip = wanted_commit == HEAD;
    Ok(Deployment {
        id,
        page: page(state, one, &deployment_uuid),
        uuid: deployment_uuid,
        app: app.to_owned(),
        app_id: one.id,
        app_name: one.name().to_owned(),
        source,
        branch: one.text("git_branch").to_owned(),
        failure,
        checkout: checkout
            .and_then(|source| PendingCheckout::start(source, state.clock.clone(), begins)),
        outcome: checked(state.outcomes.take(one.name(), app), one),
        // The deployment of an image has no commit.
        commit: if is_tip && needs_checkout { random::hex(40) } else { wanted_commit.clone() },
        wanted_commit,
        force: false,
        restart_only: false,
        created: state.clock.timestamp_at(state.now()),
        queued: state.now(),
        begins,
        ends: begins + state.pace,
        is_cancelled: false,
    })
}

/// Returns the outcome of a deployment whose new container is checked, if the application has a health
/// check: Coolify goes back to the old container unless the new one is healthy.
fn checked(outcome: Outcome, one: &Resource) -> Outcome {
    match outcome {
        Outcome::Finishes(condition)
            if is_on(&one.fields, "health_check_enabled")
                && !matches!(condition, Condition::Running | Condition::Healthy) =>
        {
            let log = [
                "Attempt 10 of 10 | Healthcheck status: \"unhealthy\"",
                "New container is not healthy, rolling back to the old container.",
            ];
            Outcome::Fails { log: log.map(str::to_owned).to_vec() }
        }
        outcome => outcome,
    }
}

/// Returns docker's message where the application's network does not exist.
fn missing_network(state: &State, one: &Resource) -> Option<String> {
    let found = state.destinations.iter().find(|other| other.id == one.destination_id)?;
    let name = &found.network;
    (!found.has_network)
        .then(|| format!("Error response from daemon: failed to set up container networking: network {name} not found"))
}

/// Returns the repository or image of an application, and why deploying it fails, if that is known.
fn source(one: &Resource) -> (String, Option<String>) {
    if one.text("build_pack") == "dockerimage" {
        let (name, tag) =
            (one.text("docker_registry_image_name"), one.text("docker_registry_image_tag"));
        let failure =
            name.is_empty().then(|| "invalid reference format: the image is empty".to_owned());
        return (format!("{name}:{tag}"), failure);
    }
    let repository = one.text("git_repository");
    (repository.to_owned(), helper::clone_failure(repository))
}

/// Returns the private key that an application is cloned with.
fn private_key(state: &State, one: &Resource) -> Option<String> {
    let id = one.fields.get("private_key_id")?.as_i64()?;
    state.keys.iter().find(|key| key.id == id).map(|key| key.secret.clone())
}

/// Returns the path of the compose file in the repository; none for other build packs.
fn compose_path(one: &Resource) -> Option<String> {
    let folder = one.text("base_directory").trim_end_matches('/');
    let file = one.text("docker_compose_location");
    (one.text("build_pack") == "dockercompose").then(|| format!("{folder}{file}"))
}

/// Returns the settings that decide on a build.
fn build(one: &Resource) -> Build {
    // Both are on in a new application.
    let is_on = |name: &str| one.settings.get(name).copied().unwrap_or(true);
    Build {
        pack: one.text("build_pack").to_owned(),
        folder: one.text("base_directory").to_owned(),
        dockerfile: one.text("dockerfile_location").to_owned(),
        lfs: is_on("is_git_lfs_enabled"),
        submodules: is_on("is_git_submodules_enabled"),
    }
}

/// Returns the path of a deployment's page in Coolify's own interface.
fn page(state: &State, app: &Resource, deployment: &str) -> String {
    let place = state.projects.iter().find_map(|project| {
        let mut environments = project.environments.iter();
        let environment = environments.find(|one| one.id == app.environment_id)?;
        Some((project.uuid.as_str(), environment.uuid.as_str()))
    });
    let (project, environment) = place.unwrap_or_default();
    let app = &app.uuid;
    format!(
        "/project/{project}/environment/{environment}/application/{app}/deployment/{deployment}"
    )
}

fn enqueue(state: &mut State, deployment: Deployment) -> Queued {
    let message = format!("Application {} deployment queued.", deployment.app_name);
    let queued = Queued::Queued { uuid: deployment.uuid.clone(), message };
    if let (None, Some(condition)) = (&deployment.checkout, deployment.final_condition()) {
        start(state, &deployment.app, deployment.ends, condition, None);
    }
    state.deployments.push(deployment);
    queued
}

/// Starts an application's new container, and stores what a successful deployment leaves behind.
fn start(state: &mut State, app: &str, at: Instant, condition: Condition, file: Option<String>) {
    let Ok(one) = state.find_mut(Family::Application, app) else { return };
    one.start(at, condition);
    // Coolify looks at an application when its deployment ends.
    one.sight.plan(at);
    if one.text("build_pack") != "dockercompose" {
        return volumes::create_for_application(state, app);
    }
    if let Some(file) = file {
        one.set("docker_compose_raw", file);
    } else if one.text("docker_compose_raw").is_empty() {
        one.set("docker_compose_raw", compose::PLACEHOLDER);
    }
    if let Ok(file) = File::parse(one.text("docker_compose_raw")) {
        volumes::create_for_file(state, app, &file);
    }
}

/// Applies the results of finished checkouts.
pub(crate) fn settle(state: &mut State, now: Instant) {
    let (mut started, mut breaches) = (Vec::new(), Vec::new());
    for one in &mut state.deployments {
        let finished = one.checkout.as_ref().and_then(PendingCheckout::finished).cloned();
        let Some(finished) = finished else { continue };
        one.checkout = None;
        if one.is_cancelled {
            continue;
        }
        one.ends = one.ends.max(now);
        match finished {
            Ok(checkout) => {
                one.commit = checkout.commit;
                breaches.extend(checkout.breaches);
                // A restart builds nothing.
                let failure = checkout.failure.filter(|_| !one.restart_only);
                if let (Some(line), Outcome::Finishes(_)) = (failure, &one.outcome) {
                    one.outcome = Outcome::Fails { log: vec![line] };
                }
                if let Some(condition) = one.final_condition() {
                    started.push((one.app.clone(), one.ends, condition, checkout.compose_file));
                }
            }
            Err(message) => one.failure = Some(message),
        }
    }
    state.host.own(breaches);
    for (app, at, condition, file) in started {
        start(state, &app, at, condition, file);
    }
}

/// Cancels a deployment that is under way.
pub(crate) fn cancel(state: &mut State, uuid: &str) -> Result<(), Reply> {
    let now = state.now();
    let found = state.deployments.iter_mut().find(|one| one.uuid == uuid);
    let one = found.ok_or_else(|| errors::not_found("Deployment"))?;
    if !one.is_under_way(now) {
        let status = one.status(now);
        let text = format!("Deployment cannot be cancelled. Current status: {status}");
        return Err(errors::message(400, &text));
    }
    one.is_cancelled = true;
    let (app, ends) = (one.app.clone(), one.ends);
    one.ends = now;
    if let Ok(app) = state.find_mut(Family::Application, &app) {
        app.undo_start(ends);
    }
    Ok(())
}
