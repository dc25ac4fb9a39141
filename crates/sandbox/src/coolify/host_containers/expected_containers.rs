//! The containers that Docker has after all that Coolify did.

use std::time::Instant;

use super::container::{ContainerName, Creation, Key, Known, Planned};
use super::{environment, labels};
use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::compose::File;
use crate::coolify::json_values::is_on;
use crate::coolify::model::{Container, CoolifyState, DockerAction, Kind, Limits, Resource};

/// Returns the containers, those of the oldest resource first. What the known ones were created with is left out.
pub(crate) fn planned_containers(state: &CoolifyState, known: &Known<'_>) -> Vec<Planned> {
    let moment = Moment { state, known, now: state.now() };
    state.resources.that_may_run().flat_map(|one| moment.of_resource(one)).collect()
}

/// A moment at which the containers are planned.
#[derive(Clone, Copy)]
struct Moment<'a> {
    state: &'a CoolifyState,
    known: &'a Known<'a>,
    now: Instant,
}

impl Moment<'_> {
    fn of_resource(self, one: &Resource) -> Vec<Planned> {
        let Some(since) = one.containers_since(self.now) else { return Vec::new() };
        match &one.kind {
            Kind::Service(stack) => {
                let parts = stack.containers.iter().filter(|part| part.is_in_file);
                parts.filter_map(|part| planned_part(self, one, part, since)).collect()
            }
            Kind::Application(_) if one.text("build_pack") == "dockercompose" => {
                of_compose(self, one, since)
            }
            Kind::Application(_) | Kind::Database(..) => {
                single_container(self, one, since).into_iter().collect()
            }
        }
    }

    /// Returns what a container is created with, unless it exists already.
    fn creation_of(
        self,
        key: &Key,
        since: Instant,
        create: impl FnOnce() -> Creation,
    ) -> Option<Creation> {
        let is_known = self.known.contains(&(key.clone(), since));
        (!is_known).then(create)
    }
}

/// Returns the only container of an application or a database.
fn single_container(moment: Moment<'_>, one: &Resource, since: Instant) -> Option<Planned> {
    let Moment { state, now, .. } = moment;
    let condition = one.condition(now)?;
    let is_database = matches!(one.kind, Kind::Database(..));
    let is_stopped = matches!(one.last_docker_action("", now), Some((_, DockerAction::Stopped)));
    let name = if is_database { ContainerName::Fixed } else { ContainerName::Timed };
    let key = Key { resource: one.uuid.clone(), part: String::new() };
    let create = || {
        let launch = one.launch_of(since);
        let image = launch.and_then(|launch| launch.image.clone());
        Creation {
            name: name(one.uuid.clone()),
            resource_name: one.name().to_owned(),
            image: image.unwrap_or_else(|| built_image(state, one)),
            labels: labels::of_resource(state, one, launch),
            environment: environment::of_resource(one),
            mounts: mounts(state, &one.uuid),
            networks: vec![destination(state, one)],
            runs_once: false,
            has_check: is_database || is_on(&one.fields, "health_check_enabled"),
            limits: launch.map_or_else(Limits::default, |launch| launch.limits),
            ending: launch.and_then(|launch| launch.ending.clone()),
        }
    };
    Some(Planned {
        creation: moment.creation_of(&key, since, create),
        key,
        since,
        condition,
        is_stopped,
        restarts: one.restarts(now),
        loops_since: one.loops_since(now).unwrap_or(since),
        restart_pace: one.restart_pace,
    })
}

/// Returns a container of a service.
fn planned_part(
    moment: Moment<'_>,
    one: &Resource,
    part: &Container,
    since: Instant,
) -> Option<Planned> {
    let Moment { state, now, .. } = moment;
    one.part_runs(part, now)?;
    let condition = part.condition(one.condition(now).unwrap_or_default());
    // It has done its work.
    let condition = if part.runs_once { Condition::Exited } else { condition };
    let (restarts, loops_since) = crash_loop(one, &part.name, condition, since, now);
    let key = Key { resource: one.uuid.clone(), part: part.name.clone() };
    let create = || {
        let is_connected = is_on(&one.fields, "connect_to_docker_network");
        let networks = std::iter::once(one.uuid.clone());
        Creation {
            name: ContainerName::Fixed(format!("{}-{}", part.name, one.uuid)),
            resource_name: one.name().to_owned(),
            image: part.image.clone(),
            labels: labels::part_labels(state, one, part, one.launch_of(since)),
            environment: environment::part_variables(one, &part.name),
            mounts: mounts(state, &part.uuid),
            networks: networks.chain(is_connected.then(|| destination(state, one))).collect(),
            runs_once: part.runs_once,
            has_check: part.has_check,
            limits: Limits::default(),
            ending: part.ending.clone(),
        }
    };
    Some(Planned {
        creation: moment.creation_of(&key, since, create),
        key,
        since,
        is_stopped: one.part_is_stopped(part, now),
        condition,
        restarts: if part.is_database { 0 } else { restarts },
        loops_since,
        restart_pace: one.restart_pace,
    })
}

/// Returns the containers of an application that is a compose file of a repository.
fn of_compose(moment: Moment<'_>, one: &Resource, since: Instant) -> Vec<Planned> {
    let Moment { state, now, .. } = moment;
    let Some(file) = File::stored(one.text("docker_compose_raw")) else { return Vec::new() };
    let Some(condition) = one.condition(now) else { return Vec::new() };
    let is_connected = one.settings.get("connect_to_docker_network").copied().unwrap_or_default();
    let others = is_connected.then(|| destination(state, one));
    let of_service = |service: &crate::coolify::compose::Service| {
        let deed = one.last_docker_action(&service.name, now).map(|(_, deed)| deed);
        let condition = service.condition(condition);
        let (restarts, loops_since) = crash_loop(one, &service.name, condition, since, now);
        let key = Key { resource: one.uuid.clone(), part: service.name.clone() };
        let named =
            |(name, target): &(String, String)| (format!("{}_{name}", one.uuid), target.clone());
        let create = || Creation {
            name: ContainerName::Timed(format!("{}-{}", service.name, one.uuid)),
            resource_name: one.name().to_owned(),
            image: service.image.clone(),
            labels: labels::of_compose(state, one, &service.name, one.launch_of(since)),
            environment: environment::of_resource(one),
            mounts: service.volumes.iter().map(named).collect(),
            networks: std::iter::once(one.uuid.clone()).chain(others.clone()).collect(),
            runs_once: service.runs_once,
            has_check: service.has_check,
            limits: Limits::default(),
            ending: service.ending.clone(),
        };
        (deed != Some(DockerAction::Removed)).then(|| Planned {
            creation: moment.creation_of(&key, since, create),
            key,
            since,
            condition,
            is_stopped: deed == Some(DockerAction::Stopped),
            restarts,
            loops_since,
            restart_pace: one.restart_pace,
        })
    };
    file.services.iter().filter_map(of_service).collect()
}

/// Returns how often Docker has restarted a container of a compose file, and since when.
fn crash_loop(
    one: &Resource,
    part: &str,
    condition: Condition,
    since: Instant,
    now: Instant,
) -> (u128, Instant) {
    let whole = one.loops_since(now);
    if whole.is_some() || condition != Condition::Restarting {
        return (one.restarts(now), whole.unwrap_or(since));
    }
    let started =
        one.last_docker_action(part, now).filter(|(_, deed)| *deed == DockerAction::Started);
    let since = started.map_or(since, |(at, _)| at);
    let pace = one.restart_pace.as_millis().max(1);
    (now.duration_since(since).as_millis() / pace + 1, since)
}

/// Returns the image of an application that is built here.
fn built_image(state: &CoolifyState, one: &Resource) -> String {
    let mut deployed = state.deployments.iter().rev().filter(|each| each.app == one.uuid);
    let built = deployed.find(|each| each.final_condition().is_some());
    format!("{}:{}", one.uuid, built.map_or("HEAD", |each| &each.commit))
}

fn mounts(state: &CoolifyState, owner: &str) -> Vec<(String, String)> {
    let storages = state.attached.storages_of(owner);
    let mount = |one: &crate::coolify::model::Storage| {
        Some((one.volume()?.to_owned(), one.mount_path.clone()))
    };
    storages.filter_map(mount).collect()
}

/// Returns the network of a resource's destination.
pub(super) fn destination(state: &CoolifyState, one: &Resource) -> String {
    state.network_of(one).to_owned()
}
