//! Whom the key for a server stands for, and the salt of its workspace, kept in `run/` for a day.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_domain::companion::CompanionIdentity;
use serde::{Deserialize, Serialize};

use crate::files_without_fsync;
use crate::home::CompanionHome;
use crate::origin::Origin;

/// The file.
const IDENTITIES: &str = "identities.json";

/// The maximum size of the file, in bytes.
const MAX_SIZE: u64 = 256 * 1024;

/// The time after which it is requested again.
const FRESH: Duration = Duration::from_hours(24);

/// Whom a key stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    key: String,
    asked_at: Timestamp,
    /// The server's answer.
    pub identity: CompanionIdentity,
}

/// The identities by server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identities(BTreeMap<Origin, Identity>);

impl Identities {
    /// Reads the file; empty if there is none.
    pub fn load(home: &CompanionHome) -> Self {
        files_without_fsync::read_json(home, &format!("run/{IDENTITIES}"), MAX_SIZE)
            .unwrap_or_default()
    }

    /// Returns the identity of a key, and true if it has to be requested again.
    pub fn get(&self, server: &Origin, key: &str) -> Option<(&CompanionIdentity, bool)> {
        let known = self.0.get(server).filter(|known| known.key == key)?;
        let is_old = known.asked_at.age() >= FRESH || known.asked_at > Timestamp::now();
        Some((&known.identity, is_old))
    }

    /// Stores an identity.
    ///
    /// # Errors
    ///
    /// An error of the file system; it is then known for as long as this process lives.
    pub fn insert(
        &mut self,
        home: &CompanionHome,
        server: &Origin,
        key: String,
        identity: CompanionIdentity,
    ) -> io::Result<()> {
        let known = Identity { key, asked_at: Timestamp::now(), identity };
        self.0.insert(server.clone(), known);
        files_without_fsync::write_run(home, IDENTITIES, self)
    }
}
