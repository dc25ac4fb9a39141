//! What the Coolify knows.

use std::time::{Duration, Instant};

use super::deployments::Deployment;
use super::errors;
use super::keys::PrivateKey;
use super::outcomes::Outcomes;
use super::projects::Project;
use super::resource::{Family, Kind, Resource};
use super::{Options, Version, seed};
use crate::clock::Clock;
use crate::random;
use crate::server::Thing;
use crate::wire::Reply;

pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) version: Version,
    pub(super) pace: Duration,
    /// How long something that was deleted is listed on.
    pub(super) deletion: Duration,
    pub(super) outcomes: Outcomes,
    pub(super) is_build_server: bool,
    pub(super) server: String,
    pub(super) projects: Vec<Project>,
    pub(super) keys: Vec<PrivateKey>,
    pub(super) resources: Vec<Resource>,
    pub(super) deployments: Vec<Deployment>,
    pub(super) volumes: Vec<String>,
    next_id: i64,
}

impl State {
    /// One server, and the project of somebody else.
    pub(super) fn new(options: &Options, clock: Clock) -> Self {
        let mut state = Self {
            clock,
            version: options.version,
            pace: options.pace,
            deletion: options.deletion.unwrap_or(options.pace),
            outcomes: options.outcomes.clone(),
            is_build_server: options.is_build_server,
            server: random::uuid(),
            projects: Vec::new(),
            keys: Vec::new(),
            resources: Vec::new(),
            deployments: Vec::new(),
            volumes: Vec::new(),
            next_id: 1,
        };
        seed::plant(&mut state);
        state
    }

    /// Returns the present moment by the simulator's clock.
    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The next numeric id; one sequence for everything, so that none of two kinds is equal.
    pub(super) fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// Takes out what has been deleted for long enough, and in what has been found out.
    pub(super) fn settle(&mut self, now: Instant) {
        self.settle_probes(now);
        self.resources.retain(|resource| resource.gone_at.is_none_or(|at| at > now));
    }

    /// Adds a resource and returns its uuid.
    pub(super) fn add(
        &mut self,
        environment_id: i64,
        fields: super::body::Object,
        kind: Kind,
    ) -> String {
        let resource = Resource::new(self.id(), environment_id, fields, kind);
        let uuid = resource.uuid.clone();
        self.resources.push(resource);
        uuid
    }

    /// The resources of a family.
    pub(super) fn family(&self, family: Family) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |resource| resource.family() == family)
    }

    /// The one of that uuid, or Coolify's 404.
    pub(super) fn find(&self, family: Family, uuid: &str) -> Result<&Resource, Reply> {
        self.family(family)
            .find(|resource| resource.uuid == uuid)
            .ok_or_else(|| errors::not_found(family.noun()))
    }

    /// The same to be changed.
    pub(super) fn find_mut(&mut self, family: Family, uuid: &str) -> Result<&mut Resource, Reply> {
        self.resources
            .iter_mut()
            .find(|resource| resource.family() == family && resource.uuid == uuid)
            .ok_or_else(|| errors::not_found(family.noun()))
    }

    /// Whether domains are written at all: `Server::isProxyShouldRun`.
    pub(super) fn has_proxy(&self) -> bool {
        !self.is_build_server
    }

    /// The names of what is there.
    pub(super) fn names(&self, thing: Thing, now: Instant) -> Vec<String> {
        let resources = |family| {
            self.family(family)
                .filter(|resource| resource.gone_at.is_none_or(|at| at > now))
                .map(|resource| resource.name().to_owned())
                .collect()
        };
        match thing {
            Thing::Projects => self.projects.iter().map(|project| project.name.clone()).collect(),
            Thing::Environments => {
                let named = |project: &Project| {
                    let uuid = project.uuid.clone();
                    let names = project.environments.iter().map(|one| one.name.clone());
                    names.map(move |name| format!("{uuid}/{name}")).collect::<Vec<_>>()
                };
                self.projects.iter().flat_map(named).collect()
            }
            Thing::Applications => resources(Family::Application),
            Thing::Databases => resources(Family::Database),
            Thing::Services => resources(Family::Service),
            Thing::Deployments => self.deployments.iter().map(|one| one.uuid.clone()).collect(),
            Thing::PrivateKeys => self.keys.iter().map(|key| key.name.clone()).collect(),
            Thing::Volumes => self.volumes.clone(),
            _ => Vec::new(),
        }
    }
}
