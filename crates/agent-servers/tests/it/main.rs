//! The tools against upstreams over HTTP, folders and processes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails like the test itself"
)]

mod coolify;
mod faulty_runners;
mod gitea;
mod platform;
mod tool_calls;
mod workspace;
