//! The link over SSH: one connection, replaced after a failure, with a session for each stream.

mod api_program;
mod control_master;
mod openssh_messages;
mod stream_with_kept_value;
mod target;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::address::Address;
use crate::engine_http::Io;
use crate::error::{Error, Result, Trouble};
use crate::settings::Settings;
use control_master::Refused;
use target::Target;

pub(crate) use api_program::ApiProgram;
pub(crate) use control_master::Master;

/// The time for which calls fail without another attempt after the first failed one; it doubles
/// each time.
const PAUSE: Duration = Duration::from_millis(500);

/// The longest such time.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The number of attempts to open a session: the kept connection may have ended unnoticed.
const ATTEMPTS: usize = 2;

/// The time after which a session that the host refused may be granted.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The link over SSH.
pub(crate) struct Ssh {
    target: Target,
    current: Mutex<Current>,
}

/// The connection, or the failures to open it.
#[derive(Default)]
struct Current {
    master: Option<Arc<Master>>,
    failed: Option<Failed>,
}

/// Failures in a row.
#[derive(Clone, Copy)]
struct Failed {
    trouble: Trouble,
    pause: Duration,
    at: Instant,
}

impl Ssh {
    /// Creates the link, if the settings have an address over SSH.
    pub(super) fn new(settings: &Settings) -> Option<Self> {
        let Address::Ssh { user, host, port } = settings.address.clone() else { return None };
        let target = Target {
            user,
            host,
            port,
            key_file: settings.key_file.clone(),
            known_hosts: settings.known_hosts.clone()?,
            connect_timeout: settings.connect_timeout.max(Duration::from_secs(1)),
        };
        Some(Self { target, current: Mutex::default() })
    }

    /// Opens a session for requests to the engine's API.
    pub(super) async fn open(&self) -> Result<Io> {
        for _ in 0..ATTEMPTS {
            let master = self.master().await?;
            let session = async { master.session(master.way().await?.command()).await };
            if let Some(io) = self.complete_work(&master, session).await? {
                return Ok(io);
            }
        }
        Err(Error::NotConnected(Trouble::Unreachable))
    }

    /// Returns the program that speaks the engine's API.
    pub(crate) async fn way(&self) -> Result<ApiProgram> {
        for _ in 0..ATTEMPTS {
            let master = self.master().await?;
            if let Some(way) = self.complete_work(&master, master.way()).await? {
                return Ok(way.clone());
            }
        }
        Err(Error::NotConnected(Trouble::Unreachable))
    }

    /// Runs a script of ours with the host's shell, where nothing restricts the account, and waits for
    /// its end. Returns whether it succeeded.
    pub(crate) async fn script(&self, script: &str) -> Result<bool> {
        let master = self.master().await?;
        let done = self.complete_work(&master, master.run(&["sh", "-c", script])).await?;
        done.ok_or(Error::Lost)
    }

    /// Returns the connection in which a session would be opened now.
    pub(crate) async fn current_connection(&self) -> Option<Arc<Master>> {
        self.current.lock().await.master.clone()
    }

    /// Replaces the connection at the next call. Sessions that are open keep theirs.
    pub(super) async fn give_up(&self) {
        self.current.lock().await.master = None;
    }

    /// Waits for work on a connection; `None` if the connection had ended before.
    async fn complete_work<T>(
        &self,
        master: &Arc<Master>,
        work: impl Future<Output = Result<T, Refused>>,
    ) -> Result<Option<T>> {
        let done = timeout(self.target.connect_timeout, work).await;
        match done.unwrap_or(Err(Refused::Frozen)) {
            Ok(done) => Ok(Some(done)),
            Err(Refused::Busy) => Err(Error::Busy { retry_after: RETRY_AFTER }),
            Err(Refused::Fails(trouble)) => Err(Error::NotConnected(trouble)),
            Err(Refused::Frozen) => {
                self.replace(master).await;
                Err(Error::NotConnected(Trouble::Frozen))
            }
            Err(Refused::Ended) => {
                self.replace(master).await;
                Ok(None)
            }
        }
    }

    /// Returns the connection, opening it if there is none and the pause after a failure is over.
    async fn master(&self) -> Result<Arc<Master>> {
        let mut current = self.current.lock().await;
        if let Some(master) = &current.master {
            return Ok(Arc::clone(master));
        }
        if let Some(failed) = current.failed.filter(|failed| failed.at.elapsed() < failed.pause) {
            return Err(Error::NotConnected(failed.trouble));
        }
        match Master::connect(&self.target).await {
            Ok(master) => {
                let master = Arc::new(master);
                *current = Current { master: Some(Arc::clone(&master)), failed: None };
                Ok(master)
            }
            Err(trouble) => {
                let before = current.failed.map_or(PAUSE / 2, |failed| failed.pause);
                let pause = (before * 2).min(LONGEST_PAUSE);
                current.failed = Some(Failed { trouble, pause, at: Instant::now() });
                Err(Error::NotConnected(trouble))
            }
        }
    }

    /// Forgets a connection, unless another one has taken its place.
    async fn replace(&self, master: &Arc<Master>) {
        let mut current = self.current.lock().await;
        if current.master.as_ref().is_some_and(|now| Arc::ptr_eq(now, master)) {
            current.master = None;
        }
    }
}
