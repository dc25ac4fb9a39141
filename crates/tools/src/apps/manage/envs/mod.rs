//! Environment variables of apps.

pub(in crate::apps) mod delete;
mod errors;
pub(in crate::apps) mod list;
mod planned_writes;
mod public_variables;
mod references;
mod set;
mod total_size;
pub(in crate::apps) mod upsert;
mod value_escaping;
#[cfg(test)]
mod value_tests;
mod variable_checks;
mod variable_input;
mod write_and_verify;

pub(super) use references::check_references;
pub(crate) use set::set as set_variables;
pub(super) use set::write_marked;
pub(super) use variable_checks::{check, check_compose, check_no_previews};
pub(crate) use variable_input::EnvInput;
pub(super) use variable_input::IGNORED_IN_ITEMS;
