//! What a simulated Gitea knows: users, organisations, tokens, keys, repositories, pull requests.

mod accounts;
mod pulls;
mod renames;
mod repo;
mod state;

pub(crate) use accounts::{Org, SshKey, Token, User};
pub(crate) use pulls::{Merge, Pull, Pulls};
pub(crate) use repo::Repo;
pub(crate) use state::State;
