//! The link to one engine: its connections, and the number of calls at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::call_queue::Queues;
use super::connection_pool::Pool;
use super::engine_version::Greeting;
use super::local_socket;
use super::ssh::{Master, Ssh};
use crate::address::Address;
use crate::engine_http::Connection;
use crate::error::{Error, Result, Trouble};
use crate::settings::Settings;

/// The link to one engine.
pub(crate) struct Link {
    pub(super) settings: Settings,
    ssh: Option<Ssh>,
    pub(super) pool: Arc<Pool>,
    pub(super) queues: Queues,
    pub(super) greeting: Mutex<Option<Greeting>>,
}

impl Link {
    /// Creates the link from checked settings. It does not connect yet.
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            ssh: Ssh::new(&settings),
            pool: Arc::default(),
            queues: Queues::new(settings.max_sessions, settings.max_waiting),
            greeting: Mutex::default(),
            settings,
        }
    }

    /// Returns the address of the engine.
    pub(crate) fn address(&self) -> &Address {
        &self.settings.address
    }

    /// Returns the timeout of a usual call.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.settings.call_timeout
    }

    /// Returns the SSH link, unless the engine is on this machine.
    pub(crate) fn ssh(&self) -> Option<&Ssh> {
        self.ssh.as_ref()
    }

    /// Returns the SSH connection; `None` without one.
    pub(crate) async fn ssh_connection(&self) -> Option<Arc<Master>> {
        self.ssh.as_ref()?.current_connection().await
    }

    /// Waits until a call waits for the place of the background.
    pub(crate) async fn background_is_wanted(&self) {
        self.queues.background_is_wanted().await;
    }

    /// Opens a connection to the engine.
    pub(super) async fn connect(&self) -> Result<Connection> {
        let io = match (&self.ssh, &self.settings.address) {
            (Some(ssh), _) => ssh.open().await?,
            (None, Address::Local(path)) => local_socket::open(path).await?,
            (None, Address::Ssh { .. }) => return Err(Error::NotConnected(Trouble::Ssh)),
        };
        Connection::from_stream(io).await
    }

    /// Gives up the connections after a call without an answer: the next one connects anew. Calls
    /// that are under way keep their connection, which may be sound.
    pub(super) async fn give_up(&self) {
        self.pool.clear();
        if let Some(ssh) = &self.ssh {
            ssh.give_up().await;
        }
    }

    /// Asks the engine for its versions before the next call.
    pub(super) async fn forget_greeting(&self) {
        *self.greeting.lock().await = None;
    }
}
