//! The data of a simulated Coolify: its projects, keys, resources, deployments and volumes.

mod attached;
mod database_proxy;
mod deployment;
mod destination;
mod docker_actions;
mod limits;
mod observed_state;
mod private_key;
mod project;
mod resource;
mod resources;
mod s3_storage;
mod stack;
mod state;
mod storage;
mod task;
mod variable;
mod workers;

pub(crate) mod application_columns;
pub(crate) mod flavors;
pub(crate) mod server;
pub(crate) mod templates;
pub(crate) mod urls;

pub(crate) use attached::{Backup, Tag};
pub use database_proxy::DatabaseProxies;
pub(crate) use database_proxy::{DatabaseProxy, ProxyPhase};
pub(crate) use deployment::{Deployment, StartFacts};
pub(crate) use destination::Destination;
pub(crate) use docker_actions::DockerAction;
pub(crate) use limits::{CPUS, Limits};
pub(crate) use observed_state::ObservedState;
pub(crate) use private_key::PrivateKey;
pub(crate) use project::{Environment, Project};
pub(crate) use resource::{Family, Kind, Placement, Resource};
pub(crate) use s3_storage::S3Storage;
pub(crate) use stack::{Container, Stack};
pub(crate) use state::CoolifyState;
pub(crate) use storage::{Source, Storage};
pub(crate) use task::{Execution, Task};
pub(crate) use variable::Variable;
pub(crate) use workers::{Deletion, Event, Job, Restart, Start};
