//! The operations, their registry and the dispatcher that every surface stands in front of.

pub mod context;
pub mod cookbook;
pub mod operation;
pub mod registry;
pub mod surface;

mod apps;
mod audit;
mod auth;
mod budget;
mod creation;
mod databases;
mod deletion;
mod denials;
mod deployments;
mod dispatch;
mod entry;
mod found;
mod gitea;
mod in_flight;
mod keys;
mod names;
mod params;
mod patch;
mod progress;
mod projects;
mod provision;
mod schema;
mod shared_budget;
mod waiting;
mod workspace;

pub use context::{GiteaAddress, Platform, Settings};
pub use dispatch::{Call, Dispatcher, Surface};
pub use found::found;
pub use operation::{Document, Method, Operation, Route, Spec, Text};
pub use progress::{Progress, Update};
pub use provision::provision;
pub use registry::{Registry, SURFACE_VERSION, Tool};
pub use shared_budget::SharedBudget;

/// The present moment.
fn now() -> covibe_domain::Timestamp {
    std::time::SystemTime::now().into()
}
