//! `config.json`: the settings that are not secret.
//!
//! | member | meaning |
//! |---|---|
//! | `machine_id` | a random id, made once |
//! | `machine_name` | the name to show instead of the host's |
//! | `default_server` | the server of repositories that name none (`covibe-local use`) |
//! | `transcript_roots` | folders of agents' records besides the usual ones |
//!
//! Members that this version does not know are kept.

use std::io;
use std::path::PathBuf;

use covibe_domain::companion::{ActivityKey, Machine};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::command_error::Problem;
use crate::home::{CompanionHome, HomeLock, LOCK_WAIT, Mode};
use crate::origin::Origin;

/// The name of the file.
pub const SETTINGS: &str = "config.json";

/// The maximum size of the file, in bytes.
const MAX_SIZE: u64 = 256 * 1024;

/// The lock that is held while the file is changed.
const LOCK: &str = "config.lock";

/// The content of `config.json`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    content: Map<String, Value>,
}

impl Settings {
    /// Reads the file; empty if there is none.
    ///
    /// # Errors
    ///
    /// A problem if it cannot be read, or is not a JSON object.
    pub fn load(home: &CompanionHome) -> Result<Self, Problem> {
        let path = home.path(SETTINGS);
        let text = home.read(SETTINGS, MAX_SIZE).map_err(|error| unreadable(&error))?;
        let Some(text) = text else { return Ok(Self::default()) };
        match serde_json::from_slice(&text) {
            Ok(Value::Object(content)) => Ok(Self { content }),
            _ => Err(Problem::failure(format!("{} is not valid.", path.display()))
                .hint("Move it away, and run `covibe-local setup`.")),
        }
    }

    /// Changes the file under its lock.
    ///
    /// # Errors
    ///
    /// Those of [`Settings::load`], or a file that cannot be written; it is then as it was.
    pub fn update(home: &CompanionHome, change: impl FnOnce(&mut Self)) -> Result<Self, Problem> {
        let lock = HomeLock::take(home, LOCK, LOCK_WAIT).map_err(|error| unwritable(&error))?;
        let _lock = lock.ok_or_else(|| {
            Problem::failure("Another command is changing the settings.").hint("Try again.")
        })?;
        let mut settings = Self::load(home)?;
        let before = settings.clone();
        change(&mut settings);
        if settings != before {
            let text = serde_json::to_string_pretty(&settings.content).unwrap_or_default() + "\n";
            home.write(SETTINGS, text.as_bytes(), Mode::Private)
                .map_err(|error| unwritable(&error))?;
        }
        Ok(settings)
    }

    /// Returns the server of repositories that name none.
    pub fn default_server(&self) -> Option<Origin> {
        Some(Origin::judge(self.content.get("default_server")?.as_str()?).ok()?.origin)
    }

    /// Sets the server of repositories that name none.
    pub fn set_default_server(&mut self, server: &Origin) {
        self.content.insert("default_server".to_owned(), json!(server));
    }

    /// Returns the folders of agents' records besides the usual ones.
    pub fn transcript_roots(&self) -> Vec<PathBuf> {
        let roots = self.content.get("transcript_roots").and_then(Value::as_array);
        let root = |value: &Value| Some(PathBuf::from(value.as_str()?)).filter(|p| p.is_absolute());
        roots.into_iter().flatten().filter_map(root).take(16).collect()
    }

    fn machine_id(&self) -> Option<ActivityKey> {
        self.content.get("machine_id")?.as_str()?.parse().ok()
    }

    fn machine_name(&self) -> String {
        let set = self.content.get("machine_name").and_then(Value::as_str).map(str::to_owned);
        let host = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        let name: String =
            set.unwrap_or_else(host).chars().filter(|c| !c.is_control()).take(64).collect();
        let name = name.trim();
        if name.is_empty() { "computer".to_owned() } else { name.to_owned() }
    }
}

/// Returns this machine, whose random id is made at the first call.
///
/// # Errors
///
/// A problem if `config.json` cannot be read or written.
pub fn machine(home: &CompanionHome) -> Result<Machine, Problem> {
    let mut settings = Settings::load(home)?;
    if settings.machine_id().is_none() {
        let id = random_key()?;
        settings = Settings::update(home, |settings| {
            // Another process may have made one meanwhile.
            if settings.machine_id().is_none() {
                settings.content.insert("machine_id".to_owned(), json!(id));
            }
        })?;
    }
    let id = settings.machine_id().ok_or_else(|| {
        Problem::failure("The id of this machine cannot be stored.")
            .hint("Run `covibe-local doctor`.")
    })?;
    Ok(Machine {
        id,
        name: settings.machine_name(),
        platform: platform(),
        companion_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

fn random_key() -> Result<ActivityKey, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        Problem::failure(format!("The system provides no random bytes: {error}."))
    })?;
    Ok(ActivityKey::from_digest(&Sha256::digest(bytes).into()))
}

/// Returns the operating system and architecture, such as `linux-x64`.
pub fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{architecture}")
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::failure(format!("The settings cannot be read: {error}."))
}

fn unwritable(error: &io::Error) -> Problem {
    Problem::failure(format!("The settings cannot be written: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_keep_the_machine_id_and_unknown_members() {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path());
        home.write(SETTINGS, br#"{"later":[1]}"#, Mode::Private).unwrap();
        let first = machine(&home).unwrap();
        let server = Origin::judge("https://a.example").unwrap().origin;
        Settings::update(&home, |settings| settings.set_default_server(&server)).unwrap();
        assert_eq!(machine(&home).unwrap().id, first.id);
        let settings = Settings::load(&home).unwrap();
        assert_eq!(settings.default_server(), Some(server));
        assert_eq!(settings.content["later"], json!([1]));
    }
}
