//! The tools against simulated upstreams over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails like the test itself"
)]

mod call;
mod coolify;
mod gitea;
mod sizes;
