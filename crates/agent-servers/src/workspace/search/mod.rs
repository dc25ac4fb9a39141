//! A walk through the workspace on several threads, which honours ignore files.
//!
//! Folders and files are opened by their names in the handle of the folder that has them, and never through a link: what
//! is moved or replaced meanwhile leads nowhere.

mod glob;
mod ignoring;
mod jobs;
mod query;
mod stop;
mod walk;

pub(super) use glob::file_glob;
pub(super) use query::{Hit, Query};
pub(super) use stop::Stop;
pub(super) use walk::{Finding, Ignoring, Kind, Walk};

/// The most hits of a search.
pub(super) const MAX_HITS: usize = 1000;
