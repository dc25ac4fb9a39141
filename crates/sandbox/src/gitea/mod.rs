//! A Gitea: `/api/v1` as release 1.26.3 serves it, as far as provisioning and repositories need it.

use std::io;

use covibe_domain::Secret;

use crate::random;
use crate::server::{self, Simulator, Thing, Vendor};
use crate::wire::{Reply, Request};

mod access;
mod errors;
mod input;
mod keys;
mod names;
mod orgs;
mod paging;
mod repos;
mod routes;
mod scopes;
mod state;
mod tokens;
mod users;

use state::State;

/// How the Gitea is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The site admin's user name.
    pub admin: String,
    /// The site admin's access token, 40 hexadecimal digits; a random one when none is given.
    pub token: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { admin: "operator".to_owned(), token: None }
    }
}

/// Starts a Gitea on a free port of 127.0.0.1.
pub async fn start(options: Options) -> io::Result<Simulator> {
    let token = options.token.unwrap_or_else(|| random::hex(40));
    let secret = Secret::new(token.clone());
    server::start(secret, |url| Box::new(State::new(url, &options.admin, &token))).await
}

impl Vendor for State {
    fn answer(&mut self, request: &Request) -> Reply {
        routes::answer(self, request).unwrap_or_else(|refusal| refusal)
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn names(&self, thing: Thing) -> Vec<String> {
        State::names(self, thing)
    }
}
