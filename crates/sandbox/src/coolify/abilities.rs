//! The abilities of tokens, and the members of answers that a token may not see.

use std::sync::Arc;

use parking_lot::RwLock;
use serde_json::Value;

use super::errors;
use crate::core::request_types::{Body, Reply, Request};

/// The abilities of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a token has any combination of them")]
pub struct Abilities {
    /// Reading.
    pub read: bool,
    /// Reading values, passwords, compose files and logs; without it they are absent.
    pub read_sensitive: bool,
    /// Creating, changing and deleting.
    pub write: bool,
    /// Deploying, starting, restarting and stopping.
    pub deploy: bool,
}

/// The abilities of the main token. All clones share them, so that a test keeps one, starts the
/// simulator with another (`Options::abilities`) and changes them later.
#[derive(Clone, Debug)]
pub struct Granted(Arc<RwLock<Abilities>>);

impl Granted {
    /// Sets the abilities.
    pub fn set(&self, abilities: Abilities) {
        *self.0.write() = abilities;
    }

    /// Returns the abilities.
    pub(crate) fn get(&self) -> Abilities {
        *self.0.read()
    }
}

impl Default for Granted {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(Abilities::ALL)))
    }
}

/// Members of answers that only a token with `read:sensitive` sees (`removeSensitiveData` of each
/// controller, 4.3.11).
const SENSITIVE: [&str; 14] = [
    "content",
    "custom_labels",
    "docker_compose",
    "docker_compose_raw",
    "dockerfile",
    "external_db_url",
    "init_scripts",
    "internal_db_url",
    "logs",
    "private_key",
    "private_key_id",
    "real_value",
    "sentinel_token",
    "value",
];

impl Abilities {
    /// Every ability, as the token of an administrator has them.
    pub const ALL: Self = Self { read: true, read_sensitive: true, write: true, deploy: true };

    /// No ability.
    pub const NONE: Self = Self { read: false, read_sensitive: false, write: false, deploy: false };

    /// Returns the refusal if the token lacks the ability that a route requires.
    pub(super) fn check(self, request: &Request) -> Result<(), Box<Reply>> {
        let (has, name) = match required_ability(request) {
            Required::Read => (self.read, "read"),
            Required::Write => (self.write, "write"),
            Required::Deploy => (self.deploy, "deploy"),
        };
        if has {
            return Ok(());
        }
        let text = format!("Missing required permissions: {name}");
        Err(Box::new(errors::message(403, &text)))
    }

    /// Removes the members from an answer that the token may not see.
    pub(super) fn without_sensitive_members(self, mut reply: Reply) -> Reply {
        if !self.read_sensitive
            && let Body::Json(value) = &mut reply.body
        {
            remove_sensitive(value);
        }
        reply
    }
}

enum Required {
    Read,
    Write,
    Deploy,
}

fn required_ability(request: &Request) -> Required {
    let (method, segments) = request.route();
    match segments.last() {
        Some(&"deploy" | &"start" | &"restart" | &"stop" | &"cancel") => Required::Deploy,
        _ if method == "GET" => Required::Read,
        _ => Required::Write,
    }
}

fn remove_sensitive(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !is_sensitive(name));
            members.values_mut().for_each(remove_sensitive);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_sensitive),
        _ => {}
    }
}

fn is_sensitive(name: &str) -> bool {
    let is_secret = name.ends_with("_password") || name.starts_with("manual_webhook_secret_");
    is_secret || SENSITIVE.contains(&name)
}
