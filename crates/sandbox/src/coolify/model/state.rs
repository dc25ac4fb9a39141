//! The state of a Coolify, with functions that find and add objects.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use covibe_domain::Timestamp;

use super::databases::{DatabaseProxies, DatabaseProxy};
use super::deployment::Deployment;
use super::resource::{Family, Kind, Placement, Resource};
use super::resources::Resources;
use super::subresources::{Attached, S3Storage};
use super::team::{
    DESTINATION, DESTINATION_ID, Destination, Environment, PrivateKey, Project, ServerLimits,
};
use super::workers::Workers;
use crate::coolify::Version;
use crate::coolify::arranged_outcomes::Outcomes;
use crate::coolify::container_output::Printed;
use crate::coolify::errors;
use crate::coolify::host_reachability::Host;
use crate::coolify::json_values::{Object, random_uuid};
use crate::coolify::options::Options;
use crate::core::clock::{Clock, timestamp};
use crate::core::request_types::Reply;

/// The environment that Coolify creates with each project.
const FIRST_ENVIRONMENT: &str = "production";

/// Everything that a Coolify knows.
pub(crate) struct CoolifyState {
    pub(crate) clock: Clock,
    pub(crate) version: Version,
    pub(crate) created: Timestamp,
    /// The minimum time that a deployment waits for a worker, its duration afterwards, and the duration of other jobs.
    pub(crate) pace: Duration,
    /// The time for which a deleted resource stays listed.
    pub(crate) deletion: Duration,
    /// The time from a start until Coolify looks at containers, and the interval between later looks.
    pub(crate) look: Duration,
    pub(crate) outcomes: Outcomes,
    pub(crate) printed: Printed,
    pub(crate) host: Host,
    /// The moment since which the host can't be reached.
    lost_at: Option<Instant>,
    /// The names of containers that continue to run although their resource is deleted.
    pub(crate) orphans: Vec<String>,
    pub(crate) is_build_server: bool,
    /// The type of its proxy.
    pub(crate) proxy: String,
    /// True if others have so many resources that lists of the whole instance take their time.
    pub(crate) has_neighbours: bool,
    /// The text of `/version`.
    pub(crate) told_version: String,
    /// The server's uuid.
    pub(crate) server: String,
    /// The limits of the server's deployments.
    pub(crate) limits: ServerLimits,
    pub(crate) projects: Vec<Project>,
    pub(crate) keys: Vec<PrivateKey>,
    pub(crate) resources: Resources,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) destinations: Vec<Destination>,
    pub(crate) s3_storages: Vec<S3Storage>,
    pub(crate) attached: Attached,
    /// The names of the docker volumes, which may outlive their resource.
    pub(crate) volumes: Vec<String>,
    /// The names of the docker networks besides those of services.
    pub(crate) networks: Vec<String>,
    /// The names of the networks of services from which Coolify's proxy was disconnected.
    pub(crate) left_by_proxy: Vec<String>,
    /// The proxies of public databases that are on the host.
    pub(crate) database_proxies: Vec<DatabaseProxy>,
    /// The outcome of proxies that are started from now on.
    pub(crate) proxies_become: DatabaseProxies,
    /// The workers, which do all this.
    pub(crate) workers: Workers,
    last_id: i64,
}

impl CoolifyState {
    /// Creates a Coolify with one server and nothing on it.
    pub(crate) fn new(options: &Options, clock: Clock) -> Self {
        Self {
            clock,
            version: options.version,
            created: timestamp(),
            pace: options.pace,
            deletion: options.deletion.unwrap_or(options.pace),
            look: options.look.unwrap_or(options.pace * 10),
            outcomes: options.outcomes.clone(),
            printed: options.printed.clone(),
            host: options.host.clone(),
            lost_at: None,
            orphans: Vec::new(),
            is_build_server: options.is_build_server,
            proxy: "TRAEFIK".to_owned(),
            has_neighbours: false,
            told_version: options
                .told_version
                .clone()
                .unwrap_or_else(|| options.version.text().to_owned()),
            server: random_uuid(),
            limits: ServerLimits::default(),
            projects: Vec::new(),
            keys: Vec::new(),
            resources: Resources::default(),
            deployments: Vec::new(),
            destinations: vec![Destination {
                uuid: DESTINATION.to_owned(),
                ..Destination::new(DESTINATION_ID, "coolify", "coolify", true)
            }],
            s3_storages: Vec::new(),
            attached: Attached::default(),
            volumes: Vec::new(),
            networks: vec!["coolify".to_owned()],
            left_by_proxy: Vec::new(),
            database_proxies: Vec::new(),
            proxies_become: DatabaseProxies::default(),
            workers: Workers::new(options.peak.clone()),
            last_id: 1,
        }
    }

    /// Returns the current moment by the simulator's clock.
    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Returns the time of day by the simulator's clock.
    pub(crate) fn timestamp(&self) -> Timestamp {
        self.clock.timestamp_at(self.now())
    }

    /// Notes the moment since which the host can't be reached.
    pub(crate) fn note_host(&mut self, now: Instant) {
        self.lost_at = self.host.is_lost().then(|| self.lost_at.unwrap_or(now));
    }

    /// Returns whether Coolify reports its server as reachable, which it does until it looks.
    pub(crate) fn is_server_reachable(&self) -> bool {
        self.lost_at.is_none_or(|at| self.now() < at + self.look)
    }

    /// Returns the next numeric id. All kinds of objects share one sequence, so that an id of one
    /// kind never passes for one of another.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Returns whether domains are stored at all: `Server::isProxyShouldRun`.
    pub(crate) fn has_proxy(&self) -> bool {
        !self.is_build_server && self.proxy != "NONE"
    }

    /// Adds a resource and returns its uuid.
    pub(crate) fn add(&mut self, place: Placement, fields: Object, kind: Kind) -> String {
        let mut resource = Resource::new(self.next_id(), place, fields, kind);
        resource.restart_pace = self.pace;
        let uuid = resource.uuid.clone();
        self.resources.push(resource);
        uuid
    }

    /// Returns the resources of a family.
    pub(crate) fn family(&self, family: Family) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |resource| resource.family() == family)
    }

    /// Returns the network of a resource's destination, by name.
    pub(crate) fn network_of(&self, one: &Resource) -> &str {
        let found = self.destinations.iter().find(|other| other.id == one.destination_id);
        found.map_or("coolify", |found| found.network.as_str())
    }

    /// Returns the resource with that uuid, or Coolify's 404.
    pub(crate) fn find(&self, family: Family, uuid: &str) -> Result<&Resource, Reply> {
        self.resources
            .get(uuid)
            .filter(|resource| resource.family() == family)
            .ok_or_else(|| errors::not_found(family.noun()))
    }

    /// Returns the resource with that uuid for a change, or Coolify's 404.
    pub(crate) fn find_mut(&mut self, family: Family, uuid: &str) -> Result<&mut Resource, Reply> {
        self.resources
            .get_mut(uuid)
            .filter(|resource| resource.family() == family)
            .ok_or_else(|| errors::not_found(family.noun()))
    }

    /// Removes the belongings of resources and containers that no longer exist.
    pub(crate) fn prune(&mut self) {
        let owners: HashSet<&str> = self.resources.iter().flat_map(Resource::owners).collect();
        self.attached.retain(|owner| owners.contains(owner));
    }

    /// Adds a project with its first environment and returns its uuid.
    pub(crate) fn add_project(&mut self, name: &str, description: Option<&str>) -> String {
        let environment = self.new_environment(FIRST_ENVIRONMENT);
        let project = Project {
            id: self.next_id(),
            uuid: random_uuid(),
            name: name.to_owned(),
            description: description.map(str::to_owned),
            environments: vec![environment],
        };
        let uuid = project.uuid.clone();
        self.projects.push(project);
        uuid
    }

    /// Creates an environment that belongs to no project yet.
    pub(crate) fn new_environment(&mut self, name: &str) -> Environment {
        Environment {
            id: self.next_id(),
            uuid: random_uuid(),
            name: name.to_owned(),
            created: timestamp(),
        }
    }

    /// Returns the project with that uuid, or Coolify's 404.
    pub(crate) fn project(&self, uuid: &str) -> Result<&Project, Reply> {
        let found = self.projects.iter().find(|project| project.uuid == uuid);
        found.ok_or_else(|| errors::not_found("Project"))
    }

    /// Returns the project with that uuid for a change, or Coolify's 404.
    pub(crate) fn project_mut(&mut self, uuid: &str) -> Result<&mut Project, Reply> {
        let found = self.projects.iter_mut().find(|project| project.uuid == uuid);
        found.ok_or_else(|| errors::not_found("Project"))
    }

    /// Returns the private key with that uuid, or Coolify's 404.
    pub(crate) fn private_key(&self, uuid: &str) -> Result<&PrivateKey, Reply> {
        let found = self.keys.iter().find(|key| key.uuid == uuid);
        found.ok_or_else(|| errors::not_found("Private Key"))
    }
}
