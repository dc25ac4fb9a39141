//! Reports: lines for people, JSON, and JUnit.

mod json;
mod junit;
mod runbook;
mod text;

pub use json::{SCHEMA, json};
pub use junit::junit;
pub use runbook::runbook;
pub use text::{lines, verdict};
