//! The objects of a simulated engine: containers, volumes, networks and processes.

mod container;
mod coolify_containers;
mod coolify_sync;
mod engine;
mod exec;
mod network;
mod synced_names;
mod volume;

pub(super) use container::{Container, Mount, Phase, ProgramRun};
pub(super) use engine::Engine;
pub(super) use exec::{Config, Exec, Stage};
pub(super) use network::Network;
use synced_names::SyncedNames;
pub(super) use volume::Volume;

pub use engine::Collection;
