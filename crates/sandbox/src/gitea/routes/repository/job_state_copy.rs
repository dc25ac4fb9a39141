//! The data that a job needs from the state, copied while that was locked.

use serde_json::{Value, json};

use crate::core::request_types::Reply;
use crate::gitea::answer_json;
use crate::gitea::auth::{Caller, visible_repo};
use crate::gitea::errors::message;
use crate::gitea::model::{GiteaState, Issues, Pulls, Right};
use crate::gitea::repository::{BareRepository, Identity, Protection};

/// The access that a handler needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A repository that the caller has access to.
pub(super) struct Context {
    pub(super) bare: BareRepository,
    pub(super) pulls: Pulls,
    pub(super) issues: Issues,
    /// The repository's URL in the API.
    pub(super) api_url: String,
    /// The URL of the repository's pages.
    pub(super) html_url: String,
    /// The repository, as answers show it.
    pub(super) repo: Value,
    /// The caller, as answers show users.
    pub(super) caller: Value,
    /// Every user as answers show users, by email address.
    users: Vec<(String, Value)>,
    pub(super) may_write: bool,
    /// The protected branches.
    protected: Vec<Protection>,
}

impl Context {
    /// Returns the repository, if the caller has that access to it.
    pub(super) fn new(
        state: &GiteaState,
        caller: &Caller,
        owner: &str,
        name: &str,
        access: Access,
    ) -> Result<Self, Reply> {
        let (owner, repo) = visible_repo(state, caller, owner, name)?;
        if access == Access::Write {
            caller.require_right(owner, repo, Right::Write)?;
            if repo.is_archived {
                return Err(message(423, "Repo is archived"));
            }
        }
        let full_name = state.full_name(repo);
        let user = |user| answer_json::user_for(state, caller, user);
        Ok(Self {
            bare: match state.user_by_id(caller.user) {
                Some(user) if access == Access::Write => {
                    repo.bare.with_listener(state.listener(owner, repo, user))
                }
                _ => repo.bare.clone(),
            },
            pulls: repo.pulls.clone(),
            issues: repo.issues.clone(),
            api_url: format!("{}/api/v1/repos/{full_name}", state.url),
            html_url: format!("{}/{full_name}", state.url),
            repo: answer_json::repo(state, caller, owner, repo),
            caller: state.user_by_id(caller.user).map_or(Value::Null, &user),
            users: state.users.iter().map(|one| (one.email.clone(), user(one))).collect(),
            may_write: caller.right_to(owner, repo) >= Right::Write,
            protected: repo.protected_branches(),
        })
    }

    /// Returns the rule that protects a branch.
    pub(super) fn protection(&self, branch: &str) -> Option<&Protection> {
        self.protected.iter().find(|rule| rule.branch == branch)
    }

    /// Returns whether the caller may commit to a branch.
    pub(super) fn may_commit(&self, branch: &str) -> bool {
        self.may_write && self.protection(branch).is_none_or(|rule| rule.may_be_pushed)
    }

    /// Returns the caller as the author of a commit.
    pub(super) fn identity(&self) -> Identity {
        let text = |name: &str| self.caller[name].as_str().unwrap_or_default().to_owned();
        Identity { name: text("login"), email: text("email") }
    }

    /// Returns the user with that email address; null if it is unknown.
    pub(super) fn user_by_email(&self, email: &str) -> Value {
        let found = self.users.iter().find(|(address, _)| address.eq_ignore_ascii_case(email));
        found.map_or(Value::Null, |(_, user)| user.clone())
    }

    /// Shows a commit or tree by its hash only.
    pub(super) fn object_json(&self, kind: &str, hash: &str, created: &str) -> Value {
        let url = format!("{}/git/{kind}/{hash}", self.api_url);
        json!({ "url": url, "sha": hash, "created": created })
    }
}
