//! A docker host's containers, volumes and networks, by Docker's Engine API over a local socket or SSH.
//!
//! A [`DockerHost`] connects when it is first used and again after a failure. Over SSH it keeps one
//! connection with a bounded number of sessions; in each, the host's restricted account runs the gate
//! (`covibe-docker-gate`) or, where none is installed, `docker system dial-stdio`. The command is
//! fixed: what a tenant gives travels in requests of the API, never in a shell's text.
//!
//! # Invariants
//!
//! - A [`ContainerId`] comes from an answer of the engine, so that no call acts on a name.
//! - Everything that the engine or a container sends is bounded in memory.
//! - A failure has no text of the engine, of `ssh` or of a container.
//! - A process that [`DockerHost::exec`] started is ended at its deadline and when its future is dropped;
//!   what could not be seen to end is reported as [`Ended::MayStillRun`].

mod address;
mod calls;
mod error;
mod exec;
mod host;
mod link;
mod owner;
mod settings;
mod state;
mod wire;

pub use address::{Address, InvalidAddress};
pub use calls::{
    Container, Found, Inherited, LogLine, LogQuery, Logs, Moment, Network, Running, Starts, State,
    Volume, VolumeSize,
};
pub use error::{Conflict, Error, Result, Trouble};
pub use exec::{DRAIN_LIMIT, Exec, Executed, NotStarted};
pub use host::{Access, DockerHost, Version};
pub use owner::{ContainerId, is_anonymous_volume};
pub use settings::{InvalidSettings, Settings};
pub use state::{Ended, Health, HealthCheck, Mount, MountKind, Status};
pub use wire::Stream;
