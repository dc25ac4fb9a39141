//! The runner as a process: jobs, doors, kills, and a simulated Gitea with real repositories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cancelling;
mod cleaning;
mod doors;
mod events;
mod http;
mod jobs;
mod kills;
mod queue;
mod repositories;
mod settings;
mod tools;
mod world;
