//! What is known of a compose file that passed.

use covibe_domain::Secret;

/// A compose file that passed.
#[derive(Clone, Debug)]
pub struct Compose {
    /// Its services in the order of the file, at least one.
    pub services: Vec<ComposeService>,
    /// What is not wrong and yet worth telling the agent, a sentence each.
    pub hints: Vec<String>,
    pub(crate) text: Secret,
}

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeService {
    /// Its name: `^[a-z0-9][a-z0-9_.-]{0,62}$`, and not digits alone.
    pub name: String,
    /// Its image; tag and digest may hold variables.
    pub image: String,
    /// The container's ports that `expose` lists.
    pub ports: Vec<u16>,
    /// Whether Coolify takes it for a database, which can have no domain.
    pub is_database: bool,
    /// Whether a healthcheck of the file is in force.
    pub has_healthcheck: bool,
}

impl Compose {
    /// The canonical text: what is to be sent in place of the agent's. It may hold credentials.
    pub fn text(&self) -> &str {
        self.text.expose()
    }
}
