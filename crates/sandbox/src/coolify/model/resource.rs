//! What applications, databases and services have in common.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use serde_json::Value;

use super::flavors::Flavor;
use super::stack::Stack;
use super::variable::Variable;
use crate::coolify::outcomes::Condition;
use crate::coolify::uuid;
use crate::coolify::values::Object;
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

/// What only one family has.
pub(crate) enum Kind {
    Application(Vec<Variable>),
    Database(&'static Flavor, Vec<Variable>),
    Service(Stack),
}

/// Where a resource is created.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
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
    pub(crate) kind: Kind,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// When it is or was started; none while it is stopped.
    pub(crate) up_at: Option<Instant>,
    /// The conditions of its container and when each begins, in the order of time; healthy before.
    pub(crate) conditions: Vec<(Instant, Condition)>,
    /// When its deletion is done; it is listed until then.
    pub(crate) gone_at: Option<Instant>,
}

impl Resource {
    /// Creates a resource that is not running.
    pub(crate) fn new(id: i64, place: Place, fields: Object, kind: Kind) -> Self {
        let now = timestamp();
        Self {
            id,
            uuid: uuid::random(),
            environment_id: place.environment_id,
            destination_id: place.destination_id,
            fields,
            kind,
            created: now,
            updated: now,
            up_at: None,
            conditions: Vec::new(),
            gone_at: None,
        }
    }

    pub(crate) fn family(&self) -> Family {
        match self.kind {
            Kind::Application(_) => Family::Application,
            Kind::Database(..) => Family::Database,
            Kind::Service(_) => Family::Service,
        }
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

    /// Returns the condition of its container; none while it is not started.
    pub(crate) fn condition(&self, now: Instant) -> Option<Condition> {
        self.up_at.filter(|at| *at <= now)?;
        Some(self.noted_condition(now).map_or(Condition::Healthy, |(_, condition)| condition))
    }

    /// Returns the noted condition and its beginning.
    fn noted_condition(&self, now: Instant) -> Option<(Instant, Condition)> {
        self.conditions.iter().rev().find(|(at, _)| *at <= now).copied()
    }

    /// Starts it at that moment, from when on its container is in that condition.
    pub(crate) fn start(&mut self, at: Instant, condition: Condition) {
        self.up_at.get_or_insert(at);
        self.conditions.push((at, condition));
    }

    /// Undoes a start at that moment.
    pub(crate) fn undo_start(&mut self, at: Instant) {
        self.up_at = self.up_at.filter(|up| *up != at);
        self.conditions.retain(|(since, _)| *since != at);
    }

    /// Stops it at once.
    pub(crate) fn stop(&mut self) {
        self.up_at = None;
    }

    /// Returns how often docker has restarted its container, and when last.
    pub(crate) fn restarts(&self, now: Instant, pace: Duration) -> Option<(u128, Timestamp)> {
        self.up_at?;
        let (since, Condition::Restarting) = self.noted_condition(now)? else { return None };
        let count = now.duration_since(since).as_millis() / pace.as_millis().max(1) + 1;
        Some((count, timestamp()))
    }

    /// Returns Coolify's text of state and health.
    pub(crate) fn status(&self, now: Instant) -> &'static str {
        match (self.condition(now), &self.kind) {
            (Some(condition), Kind::Service(stack)) => stack.status(condition),
            (Some(condition), _) => condition.text(),
            // An application shows its last container until a deployment has started a new one.
            (None, Kind::Application(_)) => "exited",
            (None, _) if self.up_at.is_some() => "starting:unknown",
            (None, _) => "exited",
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
