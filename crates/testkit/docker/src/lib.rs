//! Throwaway Docker Engines and SSH servers for tests, without the rest of `covibe-testkit`, which would
//! have to be built with the whole server.

mod client;
mod container;
mod engine;
mod process_supervisor;
mod required_programs;
mod scratch_images;
mod ssh_sessions;
mod sshd;

pub use container::{Container, Recipe};
pub use engine::Docker;
pub use sshd::{Sshd, SshdOptions};
