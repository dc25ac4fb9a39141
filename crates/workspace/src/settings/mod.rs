//! The rules that an operator sets.

mod limits;

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use covibe_domain::{Failure, Money};
use covibe_store::ExportFolder;

pub(crate) use self::limits::Ceilings;
pub use self::limits::{CallRate, CallRates, StartLimits, TreeLimits};

/// What the bots of workspaces are in their organisations.
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

/// Which hooks tell of pushes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushHooks {
    /// One of each workspace's organisation. Its bot sees it, and can change and remove it.
    #[default]
    Organization,
    /// One of the whole instance, which only administrators see.
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
    /// Over HTTPS with the workspace's clone token, which stands in the clone URL at Coolify and reads all
    /// repositories of the workspace.
    #[default]
    Https,
    /// Over SSH with a key of each app, which reads its repository alone.
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

/// Whether apps may be built from repositories, which are checked first in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryBuilds {
    /// No.
    Off,
    /// Only by a Coolify that builds exactly the commit that was checked: 4.2 and later.
    Checked,
    /// Also by an older one, which builds whatever is on the branch when the build begins.
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
    /// How many commands a workspace runs in its containers at once.
    pub max_execs: usize,
    /// The timeout of a call that waits for the outcome of what it starts.
    pub wait_timeout: Duration,
    /// The first interval at which a waiting call polls; it grows with time and the rate budget's use.
    pub poll_interval: Duration,
    /// How long containers must stay up until a call that waits for them answers that they run.
    pub stability: Duration,
    /// How long an upstream may keep working on a request after the client stopped waiting for the
    /// answer. Until then, no call looks for what was requested or requests it again.
    pub late: Duration,
    /// How often the containers of a docker host are looked at that no call waits for.
    pub container_watch: Duration,
    /// How long Coolify must not have had a resource until its containers count as left over.
    pub left_over_after: Duration,
    /// How long Gitea may take to notice a push: until then, its default branch may be another one.
    pub push_notice: Duration,
    /// How often pushes are looked for that nobody told.
    pub push_round: Duration,
    /// How long whoever acts on a push may take. What a killed server left is settled after this time.
    pub push_lease: Duration,
    /// How long the lease of a provisioning run lasts unless it is renewed. The run of a killed
    /// server can be taken over after this time.
    pub lease: Duration,
    /// How long a replaced token stays valid after its successor is in use. It must exceed the time
    /// for which an instance caches a workspace.
    pub settle: Duration,
    /// How long the outcome of a provisioning run that ended well answers calls that want nothing more.
    pub run_answers: Duration,
    /// How long after a credential was replaced it is not replaced again.
    pub rotation_pause: Duration,
    /// How many calls may be made.
    pub call_rates: CallRates,
    /// How long an audit entry that must be durable may take.
    pub audit_timeout: Duration,
    /// How long calls that only read are carried out while the audit cannot be written.
    pub audit_grace: Duration,
    /// How long records are kept that nobody needs for calls.
    pub retention: Retention,
    /// The maximum number of concurrent calls of one workspace.
    pub max_in_flight: usize,
    /// The maximum number of those that may wait for an outcome; one more ends the oldest wait.
    pub max_waiting: usize,
    /// The maximum number of a tenant's deployments in progress; `None` for as many as there are places.
    pub max_running_deployments: Option<usize>,
    /// The maximum number of a tenant's deployments that may wait.
    pub max_waiting_deployments: usize,
    /// The number of Coolify's workers: `HORIZON_MAX_PROCESSES`, which its API does not tell. One of them is left for
    /// what people and Coolify itself do.
    pub coolify_workers: usize,
    /// The time between two questions to Coolify whether a place is free, while deployments wait.
    pub queue_look: Duration,
    /// The time for which the process that hands a deployment over is waited for: longer than that may take.
    pub queue_lease: Duration,
    /// The limits of starts of databases, compose apps and auth providers.
    pub start_limits: StartLimits,
    /// The ports of the host from which one is chosen for a public database whose caller names none.
    pub public_ports: RangeInclusive<u16>,
    /// The only ports that a public database may have, if the operator says so.
    pub provided_ports: Option<RangeInclusive<u16>>,
    /// How large a commit may be that is built.
    pub tree_limits: TreeLimits,
    /// Whether auth providers that mount Docker's socket may be created. Whoever administers one is
    /// root on the host.
    pub docker_sock_providers: bool,
    /// Whether apps may be built from repositories.
    pub repository_builds: RepositoryBuilds,
    /// Whether apps may be described by a compose file in a repository, which is released as it was judged.
    pub compose_repositories: bool,
    /// What the bots of workspaces are in their organisations.
    pub bot_role: BotRole,
    /// Which hooks tell of pushes.
    pub push_hooks: PushHooks,
    /// The protocol by which Coolify clones the repositories of new apps.
    pub clone_protocol: CloneProtocol,
    /// Whether new workspaces get a Docker network of their own, where their host is reached.
    pub own_networks: bool,
    /// The most that a domain may cost for its whole term unless the call agrees to more.
    pub domain_price_limit: Money,
    /// The most that a workspace may spend on domains in 24 hours, if there is a limit.
    pub domain_daily_limit: Option<Money>,
    /// What WHOIS privacy costs a year: the registrar tells no price of it.
    pub domain_privacy_price: Money,
    /// How long after an order of a domain was sent it may still appear at the registrar.
    pub settle_orders: Duration,
    /// The addresses at which apps are reached from outside; none are known if empty.
    pub ingress: Vec<IpAddr>,
    /// The rules for compose files: registries, reserved names, and the limits of services.
    pub compose: covibe_compose::Rules,
}

/// How long records are kept that nobody needs for calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Audit entries, at least 30 days; for ever if `None`.
    pub audit: Option<Duration>,
    /// Where audit entries are written to before they are removed; nowhere if `None`.
    pub export: Option<ExportFolder>,
    /// Revoked keys.
    pub revoked_keys: Duration,
    /// The activity that companions sent.
    pub activity: Duration,
}

/// 90 days.
const QUARTER: Duration = Duration::from_hours(90 * 24);

impl Default for Retention {
    fn default() -> Self {
        Self { audit: None, export: None, revoked_keys: QUARTER, activity: QUARTER }
    }
}

impl Settings {
    /// Returns the pause of a deployment whose hand-over could not be tried.
    pub(crate) fn queue_retry(&self) -> Duration {
        self.queue_look * 5
    }

    /// Returns the time for which it is known whether Coolify reaches its server.
    pub(crate) fn server_look(&self) -> Duration {
        self.queue_look * 10
    }

    /// Returns the least time between two looks at a start.
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
            wait_timeout: Duration::from_mins(10),
            poll_interval: Duration::from_millis(500),
            stability: Duration::from_secs(5),
            late: Duration::from_secs(10),
            container_watch: Duration::from_secs(10),
            left_over_after: Duration::from_mins(1),
            push_notice: Duration::from_secs(5),
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
            docker_sock_providers: false,
            repository_builds: RepositoryBuilds::Checked,
            compose_repositories: true,
            bot_role: BotRole::default(),
            push_hooks: PushHooks::default(),
            clone_protocol: CloneProtocol::default(),
            own_networks: true,
            domain_price_limit: Money::usd(5_000),
            domain_daily_limit: None,
            domain_privacy_price: Money::usd(300),
            settle_orders: Duration::from_mins(10),
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
