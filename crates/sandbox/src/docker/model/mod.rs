//! The objects of a simulated engine: containers, volumes, networks and processes.

mod container;
mod engine;
mod exec;
mod network;
mod others;
mod refresh;
mod seen;
mod volume;

pub(super) use container::{Container, Life, Mount, Phase};
pub(super) use engine::Engine;
pub(super) use exec::{Config, Exec, Stage};
pub(super) use network::Network;
use seen::Seen;
pub(super) use volume::Volume;

pub use engine::Collection;
