//! The data of a simulated Gitea: users, organisations, tokens, keys, repositories, issues, pull requests.

mod accounts;
mod issues;
mod orgs;
mod owner;
mod pull_requests;
mod redirects;
mod repo;
mod runners;
mod state;

pub(crate) use accounts::{NewUser, OauthApp, Session, SshKey, Token, User};
pub(crate) use issues::{Issue, Issues, Label, LabelPlace};
pub(crate) use orgs::{Org, Right, Team};
pub(crate) use owner::Owner;
pub(crate) use pull_requests::{Merge, Pull, Pulls};
pub(crate) use repo::{DeployKey, Hook, HookPlace, Repo};
pub(crate) use runners::Runner;
pub(crate) use state::GiteaState;
