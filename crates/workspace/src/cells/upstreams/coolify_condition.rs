//! The condition of a cell's Coolify: its version and the token's abilities.
//!
//! Coolify omits values that a token may not read, and refuses the second step of a creation if only the first is
//! allowed. So both are checked beforehand, and an operation that lacks an ability fails before its first change.

use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::{Abilities, Client, Error, ServerCondition, Support, Version};
use covibe_domain::{Access, Failure};
use covibe_upstream::SingleFlight;
use parking_lot::RwLock;

/// The time until a Coolify that cannot be used is checked again.
const INTERVAL: Duration = Duration::from_mins(1);

/// The time until a Coolify that can be used is checked again: an operator may switch its proxy.
const LONG_INTERVAL: Duration = Duration::from_mins(15);

/// The number of deployments that a server has in progress at once unless its operator says otherwise (4.3.11).
const CONCURRENT_BUILDS: usize = 2;

/// The time after which Coolify ends a deployment unless its operator says otherwise (`dynamic_timeout`, 4.3.11).
const LONGEST_BUILD: Duration = Duration::from_hours(1);

/// The needs of an operation at Coolify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CoolifyNeeds {
    /// Its effect on the workspace.
    pub(crate) access: Access,
    /// True if it reads secrets.
    pub(crate) discloses: bool,
    /// True if it may delete resources whose creation was never answered; false if its caller may only read.
    pub(crate) removes_strays: bool,
}

/// The result of the last check of a Coolify; empty before the first.
#[derive(Debug)]
pub(crate) struct CoolifyCondition {
    found: RwLock<Option<FoundCondition>>,
    features: RwLock<Features>,
    /// The last question for the version of an older Coolify.
    asked: SingleFlight<Features, Failure>,
    accepts_caddy: bool,
}

/// The known features of a Coolify that older ones lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// True if it builds the commit that an application names.
    pub(crate) builds_named_commits: bool,
    /// True if its API sets the restart limit of an application.
    pub(crate) sets_restart_limit: bool,
    /// True if its API creates destinations.
    pub(crate) creates_destinations: bool,
}

impl Features {
    const ALL: Self =
        Self { builds_named_commits: true, sets_restart_limit: true, creates_destinations: true };

    fn from_version(version: Version) -> Self {
        Self {
            builds_named_commits: version.builds_named_commits(),
            sets_restart_limit: version.sets_restart_limit(),
            creates_destinations: version.creates_destinations(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FoundCondition {
    /// The version's text, if it is too old.
    too_old: Option<String>,
    abilities: Abilities,
    /// True if the server's proxy takes its configuration from the labels of images, which the operator does not
    /// accept.
    is_behind_caddy: bool,
    /// The number of deployments that the server has in progress at once.
    concurrent_builds: usize,
    /// The time after which Coolify ends a deployment.
    longest_build: Duration,
}

impl CoolifyCondition {
    /// Creates the condition of a Coolify; `accepts_caddy` says whether the operator accepts its Caddy.
    pub(crate) fn new(accepts_caddy: bool) -> Self {
        Self {
            found: RwLock::default(),
            features: RwLock::default(),
            asked: SingleFlight::new(INTERVAL),
            accepts_caddy,
        }
    }

    /// Checks Coolify again and again, and logs each change of what keeps it from being used.
    pub(crate) async fn watch(self: Arc<Self>, coolify: Client) {
        let mut logged = None;
        loop {
            // The client logs why a look failed.
            let found = self.read_condition(&coolify).await.ok();
            let is_usable = found.as_ref().is_some_and(FoundCondition::is_usable);
            if found.is_some() && found != logged {
                found.iter().for_each(FoundCondition::log);
                logged = found;
            }
            tokio::time::sleep(if is_usable { LONG_INTERVAL } else { INTERVAL }).await;
        }
    }

    /// Checks Coolify once. A version that cannot be parsed is taken for a new one.
    pub(crate) async fn refresh(&self, coolify: &Client) -> Result<(), Error> {
        self.read_condition(coolify).await.map(drop)
    }

    async fn read_condition(&self, coolify: &Client) -> Result<FoundCondition, Error> {
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
        let found = FoundCondition {
            too_old,
            abilities,
            is_behind_caddy,
            concurrent_builds,
            longest_build,
        };
        self.note_version(version);
        *self.found.write() = Some(found.clone());
        Ok(found)
    }

    /// Returns the features of Coolify that older ones lack. Unless it is known to have all, its version is read once a
    /// minute for all callers. A version that cannot be parsed is taken for a new one.
    pub(crate) async fn features(&self, coolify: &Client) -> Result<Features, Failure> {
        let known = *self.features.read();
        if known == Features::ALL {
            return Ok(known);
        }
        let ask = async { Ok(self.note_version(coolify.version().await?.parse().ok())) };
        self.asked.get(ask).await
    }

    fn note_version(&self, version: Option<Version>) -> Features {
        let features = version.map_or(Features::ALL, Features::from_version);
        *self.features.write() = features;
        features
    }

    /// Returns the number of deployments that the server has in progress at once; Coolify's default before the first
    /// check.
    pub(crate) fn concurrent_builds(&self) -> usize {
        self.found.read().as_ref().map_or(CONCURRENT_BUILDS, |found| found.concurrent_builds)
    }

    /// Returns the time after which Coolify ends a deployment; its default before the first check.
    pub(crate) fn longest_build(&self) -> Duration {
        self.found.read().as_ref().map_or(LONGEST_BUILD, |found| found.longest_build)
    }

    /// Fails if Coolify's version is too old. Passes before the first check.
    pub(crate) fn check_version(&self) -> Result<(), Failure> {
        let found = self.found.read();
        let too_old = found.as_ref().and_then(|found| found.too_old.as_deref());
        too_old.map_or(Ok(()), |version| Err(outdated_version(version)))
    }

    /// Fails if the token lacks an ability that an operation needs. Passes before the first check.
    pub(crate) fn check_abilities(&self, needs: CoolifyNeeds) -> Result<(), Failure> {
        let found = self.found.read();
        let Some(found) = found.as_ref() else { return Ok(()) };
        let is_needed = |ability: &&str| needs.includes(ability);
        let missing = found.missing_abilities().into_iter().find(is_needed);
        missing.map_or(Ok(()), |ability| Err(missing_ability(ability)))
    }

    /// Fails if an operation could start a container that configures the server's proxy. Operations that only read or
    /// delete pass. Passes before the first check.
    pub(crate) fn check_proxy(&self, needs: CoolifyNeeds) -> Result<(), Failure> {
        let is_behind_caddy = self.found.read().as_ref().is_some_and(|found| found.is_behind_caddy);
        let is_refused = is_behind_caddy && needs.access == Access::Write;
        if is_refused { Err(behind_caddy()) } else { Ok(()) }
    }
}

impl CoolifyNeeds {
    /// The needs of an operation that changes something.
    pub(crate) const CHANGE: Self = Self { access: Access::Write, ..Self::READ };

    /// The needs of an operation that only reads.
    pub(crate) const READ: Self =
        Self { access: Access::Read, discloses: false, removes_strays: true };

    /// Returns whether an ability is needed. A change needs all: it also reads back what it wrote, and starts what it
    /// created.
    fn includes(self, ability: &str) -> bool {
        ability == "read" || self.access.changes() || self.discloses && ability == "read:sensitive"
    }
}

impl FoundCondition {
    /// Returns the names of the abilities that the token lacks.
    fn missing_abilities(&self) -> Vec<&'static str> {
        let Abilities { read, write, deploy, read_sensitive } = self.abilities;
        let sensitive = read_sensitive != Some(false);
        let all =
            [("read", read), ("read:sensitive", sensitive), ("write", write), ("deploy", deploy)];
        all.into_iter().filter(|(_, has)| !has).map(|(name, _)| name).collect()
    }

    fn is_usable(&self) -> bool {
        self.too_old.is_none() && !self.is_behind_caddy && self.missing_abilities().is_empty()
    }

    fn log(&self) {
        if self.is_behind_caddy {
            tracing::error!(
                "Coolify's proxy is Caddy, which images can configure; calls that change anything are refused"
            );
        }
        let oldest = Version::OLDEST;
        if let Some(version) = &self.too_old {
            tracing::error!(version, %oldest, "Coolify is too old; calls that need Coolify are refused");
        }
        for ability in self.missing_abilities() {
            tracing::warn!(ability, "the Coolify token lacks an ability");
        }
    }
}

/// 503: Coolify's version is too old for this release.
fn outdated_version(version: &str) -> Failure {
    let oldest = Version::OLDEST;
    let message = format!(
        "Coolify cannot be used: its version {version} is older than {oldest}, the oldest \
            supported one."
    );
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

/// 503: the token lacks an ability that an operation needs.
fn missing_ability(ability: &str) -> Failure {
    let message = format!("Coolify cannot be used for this: this server's token lacks {ability}.");
    Failure::unready(message).hint(
        "Nothing was changed. Tell the operator of this server: only the operator can replace the token.",
    )
}
