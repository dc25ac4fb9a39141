//! A Gitea: `/api/v1` as release 1.26.3 serves it, as far as provisioning and repositories need it,
//! and git's smart HTTP at `/{org}/{repo}.git`, over the same real repositories.

use std::io;

use covibe_domain::Secret;

use crate::clock::Clock;
use crate::random;
use crate::server::{self, Simulator, Thing, Vendor};
use crate::wire::{Reply, Request};

mod access;
mod edit;
mod errors;
mod git;
mod input;
mod keys;
mod members;
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

/// Starts a Gitea on a free port of 127.0.0.1, with its repositories in a temporary directory.
///
/// Fails where there is no git 2.38 or newer on PATH.
pub async fn start(options: Options) -> io::Result<Simulator> {
    let token = options.token.unwrap_or_else(|| random::hex(40));
    let secret = Secret::new(token.clone());
    let directory = tempfile::Builder::new().prefix("covibe-gitea-").tempdir()?;
    let folder = directory.path().to_owned();
    let simulator = server::start(secret, Clock::default(), move |url| {
        Ok(Box::new(State::new(url, &options.admin, &token, &folder)?))
    });
    Ok(simulator.await?.with_directory(directory))
}

impl Vendor for State {
    fn answer(&mut self, request: &Request) -> Reply {
        let answer = if git::is_git(request) {
            git::serve(self, request)
        } else {
            routes::answer(self, request)
        };
        answer.unwrap_or_else(|refusal| refusal)
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn names(&self, thing: Thing) -> Vec<String> {
        State::names(self, thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn its_directory_goes_with_the_simulator() {
        let simulator = start(Options::default()).await.unwrap();
        let folder = simulator.directory.as_ref().unwrap().path().to_owned();
        assert!(folder.is_dir());
        drop(simulator);
        assert!(!folder.exists());
    }
}
