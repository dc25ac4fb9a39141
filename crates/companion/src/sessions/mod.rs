//! The sessions of agents, made of the events of hooks.

mod event_counts;
mod session_expiry;
mod state;
mod token_counts;

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::files_without_fsync;
use crate::home::CompanionHome;

pub use session_expiry::{ACTIVE, IDLE_END, MAX_SESSIONS};
pub use state::SessionState;

/// The file of the sessions.
pub const SESSIONS: &str = "sessions.json";

/// The maximum size of the file, in bytes.
const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// The sessions of this machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sessions {
    /// The records that are counted here and perhaps still in the inbox.
    pub counted: Vec<String>,
    /// The sessions, by a tag of agent, session and repository.
    pub sessions: BTreeMap<String, SessionState>,
}

impl Sessions {
    /// Reads the file; empty if there is none.
    pub fn load(home: &CompanionHome) -> Self {
        files_without_fsync::read_json(home, &format!("run/{SESSIONS}"), MAX_SIZE)
            .unwrap_or_default()
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// An error of the file system; the file is then as it was.
    pub fn save(&self, home: &CompanionHome) -> io::Result<()> {
        files_without_fsync::write_run(home, SESSIONS, self)
    }
}
