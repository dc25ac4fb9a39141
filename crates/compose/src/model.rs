//! What callers know of a compose file that was accepted.

use covibe_domain::Secret;

/// An accepted compose file.
#[derive(Clone, Debug)]
pub struct Compose {
    /// Its services, in the file's order; at least one.
    pub services: Vec<ComposeService>,
    /// Advice for the agent, one sentence each.
    pub hints: Vec<String>,
    pub(crate) text: Secret,
}

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeService {
    /// Its name: `^[a-z0-9][a-z0-9_.-]{0,62}$`, and not digits alone.
    pub name: String,
    /// Its image; tag and digest may contain variables.
    pub image: String,
    /// The container's ports that `expose` lists.
    pub ports: Vec<u16>,
    /// Whether Coolify treats it as a database, which can't have a domain.
    pub is_database: bool,
    /// Whether it has an active healthcheck in the file.
    pub has_healthcheck: bool,
}

impl Compose {
    /// Returns the canonical text, which is sent instead of the agent's. It may contain credentials.
    pub fn text(&self) -> &str {
        self.text.expose()
    }
}
