//! Organisations, their teams, and the rights that teams give.

use covibe_domain::Timestamp;

/// A right to a repository; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Right {
    None,
    Read,
    Write,
    Admin,
    Owner,
}

impl Right {
    /// Returns the right with Gitea's name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// Returns Gitea's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// An organisation.
pub(crate) struct Org {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) full_name: String,
    pub(crate) description: String,
    pub(crate) website: String,
    pub(crate) location: String,
    /// `public`, `limited` or `private`.
    pub(crate) visibility: String,
    pub(crate) created: Timestamp,
    /// Its teams; the first is the owners'.
    pub(crate) teams: Vec<Team>,
    /// The ids of the users that it has blocked.
    pub(crate) blocked: Vec<i64>,
}

/// A team of an organisation.
pub(crate) struct Team {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) right: Right,
    pub(crate) includes_all_repositories: bool,
    pub(crate) can_create_org_repo: bool,
    /// The units that it may use, such as `repo.code`.
    pub(crate) units: Vec<String>,
    /// The ids of its members.
    pub(crate) members: Vec<i64>,
}

impl Org {
    /// Returns the owners' ids.
    pub(crate) fn owners(&self) -> &[i64] {
        let owners = self.teams.iter().find(|team| team.right == Right::Owner);
        owners.map_or(&[], |team| &team.members)
    }

    /// Returns whether a user is in a team.
    pub(crate) fn is_member(&self, user: i64) -> bool {
        self.teams.iter().any(|team| team.members.contains(&user))
    }

    /// Returns a user's right to every repository.
    pub(crate) fn right_of(&self, user: i64) -> Right {
        let all = self.teams_of(user).filter(|team| team.includes_all_repositories);
        all.map(|team| team.right).max().unwrap_or(Right::None)
    }

    /// Returns whether a user may create repositories.
    pub(crate) fn may_create_repos(&self, user: i64) -> bool {
        self.teams_of(user).any(|team| team.can_create_org_repo)
    }

    fn teams_of(&self, user: i64) -> impl Iterator<Item = &Team> {
        self.teams.iter().filter(move |team| team.members.contains(&user))
    }
}
