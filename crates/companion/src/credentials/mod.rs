//! `credentials.json`: the keys of this machine, by server and type of agent.
//!
//! ```json
//! { "version": 1, "servers": { "https://co-vibe.example": {
//!     "workspace": "shop",
//!     "tokens": { "codex": { "token": "vibn_sk_…", "expires_at": "2027-02-01T00:00:00Z" } } } },
//!   "network": ["9f86d0…"] }
//! ```
//!
//! `network` has the digests of proxies and certificates that keys pass through, see [`NetworkVariables`]. A server can have
//! `noted_keys`, the digests of keys that are in the environment and not in the file, see [`Credentials::check_key`].
//!
//! Members that this version does not know are kept. The file is the only place on the machine that has keys.

mod key_selection;
mod network_question;
mod noted_keys;
mod noted_network;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use covibe_domain::entities::AgentType;
use covibe_domain::{Secret, Timestamp};
use serde_json::{Map, Value, json};

use crate::command_error::{Exit, Problem};
use crate::home::{CompanionHome, HomeLock, LOCK_WAIT, Mode};
use crate::origin::Origin;

pub use key_selection::{KeySource, SelectedKey, TOKEN_VARIABLE, select_key};
pub use network_question::NetworkQuestion;
pub use noted_network::{NetworkVariables, note_network};

/// The name of the file.
pub const CREDENTIALS: &str = "credentials.json";

/// The maximum size of the file, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;

/// The lock that is held while the file is changed.
const LOCK: &str = "credentials.lock";

/// A key of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The key.
    pub token: Secret,
    /// When it expires, if that is known.
    pub expires_at: Option<Timestamp>,
}

/// The content of `credentials.json`.
#[derive(Clone, Default)]
pub struct Credentials {
    content: Map<String, Value>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads the file; empty if there is none.
    ///
    /// # Errors
    ///
    /// A problem if the file belongs to another user, is open to others, or is not what this program writes. A file that
    /// is open to others is not trusted, because whoever can write it decides where keys are sent.
    pub fn load(home: &CompanionHome) -> Result<Self, Problem> {
        let path = home.path(CREDENTIALS);
        let Ok(metadata) = fs::metadata(&path) else { return Ok(Self::default()) };
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(Problem::failure(format!("{} belongs to another user.", path.display()))
                .hint("Remove it, and run `covibe-local login`."));
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(Problem::failure(format!("{} is open to other users.", path.display()))
                .hint(format!("Run `chmod 600 {}`.", path.display())));
        }
        let text = home.read(CREDENTIALS, MAX_SIZE).map_err(|error| unreadable(&error))?;
        match serde_json::from_slice(&text.unwrap_or_default()) {
            Ok(Value::Object(content)) => Ok(Self { content }),
            _ => Err(Problem::failure(format!("{} is not valid.", path.display()))
                .hint("Move it away, and run `covibe-local login`.")),
        }
    }

    /// Changes the file under its lock: other processes wait, and lose no key.
    ///
    /// # Errors
    ///
    /// Those of [`Credentials::load`], or a file that cannot be written; it is then as it was.
    pub fn update(home: &CompanionHome, change: impl FnOnce(&mut Self)) -> Result<Self, Problem> {
        let lock = HomeLock::take(home, LOCK, LOCK_WAIT).map_err(|error| unwritable(&error))?;
        let _lock = lock.ok_or_else(|| {
            Problem::failure("Another command is changing the credentials.").hint("Try again.")
        })?;
        let mut credentials = Self::load(home)?;
        let before = credentials.content.clone();
        change(&mut credentials);
        if credentials.content != before {
            credentials.content.insert("version".to_owned(), json!(1));
            let text =
                serde_json::to_string_pretty(&credentials.content).unwrap_or_default() + "\n";
            home.write(CREDENTIALS, text.as_bytes(), Mode::Private)
                .map_err(|error| unwritable(&error))?;
        }
        Ok(credentials)
    }

    /// Returns the servers that have a key.
    pub fn servers(&self) -> Vec<Origin> {
        let servers = self.content.get("servers").and_then(Value::as_object);
        let is_used = |server: &&String| {
            servers
                .and_then(|servers| servers[*server]["tokens"].as_object())
                .is_some_and(|t| !t.is_empty())
        };
        // An origin that would be refused on the command line is refused here, too.
        let judged = |text: &String| Some(Origin::judge(text).ok()?.origin);
        servers.into_iter().flat_map(Map::keys).filter(is_used).filter_map(judged).collect()
    }

    /// Returns the key of a type of agent for a server.
    pub fn key(&self, server: &Origin, agent: AgentType) -> Option<StoredKey> {
        let token = self.server(server)?.get("tokens")?.get(agent.as_str())?;
        let text = token.get("token")?.as_str()?;
        let expires_at = token.get("expires_at").and_then(Value::as_str).and_then(Timestamp::parse);
        Some(StoredKey { token: Secret::new(text), expires_at })
    }

    /// Returns every key for a server.
    pub fn keys(&self, server: &Origin) -> Vec<(AgentType, StoredKey)> {
        let key = |agent: &AgentType| Some((*agent, self.key(server, *agent)?));
        AgentType::ALL.iter().filter_map(key).collect()
    }

    /// Returns the slug of the workspace that the keys for a server are for.
    pub fn workspace(&self, server: &Origin) -> Option<&str> {
        self.server(server)?.get("workspace")?.as_str()
    }

    /// Stores a key.
    pub fn insert(&mut self, server: &Origin, workspace: &str, agent: AgentType, key: &StoredKey) {
        let server = member(member(&mut self.content, "servers"), server.as_str());
        server.insert("workspace".to_owned(), json!(workspace));
        let token = member(member(server, "tokens"), agent.as_str());
        token.insert("token".to_owned(), json!(key.token.expose()));
        token.remove("expires_at");
        if let Some(at) = key.expires_at {
            token.insert("expires_at".to_owned(), json!(at.to_string()));
        }
    }

    /// Removes the keys for a server.
    pub fn remove_server(&mut self, server: &Origin) {
        if let Some(servers) = self.content.get_mut("servers").and_then(Value::as_object_mut) {
            servers.shift_remove(server.as_str());
        }
    }

    fn server(&self, server: &Origin) -> Option<&Map<String, Value>> {
        self.content.get("servers")?.get(server.as_str())?.as_object()
    }
}

/// Returns a member that is an object, which it becomes if it is not.
fn member<'a>(object: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let entry = object.entry(name).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    match entry {
        Value::Object(object) => object,
        _ => unreachable!("it was made an object"),
    }
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::failure(format!("The credentials cannot be read: {error}."))
}

fn unwritable(error: &io::Error) -> Problem {
    Problem::new(Exit::Failed, format!("The credentials cannot be written: {error}."))
}
