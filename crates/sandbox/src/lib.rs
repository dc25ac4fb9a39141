//! Stateful simulators of the upstreams, over real HTTP on loopback, with named faults.
//!
//! A simulator keeps its vendor's quirks, because they are what a client gets wrong: each one is
//! named where it is made, with the releases that have it. Nothing here is meant to be reached
//! from another machine, and the secrets it makes are worth nothing elsewhere.
//!
//! The Gitea keeps real repositories, which git clones from and pushes to, and the Coolify has git
//! look at those on this machine before it says that a deployment succeeded: git 2.38 or newer must
//! be on PATH.
//!
//! Besides the vendor's API a simulator answers, without authentication,
//!
//! - `POST /__sandbox/faults` to arm a [`faults::Fault`] for the next requests that match,
//! - `DELETE /__sandbox/faults` to disarm all of them,
//! - `GET /__sandbox/requests` with the [`Recorded`] requests, and `DELETE` to forget them.

pub mod coolify;
pub mod faults;
pub mod gitea;

mod clock;
mod control;
mod git;
mod handle;
mod hold;
mod random;
mod record;
mod server;
mod wire;

pub use hold::Hold;
pub use record::{Answered, Recorded};
pub use server::{Simulator, Thing};
