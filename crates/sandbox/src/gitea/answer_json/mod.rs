//! The JSON of objects in answers.

mod account;
mod repo;

pub(crate) use account::{org, org_as_user, ssh_key, team, token, user, user_for};
pub(crate) use repo::{deploy_key, encode_path, hook, repo};
