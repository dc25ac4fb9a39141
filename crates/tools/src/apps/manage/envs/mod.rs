//! Environment variables of apps.

mod check;
pub(in crate::apps) mod delete;
mod errors;
mod input;
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
mod write_and_verify;

pub(super) use check::{check, check_compose, check_no_previews};
pub(crate) use input::EnvInput;
pub(super) use input::IGNORED_IN_ITEMS;
pub(super) use references::check_references;
pub(crate) use set::set as set_variables;
pub(super) use set::write_marked;
