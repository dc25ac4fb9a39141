//! The containers that run of many of the workspace's resources, by one call for each docker host.

use std::collections::HashMap;
use std::time::Duration;

use covibe_docker_host::{Health, Listing, Running, Status};
use covibe_domain::{Failure, ServerUuid, Timestamp, boxed};
use futures_util::future::try_join_all;

use super::errors::failure;
use super::{Coolify, Hosted};

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

/// What a docker host listed of a resource.
#[derive(Clone, Debug)]
pub struct RunningContainers {
    /// When it was listed.
    pub at: Timestamp,
    /// The containers that ran; the newest of a service first.
    pub containers: Vec<RunningContainer>,
}

impl Coolify {
    /// Returns which containers of these resources run, in the same order; `None` where no docker host is configured. Each
    /// host is asked once. Coolify's lists do not tell the server of a resource (4.3): it is looked for on all hosts of
    /// the cell then, and `None` if several have nothing of it, as it may be on a server without a host.
    ///
    /// # Errors
    ///
    /// A host does not answer.
    #[boxed]
    pub async fn running(
        &self,
        resources: &[Hosted],
    ) -> Result<Vec<Option<RunningContainers>>, Failure> {
        // What was listed before a change of ours says nothing of what is after it.
        let changed = resources.iter().filter_map(|each| self.age_of_change(each.uuid())).min();
        let max_age = changed.unwrap_or(MAX_AGE).min(MAX_AGE);
        let mut listings = HashMap::new();
        for server in resources.iter().map(Hosted::server) {
            if !listings.contains_key(&server) {
                listings.insert(server, self.listings(server, max_age).await?);
            }
        }
        let of = |each: &Hosted| own(listings.get(&each.server())?, each.uuid());
        Ok(resources.iter().map(of).collect())
    }

    /// Returns what runs on the host of a server, or on all of them if the server is not known.
    async fn listings(
        &self,
        server: Option<&ServerUuid>,
        max_age: Duration,
    ) -> Result<Vec<Listing>, Failure> {
        let hosts: Vec<_> = match server {
            Some(_) => self.docker_host(server).await?.into_iter().collect(),
            None => self.docker_hosts().collect(),
        };
        let listings = hosts.into_iter().map(|host| host.listing(max_age));
        try_join_all(listings).await.map_err(|error| failure(&error))
    }
}

/// Returns what was listed of the resource with this uuid.
fn own(listings: &[Listing], uuid: &str) -> Option<RunningContainers> {
    let at = listings.iter().map(|listing| listing.at).min()?;
    let all = listings.iter().flat_map(|listing| listing.containers.iter());
    let own = all.filter(|one| one.uuid == uuid).cloned().map(RunningContainer);
    let mut containers: Vec<_> = own.collect();
    if containers.is_empty() && listings.len() > 1 {
        return None;
    }
    containers.sort_by_key(|one| std::cmp::Reverse(one.created_at()));
    Some(RunningContainers { at, containers })
}
