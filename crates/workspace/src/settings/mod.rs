//! The rules that an operator sets.

mod limits;

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use covibe_domain::{Failure, Money};

pub(crate) use self::limits::Ceilings;
pub use self::limits::{
    CallRate, CallRates, DetachedTimes, ReleaseTimes, Retention, StartLimits, TreeLimits,
};

/// The role of the bots of workspaces in their organisations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BotRole {
    /// Owners.
    #[default]
    Owner,
    /// Members of a team that administers all repositories and creates new ones. It can't rename the
    /// organisation, change its members, teams and webhooks, or import repositories.
    Maintainer,
}

/// A text that is not a [`BotRole`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidBotRole;

impl FromStr for BotRole {
    type Err = InvalidBotRole;

    fn from_str(text: &str) -> Result<Self, InvalidBotRole> {
        match text {
            "owner" => Ok(Self::Owner),
            "maintainer" => Ok(Self::Maintainer),
            _ => Err(InvalidBotRole),
        }
    }
}

/// The hooks that report pushes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushHooks {
    /// A hook of each workspace's organisation. Its bot sees it, and can change and remove it.
    #[default]
    Organization,
    /// A hook of the whole instance, which only administrators see.
    System,
}

/// A text that is not a [`PushHooks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPushHooks;

impl FromStr for PushHooks {
    type Err = InvalidPushHooks;

    fn from_str(text: &str) -> Result<Self, InvalidPushHooks> {
        match text {
            "organization" => Ok(Self::Organization),
            "system" => Ok(Self::System),
            _ => Err(InvalidPushHooks),
        }
    }
}

/// The protocol by which Coolify clones the repositories of new apps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CloneProtocol {
    /// Over HTTPS with the workspace's clone token, which is in the clone URL at Coolify and can read all repositories
    /// of the workspace.
    #[default]
    Https,
    /// Over SSH with a key of each app, which can read its repository alone.
    Ssh,
}

/// A text that is not a [`CloneProtocol`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCloneProtocol;

impl FromStr for CloneProtocol {
    type Err = InvalidCloneProtocol;

    fn from_str(text: &str) -> Result<Self, InvalidCloneProtocol> {
        match text {
            "https" => Ok(Self::Https),
            "ssh" => Ok(Self::Ssh),
            _ => Err(InvalidCloneProtocol),
        }
    }
}

/// The rule for builds of apps from repositories, which are checked first in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryBuilds {
    /// No builds.
    Off,
    /// Builds by a Coolify that builds exactly the commit that was checked: 4.2 and later.
    Checked,
    /// Also builds by an older one, which takes the commit that is at the tip of the branch when the build begins.
    Unpinned,
}

/// A text that is not a [`RepositoryBuilds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRepositoryBuilds;

impl FromStr for RepositoryBuilds {
    type Err = InvalidRepositoryBuilds;

    fn from_str(text: &str) -> Result<Self, InvalidRepositoryBuilds> {
        match text {
            "false" => Ok(Self::Off),
            "true" => Ok(Self::Checked),
            "unpinned" => Ok(Self::Unpinned),
            _ => Err(InvalidRepositoryBuilds),
        }
    }
}

/// The rules that an operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base domain of the workspaces' namespaces, such as `vibnai.com`.
    pub base_domain: String,
    /// The origin at which agents reach this server, such as `https://co-vibe.example`.
    pub origin: Option<String>,
    /// The timeout of a call that only reads.
    pub read_timeout: Duration,
    /// The timeout of a call that changes something.
    pub write_timeout: Duration,
    /// The maximum number of concurrent commands of a workspace in its containers.
    pub max_execs: usize,
    /// The times of commands that run without their clients.
    pub detached: DetachedTimes,
    /// The timeout of a call that waits for the outcome of the work that it starts.
    pub wait_timeout: Duration,
    /// The first interval at which a waiting call polls; it grows with time and the rate budget's use.
    pub poll_interval: Duration,
    /// The time that containers must stay up until a call that waits for them answers that they run.
    pub stability: Duration,
    /// The time for which an upstream may keep working on a request after the client stopped waiting for the answer.
    /// Until then, no call searches for the result or repeats the request.
    pub late: Duration,
    /// The interval at which the containers of a docker host are checked if no call waits for them.
    pub container_watch: Duration,
    /// The time for which Coolify must lack a resource until its containers count as left over.
    pub left_over_after: Duration,
    /// The time that Gitea may take to notice a push: until then, its default branch may be another one.
    pub push_notice: Duration,
    /// The minimum time between two checks of a repository with pushes, and between two searches for deployments whose
    /// end is to be reported.
    pub push_pause: Duration,
    /// The interval at which unreported pushes are searched for.
    pub push_round: Duration,
    /// The lease of work on a push. Work of a killed server is settled after this time.
    pub push_lease: Duration,
    /// The duration of the lease of a provisioning run, which is renewed. The run of a killed server can be taken over
    /// after this time.
    pub lease: Duration,
    /// The time for which a replaced token stays valid after its successor is in use. It must exceed the time for which
    /// a server caches a workspace.
    pub settle: Duration,
    /// The time for which the outcome of a successful provisioning run answers calls that want nothing more.
    pub run_answers: Duration,
    /// The time after the replacement of a credential in which it is not replaced again.
    pub rotation_pause: Duration,
    /// The limits of calls.
    pub call_rates: CallRates,
    /// The time limit for an audit entry that must be durable.
    pub audit_timeout: Duration,
    /// The time for which calls that only read are carried out while the audit cannot be written.
    pub audit_grace: Duration,
    /// The time for which records are kept that calls do not need.
    pub retention: Retention,
    /// The maximum number of concurrent calls of one workspace.
    pub max_in_flight: usize,
    /// The number of concurrent calls of all tenants from which on each tenant has only a few: half of the server's
    /// connections. Of requests for pages, half as many.
    pub max_in_flight_of_all: usize,
    /// The maximum number of these calls that may wait for an outcome; one more ends the oldest wait.
    pub max_waiting: usize,
    /// The maximum number of a tenant's deployments in progress; `None` for no limit besides the number of places.
    pub max_running_deployments: Option<usize>,
    /// The maximum number of a tenant's deployments that may wait.
    pub max_waiting_deployments: usize,
    /// The number of Coolify's workers: `HORIZON_MAX_PROCESSES`, which its API does not report. One of them is left for
    /// people and for Coolify itself.
    pub coolify_workers: usize,
    /// The interval at which Coolify is asked whether a place is free, while deployments wait.
    pub queue_look: Duration,
    /// The time to wait for the process that hands a deployment over: longer than that may take.
    pub queue_lease: Duration,
    /// The limits of starts of databases, compose apps and auth providers.
    pub start_limits: StartLimits,
    /// The ports of the host from which one is chosen for a public database if its caller gives none.
    pub public_ports: RangeInclusive<u16>,
    /// The only ports that a public database may have; `None` for no restriction.
    pub provided_ports: Option<RangeInclusive<u16>>,
    /// The size limits of a commit that is built.
    pub tree_limits: TreeLimits,
    /// The time limits of releases.
    pub release_times: ReleaseTimes,
    /// True if auth providers that mount Docker's socket may be created. The administrator of one is
    /// root on the host.
    pub docker_sock_providers: bool,
    /// The rule for builds of apps from repositories.
    pub repository_builds: RepositoryBuilds,
    /// True if apps may be described by a compose file in a repository, which is released as it was judged.
    pub compose_repositories: bool,
    /// The role of the bots of workspaces in their organisations.
    pub bot_role: BotRole,
    /// The hooks that report pushes.
    pub push_hooks: PushHooks,
    /// The protocol by which Coolify clones the repositories of new apps.
    pub clone_protocol: CloneProtocol,
    /// True if new workspaces get a Docker network of their own, if their host can be reached.
    pub own_networks: bool,
    /// The maximum number of buckets of a tenant's workspaces in the operator's project.
    pub buckets_per_tenant: u64,
    /// The maximum price of a domain for its whole term, unless the call accepts more.
    pub domain_price_limit: Money,
    /// The maximum price that a call can accept, if it is above the limit of other calls; `None` for any price.
    pub domain_agreed_price_limit: Option<Money>,
    /// The maximum that all workspaces of a tenant together may spend on domains in 24 hours; `None` for no limit.
    pub domain_daily_limit: Option<Money>,
    /// The same for all tenants together.
    pub domain_daily_limit_of_all: Option<Money>,
    /// The price of WHOIS privacy for a year, because the registrar does not report it.
    pub domain_privacy_price: Money,
    /// The time after an order of a domain was sent in which it may still appear at the registrar.
    pub settle_orders: Duration,
    /// The time for which the apps of a workspace that has lost a domain must lack its hosts until the next holder may
    /// attach it: longer than a call that changes an app takes, and than Coolify keeps working on it.
    pub released_after: Duration,
    /// The addresses at which apps are reached from outside; empty if unknown.
    pub ingress: Vec<IpAddr>,
    /// The rules for compose files: registries, reserved names, and the limits of services.
    pub compose: covibe_compose::Rules,
}

impl Settings {
    /// Returns the pause of a deployment whose hand-over could not be tried.
    pub(crate) fn queue_retry(&self) -> Duration {
        self.queue_look * 5
    }

    /// Returns the time for which an answer about the reach of Coolify's server is used.
    pub(crate) fn server_look(&self) -> Duration {
        self.queue_look * 10
    }

    /// Returns the minimum time between two readings of a start's state.
    pub(crate) fn start_look(&self) -> Duration {
        self.queue_look * 2
    }

    /// Returns the maximum numbers of a tenant's places before Coolify.
    pub(crate) const fn ceilings(&self) -> Ceilings {
        Ceilings { builds: self.max_running_deployments, starts: self.start_limits.most }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_domain: "vibnai.com".to_owned(),
            origin: None,
            read_timeout: Duration::from_secs(20),
            write_timeout: Duration::from_secs(45),
            max_execs: 4,
            detached: DetachedTimes::default(),
            wait_timeout: Duration::from_mins(10),
            poll_interval: Duration::from_millis(500),
            stability: Duration::from_secs(5),
            late: Duration::from_secs(10),
            container_watch: Duration::from_secs(10),
            left_over_after: Duration::from_mins(1),
            push_notice: Duration::from_secs(5),
            push_pause: Duration::from_secs(5),
            push_round: Duration::from_mins(1),
            push_lease: Duration::from_mins(2),
            lease: Duration::from_secs(15),
            settle: Duration::from_secs(2),
            run_answers: Duration::from_secs(10),
            rotation_pause: Duration::from_mins(1),
            call_rates: CallRates::default(),
            audit_timeout: Duration::from_secs(5),
            audit_grace: Duration::from_secs(30),
            retention: Retention::default(),
            max_in_flight: 64,
            max_in_flight_of_all: 1_024,
            max_waiting: 4,
            max_running_deployments: None,
            max_waiting_deployments: 50,
            coolify_workers: 4,
            queue_look: Duration::from_secs(3),
            queue_lease: Duration::from_mins(3),
            start_limits: StartLimits::default(),
            public_ports: 20_000..=29_999,
            provided_ports: None,
            tree_limits: TreeLimits::default(),
            release_times: ReleaseTimes::default(),
            docker_sock_providers: false,
            repository_builds: RepositoryBuilds::Checked,
            compose_repositories: true,
            bot_role: BotRole::default(),
            push_hooks: PushHooks::default(),
            clone_protocol: CloneProtocol::default(),
            own_networks: true,
            buckets_per_tenant: 20,
            domain_price_limit: Money::usd(5_000),
            domain_agreed_price_limit: None,
            domain_daily_limit: None,
            domain_daily_limit_of_all: None,
            domain_privacy_price: Money::usd(300),
            settle_orders: Duration::from_mins(10),
            released_after: Duration::from_mins(1),
            ingress: Vec::new(),
            compose: covibe_compose::Rules {
                memory: Some("4g".to_owned()),
                max_memory: Some("16g".to_owned()),
                processes: Some(4096),
                ..covibe_compose::Rules::default()
            },
        }
    }
}

impl Settings {
    /// Returns this server's own origin.
    ///
    /// # Errors
    ///
    /// Unready if the operator has not configured it.
    pub fn origin(&self) -> Result<&str, Failure> {
        self.origin.as_deref().ok_or_else(|| {
            Failure::unready("This server does not know its own address.")
                .hint("Tell the operator: COVIBE_HOSTED_URL is not set.")
        })
    }
}
