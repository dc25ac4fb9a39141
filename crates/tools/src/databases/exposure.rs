//! The port of a public database, and what listens on it.
//!
//! Coolify opens the port by a container of its own, the proxy `{uuid}-proxy`, in a job after its answer. No answer of
//! Coolify's tells that this failed (4.3.11): if the image can't be pulled, the database stays public, and if another
//! program has the port, Coolify makes it private again.

use std::time::{Duration, Instant};

use covibe_coolify::Database;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, DatabaseProxy, Hosted, OnHost, OwnContainer, Workspace};

/// The longest wait for a proxy: its image is small, and on most hosts already.
const PATIENCE: Duration = Duration::from_secs(8);

/// The pause between two looks. A proxy that runs at two of them in a row has found its database.
const PAUSE: Duration = Duration::from_millis(500);

/// The knowledge of the port of a public database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exposure {
    /// The proxy runs.
    Listening,
    /// There is no proxy.
    Missing,
    /// The proxy was created, and does not run.
    NotStarted,
    /// The proxy ends, and docker starts it again and again.
    Restarting,
    /// Coolify made the database private again.
    Closed,
    /// The database has not been started yet, and its proxy with it.
    AtStart,
    /// No docker host is configured for the database's server.
    NotLooked,
    /// The docker host did not say.
    Untold,
}

impl Exposure {
    /// Looks once. `database` is public.
    pub(super) async fn from_look(coolify: &Coolify, database: &Owned<Database>) -> Self {
        match coolify.on_host(&Hosted::Database(database.clone())).await {
            Ok(Some(host)) => Look::at(&host).await.exposure,
            Ok(None) => Self::NotLooked,
            Err(_) => Self::Untold,
        }
    }

    /// Waits some seconds until the proxy of a database runs that Coolify was told to make public. Returns what was
    /// seen last, and the database as Coolify has it then.
    pub(super) async fn awaited(
        cx: &Workspace,
        coolify: &Coolify,
        database: Owned<Database>,
    ) -> (Self, Owned<Database>) {
        if !database.is_public {
            return (Self::Closed, database);
        }
        let exposure = match coolify.on_host(&Hosted::Database(database.clone())).await {
            Ok(Some(host)) => followed(cx, &host).await,
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
            Self::AtStart | Self::NotLooked | Self::Untold => None,
        }
    }

    /// Returns what to know and do, unless the port listens.
    pub(super) fn advice(self, port: Option<u16>) -> Option<String> {
        let port = port.map_or_else(String::new, |port| format!(" {port}"));
        let again = "patch isPublic false, then true";
        Some(match self {
            Self::Listening => return None,
            Self::Missing => format!(
                "Nothing listens on port{port}: its proxy is not there. Coolify may be pulling its image: look with \
                 databases.get in a minute. If it stays so, {again}, or tell the operator that Coolify's host can't \
                 start nginx:stable-alpine."
            ),
            Self::NotStarted => format!(
                "Nothing listens on port{port}: its proxy does not run. Another program of the host may have the \
                 port: {again} with another publicPort."
            ),
            Self::Restarting => format!(
                "Nothing listens on port{port}: its proxy is started again and again, as it is while the database \
                 does not run. Start the database with databases.control."
            ),
            Self::Closed => format!(
                "Coolify made the database private again: another program of the host has port{port}. Patch isPublic \
                 true with another publicPort."
            ),
            Self::AtStart => format!(
                "Port{port} opens once the database runs: databases.get says whether it listens."
            ),
            Self::NotLooked => format!(
                "Nobody saw whether port{port} listens: the operator can set COVIBE_DOCKER_HOST."
            ),
            Self::Untold => format!(
                "The docker host did not say whether port{port} listens: look with databases.get in a minute."
            ),
        })
    }
}

/// The result of one look.
struct Look {
    exposure: Exposure,
    proxy: Option<OwnContainer>,
}

impl Look {
    async fn at(host: &OnHost) -> Self {
        match host.proxy().await {
            Ok(DatabaseProxy::There(proxy)) => {
                let exposure = if proxy.is_running() {
                    Exposure::Listening
                } else if proxy.may_run() {
                    Exposure::Restarting
                } else {
                    Exposure::NotStarted
                };
                Self { exposure, proxy: Some(proxy) }
            }
            Ok(DatabaseProxy::Missing) => Self { exposure: Exposure::Missing, proxy: None },
            Ok(DatabaseProxy::Untold) | Err(_) => Self { exposure: Exposure::Untold, proxy: None },
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

/// Looks until a proxy runs, or for as long as the call may wait. Returns what was seen last.
async fn followed(cx: &Workspace, host: &OnHost) -> Exposure {
    let remaining = cx.deadline().saturating_duration_since(Instant::now());
    let end = Instant::now() + PATIENCE.min(remaining / 2);
    let mut last = Look::at(host).await;
    while last.exposure != Exposure::Untold && Instant::now() + PAUSE < end {
        tokio::time::sleep(PAUSE).await;
        let next = Look::at(host).await;
        if next.runs_since(&last) {
            return Exposure::Listening;
        }
        last = next;
    }
    // It ran only at the last look.
    if last.exposure == Exposure::Listening { Exposure::Restarting } else { last.exposure }
}
