//! A docker host's containers, volumes and networks, by Docker's Engine API over a local socket or SSH.
//!
//! A [`DockerHost`] connects when it is first used and again after a failure. Over SSH it keeps one
//! connection with a bounded number of sessions; in each, the host's restricted account runs the
//! gate (`covibe-docker-gate`) or, where none is installed, `docker system dial-stdio`. The command
//! is fixed: a tenant's values travel in requests of the API, never in a shell's text.
//!
//! Ending a command and the watch of containers have a session of their own each, so that neither waits behind
//! commands. The parties that call share the other sessions ([`DockerHost::for_party`]), so that none takes all.
//!
//! A container is a resource's if both its name and the label that compose sets say so (`container_owner`). A volume is
//! a resource's if both the label that compose sets and its name say so, or if Docker made it without a name for one
//! of the resource's containers; `OwnVolume` proves it, and nothing else is removed. Docker removes a volume without
//! a name only together with its container, and the gate does not show it.
//!
//! A command in a container carries a random mark in its environment. At its deadline, or when its caller is gone,
//! everything with that mark and all descendants are killed: by the gate, by the same function on this machine, or
//! by a script over SSH.
//!
//! The crate uses hyper and not a client library of Docker's API: bollard (0.21) reads answers of any size, writes
//! them into the log with the containers' variables, and fails on a word that its version does not know.
//!
//! # Invariants
//!
//! - A [`ContainerId`] comes from an answer of the engine, so that no call acts on a name.
//! - Everything that the engine or a container sends is bounded in memory.
//! - A failure has no text of the engine, of `ssh` or of a container.
//! - A process that [`DockerHost::exec`] started is ended at its deadline and when its future is
//!   dropped; a process whose end could not be seen is reported as [`CommandEnd::MayStillRun`].

mod address;
mod calls;
mod container_owner;
mod container_states;
mod engine_http;
mod error;
mod exec;
mod host;
mod link;
mod settings;

pub use address::{Address, InvalidAddress};
pub use calls::{
    Container, ContainerDetails, FoundLines, Inherited, Judge, LogLine, LogQuery, Logs,
    MAX_LOG_LINES, Moment, Network, Running, StartWait, Volume, VolumeSize,
};
pub use container_owner::{ContainerId, is_anonymous_volume};
pub use container_states::{CommandEnd, Health, HealthCheck, Mount, MountKind, Status};
pub use engine_http::Stream;
pub use error::{Conflict, Error, Result, Trouble};
pub use exec::{DRAIN_LIMIT, Exec, Executed, NotStarted, OutputBuffer};
pub use host::{Access, DockerHost, Version};
pub use settings::{InvalidSettings, Settings};
