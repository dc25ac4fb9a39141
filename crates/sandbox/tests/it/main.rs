//! The simulators over real HTTP: every documented quirk, and every fault.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

mod contracts;
mod coolify;
#[cfg(unix)]
mod docker;
mod doors;
mod faults;
mod git;
mod gitea;
mod gitea_rights;
mod people;
mod recordings;
mod support;
