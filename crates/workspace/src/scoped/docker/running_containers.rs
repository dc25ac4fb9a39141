//! The containers that run of many of the workspace's resources, by one call for each docker host.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use covibe_docker_host::{Error, Health, Running, Status};
use covibe_domain::{ServerUuid, Timestamp, boxed};
use futures_util::future::join_all;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::{Coolify, Hosted};
use crate::cells::Listing;

/// The maximum age of what a host listed: lists that are asked for together are answered together.
const MAX_AGE: Duration = Duration::from_secs(2);

/// A container of a resource of the workspace that ran, restarted or was paused when it was listed.
#[derive(Clone, Debug)]
pub struct RunningContainer(Running);

impl RunningContainer {
    /// Returns its service in the compose file; the name of the container for what has one container.
    pub fn service(&self) -> &str {
        &self.0.container.service
    }

    /// Returns what it does; unknown where the host's gate does not pass it on.
    pub fn status(&self) -> Status {
        self.0.container.status
    }

    /// Returns what its health check says; `None` without one.
    pub fn health(&self) -> Option<Health> {
        self.0.health
    }

    /// Returns when it was created.
    pub fn created_at(&self) -> Timestamp {
        self.0.container.created_at
    }
}

/// The containers of a resource that docker hosts listed.
#[derive(Clone, Debug)]
pub struct RunningContainers {
    /// The time at which they were listed.
    pub at: Timestamp,
    /// The containers that ran; the newest of a service first.
    pub containers: Vec<RunningContainer>,
    /// True if the host of its server was asked. Coolify's lists do not report the server (4.3): it may be another one
    /// than those that have hosts.
    pub is_certain: bool,
}

/// The containers of several resources that docker hosts listed.
#[derive(Debug)]
pub struct ListedResources {
    /// Those of each; `None` without a host, or without an answer of it.
    pub resources: Vec<Option<RunningContainers>>,
    /// True if a host did not answer in time.
    pub is_late: bool,
}

/// The answer of one host, if it came in time.
type Answered = Result<Result<Listing, Error>, Elapsed>;

impl Coolify {
    /// Returns which containers of these resources run, in the same order. Each docker host is asked once, and has
    /// `patience` to answer. What has no known server is looked for on all hosts of the cell.
    #[boxed]
    pub async fn running(&self, resources: &[Hosted], patience: Duration) -> ListedResources {
        // What was listed before a change of ours says nothing of what is after it.
        let changed = resources.iter().filter_map(|each| self.age_of_change(each.uuid())).min();
        let max_age = changed.unwrap_or(MAX_AGE).min(MAX_AGE);
        let mut answers = HashMap::new();
        for server in resources.iter().map(Hosted::server) {
            if let Entry::Vacant(place) = answers.entry(server) {
                place.insert(self.listings(server, max_age, patience).await);
            }
        }
        let is_late = answers.values().flatten().any(Result::is_err);
        let of = |each: &Hosted| own_containers(answers.get(&each.server())?, each);
        ListedResources { resources: resources.iter().map(of).collect(), is_late }
    }

    /// Asks the host of a server, or all of them if the server is not known.
    async fn listings(
        &self,
        server: Option<&ServerUuid>,
        max_age: Duration,
        patience: Duration,
    ) -> Vec<Answered> {
        let hosts: Vec<_> = match server {
            Some(_) => self.shared_docker_host(server).await.ok().flatten().into_iter().collect(),
            None => self.docker_hosts().collect(),
        };
        join_all(hosts.into_iter().map(|host| timeout(patience, self.listing(host, max_age)))).await
    }
}

/// Returns what was listed of a resource; `None` if nothing was found and not all hosts answered.
fn own_containers(answers: &[Answered], resource: &Hosted) -> Option<RunningContainers> {
    let listings: Vec<_> =
        answers.iter().filter_map(|it| it.as_ref().ok()?.as_ref().ok()).collect();
    let at = listings.iter().map(|listing| listing.at).min()?;
    let all = listings.iter().flat_map(|listing| listing.containers.iter());
    let own = all.filter(|one| one.uuid == resource.uuid());
    let mut containers: Vec<_> = own.cloned().map(RunningContainer).collect();
    if containers.is_empty() && listings.len() < answers.len() {
        return None;
    }
    containers.sort_by_key(|one| std::cmp::Reverse(one.created_at()));
    let is_certain = resource.server().is_some() || !containers.is_empty();
    Some(RunningContainers { at, containers, is_certain })
}
