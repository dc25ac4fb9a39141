//! What an operation is: one type that declares a capability, and everything computed from it.
//!
//! The crate is pure and knows no upstream: an operation runs in a context of type `Cx`, which is
//! the workspace of a call on the server and something else in other servers.

pub mod cookbook;
pub mod paging;
pub mod rules;
pub mod surface;

mod check;
mod excerpt;
mod once;
mod operation;
mod registry;
mod route;
mod schema;
mod similar;
mod spec;
mod tool;

pub use check::{SPELLED, near, nearest, shown};
pub use excerpt::{Excerpt, MAX_TEXT, MAX_TEXT_ON_REQUEST, excerpt};
pub use once::{duplicate_member, find_duplicate};
pub use operation::{Answer, Operation, Part, Text};
pub use registry::Registry;
pub use route::{Method, Route, WORKSPACE_PATH};
pub use schema::input as input_schema;
pub use spec::{Callers, Document, Spec};
pub use surface::VERSION;
pub use tool::{Declaration, Tool};
