//! The state of a Gitea, and how objects are found and added in it.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::accounts::{Org, SshKey, Token, User};
use super::pulls::Pulls;
use super::renames::Renames;
use super::repo::Repo;
use crate::core::clock::{Clock, timestamp};
use crate::core::wire::Reply;
use crate::gitea::errors;
use crate::gitea::repository::{BareRepository, Repositories};

/// Everything that a Gitea knows.
pub(crate) struct State {
    /// The instance's own address.
    pub(crate) url: String,
    pub(crate) users: Vec<User>,
    pub(crate) orgs: Vec<Org>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) keys: Vec<SshKey>,
    pub(crate) repos: Vec<Repo>,
    pub(crate) renames: Renames,
    repositories: Repositories,
    last_id: i64,
}

impl State {
    /// Creates an empty Gitea with its repositories in that directory. `lag` is how long a push stays
    /// unnoticed.
    ///
    /// # Errors
    /// There is no usable git.
    pub(crate) fn new(
        url: &str,
        directory: &Path,
        clock: Clock,
        lag: Duration,
    ) -> io::Result<Self> {
        Ok(Self {
            url: url.to_owned(),
            users: Vec::new(),
            orgs: Vec::new(),
            tokens: Vec::new(),
            keys: Vec::new(),
            repos: Vec::new(),
            renames: Renames::default(),
            repositories: Repositories::new(directory, clock, lag)?,
            last_id: 0,
        })
    }

    /// Returns the next id.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Adds an organisation with that owner and returns its id.
    pub(crate) fn add_org(&mut self, name: &str, visibility: &str, owner: i64) -> i64 {
        let (id, owners_team) = (self.next_id(), self.next_id());
        self.orgs.push(Org {
            id,
            name: name.to_owned(),
            full_name: String::new(),
            description: String::new(),
            visibility: visibility.to_owned(),
            owners_team,
            owners: vec![owner],
        });
        id
    }

    /// Adds an empty repository, which is public unless `describe` changes that.
    pub(crate) fn add_repo(
        &mut self,
        org: i64,
        name: &str,
        default_branch: &str,
        describe: impl FnOnce(&mut Repo),
    ) -> io::Result<BareRepository> {
        let id = self.next_id();
        let bare = self.repositories.create(id, default_branch)?;
        let mut repo = Repo {
            id,
            org,
            name: name.to_owned(),
            description: String::new(),
            is_private: false,
            is_archived: false,
            created: timestamp(),
            bare: bare.clone(),
            pulls: Pulls::default(),
        };
        describe(&mut repo);
        self.renames.take(org, name);
        self.repos.push(repo);
        Ok(bare)
    }

    /// Returns the user with that name, or 404.
    pub(crate) fn user(&self, name: &str) -> Result<&User, Reply> {
        let found = self.users.iter().find(|user| user.login.eq_ignore_ascii_case(name));
        found.ok_or_else(errors::not_found)
    }

    /// Returns the user with that id.
    pub(crate) fn user_by_id(&self, id: i64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Returns the organisation with that id, or 404.
    pub(crate) fn org_by_id(&self, id: i64) -> Result<&Org, Reply> {
        self.orgs.iter().find(|org| org.id == id).ok_or_else(errors::not_found)
    }

    /// Returns the organisation with that id to be changed, or 404.
    pub(crate) fn org_by_id_mut(&mut self, id: i64) -> Result<&mut Org, Reply> {
        self.orgs.iter_mut().find(|org| org.id == id).ok_or_else(errors::not_found)
    }

    /// Returns an organisation's repository with that name.
    pub(crate) fn repo_of(&self, org: &Org, name: &str) -> Option<&Repo> {
        let mut here = self.repos.iter().filter(|repo| repo.org == org.id);
        here.find(|repo| repo.name.eq_ignore_ascii_case(name))
    }

    /// Returns a repository's `organisation/name`.
    pub(crate) fn full_name(&self, repo: &Repo) -> String {
        let org = self.orgs.iter().find(|org| org.id == repo.org).map_or("", |org| &org.name);
        format!("{org}/{}", repo.name)
    }

    /// Returns whether a user or an organisation has the name; they share one namespace.
    pub(crate) fn is_taken(&self, name: &str) -> bool {
        self.users.iter().any(|user| user.login.eq_ignore_ascii_case(name))
            || self.orgs.iter().any(|org| org.name.eq_ignore_ascii_case(name))
    }
}
