//! The state of a Gitea, and how objects are found, added and removed in it.

use std::io;

use super::accounts::{OauthApp, Session, SshKey, Token, User};
use super::issues::{Issues, Label, LabelPlace};
use super::orgs::{Org, Right, Team};
use super::owner::Owner;
use super::pull_requests::Pulls;
use super::redirects::Redirects;
use super::repo::{Hook, HookPlace, Repo};
use super::runners::Runners;
use crate::core::clock::timestamp;
use crate::core::request_types::Reply;
use crate::gitea::errors;
use crate::gitea::options::{Options, Settings};
use crate::gitea::repository::{BareRepository, Repositories};
use crate::gitea::webhook_deliveries::Deliveries;

/// The units of the owners' team.
const UNITS: [&str; 10] = [
    "repo.actions",
    "repo.code",
    "repo.ext_issues",
    "repo.ext_wiki",
    "repo.issues",
    "repo.packages",
    "repo.projects",
    "repo.pulls",
    "repo.releases",
    "repo.wiki",
];

/// Everything that a Gitea knows.
pub(crate) struct GiteaState {
    /// The instance's own address.
    pub(crate) url: String,
    pub(crate) settings: Settings,
    pub(crate) users: Vec<User>,
    pub(crate) orgs: Vec<Org>,
    pub(crate) tokens: Vec<Token>,
    /// The sessions of people who are signed in with a browser.
    pub(crate) sessions: Vec<Session>,
    pub(crate) keys: Vec<SshKey>,
    pub(crate) oauth_apps: Vec<OauthApp>,
    pub(crate) repos: Vec<Repo>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) labels: Vec<Label>,
    pub(crate) redirects: Redirects,
    pub(crate) runners: Runners,
    pub(crate) deliveries: Deliveries,
    repositories: Repositories,
    last_id: i64,
}

impl GiteaState {
    /// Creates an empty Gitea.
    pub(crate) fn new(
        url: &str,
        options: &Options,
        repositories: Repositories,
        deliveries: Deliveries,
    ) -> Self {
        Self {
            url: url.to_owned(),
            settings: options.settings.clone(),
            users: Vec::new(),
            orgs: Vec::new(),
            tokens: Vec::new(),
            sessions: Vec::new(),
            keys: Vec::new(),
            oauth_apps: Vec::new(),
            repos: Vec::new(),
            hooks: Vec::new(),
            labels: Vec::new(),
            redirects: Redirects::default(),
            runners: Runners::default(),
            deliveries,
            repositories,
            last_id: 0,
        }
    }

    /// Returns the next id.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Adds an organisation with that owner and returns its id.
    pub(crate) fn add_org(&mut self, name: &str, visibility: &str, owner: i64) -> i64 {
        self.redirects.take(None, name);
        let id = self.next_id();
        let owners = Team {
            id: self.next_id(),
            name: "Owners".to_owned(),
            description: String::new(),
            right: Right::Owner,
            includes_all_repositories: true,
            can_create_org_repo: true,
            units: UNITS.map(str::to_owned).to_vec(),
            members: vec![owner],
        };
        self.orgs.push(Org {
            id,
            name: name.to_owned(),
            full_name: String::new(),
            description: String::new(),
            website: String::new(),
            location: String::new(),
            visibility: visibility.to_owned(),
            created: timestamp(),
            teams: vec![owners],
            blocked: Vec::new(),
        });
        id
    }

    /// Adds an empty repository, which is public unless `describe` changes that.
    pub(crate) fn add_repo(
        &mut self,
        owner: i64,
        name: &str,
        default_branch: &str,
        describe: impl FnOnce(&mut Repo),
    ) -> io::Result<BareRepository> {
        let id = self.next_id();
        let bare = self.repositories.create(id, default_branch)?;
        let mut repo = new_repo(id, owner, name, bare.clone());
        describe(&mut repo);
        self.redirects.take(Some(owner), name);
        self.repos.push(repo);
        Ok(bare)
    }

    /// Adds a copy of a repository and returns its id.
    pub(crate) fn add_fork(&mut self, of: i64, owner: i64, name: &str) -> Result<i64, Reply> {
        let id = self.next_id();
        let parent = self.repo_by_id(of)?;
        let copied = self.repositories.copy(&parent.bare, id);
        let is_private = parent.is_private;
        let mut repo = new_repo(id, owner, name, copied.map_err(errors::internal)?);
        (repo.parent, repo.is_private) = (Some(of), is_private);
        self.redirects.take(Some(owner), name);
        self.repos.push(repo);
        Ok(id)
    }

    /// Removes a repository.
    pub(crate) fn remove_repo(&mut self, id: i64) {
        if let Some(at) = self.repos.iter().position(|repo| repo.id == id) {
            self.repos.remove(at).bare.remove();
        }
        self.hooks.retain(|hook| hook.place != HookPlace::Repo(id));
        self.labels.retain(|label| label.place != LabelPlace::Repo(id));
        self.redirects.forget(id);
    }

    /// Returns the user with that name.
    pub(crate) fn find_user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.login.eq_ignore_ascii_case(name))
    }

    /// Returns the user with that name, or 404.
    pub(crate) fn user(&self, name: &str) -> Result<&User, Reply> {
        self.find_user(name).ok_or_else(|| errors::no_user(name))
    }

    /// Returns the user with that id.
    pub(crate) fn user_by_id(&self, id: i64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Returns the organisation with that name.
    pub(crate) fn find_org(&self, name: &str) -> Option<&Org> {
        self.orgs.iter().find(|org| org.name.eq_ignore_ascii_case(name))
    }

    /// Returns the organisation with that id, or 404.
    pub(crate) fn org_by_id(&self, id: i64) -> Result<&Org, Reply> {
        self.orgs.iter().find(|org| org.id == id).ok_or_else(errors::not_found)
    }

    /// Returns the organisation with that id to be changed, or 404.
    pub(crate) fn org_by_id_mut(&mut self, id: i64) -> Result<&mut Org, Reply> {
        self.orgs.iter_mut().find(|org| org.id == id).ok_or_else(errors::not_found)
    }

    /// Returns whether an organisation keeps a user out. Nobody blocks an administrator, though the
    /// block is recorded.
    pub(crate) fn is_blocked(&self, org: i64, user: i64) -> bool {
        let blocked = self.org_by_id(org).is_ok_and(|org| org.blocked.contains(&user));
        blocked && !self.user_by_id(user).is_some_and(|user| user.is_admin)
    }

    /// Returns the user or organisation with that name.
    pub(crate) fn owner(&self, name: &str) -> Option<Owner<'_>> {
        let user = self.find_user(name).map(Owner::User);
        user.or_else(|| self.find_org(name).map(Owner::Org))
    }

    /// Returns the user or organisation with that id.
    pub(crate) fn owner_by_id(&self, id: i64) -> Option<Owner<'_>> {
        let user = self.user_by_id(id).map(Owner::User);
        user.or_else(|| self.org_by_id(id).ok().map(Owner::Org))
    }

    /// Returns the repository with that id, or 404.
    pub(crate) fn repo_by_id(&self, id: i64) -> Result<&Repo, Reply> {
        self.repos.iter().find(|repo| repo.id == id).ok_or_else(errors::not_found)
    }

    /// Returns the repository with that id to be changed, or 404.
    pub(crate) fn repo_by_id_mut(&mut self, id: i64) -> Result<&mut Repo, Reply> {
        self.repos.iter_mut().find(|repo| repo.id == id).ok_or_else(errors::not_found)
    }

    /// Returns an owner's repository with that name.
    pub(crate) fn repo_of(&self, owner: i64, name: &str) -> Option<&Repo> {
        let mut here = self.repos.iter().filter(|repo| repo.owner == owner);
        here.find(|repo| repo.name.eq_ignore_ascii_case(name))
    }

    /// Returns a repository's `owner/name`.
    pub(crate) fn full_name(&self, repo: &Repo) -> String {
        let owner = self.owner_by_id(repo.owner).map_or("", Owner::name);
        format!("{owner}/{}", repo.name)
    }

    /// Returns whether a user or an organisation has the name; they share one namespace.
    pub(crate) fn is_taken(&self, name: &str) -> bool {
        self.owner(name).is_some()
    }
}

fn new_repo(id: i64, owner: i64, name: &str, bare: BareRepository) -> Repo {
    Repo {
        id,
        owner,
        name: name.to_owned(),
        description: String::new(),
        is_private: false,
        is_archived: false,
        is_template: false,
        parent: None,
        created: timestamp(),
        bare,
        pulls: Pulls::default(),
        issues: Issues::default(),
        collaborators: Vec::new(),
        deploy_keys: Vec::new(),
        protections: Vec::new(),
        statuses: Vec::new(),
        push_mirrors: Vec::new(),
        origin: None,
        transfer_to: None,
    }
}
