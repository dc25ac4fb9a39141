//! What the Gitea knows.

use std::io;
use std::path::Path;

use covibe_domain::Timestamp;

use super::git::{Bare, Pulls, Repositories, Who};
use crate::random;
use crate::server::Thing;

#[expect(clippy::struct_excessive_bools, reason = "switches of an account, each its own")]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) login: String,
    pub(super) email: String,
    pub(super) full_name: String,
    pub(super) password: String,
    pub(super) must_change_password: bool,
    pub(super) is_active: bool,
    pub(super) prohibit_login: bool,
    pub(super) is_admin: bool,
    pub(super) is_restricted: bool,
    pub(super) visibility: String,
    pub(super) created: Timestamp,
}

pub(super) struct Org {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) full_name: String,
    pub(super) description: String,
    pub(super) visibility: String,
    /// The number of its team of owners.
    pub(super) owners: i64,
    /// The owners' user numbers.
    pub(super) members: Vec<i64>,
}

pub(super) struct Token {
    pub(super) id: i64,
    pub(super) user: i64,
    pub(super) name: String,
    pub(super) sha1: String,
    pub(super) scopes: Vec<String>,
    pub(super) created: Timestamp,
}

pub(super) struct Key {
    pub(super) id: i64,
    pub(super) user: i64,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) fingerprint: String,
    pub(super) created: Timestamp,
}

pub(super) struct Repo {
    pub(super) id: i64,
    pub(super) org: i64,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) is_private: bool,
    pub(super) is_archived: bool,
    pub(super) created: Timestamp,
    /// The real one; whether it is empty and what its default branch is stands there.
    pub(super) bare: Bare,
    pub(super) pulls: Pulls,
}

pub(super) struct State {
    pub(super) url: String,
    pub(super) users: Vec<User>,
    pub(super) orgs: Vec<Org>,
    pub(super) tokens: Vec<Token>,
    pub(super) keys: Vec<Key>,
    pub(super) repos: Vec<Repo>,
    repositories: Repositories,
    next_id: i64,
}

impl State {
    /// A site admin with a token for everything, and somebody else's organisation.
    ///
    /// Repositories lie in that folder; it fails where there is no git to keep them.
    pub(super) fn new(url: &str, admin: &str, token: &str, folder: &Path) -> io::Result<Self> {
        let mut state = Self {
            url: url.to_owned(),
            users: Vec::new(),
            orgs: Vec::new(),
            tokens: Vec::new(),
            keys: Vec::new(),
            repos: Vec::new(),
            repositories: Repositories::new(folder)?,
            next_id: 0,
        };
        let admin = state.seed_user(admin, true);
        let id = state.id();
        state.tokens.push(Token {
            id,
            user: admin,
            name: "sandbox".to_owned(),
            sha1: token.to_owned(),
            scopes: vec!["all".to_owned()],
            created: random::now(),
        });
        let bot = state.seed_user("elsewhere-bot", false);
        let org = state.add_org("vibn-elsewhere", "private", bot);
        let bare = state.add_repo(org, "secret", "main", |repo| repo.is_private = true)?;
        let who =
            Who { name: "elsewhere-bot".to_owned(), email: "elsewhere-bot@localhost".to_owned() };
        let begun = bare.begin("secret", "", &who);
        begun.map_err(|refusal| io::Error::other(format!("{:?}", refusal.body)))?;
        Ok(state)
    }

    fn seed_user(&mut self, login: &str, is_admin: bool) -> i64 {
        let id = self.id();
        self.users.push(User {
            id,
            login: login.to_owned(),
            email: format!("{login}@localhost"),
            full_name: String::new(),
            password: random::password(32),
            must_change_password: false,
            is_active: true,
            prohibit_login: false,
            is_admin,
            is_restricted: false,
            visibility: if is_admin { "public" } else { "private" }.to_owned(),
            created: random::now(),
        });
        id
    }

    /// Makes an organisation with that owner and returns its number.
    pub(super) fn add_org(&mut self, name: &str, visibility: &str, owner: i64) -> i64 {
        let (id, owners) = (self.id(), self.id());
        self.orgs.push(Org {
            id,
            name: name.to_owned(),
            full_name: String::new(),
            description: String::new(),
            visibility: visibility.to_owned(),
            owners,
            members: vec![owner],
        });
        id
    }

    /// Makes an empty repository, public unless `describe` says otherwise.
    pub(super) fn add_repo(
        &mut self,
        org: i64,
        name: &str,
        default_branch: &str,
        describe: impl FnOnce(&mut Repo),
    ) -> io::Result<Bare> {
        let id = self.id();
        let bare = self.repositories.create(id, default_branch)?;
        let mut repo = Repo {
            id,
            org,
            name: name.to_owned(),
            description: String::new(),
            is_private: false,
            is_archived: false,
            created: random::now(),
            bare: bare.clone(),
            pulls: Pulls::default(),
        };
        describe(&mut repo);
        self.repos.push(repo);
        Ok(bare)
    }

    /// An organisation's repository of that name.
    pub(super) fn repo_of(&self, org: &Org, name: &str) -> Option<&Repo> {
        let mut here = self.repos.iter().filter(|repo| repo.org == org.id);
        here.find(|repo| repo.name.eq_ignore_ascii_case(name))
    }

    /// The next number.
    pub(super) fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// Whether a user or an organisation has the name: they share one name space.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.users.iter().any(|user| user.login.eq_ignore_ascii_case(name))
            || self.orgs.iter().any(|org| org.name.eq_ignore_ascii_case(name))
    }

    fn login(&self, id: i64) -> &str {
        self.users.iter().find(|user| user.id == id).map_or("", |user| &user.login)
    }

    /// The names of what is there.
    pub(super) fn names(&self, thing: Thing) -> Vec<String> {
        match thing {
            Thing::Users => self.users.iter().map(|user| user.login.clone()).collect(),
            Thing::Organisations => self.orgs.iter().map(|org| org.name.clone()).collect(),
            Thing::Repositories => self.repos.iter().map(|repo| self.full_name(repo)).collect(),
            Thing::Tokens => self
                .tokens
                .iter()
                .map(|one| format!("{}/{}", self.login(one.user), one.name))
                .collect(),
            Thing::SshKeys => self
                .keys
                .iter()
                .map(|one| format!("{}/{}", self.login(one.user), one.title))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// `organisation/name`.
    pub(super) fn full_name(&self, repo: &Repo) -> String {
        let org = self.orgs.iter().find(|org| org.id == repo.org).map_or("", |org| &org.name);
        format!("{org}/{}", repo.name)
    }
}
