//! `exclude.json`.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::command_error::Problem;
use crate::home::{CompanionHome, HomeLock, LOCK_WAIT, Mode};

/// The name of the file.
pub const EXCLUSIONS: &str = "exclude.json";

/// The maximum size of the file, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;

/// The version that this program reads. A later one may exclude in a way that it does not understand.
const VERSION: u32 = 1;

/// The lock that is held while the file is changed.
const LOCK: &str = "exclude.lock";

/// A repository that stays private.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedRepository {
    /// Its common git directory.
    pub common_dir: PathBuf,
    /// Its first commits, by which it is recognised at another place.
    #[serde(default)]
    pub roots: Vec<String>,
}

/// The rules of `exclude.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exclusions {
    version: u32,
    /// The repositories that stay private.
    pub repositories: Vec<ExcludedRepository>,
    /// Patterns of paths: everything below a match stays private.
    pub globs: Vec<String>,
    /// Patterns of remotes such as `github.com/me/*`.
    pub remotes: Vec<String>,
    /// True if everything stays private that is not included.
    pub include_only: bool,
    /// The common git directories that are included. They also stay so where an excluded repository has the same first
    /// commits.
    pub included: Vec<PathBuf>,
    /// Patterns of paths that are included.
    pub included_globs: Vec<String>,
    /// Patterns of remotes that are included.
    pub included_remotes: Vec<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Default for Exclusions {
    fn default() -> Self {
        Self {
            version: VERSION,
            repositories: Vec::new(),
            globs: Vec::new(),
            remotes: Vec::new(),
            include_only: false,
            included: Vec::new(),
            included_globs: Vec::new(),
            included_remotes: Vec::new(),
            others: Map::new(),
        }
    }
}

impl Exclusions {
    /// Reads the file; no rules if it does not exist.
    ///
    /// # Errors
    ///
    /// A problem if it cannot be read or is not valid. Everything is then excluded.
    pub fn load(home: &CompanionHome) -> Result<Self, Problem> {
        let unusable = |reason: String| {
            Problem::failure(format!("{} {reason}.", home.path(EXCLUSIONS).display()))
                .hint("Until it is repaired, no repository's activity is sent. Repair the file, or move it away.")
        };
        let text = home
            .read(EXCLUSIONS, MAX_SIZE)
            .map_err(|error| unusable(format!("cannot be read: {error}")))?;
        let Some(text) = text else {
            // A link that leads nowhere is a list that is missing, not an empty one.
            return if home.path(EXCLUSIONS).is_symlink() {
                Err(unusable("is a broken link".to_owned()))
            } else {
                Ok(Self::default())
            };
        };
        let rules: Self =
            serde_json::from_slice(&text).map_err(|_| unusable("is not valid".to_owned()))?;
        if rules.version > VERSION {
            return Err(unusable("was written by a later version of covibe-local".to_owned()));
        }
        Ok(rules)
    }

    /// Changes the file under its lock.
    ///
    /// # Errors
    ///
    /// Those of [`Exclusions::load`], or a file that cannot be written; it is then as it was.
    pub fn update(home: &CompanionHome, change: impl FnOnce(&mut Self)) -> Result<Self, Problem> {
        let unwritable = |error: io::Error| {
            Problem::failure(format!("The exclusions cannot be written: {error}."))
        };
        let lock = HomeLock::take(home, LOCK, LOCK_WAIT).map_err(unwritable)?;
        let _lock = lock.ok_or_else(|| {
            Problem::failure("Another command is changing the exclusions.").hint("Try again.")
        })?;
        let mut rules = Self::load(home)?;
        let before = rules.clone();
        change(&mut rules);
        if rules != before {
            let text = serde_json::to_string_pretty(&rules).unwrap_or_default() + "\n";
            home.write(EXCLUSIONS, text.as_bytes(), Mode::Private).map_err(unwritable)?;
        }
        Ok(rules)
    }
}
