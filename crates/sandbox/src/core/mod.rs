//! What every simulator needs, whatever its vendor: the HTTP server, faults, the record of requests.
//!
//! Nothing in here names a vendor. A simulator implements [`Vendor`] and is started with
//! [`server::start`].

mod control;
mod handler;
mod hold;
mod host;
mod simulator;

pub(crate) mod clock;
pub mod faults;
pub(crate) mod git;
pub(crate) mod random;
pub(crate) mod record;
pub(crate) mod server;
pub(crate) mod vendor;
pub(crate) mod wire;

pub use hold::Hold;
pub use record::{Answered, Recorded};
pub use simulator::Simulator;
pub use vendor::Listable;

pub(crate) use vendor::{Protocol, Vendor};
