//! The simulators over real HTTP: every documented quirk, and every fault.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

mod access_checks;
mod contracts;
mod coolify;
#[cfg(unix)]
mod docker;
mod faults;
mod gitea;
mod gitea_accounts;
mod gitea_repositories;
mod gitea_rights;
mod recordings;
mod simulator_client;
