//! Operations: one type declares a capability, and everything else is computed from it.
//!
//! The crate is pure and knows no upstream: an operation runs in a context of type `Cx`, which on
//! the server is the workspace of a call, and another type in other servers.

pub mod cookbook;
pub mod paging;
pub mod parameter_rules;
pub mod surface;

mod erased_operation;
mod excerpt;
mod json_flaws;
mod operation;
mod operation_spec;
mod parameter_check;
#[cfg(test)]
#[path = "../../compose/tests/it/processor_time.rs"]
mod processor_time;
mod registry;
mod rest_route;
mod schema;
mod similar_tool_names;

pub use erased_operation::{Declaration, Tool};
pub use excerpt::{Excerpt, MAX_TEXT, MAX_TEXT_ON_REQUEST, excerpt};
pub use json_flaws::{JsonFlaw, duplicate_member, find_flaw, read_json};
pub use operation::{JsonAnswer, Operation, Part, Text};
pub use operation_spec::{Callers, Document, Parts, Spec};
pub use parameter_check::{SPELLED, nearest, quotable_name, similar_names};
pub use registry::Registry;
pub use rest_route::{Method, Route, WORKSPACE_PATH};
pub use schema::input as input_schema;
pub use surface::VERSION;
