//! Bringing the engine up to date with Coolify's actions since the last request.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Instant;

use covibe_domain::Timestamp;

use super::coolify_containers;
use super::{Container, Engine, Mount, Network, ProgramRun, SyncedNames, Volume};
use crate::coolify::host_containers::{self, ContainerName, Creation, Key, Planned};
use crate::coolify::{Condition, Model};
use crate::core::clock::Clock;
use crate::core::random;

/// The number of runs of a crash loop that have lines in a log: docker rotates logs.
const MOST_LIVES: u64 = 100;

impl Engine {
    /// Brings containers, volumes and networks up to date.
    pub(crate) fn refresh(&mut self, coolify: &mut Model) {
        let now = self.clock.timestamp_at(self.clock.now());
        let known = self.containers.iter().filter_map(|one| one.of.as_ref()).collect();
        let planned = host_containers::planned_containers(coolify, &known);
        self.drop_replaced(coolify, &planned);
        // There may be thousands of each.
        let places = self.places();
        for one in &planned {
            self.update(one, places.get(&(one.key.clone(), one.since)).copied(), now);
        }
        self.arrange_others();
        self.refresh_proxies(coolify, now);
        self.refresh_helpers(coolify, now);
        self.refresh_volumes(coolify, now);
        self.refresh_networks(coolify, now);
    }

    /// Removes the containers that Coolify removed or replaced: without their volumes.
    fn drop_replaced(&mut self, coolify: &Model, planned: &[Planned]) {
        let planned: HashSet<_> = planned.iter().map(|each| (&each.key, each.since)).collect();
        let stays = |one: &Container| {
            let Some((key, since)) = &one.of else { return true };
            planned.contains(&(key, *since)) || host_containers::is_orphan(coolify, &one.name, key)
        };
        let gone: Vec<_> =
            self.containers.iter().filter(|one| !stays(one)).map(|one| one.id.clone()).collect();
        for id in gone {
            if let Ok(place) = self.place(&id) {
                self.remove(place, false);
            }
        }
    }

    /// Returns the places of the containers that Coolify started.
    fn places(&self) -> HashMap<(Key, Instant), usize> {
        let placed = self.containers.iter().enumerate().rev();
        // The first of several equal containers counts.
        placed.filter_map(|(place, one)| Some((one.of.clone()?, place))).collect()
    }

    /// Arranges the containers that Coolify did not start.
    fn arrange_others(&mut self) {
        for place in 0..self.containers.len() {
            if self.containers[place].of.is_none() {
                self.containers[place].arranged = self.arrangement_for(&self.containers[place]);
            }
        }
    }

    /// Updates the container at a place, or adds it if there is no place.
    fn update(&mut self, planned: &Planned, place: Option<usize>, now: Timestamp) {
        let Some(place) = place.or_else(|| self.add_container(planned)) else { return };
        let arranged = self.arrangement_for(&self.containers[place]);
        let one = &mut self.containers[place];
        (one.condition, one.is_stopped, one.arranged) =
            (planned.condition, planned.is_stopped, arranged);
        // A stopped container keeps its count.
        if !one.is_stopped {
            one.restarts = u64::try_from(planned.restarts).unwrap_or(u64::MAX);
        }
        live(one, planned, now, &self.clock);
        if !planned.is_running() {
            let id = one.id.clone();
            self.end_execs(&id);
        }
    }

    /// Adds a container that does not exist yet, and returns its place.
    fn add_container(&mut self, planned: &Planned) -> Option<usize> {
        let creation = planned.creation.as_ref()?;
        let one = self.create_container(planned, creation);
        self.containers.push(one);
        Some(self.containers.len() - 1)
    }

    /// Creates the container that Coolify and Docker Compose created.
    fn create_container(&mut self, planned: &Planned, creation: &Creation) -> Container {
        let created = self.clock.timestamp_at(planned.since);
        let name = creation.name.name_at(created);
        let mut one = Container::new(&name, &creation.image, created);
        one.of = Some((planned.key.clone(), planned.since));
        one.resource_name.clone_from(&creation.resource_name);
        one.labels.clone_from(&creation.labels);
        add_name_labels(&mut one.labels, &creation.name, &name);
        one.environment.clone_from(&creation.environment);
        if one.environment.iter().any(|(key, _)| key == "COOLIFY_RESOURCE_UUID") {
            one.environment.push(("COOLIFY_CONTAINER_NAME".to_owned(), name));
        }
        let mount = |(volume, target): &(String, String)| Mount {
            volume: volume.clone(),
            target: target.clone(),
        };
        one.mounts = creation.mounts.iter().map(mount).collect();
        // An image's `VOLUME` where nothing is mounted becomes a new volume without a name.
        if let Some(target) = one.program().volume
            && one.mounts.iter().all(|mount| mount.target != target)
        {
            let volume = random::hex(64);
            self.volumes.insert(volume.clone(), Volume::anonymous(&volume, created));
            one.mounts.push(Mount { volume, target: target.to_owned() });
        }
        one.networks.clone_from(&creation.networks);
        (one.has_check, one.runs_once) = (creation.has_check, creation.runs_once);
        one.limits = creation.limits;
        one.ending.clone_from(&creation.ending);
        one
    }

    /// Adds the containers through which public databases are reached.
    fn refresh_proxies(&mut self, coolify: &mut Model, now: Timestamp) {
        let proxies = host_containers::proxies(coolify);
        let is_there = |id: &str| proxies.iter().any(|proxy| proxy.id == id);
        self.containers
            .retain(|one| !coolify_containers::is_database_proxy(one) || is_there(&one.id));
        for proxy in proxies {
            let name = format!("{}-proxy", proxy.database);
            let place = self.place(&name).unwrap_or_else(|_| {
                self.containers.push(coolify_containers::database_proxy(proxy, now));
                self.containers.len() - 1
            });
            coolify_containers::run_database_proxy(&mut self.containers[place], proxy.phase, now);
        }
    }

    /// Adds the containers in which deployments are carried out, and removes those of ended ones.
    fn refresh_helpers(&mut self, coolify: &Model, now: Timestamp) {
        let deployments: HashSet<_> = host_containers::helped_deployments(coolify).collect();
        self.containers.retain(|one| {
            !coolify_containers::is_helper(one) || deployments.contains(one.name.as_str())
        });
        let is_there = |uuid: &&str| self.containers.iter().any(|one| one.name == **uuid);
        let new: Vec<_> = deployments.iter().filter(|uuid| !is_there(uuid)).collect();
        let new: Vec<_> =
            new.into_iter().map(|uuid| coolify_containers::helper(uuid, now)).collect();
        self.containers.extend(new);
    }

    /// Adds the volumes that Coolify or containers created, and removes those that Coolify deleted.
    fn refresh_volumes(&mut self, coolify: &mut Model, now: Timestamp) {
        let mounts = || self.containers.iter().flat_map(|one| &one.mounts);
        for mount in mounts() {
            let entry = self.volumes.entry(mount.volume.clone());
            entry.or_insert_with(|| Volume::new(&mount.volume, now));
        }
        let used: BTreeSet<_> = mounts().map(|mount| mount.volume.clone()).collect();
        let seen = &self.seen_volumes;
        let is_same =
            (&seen.names, &seen.used, seen.count) == (&coolify.volumes, &used, self.volumes.len());
        if !is_same {
            let of_coolify: HashSet<_> = coolify.volumes.iter().collect();
            self.volumes.retain(|name, volume| {
                !volume.is_of_coolify || of_coolify.contains(name) || used.contains(name)
            });
            for name in &coolify.volumes {
                let entry = self.volumes.entry(name.clone());
                entry.or_insert_with(|| Volume::new(name, now)).is_of_coolify = true;
            }
            let (names, count) = (coolify.volumes.clone(), self.volumes.len());
            self.seen_volumes = SyncedNames { names, used, count };
        }
        let mut further = BTreeSet::new();
        for one in self.containers.iter().filter(|one| one.of.is_some()) {
            for mount in &one.mounts {
                let Some(volume) = self.volumes.get_mut(&mount.volume) else { continue };
                volume.size = one.arranged.volume_bytes.unwrap_or(volume.size);
                if !volume.is_anonymous && !coolify.volumes.contains(&mount.volume) {
                    further.insert(mount.volume.clone());
                }
            }
        }
        coolify.volumes.extend(further);
    }

    fn refresh_networks(&mut self, coolify: &Model, now: Timestamp) {
        for proxy in self.containers.iter_mut().filter(|one| one.name == "coolify-proxy") {
            proxy.networks = host_containers::networks_of_proxy(coolify);
        }
        let is_same = host_containers::networks(coolify).eq(self.seen_networks.names.iter())
            && self.seen_networks.count == self.networks.len();
        if is_same {
            return;
        }
        let mut names: Vec<_> = host_containers::networks(coolify).collect();
        let listed: HashSet<_> = names.iter().copied().collect();
        self.networks.retain(|one| one.name == "host" || listed.contains(one.name.as_str()));
        let mut present: HashSet<_> = self.networks.iter().map(|one| one.name.as_str()).collect();
        names.retain(|name| present.insert(name));
        let last = self.networks.iter().map(|one| one.number).max().unwrap_or(0);
        let new =
            names.iter().zip(last + 1..).map(|(name, number)| Network::new(name, now, number));
        let new: Vec<_> = new.collect();
        self.networks.extend(new);
        let names = host_containers::networks(coolify).map(str::to_owned).collect();
        self.seen_networks =
            SyncedNames { names, count: self.networks.len(), ..SyncedNames::default() };
    }
}

/// Adds the labels that hold the name of a container, unless it has others of these keys.
fn add_name_labels(labels: &mut BTreeMap<String, String>, kind: &ContainerName, name: &str) {
    let service = labels.entry("com.docker.compose.service".to_owned());
    service.or_insert_with(|| name.to_owned());
    if matches!(kind, ContainerName::Timed(_)) {
        let named = labels.entry("coolify.name".to_owned());
        named.or_insert_with(|| host_containers::slug(name));
    }
}

/// Brings the runs of a container's program up to date.
fn live(one: &mut Container, planned: &Planned, now: Timestamp, clock: &Clock) {
    if planned.is_stopped {
        return one.close(now);
    }
    if planned.is_looping() {
        return crash_again_and_again(one, planned, clock);
    }
    one.loop_from = one.lives.len();
    match planned.condition {
        Condition::Exited if one.lives.is_empty() => {
            let to = Some((one.created, one.crash_code(), false));
            one.lives.push(ProgramRun { from: one.created, to });
        }
        Condition::Exited => {}
        _ => one.open(if one.lives.is_empty() { one.created } else { now }),
    }
}

/// Adds a run for each restart of a crash loop, which began with a run before the first of them.
fn crash_again_and_again(one: &mut Container, planned: &Planned, clock: &Clock) {
    let code = one.crash_code();
    one.lives.truncate(one.loop_from);
    let began = match one.looping {
        Some((since, began)) if since == planned.loops_since => began,
        _ => clock.timestamp_at(planned.loops_since),
    };
    one.looping = Some((planned.loops_since, began));
    let pace = i64::try_from(planned.restart_pace.as_millis()).unwrap_or(i64::MAX);
    for number in one.restarts.saturating_sub(MOST_LIVES)..=one.restarts {
        let after =
            i64::try_from(number.saturating_sub(1)).unwrap_or(i64::MAX).saturating_mul(pace);
        let from = Timestamp::from_millis(began.as_millis().saturating_add(after));
        one.lives.push(ProgramRun { from, to: Some((from, code, false)) });
    }
}
