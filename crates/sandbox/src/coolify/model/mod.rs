//! What a simulated Coolify knows: its projects, keys, resources, deployments and volumes.

mod deployment;
mod private_key;
mod project;
mod resource;
mod stack;
mod state;
mod variable;

pub(crate) mod application_columns;
pub(crate) mod flavors;
pub(crate) mod server;
pub(crate) mod templates;

pub(crate) use deployment::Deployment;
pub(crate) use private_key::PrivateKey;
pub(crate) use project::{Environment, Project};
pub(crate) use resource::{Family, Kind, Resource};
pub(crate) use stack::{Container, Stack};
pub(crate) use state::State;
pub(crate) use variable::Variable;
