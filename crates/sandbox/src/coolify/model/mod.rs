//! The data of a simulated Coolify: its projects, keys, resources, deployments and volumes.

mod containers;
mod databases;
mod deployment;
mod env_variable;
mod resource;
mod resources;
mod state;
mod subresources;
mod team;
mod workers;

pub(crate) mod application_columns;
pub(crate) mod templates;

pub(crate) use containers::{CPUS, Container, DockerAction, Limits, ObservedState, Stack};
pub use databases::DatabaseProxies;
pub(crate) use databases::{DatabaseProxy, FLAVORS, FieldKind, Flavor, ProxyPhase, find_flavor};
pub(crate) use deployment::{Deployment, Launch, StartFacts};
pub(crate) use env_variable::Variable;
pub(crate) use resource::{Family, Kind, Placement, Resource};
pub(crate) use resources::{UsedUrl, normalise_url, note_routes, split_urls, used_urls};
pub(crate) use state::CoolifyState;
pub(crate) use subresources::{Backup, Execution, S3Storage, Source, Storage, Tag, Task};
pub use team::DESTINATION;
pub(crate) use team::{
    DESTINATION_ID, Destination, Environment, PrivateKey, Project, SERVER_ID, SERVER_NAME,
};
pub(crate) use workers::{Deletion, Event, Job, Restart, Start};
