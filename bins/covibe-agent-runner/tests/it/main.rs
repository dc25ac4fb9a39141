//! The runner as a process: jobs, doors, kills, and a simulated Gitea with real repositories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access_rules;
mod agent_process;
mod cancelling;
mod cleaning;
mod crash_recovery;
mod events;
mod http;
mod queue;
mod repositories;
mod settings;
mod tools;
mod world;
