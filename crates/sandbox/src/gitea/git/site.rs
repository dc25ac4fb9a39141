//! A repository as a job sees it: everything of the state that it needs, taken while that was locked.

use serde_json::{Value, json};

use super::super::access::Caller;
use super::super::errors::message;
use super::super::orgs;
use super::super::state::State;
use super::{Bare, Pulls, Who};
use crate::wire::Reply;

/// What a handler does with the repository.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Read,
    Write,
}

/// A repository that the caller may use as needed.
pub(super) struct Site {
    pub(super) bare: Bare,
    pub(super) pulls: Pulls,
    /// Its address in the API, and that of its pages.
    pub(super) api: String,
    pub(super) web: String,
    /// Itself, as the API answers it.
    pub(super) repo: Value,
    /// Who calls, as the API answers it.
    pub(super) doer: Value,
    /// Every user by address, as the API answers them.
    people: Vec<(String, Value)>,
    pub(super) may_write: bool,
}

impl State {
    /// The repository, for a caller who may do that with it.
    pub(super) fn site(
        &self,
        caller: &Caller,
        org: &str,
        name: &str,
        need: Need,
    ) -> Result<Site, Reply> {
        let (org, repo) = self.repo(caller, org, name)?;
        if need == Need::Write {
            orgs::owned(org, caller)?;
            if repo.is_archived {
                return Err(message(423, "Repo is archived"));
            }
        }
        let full_name = self.full_name(repo);
        let doer = self.users.iter().find(|user| user.id == caller.user);
        Ok(Site {
            bare: repo.bare.clone(),
            pulls: repo.pulls.clone(),
            api: format!("{}/api/v1/repos/{full_name}", self.url),
            web: format!("{}/{full_name}", self.url),
            repo: self.repo_json(caller, org, repo),
            doer: doer.map_or(Value::Null, |user| self.user_json(user)),
            people: self
                .users
                .iter()
                .map(|user| (user.email.clone(), self.user_json(user)))
                .collect(),
            may_write: caller.is_owner(org),
        })
    }
}

impl Site {
    /// Who calls, as they stand in a commit.
    pub(super) fn who(&self) -> Who {
        let text = |name: &str| self.doer[name].as_str().unwrap_or_default().to_owned();
        Who { name: text("login"), email: text("email") }
    }

    /// The user of an address; null when there is none.
    pub(super) fn user(&self, email: &str) -> Value {
        let found = self.people.iter().find(|(address, _)| address.eq_ignore_ascii_case(email));
        found.map_or(Value::Null, |(_, user)| user.clone())
    }

    /// A commit or tree by its hash only.
    pub(super) fn meta(&self, kind: &str, hash: &str, created: &str) -> Value {
        let url = format!("{}/git/{kind}/{hash}", self.api);
        json!({ "url": url, "sha": hash, "created": created })
    }
}
