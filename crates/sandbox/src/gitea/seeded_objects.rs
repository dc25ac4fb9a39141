//! The objects that exist from the beginning: a site admin, and another tenant's organisation.

use std::io;

use super::model::{GiteaState, Repo, Token, User};
use super::repository::Identity;
use crate::core::clock::timestamp;
use crate::core::random;

/// Adds a site admin with a token that may do everything, and an organisation `vibn-elsewhere` with
/// a private repository.
pub(crate) fn plant(state: &mut GiteaState, admin: &str, token: &str) -> io::Result<()> {
    let admin = add_user(state, admin, true);
    let id = state.next_id();
    state.tokens.push(Token {
        id,
        user: admin,
        name: "sandbox".to_owned(),
        sha1: token.to_owned(),
        scopes: vec!["all".to_owned()],
        created: timestamp(),
    });
    let bot = add_user(state, "elsewhere-bot", false);
    let org = state.add_org("vibn-elsewhere", "private", bot);
    let describe = |repo: &mut Repo| repo.is_private = true;
    let repository = state.add_repo(org, "secret", "main", describe)?;
    let bot =
        Identity { name: "elsewhere-bot".to_owned(), email: "elsewhere-bot@localhost".to_owned() };
    let committed = repository.commit_readme("secret", "", &bot);
    committed.map_err(|refusal| io::Error::other(format!("{:?}", refusal.body)))
}

/// Adds the bots and organisations of the workspaces of others.
pub(crate) fn plant_neighbours(state: &mut GiteaState, count: usize) {
    for number in 0..count {
        let bot = add_user(state, &format!("neighbour-{number}-bot"), false);
        state.add_org(&format!("vibn-neighbour-{number}"), "private", bot);
    }
}

fn add_user(state: &mut GiteaState, login: &str, is_admin: bool) -> i64 {
    let id = state.next_id();
    state.users.push(User {
        id,
        login: login.to_owned(),
        login_name: String::new(),
        email: format!("{login}@localhost"),
        other_emails: Vec::new(),
        full_name: String::new(),
        password: random::alphanumeric(32),
        must_change_password: false,
        is_active: true,
        prohibit_login: false,
        is_admin,
        is_restricted: false,
        may_create_orgs: true,
        max_repos: -1,
        visibility: if is_admin { "public" } else { "private" }.to_owned(),
        created: timestamp(),
    });
    id
}
