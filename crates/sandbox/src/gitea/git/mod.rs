//! The repositories behind the API: real ones, bare, each a folder named by its number.
//!
//! Nothing in here holds the lock of the Gitea's state: a handler finds the repository and what
//! the caller may do with it, and leaves the rest to a [`Job`](crate::wire::Job).

mod bare;
mod branches;
mod cgi;
mod clean;
mod commit;
mod commits;
mod contents;
mod errors;
mod http;
mod links;
mod log;
mod merge;
mod pulls;
mod routes;
mod site;
mod store;
mod tree;
mod write;

pub(super) use bare::Bare;
pub(super) use clean::is_branch;
pub(super) use commit::{Change, Commit, Who};
pub(super) use http::{answer as serve, is_git};
pub(super) use pulls::Pulls;
pub(super) use routes::answer;
pub(super) use store::Repositories;
