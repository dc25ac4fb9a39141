//! Checks of a hosted origin from outside: whether it can be handed over to customers.
//!
//! A check is a value: an id, a part of the server, a weight, and what it does with a [`probe::Probe`]. A gate is a set
//! of checks; [`run::run`] runs one and returns a report. Nothing here reads the environment, prints, or ends the
//! process, and names and connections are those of a [`client::Network`], so that a stand-in origin takes the place of
//! the internet in tests.

pub mod catalog;
pub mod check;
mod checks;
pub mod client;
pub mod leaks;
pub mod package;
pub mod probe;
pub mod report;
pub mod run;
pub mod surface;
pub mod target;

pub use catalog::Gate;
pub use client::{Internet, Network, Timeouts};
pub use probe::Settings;
pub use run::{Report, Selection, run};
pub use target::Target;
