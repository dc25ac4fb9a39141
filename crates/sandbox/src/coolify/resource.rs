//! Applications, databases and services: what they have in common.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use super::body::Object;
use super::envs::Env;
use super::flavors::Flavor;
use super::outcomes::Condition;
use super::servers;
use super::stack::Stack;
use crate::random;

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Application,
    Database,
    Service,
}

impl Family {
    /// Its name in messages.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Database => "Database",
            Self::Service => "Service",
        }
    }
}

/// What only one family has.
pub(super) enum Kind {
    Application(Vec<Env>),
    Database(&'static Flavor),
    Service(Stack),
}

/// One of them.
pub(super) struct Resource {
    pub(super) id: i64,
    pub(super) uuid: String,
    pub(super) environment_id: i64,
    /// What answers show, but for ids, status and times.
    pub(super) fields: Object,
    pub(super) kind: Kind,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// When it runs or began to; none when it is stopped.
    pub(super) up_at: Option<Instant>,
    /// How its container is from when on, in the order of time; healthy before.
    pub(super) conditions: Vec<(Instant, Condition)>,
    /// When its deletion is done; until then it is listed.
    pub(super) gone_at: Option<Instant>,
}

impl Resource {
    /// A new one, not running.
    pub(super) fn new(id: i64, environment_id: i64, fields: Object, kind: Kind) -> Self {
        let now = random::now();
        Self {
            id,
            uuid: random::uuid(),
            environment_id,
            fields,
            kind,
            created: now,
            updated: now,
            up_at: None,
            conditions: Vec::new(),
            gone_at: None,
        }
    }

    pub(super) fn family(&self) -> Family {
        match self.kind {
            Kind::Application(_) => Family::Application,
            Kind::Database(_) => Family::Database,
            Kind::Service(_) => Family::Service,
        }
    }

    /// A field's text; empty when it has none.
    pub(super) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.text("name")
    }

    /// Sets a field and the time of the last change.
    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
        self.updated = random::now();
    }

    pub(super) fn is_up(&self, now: Instant) -> bool {
        self.condition(now).is_some_and(Condition::is_up)
    }

    /// How its container is; none before it is started.
    pub(super) fn condition(&self, now: Instant) -> Option<Condition> {
        self.up_at.filter(|at| *at <= now)?;
        Some(self.condition_since(now).map_or(Condition::Healthy, |(_, condition)| condition))
    }

    /// The same, with its beginning, where something has been noted of it.
    fn condition_since(&self, now: Instant) -> Option<(Instant, Condition)> {
        self.conditions.iter().rev().find(|(at, _)| *at <= now).copied()
    }

    /// Starts it: from then on it is in that condition.
    pub(super) fn put_up(&mut self, at: Instant, condition: Condition) {
        self.up_at.get_or_insert(at);
        self.conditions.push((at, condition));
    }

    /// Takes back that it would be started then.
    pub(super) fn put_down(&mut self, at: Instant) {
        self.up_at = self.up_at.filter(|up| *up != at);
        self.conditions.retain(|(since, _)| *since != at);
    }

    /// How often docker has started its container again by itself, and when it last did.
    pub(super) fn restarts(&self, now: Instant, pace: Duration) -> Option<(u128, Timestamp)> {
        self.up_at?;
        let (since, Condition::Restarting) = self.condition_since(now)? else { return None };
        let count = now.duration_since(since).as_millis() / pace.as_millis().max(1) + 1;
        Some((count, random::now()))
    }

    /// Coolify's joined text of state and health.
    pub(super) fn status(&self, now: Instant) -> &'static str {
        match (self.condition(now), &self.kind) {
            (Some(condition), Kind::Service(stack)) => stack.status(condition),
            (Some(condition), _) => condition.text(),
            // An application shows its last container until a deployment has put up a new one.
            (None, Kind::Application(_)) => "exited",
            (None, _) if self.up_at.is_some() => "starting:unknown",
            (None, _) => "exited",
        }
    }

    /// The type in `/resources` and `/servers/{uuid}/resources`.
    pub(super) fn kind_text(&self) -> &'static str {
        match &self.kind {
            Kind::Application(_) => "application",
            Kind::Database(flavor) => flavor.kind,
            Kind::Service(_) => "service",
        }
    }

    /// The answer, without the numeric id.
    pub(super) fn json(&self, now: Instant) -> Value {
        let mut body = self.fields.clone();
        body.insert("uuid".to_owned(), json!(self.uuid));
        body.insert("environment_id".to_owned(), json!(self.environment_id));
        body.insert("status".to_owned(), json!(self.status(now)));
        body.insert("destination_id".to_owned(), json!(servers::DESTINATION));
        body.insert("created_at".to_owned(), json!(self.created));
        body.insert("updated_at".to_owned(), json!(self.updated));
        Value::Object(body)
    }

    /// The same with the id, as only nested and short lists show it.
    pub(super) fn json_with_id(&self, now: Instant) -> Value {
        let mut body = self.json(now);
        body["id"] = json!(self.id);
        body
    }
}
