//! The engine: its objects, and functions that find and change them.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::Bytes;
use tokio::sync::mpsc;

use super::super::arranged_containers::{Arrangement, ForeignContainer};
use super::super::errors;
use super::{Container, Exec, Mount, Network, Stage, SyncedNames, Volume, coolify_containers};
use crate::core::clock::Clock;
use crate::core::request_types::Reply;
use crate::core::{Listable, random};

/// The largest number that Linux gives to a process: 2 to the power of 22.
const LARGEST_PID: u64 = 4_194_304;

/// The number of executions that are remembered; the oldest ended ones are forgotten.
const MOST_EXECS: usize = 10_000;

/// A collection of objects that a simulated engine keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Containers by name, as they were at the last request.
    Containers,
    /// The executions that run, by their commands.
    Processes,
    /// Networks by name, as they were at the last request.
    Networks,
}

impl Listable for Collection {}

/// The state of a simulated engine.
pub(crate) struct Engine {
    pub(crate) clock: Clock,
    pub(crate) containers: Vec<Container>,
    pub(crate) volumes: BTreeMap<String, Volume>,
    pub(crate) networks: Vec<Network>,
    pub(super) seen_volumes: SyncedNames,
    pub(super) seen_networks: SyncedNames,
    execs: BTreeMap<String, Arc<Exec>>,
    /// The ids of executions, oldest first.
    exec_order: Vec<String>,
    arranged: Vec<Arrangement>,
    /// The clients that follow logs, each with the id of its container.
    followers: Vec<(String, mpsc::Sender<Bytes>)>,
    last_pid: u64,
}

impl Engine {
    /// Creates an engine with Coolify's own containers.
    pub(crate) fn new(clock: Clock) -> Self {
        let now = clock.now();
        let created = clock.timestamp_at(now);
        let mut host = Network::new("host", created, 0);
        (host.driver, host.is_attachable) = ("host", false);
        Self {
            containers: coolify_containers::coolify_containers(created),
            volumes: BTreeMap::new(),
            networks: vec![host],
            seen_volumes: SyncedNames::default(),
            seen_networks: SyncedNames::default(),
            execs: BTreeMap::new(),
            exec_order: Vec::new(),
            arranged: Vec::new(),
            followers: Vec::new(),
            last_pid: LARGEST_PID,
            clock,
        }
    }

    /// Returns the place of the container that a path names: by its id, its name, or the beginning of its id, in
    /// docker's order.
    pub(crate) fn place(&self, named: &str) -> Result<usize, Reply> {
        let of = |fits: &dyn Fn(&Container) -> bool| self.containers.iter().position(fits);
        let exact = of(&|one| one.id == named);
        let exact = exact.or_else(|| of(&|one| one.name == named.trim_start_matches('/')));
        if let Some(place) = exact {
            return Ok(place);
        }
        let all = self.containers.iter().enumerate();
        let mut begin_so = all.filter(|(_, one)| !named.is_empty() && one.id.starts_with(named));
        match (begin_so.next(), begin_so.next()) {
            (Some((place, _)), None) => Ok(place),
            (None, _) => Err(errors::no_container(named)),
            (Some(_), Some(_)) => {
                let text = format!("Multiple IDs found with provided prefix: {named}");
                Err(errors::message(500, &text))
            }
        }
    }

    /// Returns the container that a path names.
    pub(crate) fn container(&self, named: &str) -> Result<&Container, Reply> {
        self.place(named).map(|place| &self.containers[place])
    }

    /// Returns the network with that name or id.
    pub(crate) fn network(&self, named: &str) -> Option<&Network> {
        self.networks.iter().find(|one| one.name == named || one.id == named)
    }

    /// Returns the ids of the containers that mount a volume, running or not.
    pub(crate) fn users(&self, volume: &str) -> Vec<&str> {
        let mounts = |one: &&Container| one.mounts.iter().any(|mount| mount.volume == volume);
        self.containers.iter().filter(mounts).map(|one| one.id.as_str()).collect()
    }

    /// Removes a container, and with `with_anonymous` also the volumes without a name that only it had.
    pub(crate) fn remove(&mut self, place: usize, with_anonymous: bool) {
        let gone = self.containers.remove(place);
        self.forget_execs(&gone.id);
        for mount in gone.mounts.iter().filter(|_| with_anonymous) {
            let is_anonymous =
                self.volumes.get(&mount.volume).is_some_and(|volume| volume.is_anonymous);
            if is_anonymous && self.users(&mount.volume).is_empty() {
                self.volumes.remove(&mount.volume);
            }
        }
    }

    /// Keeps the log of a container open for a client until its program ends.
    pub(crate) fn follow(&mut self, container: &str, output: mpsc::Sender<Bytes>) {
        self.followers.retain(|(_, follower)| !follower.is_closed());
        self.followers.push((container.to_owned(), output));
    }

    /// Adds an execution and returns it.
    pub(crate) fn add_exec(&mut self, container: &str, config: super::Config) -> Arc<Exec> {
        self.last_pid += 1;
        let id = random::hex(64);
        let exec = Arc::new(Exec::new(id.clone(), container, config, self.last_pid));
        self.execs.insert(id.clone(), Arc::clone(&exec));
        self.exec_order.push(id);
        if self.exec_order.len() > MOST_EXECS {
            let is_over =
                |id: &String| self.execs.get(id).is_none_or(|one| one.stage() != Stage::Running);
            let oldest = self.exec_order.iter().position(is_over).unwrap_or(0);
            let id = self.exec_order.remove(oldest);
            self.execs.remove(&id);
        }
        exec
    }

    /// Returns the execution with that id.
    pub(crate) fn exec(&self, id: &str) -> Result<Arc<Exec>, Reply> {
        self.execs.get(id).cloned().ok_or_else(|| errors::no_exec(id))
    }

    /// Returns the executions that run in a container.
    pub(crate) fn running_execs(&self, container: &str) -> Vec<&Exec> {
        let all = self.execs.values().map(AsRef::as_ref);
        all.filter(|one| one.container == container && one.stage() == Stage::Running).collect()
    }

    /// Ends the executions in a container whose program has ended.
    pub(crate) fn end_execs(&mut self, container: &str) {
        self.followers.retain(|(followed, _)| followed != container);
        self.running_execs(container).into_iter().for_each(Exec::kill);
    }

    pub(super) fn forget_execs(&mut self, container: &str) {
        self.end_execs(container);
        self.execs.retain(|_, one| one.container != container);
        let Self { execs, exec_order, .. } = self;
        exec_order.retain(|id| execs.contains_key(id));
    }

    /// Kills the process with that number; returns whether it runs.
    pub(crate) fn kill(&mut self, pid: u64) -> bool {
        let mut all = self.execs.values();
        let found = all.find(|one| one.pid == pid && one.stage() == Stage::Running);
        found.map(|one| one.kill()).is_some()
    }

    /// Arranges the behaviour of the programs of containers.
    pub(crate) fn arrange(&mut self, arrangement: Arrangement) {
        self.arranged.retain(|one| one.of != arrangement.of);
        self.arranged.push(arrangement);
    }

    /// Returns the arrangement for a container.
    pub(super) fn arrangement_for(&self, one: &Container) -> Arrangement {
        let uuid = one.of.as_ref().map(|(key, _)| key.resource.as_str());
        let fits = |each: &&Arrangement| {
            each.of == one.name || each.of == one.resource_name || Some(each.of.as_str()) == uuid
        };
        self.arranged.iter().rev().find(fits).cloned().unwrap_or_default()
    }

    /// Adds a container that does not belong to a resource of Coolify.
    pub(crate) fn plant(&mut self, planted: ForeignContainer) {
        let now = self.clock.timestamp_at(self.clock.now());
        let mut one = Container::new(&planted.name, &planted.image, now);
        one.labels = planted.labels;
        let mount = |(volume, target)| Mount { volume, target };
        one.mounts = planted.volumes.into_iter().map(mount).collect();
        one.networks = planted.networks;
        one.open(now);
        self.containers.retain(|each| each.name != one.name);
        self.containers.push(one);
    }

    /// Lists the names in a collection.
    pub(crate) fn names(&self, collection: Collection) -> Vec<String> {
        match collection {
            Collection::Containers => self.containers.iter().map(|one| one.name.clone()).collect(),
            Collection::Networks => self.networks.iter().map(|one| one.name.clone()).collect(),
            Collection::Processes => {
                let running = self.execs.values().filter(|one| one.stage() == Stage::Running);
                running.map(|one| one.config.cmd.join(" ")).collect()
            }
        }
    }
}
