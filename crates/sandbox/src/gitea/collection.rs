//! The collections that a test can list.

use crate::core::Listable;
use crate::gitea::model::State;

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
}

impl Listable for Collection {}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 5] =
        [Self::Users, Self::Organisations, Self::Repositories, Self::Tokens, Self::SshKeys];

    /// Returns the names in the collection, oldest first.
    pub(crate) fn names(self, state: &State) -> Vec<String> {
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
        }
    }
}
