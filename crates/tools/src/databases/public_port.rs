//! The port of a public database, and the proxy that listens on it.
//!
//! Coolify opens the port by a container of its own, the proxy `{uuid}-proxy`, in a job after its answer. No answer of
//! Coolify's reports that this failed (4.3.11): if the image can't be pulled, the database stays public, and if another
//! program has the port, Coolify makes it private again.

use std::time::{Duration, Instant};

use covibe_coolify::{CreatedDatabase, Database, DatabasePatch, NewDatabase};
use covibe_domain::entities::Flavor;
use covibe_domain::{Failure, KeyedTurn, Kind};
use covibe_policy::Owned;
use covibe_workspace::{
    Coolify, DatabaseProxy, Hosted, OnHost, OwnContainer, Workspace, any_public_port,
};

use crate::resource_state::ask_docker;

/// The number of ports that are tried for a public database whose caller names none, before the databases of the whole
/// team are read to find a free one.
const MAX_PORTS_TRIED: usize = 4;

/// The longest wait for a proxy: its image is small, and on most hosts already.
const PATIENCE: Duration = Duration::from_secs(8);

/// The longest pause between two looks; the first one is the interval of polls. A proxy that runs at two looks in a row
/// has found its database.
const PAUSE: Duration = Duration::from_millis(500);

/// Creates a database without starting it. One that is to be public gets a free port if the caller names none: Coolify
/// refuses a port that is not free.
///
/// # Errors
///
/// Conflict if no port is free, or the tenant's databases have as many as they may.
pub(super) async fn create_database(
    cx: &Workspace,
    coolify: &Coolify,
    flavor: Flavor,
    mut new: NewDatabase,
) -> Result<CreatedDatabase, Failure> {
    if !new.is_public && new.public_port.is_none() {
        return coolify.create_database(flavor, &new).await;
    }
    let ports = || cx.settings().public_ports.clone();
    let _turn = coolify.public_port_turn(ports(), None, new.public_port).await?;
    if new.public_port.is_some() {
        return coolify.create_database(flavor, &new).await;
    }
    let mut tried = Vec::new();
    while tried.len() < MAX_PORTS_TRIED {
        let port = any_public_port(ports(), |port| tried.contains(&port))?;
        new.public_port = Some(port);
        match coolify.create_database(flavor, &new).await {
            Err(failure) if failure.kind == Kind::Conflict => tried.push(port),
            outcome => return outcome,
        }
    }
    new.public_port = Some(coolify.free_public_port(ports()).await?);
    coolify.create_database(flavor, &new).await
}

/// Waits for the tenant's turn to give a database the port that a patch requests, if it requests any.
///
/// # Errors
///
/// Those of [`Coolify::public_port_turn`].
pub(super) async fn turn_for_patch(
    cx: &Workspace,
    coolify: &Coolify,
    before: &Database,
    requested: &DatabasePatch,
) -> Result<Option<KeyedTurn>, Failure> {
    if requested.is_public != Some(true) && requested.public_port.is_none() {
        return Ok(None);
    }
    let ports = cx.settings().public_ports.clone();
    coolify.public_port_turn(ports, before.public_port, requested.public_port).await
}

/// The knowledge of the port of a public database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exposure {
    /// The proxy runs.
    Listening,
    /// There is no proxy.
    Missing,
    /// The proxy was created, and does not run.
    NotStarted,
    /// The proxy ended, and Docker starts it again.
    Restarting,
    /// The proxy is the one from before the change, or was seen to run only once.
    Unsettled,
    /// Coolify has the database as private again.
    Closed,
    /// The database has not been started yet, and its proxy with it.
    AtStart,
    /// No docker host is configured for the database's server.
    NotLooked,
    /// The docker host did not say.
    Untold,
}

impl Exposure {
    /// Looks, and once more if the proxy runs: one that ends all the time runs for moments. `database` is public.
    pub(super) async fn look_now(
        cx: &Workspace,
        coolify: &Coolify,
        database: &Owned<Database>,
    ) -> Self {
        match coolify.on_host(&Hosted::Database(database.clone())).await {
            Ok(Some(host)) => looked_twice(cx, coolify, &host).await,
            Ok(None) => Self::NotLooked,
            Err(_) => Self::Untold,
        }
    }

    /// Waits some seconds until another proxy than `old` runs, of a database that Coolify was told to make public.
    /// Returns what was seen last, and the database as Coolify has it then.
    pub(super) async fn await_proxy(
        cx: &Workspace,
        coolify: &Coolify,
        database: Owned<Database>,
        old: &OldProxy,
    ) -> (Self, Owned<Database>) {
        if !database.is_public {
            return (Self::Closed, database);
        }
        let exposure = match coolify.on_host(&Hosted::Database(database.clone())).await {
            Ok(Some(host)) => follow_proxy(cx, coolify, &host, old).await,
            Ok(None) => Self::NotLooked,
            Err(_) => Self::Untold,
        };
        if exposure == Self::Listening {
            return (exposure, database);
        }
        match coolify.clone().refreshed().database(&database.uuid).await {
            Ok(now) if now.is_public => (exposure, now),
            Ok(now) => (Self::Closed, now),
            // What was changed is changed.
            Err(_) => (exposure, database),
        }
    }

    /// Returns whether the port listens, if that was seen.
    pub(super) const fn is_listening(self) -> Option<bool> {
        match self {
            Self::Listening => Some(true),
            Self::Missing | Self::NotStarted | Self::Restarting | Self::Closed => Some(false),
            Self::Unsettled | Self::AtStart | Self::NotLooked | Self::Untold => None,
        }
    }

    /// Returns what to know and do, unless the port listens.
    pub(super) fn advice(self, port: Option<u16>) -> Option<String> {
        let port = port.map_or_else(String::new, |port| format!(" {port}"));
        let again = "patch `isPublic` to false, then to true";
        Some(match self {
            Self::Listening => return None,
            Self::Missing => format!(
                "Nothing listens on port{port}: its proxy does not exist. Coolify may be pulling \
                 its image: check with databases.get in a minute. If nothing changes, {again}, or \
                 tell the operator that Coolify's host can't start nginx:stable-alpine."
            ),
            Self::NotStarted => format!(
                "Nothing listens on port{port}: its proxy is not running. Another program on the \
                 host may use the port: {again} with another `publicPort`."
            ),
            Self::Restarting => format!(
                "Nothing listens on port{port}: its proxy keeps crashing, as it does while the \
                 database is not running. If the database is not running, start it with \
                 databases.control."
            ),
            Self::Unsettled => format!(
                "Coolify is about to start or replace the proxy of the database: databases.get \
                 reports whether port{port} listens."
            ),
            Self::Closed => format!(
                "Coolify has made the database private again, perhaps because another program on \
                 the host uses port{port}, or another call closed it. Patch `isPublic` to true with \
                 another `publicPort`."
            ),
            Self::AtStart => format!(
                "Port{port} opens once the database runs: databases.get reports whether it listens."
            ),
            Self::NotLooked => format!(
                "It is unknown whether port{port} listens: the operator can set \
                 COVIBE_DOCKER_HOST, or for another server COVIBE_DOCKER_HOST_<its uuid>."
            ),
            Self::Untold => format!(
                "The docker host did not report whether port{port} listens: check with \
                 databases.get in a minute."
            ),
        })
    }
}

/// The proxy that was there before a change, which Coolify replaces in a job after its answer.
#[derive(Debug)]
pub(super) enum OldProxy {
    /// There was none, or it stays because the change says nothing new of the port.
    Missing,
    /// This one.
    There(OwnContainer),
    /// The docker host did not say.
    Untold,
}

impl OldProxy {
    /// Looks for the proxy before a database is made public.
    pub(super) async fn read(coolify: &Coolify, database: &Owned<Database>) -> Self {
        if database.is_public {
            return Self::Missing;
        }
        let host = match coolify.on_host(&Hosted::Database(database.clone())).await {
            Ok(Some(host)) => host,
            Ok(None) => return Self::Missing,
            Err(_) => return Self::Untold,
        };
        match ask_docker(coolify, host.proxy()).await {
            Some(DatabaseProxy::There(proxy)) => Self::There(proxy),
            Some(DatabaseProxy::Missing) => Self::Missing,
            Some(DatabaseProxy::Untold) | None => Self::Untold,
        }
    }

    fn is_container(&self, proxy: &OwnContainer) -> bool {
        matches!(self, Self::There(old) if old.id() == proxy.id())
    }
}

/// The result of one look.
struct Look {
    exposure: Exposure,
    proxy: Option<OwnContainer>,
}

impl Look {
    async fn take(coolify: &Coolify, host: &OnHost, old: &OldProxy) -> Self {
        match ask_docker(coolify, host.proxy()).await {
            Some(DatabaseProxy::There(proxy)) => {
                let exposure = if old.is_container(&proxy) {
                    Exposure::Unsettled
                } else {
                    exposure_by(&proxy)
                };
                Self { exposure, proxy: Some(proxy) }
            }
            Some(DatabaseProxy::Missing) => Self { exposure: Exposure::Missing, proxy: None },
            Some(DatabaseProxy::Untold) | None => Self { exposure: Exposure::Untold, proxy: None },
        }
    }

    /// Returns whether the same proxy ran at both looks.
    fn runs_since(&self, last: &Self) -> bool {
        let id = |look: &Self| {
            let proxy = look.proxy.as_ref().filter(|_| look.exposure == Exposure::Listening);
            proxy.map(|proxy| proxy.id().clone())
        };
        id(self).is_some() && id(self) == id(last)
    }
}

/// Returns what the state of a proxy says.
fn exposure_by(proxy: &OwnContainer) -> Exposure {
    if proxy.is_running() {
        Exposure::Listening
    } else if proxy.is_restarting() {
        Exposure::Restarting
    } else if proxy.may_run() {
        // Somebody paused it.
        Exposure::Untold
    } else {
        Exposure::NotStarted
    }
}

async fn looked_twice(cx: &Workspace, coolify: &Coolify, host: &OnHost) -> Exposure {
    let first = Look::take(coolify, host, &OldProxy::Missing).await;
    if first.exposure != Exposure::Listening {
        return first.exposure;
    }
    tokio::time::sleep(cx.settings().poll_interval.min(PAUSE)).await;
    let second = Look::take(coolify, host, &OldProxy::Missing).await;
    match second.exposure {
        Exposure::Listening if !second.runs_since(&first) => Exposure::Unsettled,
        seen => seen,
    }
}

/// Looks until another proxy than `old` runs, or for as long as the call may wait. Returns what was seen last.
async fn follow_proxy(
    cx: &Workspace,
    coolify: &Coolify,
    host: &OnHost,
    old: &OldProxy,
) -> Exposure {
    if matches!(old, OldProxy::Untold) {
        return Exposure::Untold;
    }
    let remaining = cx.deadline().saturating_duration_since(Instant::now());
    let end = Instant::now() + PATIENCE.min(remaining / 2);
    let mut pause = cx.settings().poll_interval.min(PAUSE);
    let mut last = Look::take(coolify, host, old).await;
    while last.exposure != Exposure::Untold && Instant::now() + pause < end {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE);
        let next = Look::take(coolify, host, old).await;
        if next.runs_since(&last) {
            return Exposure::Listening;
        }
        last = next;
    }
    // It ran only at the last look.
    if last.exposure == Exposure::Listening { Exposure::Unsettled } else { last.exposure }
}
