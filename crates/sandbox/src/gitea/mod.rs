//! A simulated Gitea: `/api/v1` as release 1.25.2 serves it, as far as provisioning and repositories
//! need it, and git's smart HTTP at `/{org}/{repo}.git`, over the same real repositories.
//!
//! Beside what all simulators have below `/__sandbox/`, it serves
//!
//! - `GET /__sandbox/deliveries`, which lists the last deliveries of hooks, oldest first: `uuid`, `url`,
//!   `headers`, `body`, and what became of each: `status` or `lost`,
//! - `POST /__sandbox/deliveries {"uuid"}`, which sends one of them again as it was,
//! - `POST /__sandbox/edits {"repo", "path", "content"?, "branch"?, "message"?}`, which commits a file, or
//!   nothing without a `content`, as somebody does on Gitea's own pages.
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | the state: users, organisations, tokens, keys, repositories, issues, pull requests |
//! | `repository` | bare repositories on disk, through git's own programs |
//! | `auth` | who calls, and what that caller may see and do |
//! | `rules` | what Gitea accepts, and how it pages |
//! | `webhook_deliveries` | what hooks send after a push |
//! | `answer_json` | how answers show objects |
//! | `routes` | the endpoints |

mod answer_json;
mod auth;
mod control_endpoints;
mod errors;
mod listed_collections;
mod model;
mod options;
mod push_listeners;
mod repository;
mod routes;
mod rules;
mod seeded_objects;
mod webhook_deliveries;

use std::any::Any;
use std::io;

use covibe_domain::Secret;

use self::model::GiteaState;
use self::repository::Repositories;
use self::webhook_deliveries::Deliveries;
use crate::core::request_types::{Reply, Request};
use crate::core::{Protocol, Scratch, Simulator, Vendor, random, server};

pub use listed_collections::Collection;
pub use options::{Options, Settings};

const PROTOCOL: Protocol = Protocol {
    api_prefix: |_| "/api/v1/",
    name: |request| request,
    // Git's packs.
    omits_body: |request| request.header("content-type").starts_with("application/x-git-"),
};

/// Starts a Gitea on a free port of 127.0.0.1, with its repositories in a temporary directory.
///
/// # Errors
/// There is no git 2.38 or newer on PATH, or the directory could not be created.
pub async fn start(options: Options) -> io::Result<Simulator> {
    let token = options.token.clone().unwrap_or_else(|| random::hex(40));
    let secret = Secret::new(token.clone());
    let directory = Scratch::create()?;
    let folder = directory.path();
    let simulator = server::start(secret, PROTOCOL, move |url, clock| {
        let repositories = Repositories::new(&folder, clock.clone(), options.notice_lag)?;
        let mut state = GiteaState::new(url, &options, repositories, Deliveries::new(clock));
        seeded_objects::plant(&mut state, &options.admin, &token)?;
        seeded_objects::plant_neighbours(&mut state, options.neighbours);
        Ok(Box::new(Gitea { state }))
    });
    Ok(simulator.await?.with_directory(directory))
}

struct Gitea {
    state: GiteaState,
}

impl Vendor for Gitea {
    fn answer(&mut self, request: &Request) -> Reply {
        routes::answer(&mut self.state, request).unwrap_or_else(|refusal| refusal)
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn set(&mut self, settings: Box<dyn Any>) {
        if let Ok(settings) = settings.downcast::<Settings>() {
            self.state.settings = *settings;
        }
    }

    fn control(&mut self, method: &str, endpoint: &str, body: &[u8]) -> Option<Reply> {
        control_endpoints::answer(&self.state, method, endpoint, body)
    }

    fn names(&mut self, collection: &dyn Any) -> Vec<String> {
        let collection = collection.downcast_ref::<Collection>();
        collection.map_or_else(Vec::new, |collection| collection.names(&self.state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_directory_of_repositories_is_deleted_with_the_simulator() {
        let simulator = start(Options::default()).await.unwrap();
        let folder = simulator.directory.as_ref().unwrap().path();
        assert!(folder.is_dir());
        drop(simulator);
        assert!(!folder.exists());
    }
}
