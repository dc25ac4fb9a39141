//! The collections that a test can list.

use crate::coolify::jobs::env_file;
use crate::coolify::model::{CoolifyState, Family, Kind, Project, Resource};
use crate::core::Listable;

/// A collection of objects that a simulated Coolify keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Projects by name; a name occurs once per project that has it.
    Projects,
    /// Environments as `{project's uuid}/{name}`.
    Environments,
    /// Applications by name.
    Applications,
    /// Databases by name.
    Databases,
    /// Services by name.
    Services,
    /// Deployments by uuid.
    Deployments,
    /// Private keys by name.
    PrivateKeys,
    /// Docker volumes by name; they may outlive their resource.
    Volumes,
    /// The environments of the containers of applications and services as `{resource}/{key}={value}`,
    /// as the next deployment or start leaves them; nothing of a resource that it can't start.
    ContainerVariables,
    /// The files `.env` of applications and services as `{resource}/{text}`.
    EnvFiles,
    /// The destinations by the names of their networks.
    Destinations,
    /// The docker networks besides those of services, by name.
    Networks,
    /// The containers that run, by name; they may outlive their resource.
    Containers,
}

impl Listable for Collection {}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 13] = [
        Self::Projects,
        Self::Environments,
        Self::Applications,
        Self::Databases,
        Self::Services,
        Self::Deployments,
        Self::PrivateKeys,
        Self::Volumes,
        Self::ContainerVariables,
        Self::EnvFiles,
        Self::Destinations,
        Self::Networks,
        Self::Containers,
    ];

    /// Returns the names in the collection, oldest first.
    pub(crate) fn names(self, state: &CoolifyState) -> Vec<String> {
        match self {
            Self::Projects => state.projects.iter().map(|project| project.name.clone()).collect(),
            Self::Environments => state.projects.iter().flat_map(environments).collect(),
            Self::Applications => resources(state, Family::Application),
            Self::Databases => resources(state, Family::Database),
            Self::Services => resources(state, Family::Service),
            Self::Deployments => state.deployments.iter().map(|one| one.uuid.clone()).collect(),
            Self::PrivateKeys => state.keys.iter().map(|key| key.name.clone()).collect(),
            Self::Volumes => state.volumes.clone(),
            Self::ContainerVariables => {
                state.resources.iter().flat_map(container_variables).collect()
            }
            Self::EnvFiles => {
                let named = |one: &Resource| Some(format!("{}/{}", one.name(), env_file(one)?));
                state.resources.iter().filter_map(named).collect()
            }
            Self::Destinations => {
                state.destinations.iter().map(|one| one.network.clone()).collect()
            }
            Self::Networks => state.networks.clone(),
            Self::Containers => containers(state),
        }
    }
}

fn environments(project: &Project) -> impl Iterator<Item = String> {
    project.environments.iter().map(|one| format!("{}/{}", project.uuid, one.name))
}

fn container_variables(resource: &Resource) -> Vec<String> {
    let shell = match resource.kind {
        Kind::Service(_) => env_file::HOST,
        _ => env_file::HELPER,
    };
    let read = env_file(resource).and_then(|file| env_file::read(&file, shell)).unwrap_or_default();
    let line = |(key, value)| format!("{}/{key}={value}", resource.name());
    read.into_iter().map(line).collect()
}

/// Returns the file `.env` of an application or service.
fn env_file(resource: &Resource) -> Option<String> {
    match &resource.kind {
        Kind::Application(variables) => Some(env_file::write(variables)),
        Kind::Service(stack) => Some(env_file::write(&stack.variables)),
        Kind::Database(..) => None,
    }
}

fn resources(state: &CoolifyState, family: Family) -> Vec<String> {
    let now = state.now();
    let listed = state.family(family).filter(|one| one.gone_at.is_none_or(|at| at > now));
    listed.map(|resource| resource.name().to_owned()).collect()
}

fn containers(state: &CoolifyState) -> Vec<String> {
    let now = state.now();
    let running = state.resources.iter().flat_map(|one| one.containers(now));
    running.chain(state.orphans.iter().cloned()).collect()
}
