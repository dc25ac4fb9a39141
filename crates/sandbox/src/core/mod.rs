//! The parts that every simulator needs, whatever its vendor: the HTTP server, faults, the record of requests.
//!
//! Nothing in here names a vendor. To simulate another one, add a module beside this that
//!
//! 1. implements [`Vendor`]: an answer to each request, the vendor's refusals, and the names of the
//!    objects that it keeps, listed by a public enum that implements [`Listable`];
//! 2. describes its [`Protocol`];
//! 3. has a `start` function, which calls [`server::start`].
//!
//! Time that a simulated job takes is measured by the [`clock`](clock::Clock), so that tests can move
//! it forward.

mod access_checks;
mod control_endpoints;
mod control_token;
mod held_requests;
mod request_handler;
pub(crate) mod shared_state;
mod simulator;
mod wrong_object_answers;

pub(crate) mod clock;
pub mod faults;
pub(crate) mod git_program;
pub(crate) mod random;
pub(crate) mod request_log;
mod request_log_redaction;
pub(crate) mod request_types;
pub(crate) mod server;
pub(crate) mod ssh_proof;
mod temporary_directories;
pub(crate) mod vendor_interface;

pub use held_requests::Hold;
pub use request_log::{Answered, Recorded};
pub use simulator::Simulator;
pub use temporary_directories::Scratch;
pub use vendor_interface::{Listable, Setting};

pub(crate) use vendor_interface::{Protocol, Vendor};
