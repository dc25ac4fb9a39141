//! The common data and behaviour of applications, databases and services.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use serde_json::Value;

use super::containers::{Container, DockerAction, DockerActions, Limits, ObservedState, Stack};
use super::databases::Flavor;
use super::deployment::Launch;
use super::env_variable::Variable;
use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::json_values::{Object, random_uuid};
use crate::coolify::predicted_failures::Ending;
use crate::core::clock::timestamp;

/// The three kinds of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Application,
    Database,
    Service,
}

impl Family {
    /// Returns the family's name in messages.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Database => "Database",
            Self::Service => "Service",
        }
    }
}

/// The data that only one family has.
pub(crate) enum Kind {
    Application(Vec<Variable>),
    Database(&'static Flavor, Vec<Variable>),
    Service(Stack),
}

/// The number of times that Docker restarts an application's container before Coolify stops and removes it, unless
/// the application has another limit (4.3.11).
const MAX_RESTARTS: u64 = 10;

/// The environment and the destination of a new resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    pub(crate) environment_id: i64,
    pub(crate) destination_id: i64,
}

/// An application, database or service.
pub(crate) struct Resource {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) environment_id: i64,
    pub(crate) destination_id: i64,
    /// The columns that answers show, except ids, status and times.
    pub(crate) fields: Object,
    /// The switches of an application that were set, which are not columns.
    pub(crate) settings: BTreeMap<String, bool>,
    pub(crate) kind: Kind,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// The moment of its start, past or coming; `None` while it is stopped.
    pub(crate) up_at: Option<Instant>,
    /// The conditions of its container with the beginning of each, in chronological order.
    pub(crate) conditions: Vec<(Instant, Condition)>,
    /// The settings with which it was started each time.
    pub(crate) launches: Vec<Launch>,
    /// True if a worker has begun to start it and has not brought it up yet.
    pub(crate) is_starting: bool,
    /// The time that Docker takes to restart its container.
    pub(crate) restart_pace: Duration,
    /// The actions of Docker itself on its containers.
    pub(crate) hands: DockerActions,
    /// Coolify's knowledge of its containers.
    pub(crate) sight: ObservedState,
    /// The moment when its deletion is finished; it is listed until then.
    pub(crate) gone_at: Option<Instant>,
}

impl Resource {
    /// Creates a resource that is not running.
    pub(crate) fn new(id: i64, place: Placement, fields: Object, kind: Kind) -> Self {
        let now = timestamp();
        Self {
            id,
            uuid: random_uuid(),
            environment_id: place.environment_id,
            destination_id: place.destination_id,
            fields,
            settings: BTreeMap::new(),
            kind,
            created: now,
            updated: now,
            up_at: None,
            conditions: Vec::new(),
            launches: Vec::new(),
            is_starting: false,
            restart_pace: Duration::ZERO,
            hands: DockerActions::default(),
            sight: ObservedState::new(),
            gone_at: None,
        }
    }

    /// Returns the moment when its deletion is finished or the next look at it is due.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        self.gone_at.into_iter().chain(self.sight.next_look()).min()
    }

    pub(crate) fn family(&self) -> Family {
        match self.kind {
            Kind::Application(_) => Family::Application,
            Kind::Database(..) => Family::Database,
            Kind::Service(_) => Family::Service,
        }
    }

    /// Returns the uuids that may own storages: the resource's, and those of a service's containers.
    pub(crate) fn owners(&self) -> impl Iterator<Item = &str> {
        let parts = match &self.kind {
            Kind::Service(stack) => &stack.containers[..],
            Kind::Application(_) | Kind::Database(..) => &[],
        };
        [self.uuid.as_str()].into_iter().chain(parts.iter().map(|part| part.uuid.as_str()))
    }

    /// Returns a column's text; empty when it has none.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.fields.get(column).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    /// Sets a column and the time of the last change.
    pub(crate) fn set(&mut self, column: &str, value: impl Into<Value>) {
        self.fields.insert(column.to_owned(), value.into());
        self.updated = timestamp();
    }

    /// Returns whether its container runs.
    pub(crate) fn is_up(&self, now: Instant) -> bool {
        self.condition(now).is_some_and(Condition::is_up)
    }

    /// Returns the condition of its container; `None` while there is no container.
    pub(crate) fn condition(&self, now: Instant) -> Option<Condition> {
        let planned = self.planned_condition(now)?;
        match self.last_docker_action("", now) {
            Some((_, DockerAction::Removed)) => None,
            Some((_, DockerAction::Stopped)) => Some(Condition::Exited),
            _ => Some(planned),
        }
    }

    /// Returns the condition in which Coolify left its container; `None` while there is no container.
    fn planned_condition(&self, now: Instant) -> Option<Condition> {
        self.up_at.filter(|at| *at <= now)?;
        if self.restart_limit().is_some_and(|most| self.restarts(now) >= most) {
            return None;
        }
        Some(self.noted_condition(now).map_or_else(Condition::default, |(_, noted)| noted))
    }

    /// Returns the moment since which it has its current containers; `None` while it is stopped.
    pub(crate) fn containers_since(&self, now: Instant) -> Option<Instant> {
        let up_at = self.up_at.filter(|at| *at <= now)?;
        Some(self.noted_condition(now).map_or(up_at, |(at, _)| at.max(up_at)))
    }

    /// Returns the last action of Docker itself on one of these containers.
    pub(crate) fn last_docker_action(
        &self,
        part: &str,
        now: Instant,
    ) -> Option<(Instant, DockerAction)> {
        self.hands.last(part, self.containers_since(now)).filter(|(at, _)| *at <= now)
    }

    /// Returns the noted condition and its beginning.
    fn noted_condition(&self, now: Instant) -> Option<(Instant, Condition)> {
        self.conditions.iter().rev().find(|(at, _)| *at <= now).copied()
    }

    /// Starts it at that moment, from when on its container is in that condition.
    pub(crate) fn start(&mut self, at: Instant, condition: Condition, ending: Option<Ending>) {
        self.up_at.get_or_insert(at);
        self.conditions.push((at, condition));
        let limits = Limits::read(&self.fields).unwrap_or_default();
        let image = self.configured_image();
        self.launches.push(Launch::new(at, image, limits, ending));
        if let Kind::Service(stack) = &mut self.kind {
            stack.containers.iter_mut().for_each(|part| part.stopped_at = None);
        }
    }

    /// Returns the image that its next container gets; `None` for a built image or a compose file.
    fn configured_image(&self) -> Option<String> {
        if self.family() == Family::Database {
            return Some(self.text("image").to_owned());
        }
        let text = |part| self.text(&format!("docker_registry_image_{part}"));
        let is_image = self.text("build_pack") == "dockerimage";
        is_image.then(|| format!("{}:{}", text("name"), text("tag")))
    }

    /// Returns the settings with which the container that has existed since that moment was started.
    pub(crate) fn launch_of(&self, since: Instant) -> Option<&Launch> {
        self.launches.iter().rev().find(|launch| launch.at <= since)
    }

    /// Stops it at once.
    pub(crate) fn stop(&mut self) {
        self.up_at = None;
    }

    /// Returns the number of restarts after which Coolify stops an application; `None` if it never does.
    pub(crate) fn restart_limit(&self) -> Option<u128> {
        let limit = self.fields.get("max_restart_count").and_then(Value::as_u64);
        let most = (self.family() == Family::Application).then(|| limit.unwrap_or(MAX_RESTARTS));
        most.filter(|most| *most > 0).map(u128::from)
    }

    /// Returns the number of times that Docker has restarted its container, which Coolify may have stopped since.
    pub(crate) fn restarts(&self, now: Instant) -> u128 {
        let Some(since) = self.loops_since(now) else { return 0 };
        let pace = self.restart_pace.as_millis().max(1);
        let restarts = now.duration_since(since).as_millis() / pace + 1;
        self.restart_limit().map_or(restarts, |most| restarts.min(most))
    }

    /// Returns the moment since which its container is in a crash loop. Docker counts from the last start by hand,
    /// and does not restart a container that was stopped.
    pub(crate) fn loops_since(&self, now: Instant) -> Option<Instant> {
        let (since, _) =
            self.noted_condition(now).filter(|(_, it)| *it == Condition::Restarting)?;
        match self.last_docker_action("", now) {
            Some((at, DockerAction::Started)) => Some(at),
            Some(_) => None,
            None => Some(since),
        }
    }

    /// Returns the names of its containers that run.
    pub(crate) fn containers(&self, now: Instant) -> Vec<String> {
        match &self.kind {
            Kind::Service(stack) => {
                let running = |part: &&Container| self.part_runs(part, now) == Some(true);
                let running = stack.containers.iter().filter(running);
                running.map(|part| format!("{}-{}", part.name, self.uuid)).collect()
            }
            _ if self.is_up(now) => vec![self.uuid.clone()],
            _ => Vec::new(),
        }
    }

    /// Returns whether a service's container runs; `None` if there is no such container. The databases run, whatever
    /// happens to the applications.
    pub(crate) fn part_runs(&self, part: &Container, now: Instant) -> Option<bool> {
        let condition = self.planned_condition(now).filter(|_| part.is_in_file)?;
        if matches!(self.last_docker_action(&part.name, now), Some((_, DockerAction::Removed))) {
            return None;
        }
        let is_stopped = self.part_is_stopped(part, now);
        Some(!is_stopped && part.condition(condition).is_up())
    }

    /// Returns whether a service's container was stopped alone, by Coolify or by docker.
    pub(crate) fn part_is_stopped(&self, part: &Container, now: Instant) -> bool {
        let by_docker =
            matches!(self.last_docker_action(&part.name, now), Some((_, DockerAction::Stopped)));
        by_docker || part.stopped_at.is_some_and(|at| at <= now)
    }

    /// Looks at its containers as they are at that moment.
    pub(crate) fn look_at_containers(&mut self, at: Instant, time: Timestamp) {
        let (seen, restarts) = (self.condition(at), self.restarts(at));
        self.sight.update(seen, restarts, time);
        self.sight.stopped = self.stopped_parts(at);
    }

    /// Returns the names of a service's containers that Docker itself stopped or removed.
    fn stopped_parts(&self, now: Instant) -> Vec<String> {
        let Kind::Service(stack) = &self.kind else { return Vec::new() };
        let is_stopped = |part: &&Container| {
            matches!(
                self.last_docker_action(&part.name, now),
                Some((_, DockerAction::Stopped | DockerAction::Removed))
            )
        };
        stack.containers.iter().filter(is_stopped).map(|part| part.name.clone()).collect()
    }

    /// Returns whether Coolify knows of its health check; that of a database always passes.
    fn has_check(&self) -> bool {
        let is_enabled = self.fields.get("health_check_enabled").is_some_and(|it| *it == true);
        self.family() == Family::Database || is_enabled
    }

    /// Returns Coolify's text of state and health, as of its last look.
    pub(crate) fn status(&self) -> &'static str {
        match &self.kind {
            // It follows from the task, and not from a look.
            Kind::Service(_) if self.is_starting => "starting:unhealthy",
            Kind::Service(stack) => stack.status(self.sight.seen, &self.sight.stopped),
            _ => match self.sight.seen {
                None | Some(Condition::Exited) => "exited:unhealthy",
                Some(_) if self.launches.last().is_some_and(|last| last.is_degraded) => {
                    "degraded:unhealthy"
                }
                Some(condition) => condition.text(self.has_check()),
            },
        }
    }

    /// Returns the name of its class, as columns that refer to it have it.
    pub(crate) fn class(&self) -> String {
        match &self.kind {
            Kind::Application(_) => "App\\Models\\Application".to_owned(),
            Kind::Database(flavor, _) => {
                let (first, rest) = flavor.name.split_at(1);
                format!("App\\Models\\Standalone{}{rest}", first.to_ascii_uppercase())
            }
            Kind::Service(_) => "App\\Models\\Service".to_owned(),
        }
    }

    /// Returns the type in `/resources` and `/servers/{uuid}/resources`.
    pub(crate) fn type_text(&self) -> &'static str {
        match &self.kind {
            Kind::Application(_) => "application",
            Kind::Database(flavor, _) => flavor.kind,
            Kind::Service(_) => "service",
        }
    }
}
