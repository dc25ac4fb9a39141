//! A docker host.

use std::fmt;
use std::sync::Arc;

use covibe_domain::boxed;

use crate::address::Address;
use crate::engine_http::{Call, EngineAnswer};
use crate::error::Result;
use crate::link::{ApiProgram, Lane, Link, Slot};
use crate::settings::{InvalidSettings, Settings};

/// A docker host. Clones share its connection.
#[derive(Clone)]
pub struct DockerHost {
    link: Arc<Link>,
    lane: Lane,
}

/// The access to the engine's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// By its socket on this machine.
    Local,
    /// Over SSH, by the gate.
    Gate {
        /// The gate's version, such as `2.4.0`.
        version: String,
        /// True if it may end processes of containers; without it, a command may outlive its
        /// deadline.
        kill: bool,
    },
    /// Over SSH, by `docker system dial-stdio`: nothing on the host restricts the account.
    DialStdio,
}

/// The versions of an engine, and the access to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The engine's version, such as `28.5.1`.
    pub engine: String,
    /// The newest version of its API, such as `1.51`.
    pub api: String,
    /// The access to its API.
    pub access: Access,
}

impl DockerHost {
    /// Checks the settings. The connection is opened when it is first used.
    pub fn new(settings: Settings) -> Result<Self, InvalidSettings> {
        settings.check()?;
        Ok(Self { link: Arc::new(Link::new(settings)), lane: Lane::Calls(None) })
    }

    /// Returns the host with calls of a party, whose name is compared with those of other parties and nothing else. A
    /// party takes at most half of the places of agents, and has at most half of the calls that wait: further ones wait,
    /// or fail with [`crate::Error::Busy`], and those of others are made meanwhile.
    #[must_use]
    pub fn for_party(&self, party: &str) -> Self {
        Self { link: Arc::clone(&self.link), lane: Lane::Calls(Some(party.into())) }
    }

    /// Returns the host with a lane of its own for calls that no agent waits for: one call at a
    /// time, which never waits behind commands of agents.
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self { link: Arc::clone(&self.link), lane: Lane::Background }
    }

    /// Returns the host with calls that take the first free place, of those of agents or of the
    /// background: for ending containers that must not run.
    #[must_use]
    pub fn as_urgent(&self) -> Self {
        Self { link: Arc::clone(&self.link), lane: Lane::Urgent }
    }

    /// Returns the versions of the engine and its API, and the access to it.
    #[boxed]
    pub async fn version(&self) -> Result<Version> {
        let mut slot = self.slot().await?;
        let greeting = slot.ask_again().await?;
        let access = match self.link.ssh() {
            None => Access::Local,
            Some(ssh) => ssh.way().await?.into(),
        };
        Ok(Version { engine: greeting.engine, api: greeting.api, access })
    }

    /// Returns its address.
    pub fn address(&self) -> &Address {
        self.link.address()
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Makes one call.
    pub(crate) async fn ask(&self, call: Call) -> Result<EngineAnswer> {
        self.slot().await?.call(call).await
    }

    /// Waits for the right to make calls, one after the other.
    pub(crate) async fn slot(&self) -> Result<Slot> {
        self.link.slot(&self.lane).await
    }
}

impl From<ApiProgram> for Access {
    fn from(way: ApiProgram) -> Self {
        match way {
            ApiProgram::Gate(gate) => Self::Gate { version: gate.gate, kill: gate.kill },
            ApiProgram::Dial => Self::DialStdio,
        }
    }
}

impl fmt::Debug for DockerHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerHost").field("address", &self.link.address()).finish_non_exhaustive()
    }
}
