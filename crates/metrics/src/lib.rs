//! The figures that a server counts of itself, in the text form of Prometheus, and the listener that serves them.
//!
//! The other crates count in plain numbers; only this one knows Prometheus. No label names a tenant, a
//! workspace, a key, a resource or an address: each value is a `&'static str` of the program.
//!
//! The numbers are in `covibe_domain::measure`: `dispatch` counts the calls by tool and outcome, `clients/upstream`
//! the attempts and the rate budget, `store` its pools, `workspace` the audit entries to write, `http` its
//! connections. Adding to a number takes some nanoseconds.

mod background_work;
mod calls;
mod installation_and_server;
mod listener;
mod metric_sources;
mod metrics;
mod text_exposition;

pub use listener::{Hosts, serve};
pub use metric_sources::{Edge, Folders};
pub use metrics::Metrics;
