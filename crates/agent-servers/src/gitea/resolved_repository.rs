//! A repository that was resolved, by its owner and its name.

use std::ops::Deref;

use covibe_gitea::{Repo, Resolved};

use crate::protected_resources::{Protectable, ProtectedKind};

/// A repository after redirects.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// Its owner's name.
    pub(super) owner: String,
    /// Its name.
    pub(super) name: String,
    resolved: Resolved,
}

impl Repository {
    /// Reads a resolved repository; nothing if its name is not `owner/name`.
    pub(super) fn new(resolved: Resolved) -> Option<Self> {
        let (owner, name) = resolved.repo.full_name.split_once('/')?;
        Some(Self { owner: owner.to_owned(), name: name.to_owned(), resolved })
    }
}

impl Deref for Repository {
    type Target = Repo;

    fn deref(&self) -> &Repo {
        &self.resolved.repo
    }
}

impl Protectable for Repository {
    const KIND: ProtectedKind = <Resolved as Protectable>::KIND;

    fn label(&self, matched: &str) -> String {
        self.resolved.label(matched)
    }

    fn names(&self) -> Vec<String> {
        self.resolved.names()
    }
}
