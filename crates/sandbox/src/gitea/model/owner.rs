//! The owner of a repository: a user or an organisation, which share their names and ids.

use super::accounts::User;
use super::orgs::{Org, Right};

/// The owner of a repository.
#[derive(Clone, Copy)]
pub(crate) enum Owner<'a> {
    User(&'a User),
    Org(&'a Org),
}

impl<'a> Owner<'a> {
    pub(crate) fn id(self) -> i64 {
        match self {
            Self::User(user) => user.id,
            Self::Org(org) => org.id,
        }
    }

    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::User(user) => &user.login,
            Self::Org(org) => &org.name,
        }
    }

    pub(crate) fn visibility(self) -> &'a str {
        match self {
            Self::User(user) => &user.visibility,
            Self::Org(org) => &org.visibility,
        }
    }

    /// Returns what a user may do with every repository of this owner.
    pub(crate) fn right_of(self, user: i64) -> Right {
        match self {
            Self::User(owner) if owner.id == user => Right::Owner,
            Self::User(_) => Right::None,
            Self::Org(org) => org.right_of(user),
        }
    }
}
