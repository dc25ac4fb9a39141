//! Whether this server can use a cell's Coolify: its version and the token's abilities.
//!
//! Coolify leaves out what a token may not read, and refuses the second step of a creation when only
//! the first is allowed. So both are looked at beforehand, and an operation that lacks something
//! fails before its first change.

use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::{Abilities, Client, Error, ServerCondition, Support, Version};
use covibe_domain::{Access, Failure};
use covibe_upstream::SingleFlight;
use parking_lot::RwLock;

/// How long to wait before a Coolify that can't be used is looked at again.
const INTERVAL: Duration = Duration::from_mins(1);

/// How long to wait before one that can be used is: an operator may switch its proxy.
const LONG_INTERVAL: Duration = Duration::from_mins(15);

/// The number of deployments that a server has in progress at once unless its operator says otherwise (4.3.11).
const CONCURRENT_BUILDS: usize = 2;

/// The time after which Coolify ends a deployment unless its operator says otherwise (`dynamic_timeout`, 4.3.11).
const LONGEST_BUILD: Duration = Duration::from_hours(1);

/// What an operation does with Coolify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// What it does to the workspace.
    pub(crate) access: Access,
    /// Whether it reads secrets.
    pub(crate) discloses: bool,
    /// Whether it may delete resources that nobody was told of; not if its caller may only read.
    pub(crate) removes_strays: bool,
}

/// What was found when a Coolify was last looked at; nothing before that.
#[derive(Debug)]
pub(crate) struct Condition {
    found: RwLock<Option<Found>>,
    features: RwLock<Features>,
    /// What an older Coolify was asked for last.
    asked: SingleFlight<Features, Failure>,
    accepts_caddy: bool,
}

/// What a Coolify is known to do that older ones do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// Whether it builds the commit that an application names.
    pub(crate) builds_named_commits: bool,
    /// Whether its API sets the restart limit of an application.
    pub(crate) sets_restart_limit: bool,
    /// Whether its API creates destinations.
    pub(crate) creates_destinations: bool,
}

impl Features {
    const ALL: Self =
        Self { builds_named_commits: true, sets_restart_limit: true, creates_destinations: true };

    fn of(version: Version) -> Self {
        Self {
            builds_named_commits: version.builds_named_commits(),
            sets_restart_limit: version.sets_restart_limit(),
            creates_destinations: version.creates_destinations(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    /// The version's text, if it is too old.
    too_old: Option<String>,
    abilities: Abilities,
    /// Whether the server's proxy takes the labels of images for its configuration, which the operator does
    /// not accept.
    is_behind_caddy: bool,
    /// The number of deployments that the server has in progress at once.
    concurrent_builds: usize,
    /// The time after which Coolify ends a deployment.
    longest_build: Duration,
}

impl Condition {
    /// Creates the condition of a Coolify; `accepts_caddy` says whether the operator accepts its Caddy.
    pub(crate) fn new(accepts_caddy: bool) -> Self {
        Self {
            found: RwLock::default(),
            features: RwLock::default(),
            asked: SingleFlight::new(INTERVAL),
            accepts_caddy,
        }
    }

    /// Looks at Coolify again and again, and logs what keeps it from being used when that changes.
    pub(crate) async fn watch(self: Arc<Self>, coolify: Client) {
        let mut logged = None;
        loop {
            // The client logs why a look failed.
            let found = self.look(&coolify).await.ok();
            let is_usable = found.as_ref().is_some_and(Found::is_usable);
            if found.is_some() && found != logged {
                found.iter().for_each(Found::log);
                logged = found;
            }
            tokio::time::sleep(if is_usable { LONG_INTERVAL } else { INTERVAL }).await;
        }
    }

    /// Looks at Coolify once. A version that can't be parsed is taken for a new one.
    pub(crate) async fn refresh(&self, coolify: &Client) -> Result<(), Error> {
        self.look(coolify).await.map(drop)
    }

    async fn look(&self, coolify: &Client) -> Result<Found, Error> {
        let text = coolify.version().await?;
        let version = text.parse::<Version>().ok();
        let is_old = version.is_some_and(|version| version.support() == Support::TooOld);
        let abilities = coolify.abilities().await?;
        // Nothing can be created without a decision on the server.
        let condition = match coolify.server().await {
            Ok(server) => coolify.server_condition(&server).await?,
            Err(_) => ServerCondition::default(),
        };
        let is_behind_caddy = !self.accepts_caddy && condition.proxy.is_caddy();
        let concurrent_builds = condition.concurrent_builds.unwrap_or(CONCURRENT_BUILDS);
        let longest_build = condition.longest_build.unwrap_or(LONGEST_BUILD);
        let too_old = is_old.then_some(text);
        let found = Found { too_old, abilities, is_behind_caddy, concurrent_builds, longest_build };
        self.note_version(version);
        *self.found.write() = Some(found.clone());
        Ok(found)
    }

    /// Returns what Coolify does that older ones do not. Unless it is known to do all, its version is asked
    /// for once a minute for all callers. A version that can't be parsed is taken for a new one.
    pub(crate) async fn features(&self, coolify: &Client) -> Result<Features, Failure> {
        let known = *self.features.read();
        if known == Features::ALL {
            return Ok(known);
        }
        let ask = async { Ok(self.note_version(coolify.version().await?.parse().ok())) };
        self.asked.get(ask).await
    }

    fn note_version(&self, version: Option<Version>) -> Features {
        let features = version.map_or(Features::ALL, Features::of);
        *self.features.write() = features;
        features
    }

    /// Returns how many deployments the server has in progress at once; Coolify's default before the first look.
    pub(crate) fn concurrent_builds(&self) -> usize {
        self.found.read().as_ref().map_or(CONCURRENT_BUILDS, |found| found.concurrent_builds)
    }

    /// Returns the time after which Coolify ends a deployment; its default before the first look.
    pub(crate) fn longest_build(&self) -> Duration {
        self.found.read().as_ref().map_or(LONGEST_BUILD, |found| found.longest_build)
    }

    /// Checks that Coolify's version is not too old. Passes before the first look.
    pub(crate) fn check_version(&self) -> Result<(), Failure> {
        let found = self.found.read();
        let too_old = found.as_ref().and_then(|found| found.too_old.as_deref());
        too_old.map_or(Ok(()), |version| Err(outdated(version)))
    }

    /// Checks that the token has the abilities that an operation needs. Passes before the first
    /// look.
    pub(crate) fn check_abilities(&self, needs: Needs) -> Result<(), Failure> {
        let found = self.found.read();
        let Some(found) = found.as_ref() else { return Ok(()) };
        let is_needed = |ability: &&str| needs.includes(ability);
        let missing = found.missing().into_iter().find(is_needed);
        missing.map_or(Ok(()), |ability| Err(lacking(ability)))
    }

    /// Checks that what an operation starts can't configure the server's proxy. What only deletes
    /// passes. Passes before the first look.
    pub(crate) fn check_proxy(&self, needs: Needs) -> Result<(), Failure> {
        let is_behind_caddy = self.found.read().as_ref().is_some_and(|found| found.is_behind_caddy);
        let is_refused = is_behind_caddy && needs.access == Access::Write;
        if is_refused { Err(behind_caddy()) } else { Ok(()) }
    }
}

impl Needs {
    /// What an operation needs that changes something.
    pub(crate) const CHANGE: Self = Self { access: Access::Write, ..Self::READ };

    /// What an operation needs that only reads.
    pub(crate) const READ: Self =
        Self { access: Access::Read, discloses: false, removes_strays: true };

    /// Whether an ability is needed. A change needs all: it also reads back what it wrote, and
    /// starts what it made.
    fn includes(self, ability: &str) -> bool {
        ability == "read" || self.access.changes() || self.discloses && ability == "read:sensitive"
    }
}

impl Found {
    /// Returns the names of the abilities that the token lacks.
    fn missing(&self) -> Vec<&'static str> {
        let Abilities { read, write, deploy, read_sensitive } = self.abilities;
        let sensitive = read_sensitive != Some(false);
        let all =
            [("read", read), ("read:sensitive", sensitive), ("write", write), ("deploy", deploy)];
        all.into_iter().filter(|(_, has)| !has).map(|(name, _)| name).collect()
    }

    fn is_usable(&self) -> bool {
        self.too_old.is_none() && !self.is_behind_caddy && self.missing().is_empty()
    }

    fn log(&self) {
        if self.is_behind_caddy {
            tracing::error!(
                "Coolify's proxy is Caddy, which images can configure; calls that change are refused"
            );
        }
        let oldest = Version::OLDEST;
        if let Some(version) = &self.too_old {
            tracing::error!(version, %oldest, "Coolify is too old; calls that need it are refused");
        }
        for ability in self.missing() {
            tracing::warn!(ability, "the token of Coolify lacks an ability");
        }
    }
}

/// 503: this release does not work with Coolify's version.
fn outdated(version: &str) -> Failure {
    let oldest = Version::OLDEST;
    let message =
        format!("Coolify cannot be used: its version is {version}, and {oldest} is the oldest.");
    Failure::unready(message).hint("Tell the operator of this server to upgrade Coolify.")
}

/// 503: the proxy takes the labels of any image for its configuration.
fn behind_caddy() -> Failure {
    Failure::unready(
        "Coolify cannot be used: the server's proxy is Caddy, and any image could configure it.",
    )
    .hint(
        "Nothing was changed. Tell the operator of this server to switch the proxy to Traefik in \
         Coolify.",
    )
}

/// 503: the token may not do what an operation needs.
fn lacking(ability: &str) -> Failure {
    let message = format!("Coolify cannot be used for this: this server's token lacks {ability}.");
    Failure::unready(message).hint(
        "Nothing was changed. Tell the operator of this server, who alone can replace the token.",
    )
}
