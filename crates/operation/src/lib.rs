//! Operations: one type declares a capability, and everything else is computed from it.
//!
//! The crate is pure and knows no upstream: an operation runs in a context of type `Cx`, which on
//! the server is the workspace of a call, and another type in other servers.

pub mod cookbook;
pub mod paging;
pub mod parameter_rules;
pub mod surface;

mod duplicates;
mod excerpt;
mod operation;
mod parameter_check;
mod registry;
mod route;
mod schema;
mod similar_tool_names;
mod spec;
mod tool;

pub use duplicates::{duplicate_member, find_duplicate};
pub use excerpt::{Excerpt, MAX_TEXT, MAX_TEXT_ON_REQUEST, excerpt};
pub use operation::{JsonAnswer, Operation, Part, Text};
pub use parameter_check::{SPELLED, nearest, quotable_name, similar_names};
pub use registry::Registry;
pub use route::{Method, Route, WORKSPACE_PATH};
pub use schema::input as input_schema;
pub use spec::{Callers, Document, Parts, Spec};
pub use surface::VERSION;
pub use tool::{Declaration, Tool};
