//! How answers show objects, as JSON.

mod account;
mod repo;

pub(crate) use account::{org, owners_team, ssh_key, token, user};
pub(crate) use repo::{encode_path, repo};
