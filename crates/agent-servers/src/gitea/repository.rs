//! A repository that was resolved: its name now, and those that it had on the way.

use covibe_gitea::Resolved;

use crate::guard::{Protectable, ProtectedKind};

/// A repository after redirects.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// The number that no other repository ever gets.
    pub(super) id: i64,
    /// Its owner's name.
    pub(super) owner: String,
    /// Its name.
    pub(super) name: String,
    /// True if it is read-only.
    pub(super) is_archived: bool,
    /// True if it has no commit.
    pub(super) is_empty: bool,
    /// Each `owner/name` that redirected to it.
    former: Vec<String>,
}

impl Repository {
    /// Reads a resolved repository; nothing if its name is not `owner/name`.
    pub(super) fn new(resolved: Resolved) -> Option<Self> {
        let Resolved { repo, former } = resolved;
        let (owner, name) = repo.full_name.split_once('/')?;
        Some(Self {
            id: repo.id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            is_archived: repo.archived,
            is_empty: repo.empty,
            former,
        })
    }

    /// Returns `owner/name`.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

impl Protectable for Repository {
    const KIND: ProtectedKind = ProtectedKind::Repository;

    fn label(&self) -> String {
        match self.former.as_slice() {
            [] => self.full_name(),
            former => format!("{} (formerly {})", self.full_name(), former.join(", ")),
        }
    }

    /// Its name, and those that redirected to it: a pattern goes on protecting what was renamed from under it, as
    /// long as it is asked for by that name.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.full_name()];
        names.extend(self.former.iter().cloned());
        names
    }
}
