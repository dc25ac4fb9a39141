//! Commits, and pushes to Gitea, from a repository whose configuration may be hostile.
//!
//! | a repository could have | kept from it by |
//! |---|---|
//! | run hooks, filters, monitors, editors, helpers | its configuration is not read: git works with a directory and settings of its own, on the repository's objects and index |
//! | sent the push or the token elsewhere | the address is built here, of Gitea's own answer; redirects are off; the token is read from a pipe, by a git that has no other settings |
//! | written or read elsewhere, by links, alternates, `commondir`, `core.worktree` | they are refused, and git is confined as commands are |
//! | replaced what is checked by what is sent | replacements of objects are off, and what is checked is what is sent: all objects that Gitea lacks |
//!
//! What is in doubt is refused with a sentence that says what to change.

mod branch;
mod checks;
mod config;
mod credentials;
mod git;
mod origin;
mod place;
mod remote;
mod repository;
mod secrets;
mod settings;
mod staging;
mod steps;
mod target;

pub(super) use settings::Pushing;
pub(super) use steps::{Change, Pushed};
