//! Environment variables of apps.

mod check;
pub(super) mod delete;
mod errors;
mod form;
mod input;
pub(super) mod list;
mod references;
mod size;
pub(super) mod upsert;
mod view;
mod write;
mod writes;

pub(super) use check::{check, check_compose, check_no_previews};
pub(super) use input::{EnvInput, IGNORED_IN_ITEMS};
pub(super) use references::check_references;
pub(super) use write::write;
