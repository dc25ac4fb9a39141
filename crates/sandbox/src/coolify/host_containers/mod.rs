//! The state of the host: the containers that Docker has as a result of Coolify's actions, and the changes that
//! Docker itself makes to them.

mod container;
mod environment;
mod expected_containers;
mod labels;

use std::any::Any;
use std::time::Duration;

use super::Coolify;
use super::jobs::database_proxies;
use super::model::{CoolifyState, Deployment, DockerAction, Kind};
use crate::core::Vendor;

pub(crate) use super::model::{DatabaseProxy, ProxyPhase};
pub(crate) use container::{ContainerName, Creation, Key, Planned};
pub(crate) use expected_containers::planned_containers;
pub(crate) use labels::slug;

/// Returns the state of a simulated Coolify as it is now; `None` for another vendor.
pub(crate) fn state(vendor: &mut dyn Vendor) -> Option<&mut CoolifyState> {
    let vendor: &mut dyn Any = vendor;
    let coolify = vendor.downcast_mut::<Coolify>()?;
    coolify.settle();
    Some(&mut coolify.state)
}

/// Notes an action of docker on a container, which Coolify sees at its next look.
pub(crate) fn note(state: &mut CoolifyState, key: &Key, deed: DockerAction) {
    let (now, look_at) = (state.now(), state.now() + state.look);
    let Some(one) = state.resources.get_mut(&key.resource) else { return };
    one.hands.note(&key.part, now, deed);
    if let (DockerAction::Started, Kind::Service(stack)) = (deed, &mut one.kind) {
        let started = stack.containers.iter_mut().filter(|part| part.name == key.part);
        started.for_each(|part| part.stopped_at = None);
    }
    one.sight.plan(look_at);
}

/// Notes that Docker has a network, which destinations of that name need.
pub(crate) fn add_network(state: &mut CoolifyState, name: &str) {
    state.networks.push(name.to_owned());
    for one in state.destinations.iter_mut().filter(|one| one.network == name) {
        one.has_network = true;
    }
}

/// Notes that Docker removed a network, which destinations of that name miss from now on.
pub(crate) fn remove_network(state: &mut CoolifyState, name: &str) {
    state.networks.retain(|present| present != name);
    for one in state.destinations.iter_mut().filter(|one| one.network == name) {
        one.has_network = false;
    }
}

/// Returns the networks that the proxy is on, by name: Coolify connects it to those of all destinations, and to those
/// of services.
pub(crate) fn networks_of_proxy(state: &CoolifyState) -> Vec<String> {
    let destinations = state.destinations.iter().filter(|one| one.has_network);
    let destinations = destinations.map(|one| one.network.as_str());
    let left_over = state.networks.iter().map(String::as_str).filter(|name| is_uuid(name));
    let of_services = networks_of_services(state).chain(left_over);
    let of_services = of_services.filter(|name| !state.left_by_proxy.iter().any(|it| it == name));
    destinations.chain(of_services).map(str::to_owned).collect()
}

/// Notes that docker took the proxy off a network.
pub(crate) fn disconnect_proxy(state: &mut CoolifyState, network: &str) {
    state.left_by_proxy.push(network.to_owned());
}

/// Returns whether the network is one that a service had.
fn is_uuid(name: &str) -> bool {
    name.len() == 24 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Returns the networks that Docker has, by name.
pub(crate) fn networks(state: &CoolifyState) -> impl Iterator<Item = &str> {
    state.networks.iter().map(String::as_str).chain(networks_of_services(state))
}

fn networks_of_services(state: &CoolifyState) -> impl Iterator<Item = &str> {
    let services = state.resources.that_may_be_services();
    let services = services.filter(|one| matches!(one.kind, Kind::Service(_)));
    services.map(|one| one.uuid.as_str())
}

/// Returns whether a container continues to run although its resource is deleted.
pub(crate) fn is_orphan(state: &CoolifyState, name: &str, key: &Key) -> bool {
    state.orphans.iter().any(|orphan| orphan == name || *orphan == key.resource)
}

/// Returns the proxies of public databases, as they are now.
pub(crate) fn proxies(state: &mut CoolifyState) -> &[DatabaseProxy] {
    database_proxies::settle(state, state.now());
    &state.database_proxies
}

/// The time for which the container of a deployment outlives it: Coolify writes files to the host before it stops that (4.3.11).
const HELPER_OUTLIVES: Duration = Duration::from_millis(300);

/// Returns the uuids of the deployments whose containers run.
pub(crate) fn helped_deployments(state: &CoolifyState) -> impl Iterator<Item = &str> {
    let now = state.now();
    let has_helper = move |one: &&Deployment| {
        let is_over = one.ended.is_some_and(|ended| ended + HELPER_OUTLIVES <= now);
        one.begun.is_some_and(|begun| begun <= now) && !is_over
    };
    state.deployments.iter().filter(has_helper).map(|one| one.uuid.as_str())
}

/// Notes that Docker removed the container of this name, if it was the proxy of a database.
pub(crate) fn forget_proxy(state: &mut CoolifyState, name: &str) {
    state.database_proxies.retain(|proxy| format!("{}-proxy", proxy.database) != name);
}

/// Notes that a container is removed that continued to run after its resource was deleted.
pub(crate) fn forget_orphan(state: &mut CoolifyState, name: &str) {
    state.orphans.retain(|orphan| orphan != name && !name.starts_with(&format!("{orphan}-")));
}
