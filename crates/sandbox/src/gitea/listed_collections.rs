//! The collections that a test can list.

use serde_json::Value;

use crate::core::Listable;
use crate::gitea::model::{GiteaState, Hook, HookPlace, Repo};

/// A collection of objects that a simulated Gitea keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Users by login.
    Users,
    /// Organisations by name.
    Organisations,
    /// Repositories as `organisation/name`.
    Repositories,
    /// Access tokens as `user/name`.
    Tokens,
    /// SSH keys as `user/title`.
    SshKeys,
    /// Hooks as `organisation/url`, those of repositories as `organisation/name/url`, and those of the
    /// instance as `/url`.
    Hooks,
    /// Statuses of commits as `organisation/name/commit/context/state`.
    Statuses,
}

impl Listable for Collection {}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 7] = [
        Self::Users,
        Self::Organisations,
        Self::Repositories,
        Self::Tokens,
        Self::SshKeys,
        Self::Hooks,
        Self::Statuses,
    ];

    /// Returns the names in the collection, oldest first.
    pub(crate) fn names(self, state: &GiteaState) -> Vec<String> {
        let login = |id| state.user_by_id(id).map_or("", |user| &user.login);
        match self {
            Self::Users => state.users.iter().map(|user| user.login.clone()).collect(),
            Self::Organisations => state.orgs.iter().map(|org| org.name.clone()).collect(),
            Self::Repositories => state.repos.iter().map(|repo| state.full_name(repo)).collect(),
            Self::Tokens => {
                state.tokens.iter().map(|one| format!("{}/{}", login(one.user), one.name)).collect()
            }
            Self::SshKeys => {
                state.keys.iter().map(|one| format!("{}/{}", login(one.user), one.title)).collect()
            }
            Self::Hooks => {
                let name = |hook: &Hook| format!("{}/{}", place(state, hook.place), hook.url);
                state.hooks.iter().map(name).collect()
            }
            Self::Statuses => state.repos.iter().flat_map(|repo| statuses(state, repo)).collect(),
        }
    }
}

/// Returns the name of what a hook is for.
fn place(state: &GiteaState, place: HookPlace) -> String {
    match place {
        HookPlace::Repo(id) => {
            state.repo_by_id(id).map(|repo| state.full_name(repo)).unwrap_or_default()
        }
        HookPlace::Org(id) => state.org_by_id(id).map(|org| org.name.clone()).unwrap_or_default(),
        HookPlace::System | HookPlace::Template => String::new(),
    }
}

fn statuses(state: &GiteaState, repo: &Repo) -> Vec<String> {
    let text =
        |status: &Value, member: &str| status[member].as_str().unwrap_or_default().to_owned();
    let name = |(commit, status): &(String, Value)| {
        let (context, word) = (text(status, "context"), text(status, "status"));
        format!("{}/{commit}/{context}/{word}", state.full_name(repo))
    };
    repo.statuses.iter().map(name).collect()
}
