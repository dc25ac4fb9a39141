//! Deployments of applications: queued, started after their checkout, settled, cancelled.

use std::time::Instant;

use super::{predicted_outcomes, volumes};
use crate::coolify::Version;
use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::compose::{self, File};
use crate::coolify::errors;
use crate::coolify::helper_container::{self, Build, PendingCheckout};
use crate::coolify::json_values::random_uuid;
use crate::coolify::model::{CoolifyState, Deployment, Family, Job, Resource, note_routes};
use crate::coolify::predicted_failures::Ending;
use crate::core::clock::Clock;
use crate::core::random;
use crate::core::request_types::Reply;

/// The maximum number of deployments that the server keeps queued: `deployment_queue_limit`.
const QUEUE_LIMIT: usize = 25;

/// The commit of an application that follows its branch.
const HEAD: &str = "HEAD";

/// Coolify's message when a deployment of the same commit is queued or in progress.
const SKIPPED: &str = "Deployment already queued for this commit.";

/// The answer to a request for a deployment.
pub(crate) enum Queued {
    /// It will run.
    Queued { uuid: String, message: String },
    /// Another one is in progress already. The uuid is of a deployment that does not exist.
    Skipped { uuid: String, message: &'static str },
}

/// Queues a deployment of an application.
pub(crate) fn queue(
    state: &mut CoolifyState,
    app: &str,
    force: bool,
    restart_only: bool,
) -> Result<Queued, Reply> {
    let wanted_commit = state.find(Family::Application, app)?.text("git_commit_sha");
    let of_app = || state.deployments.iter().filter(|one| one.app == app);
    // One in progress counts too, whatever changed since it began (4.0.0-beta.461 to 4.3.11).
    let is_same = |one: &Deployment| one.is_under_way() && one.stored_commit() == wanted_commit;
    let is_skipped = !force && of_app().any(is_same);
    if state.deployments.iter().filter(|one| one.status() == "queued").count() >= QUEUE_LIMIT {
        let text = "Deployment queue is full. Please wait for existing deployments to complete.";
        return Err(errors::message(429, text).header("Retry-After", &60));
    }
    if is_skipped {
        return Ok(Queued::Skipped { uuid: random_uuid(), message: SKIPPED });
    }
    let mut deployment = new_deployment(state, app)?;
    deployment.force = force;
    deployment.restart_only = restart_only;
    Ok(enqueue(state, deployment))
}

fn new_deployment(state: &mut CoolifyState, app: &str) -> Result<Deployment, Reply> {
    let (id, deployment_uuid) = (state.next_id(), random_uuid());
    let one = state.find(Family::Application, app)?;
    let wanted_commit = one.text("git_commit_sha").to_owned();
    let (source, mut failure) = source(one);
    if state.host.is_lost() {
        failure = Some(errors::HOST_LOST.to_owned());
    }
    let arranged = state.outcomes.take(one.name(), app);
    let failure = failure.or_else(|| missing_network(state, one));
    let failure =
        failure.or_else(|| predicted_outcomes::pull_failure(one).filter(|_| arranged.is_none()));
    let (trial, outcome) = predicted_outcomes::of_deployment(one, arranged);
    let needs_checkout = failure.is_none() && one.text("build_pack") != "dockerimage";
    let checkout = needs_checkout.then(|| helper_container::Source {
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
        source_of_checkout: checkout,
        checkout: None,
        compose_file: None,
        outcome,
        trial,
        is_image: one.text("build_pack") == "dockerimage",
        // The deployment of an image has no commit.
        commit: if is_tip && needs_checkout { random::hex(40) } else { wanted_commit.clone() },
        wanted_commit,
        force: false,
        restart_only: false,
        created: state.clock.timestamp_at(state.now()),
        queued: state.now(),
        pace: state.pace,
        dispatched: None,
        begun: None,
        ended: None,
        is_cancelled: false,
        is_given_up: false,
    })
}

/// Returns docker's message where the application's network does not exist.
fn missing_network(state: &CoolifyState, one: &Resource) -> Option<String> {
    let found = state.destinations.iter().find(|other| other.id == one.destination_id)?;
    let name = &found.network;
    (!found.has_network)
        .then(|| format!("Error response from daemon: failed to set up container networking: network {name} not found"))
}

/// Returns the repository or image of an application, and the reason why deploying it fails, if that is known.
fn source(one: &Resource) -> (String, Option<String>) {
    if one.text("build_pack") == "dockerimage" {
        let (name, tag) =
            (one.text("docker_registry_image_name"), one.text("docker_registry_image_tag"));
        let failure =
            name.is_empty().then(|| "invalid reference format: the image is empty".to_owned());
        return (format!("{name}:{tag}"), failure);
    }
    let repository = one.text("git_repository");
    (repository.to_owned(), helper_container::clone_failure(repository))
}

/// Returns the private key that an application is cloned with.
fn private_key(state: &CoolifyState, one: &Resource) -> Option<String> {
    let id = one.fields.get("private_key_id")?.as_i64()?;
    state.keys.iter().find(|key| key.id == id).map(|key| key.secret.clone())
}

/// Returns the path of the compose file in the repository; `None` for other build packs.
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
        start_command: one.text("start_command").to_owned(),
        lfs: is_on("is_git_lfs_enabled"),
        submodules: is_on("is_git_submodules_enabled"),
    }
}

/// Returns the path of a deployment's page in Coolify's own interface.
fn page(state: &CoolifyState, app: &Resource, deployment: &str) -> String {
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

fn enqueue(state: &mut CoolifyState, deployment: Deployment) -> Queued {
    let message = format!("Application {} deployment queued.", deployment.app_name);
    let queued = Queued::Queued { uuid: deployment.uuid.clone(), message };
    let (at, place) = (state.now(), state.deployments.len());
    state.deployments.push(deployment);
    // Waiting deployments have no precedence: the first request while a place is free gets it (4.3.11).
    if has_place_for(state, place) {
        dispatch(state, place, at);
    }
    queued
}

/// Returns whether a deployment can be put on the list of the workers: one at a time for each application, and as
/// many as the server's operator permits.
fn has_place_for(state: &CoolifyState, place: usize) -> bool {
    let app = &state.deployments[place].app;
    let in_progress = || state.deployments.iter().filter(|one| one.has_place());
    in_progress().count() < state.limits.concurrent_builds
        && !in_progress().any(|one| one.app == *app)
}

/// Marks a deployment as in progress and puts it at the end of the list of the workers.
fn dispatch(state: &mut CoolifyState, place: usize, at: Instant) {
    let is_free = state.workers.is_free();
    let clock = state.clock.clone();
    let one = &mut state.deployments[place];
    one.dispatched = Some(at);
    let not_before = (one.queued + one.pace).max(at);
    if is_free {
        // It begins without a further request.
        start_checkout(one, clock, not_before);
    }
    state.workers.push(Job::Deployment(one.uuid.clone()), not_before);
}

fn start_checkout(one: &mut Deployment, clock: Clock, at: Instant) {
    if let Some(source) = one.source_of_checkout.take() {
        one.checkout = PendingCheckout::start(source, clock, at);
    }
}

/// Puts deployments that have waited for a place on the list of the workers.
fn dispatch_next(state: &mut CoolifyState, at: Instant) {
    for place in 0..state.deployments.len() {
        if state.deployments[place].status() == "queued" && has_place_for(state, place) {
            dispatch(state, place, at);
        }
    }
}

/// Begins a deployment that a worker has taken. Returns the moment of its end, unless a checkout decides on that.
pub(super) fn begin_deployment(
    state: &mut CoolifyState,
    uuid: &str,
    at: Instant,
) -> Option<Instant> {
    let clock = state.clock.clone();
    let Some(one) = state.deployments.iter_mut().find(|one| one.uuid == uuid) else {
        return Some(at);
    };
    one.begun = Some(at);
    one.is_given_up = false;
    start_checkout(one, clock, at);
    one.checkout.is_none().then(|| at + one.pace)
}

/// Ends a deployment, and begins others that have waited for its place.
pub(super) fn end_deployment(state: &mut CoolifyState, uuid: &str, at: Instant) {
    if let Some(one) = state.deployments.iter_mut().find(|one| one.uuid == uuid) {
        one.ended = Some(at);
        let (app, condition, file) =
            (one.app.clone(), one.final_condition(), one.compose_file.take());
        let ending = one.trial.ending.clone();
        if let Some(condition) = condition {
            start(state, &app, at, (condition, ending), file);
        }
    }
    dispatch_next(state, at);
}

/// Marks every waiting and running deployment as failed, as a restart of Coolify does.
pub(crate) fn fail_all(state: &mut CoolifyState) {
    for one in state.deployments.iter_mut().filter(|one| one.is_under_way()) {
        one.is_given_up = true;
        one.begun = None;
    }
}

/// Starts an application's new container, and stores the results of a successful deployment.
fn start(
    state: &mut CoolifyState,
    app: &str,
    at: Instant,
    (condition, ending): (Condition, Option<Ending>),
    file: Option<String>,
) {
    let Ok(one) = state.find_mut(Family::Application, app) else { return };
    one.start(at, condition, ending);
    note_routes(one);
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
        let falls = |service: &compose::Service| service.ending.is_some() && !service.runs_once;
        let is_degraded = file.services.iter().any(falls);
        one.launches.iter_mut().rev().take(1).for_each(|last| last.is_degraded = is_degraded);
        volumes::create_for_file(state, app, &file);
    }
}

/// Applies the results of finished checkouts to the deployments that a worker has.
pub(crate) fn settle(state: &mut CoolifyState, now: Instant) {
    let (mut ends, mut breaches) = (Vec::new(), Vec::new());
    for one in &mut state.deployments {
        let Some(begun) = one.begun else { continue };
        let finished = one.checkout.as_ref().and_then(PendingCheckout::finished).cloned();
        let Some(finished) = finished else { continue };
        one.checkout = None;
        if one.is_cancelled {
            continue;
        }
        match finished {
            Ok(checkout) => {
                one.commit = checkout.commit;
                one.compose_file = checkout.compose_file;
                breaches.extend(checkout.breaches);
                // A restart builds nothing.
                let failure = checkout.failure.filter(|_| !one.restart_only);
                predicted_outcomes::note_checkout(one, failure, checkout.plan);
            }
            Err(message) => one.failure = Some(message),
        }
        ends.push((Job::Deployment(one.uuid.clone()), (begun + one.pace).max(now)));
    }
    state.host.take_over(breaches);
    for (job, at) in ends {
        state.workers.end_at(&job, at);
    }
}

/// Cancels a deployment that is queued or in progress. Its place is free at once.
pub(crate) fn cancel(state: &mut CoolifyState, uuid: &str) -> Result<(), Reply> {
    let now = state.now();
    let found = state.deployments.iter_mut().find(|one| one.uuid == uuid);
    let one = found.ok_or_else(|| errors::not_found("Deployment"))?;
    if !one.is_under_way() {
        let status = one.status();
        let text = format!("Deployment cannot be cancelled. Current status: {status}");
        return Err(errors::message(400, &text));
    }
    one.is_cancelled = true;
    one.ended = Some(now);
    state.workers.remove(|job| *job == Job::Deployment(uuid.to_owned()));
    dispatch_next(state, now);
    Ok(())
}
