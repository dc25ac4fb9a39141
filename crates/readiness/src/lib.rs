//! Checks of a hosted origin from outside: whether it can be handed over to customers.
//!
//! A check is a value: an id, a part of the server, a weight, and what it does with a [`check_inputs::Probe`]. A gate is a set
//! of checks; [`gate_run::run`] runs one and returns a report. Nothing here reads the environment, prints, or ends the
//! process, and names and connections are those of a [`client::Network`], so that a stand-in origin takes the place of
//! the internet in tests.
//!
//! # The way of a run
//!
//! | step | module |
//! |---|---|
//! | the origin, and the addresses that its name has, which stay the same for the run | `checked_server`, `client` |
//! | the checks of a gate, with what each means and how its findings are mended | `catalog` |
//! | their order; a check that fails does not end its stage, and a stage that fails ends the chain | `gate_run` |
//! | the outcome of a check: passed, failed, inconclusive, skipped | `check` |
//! | a check: requests by a client that follows no redirect and uses no proxy | `checks`, `check_inputs`, `client` |
//! | the device flow, sign-in, envelopes, keys, headers, cookies | `checks` |
//! | each byte that was received, searched for tokens | `leaks` |
//! | the package, read as a stream and never unpacked | `npm_package` |
//! | the tools and routes that this release has | `expected_surface` |
//! | the report: as text, JSON or JUnit | `report` |
//! | the exit code: 0, 1 for a failure, 3 for what could not be decided | `report` |

pub mod catalog;
pub mod check;
pub mod check_inputs;
pub mod checked_server;
mod checks;
pub mod client;
pub mod expected_surface;
pub mod gate_run;
pub mod leaks;
pub mod npm_package;
pub mod report;

pub use catalog::Gate;
pub use check_inputs::Settings;
pub use checked_server::Target;
pub use client::{Internet, Network, Timeouts};
pub use gate_run::{Report, Selection, run};
