//! The options of a world.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use covibe_domain::Money;
use covibe_sandbox::coolify::Version;
use covibe_store::Backend;
use covibe_upstream::Expiry;
use covibe_workspace::{
    BotRole, CallRate, CallRates, CloneProtocol, DetachedTimes, PushHooks, ReleaseTimes,
    RepositoryBuilds, Retention, Settings, StartLimits, TreeLimits,
};

/// The administrator of the simulated Gitea.
pub(crate) const ADMIN: &str = "root";

/// The options of a world.
#[expect(clippy::struct_excessive_bools, reason = "the switches of a server are independent")]
#[derive(Clone, Debug)]
pub struct Options {
    /// The database.
    pub backend: Backend,
    /// The simulated Coolify.
    pub coolify: covibe_sandbox::coolify::Options,
    /// The simulated Gitea.
    pub gitea: covibe_sandbox::gitea::Options,
    /// The registrar's options.
    pub registrar: covibe_sandbox::opensrs::Options,
    /// The simulated Google Cloud.
    pub cloud: covibe_sandbox::google::Options,
    /// The server that takes dynamic updates of DNS.
    pub dns_updates: Option<covibe_dns::UpdateConfig>,
    /// True if workspaces get buckets of the simulated Google Cloud.
    pub has_storage: bool,
    /// The addresses at which apps are reached.
    pub ingress: Vec<IpAddr>,
    /// The maximum amount that a workspace may spend on domains in 24 hours.
    pub domain_daily_limit: Option<Money>,
    /// The time within which an order must appear at the registrar.
    pub settle_orders: Duration,
    /// True if the server reaches the docker host of the simulated Coolify.
    pub docker: bool,
    /// The interval between two rounds of the watch over containers on docker hosts.
    pub container_watch: Duration,
    /// The timeout of one attempt at an upstream.
    pub attempt: Duration,
    /// Ends attempts before their timeout, for tests of timeouts that do not depend on the machine's load.
    pub expiry: Expiry,
    /// The time for which the lists of Coolify's team are reused.
    pub lists_for: Duration,
    /// The timeout of every call.
    pub deadline: Duration,
    /// The interval at which a waiting call polls.
    pub poll_interval: Duration,
    /// The time for which containers must stay up before they count as running.
    pub stability: Duration,
    /// The time for which an upstream may continue with an abandoned request.
    pub late: Duration,
    /// The time within which Gitea must notice a push.
    pub push_notice: Duration,
    /// The duration of the lease of a provisioning run.
    pub lease: Duration,
    /// The interval between two searches for pushes that no hook reported.
    pub push_round: Duration,
    /// The duration of the lease of a process that acts on a push.
    pub push_lease: Duration,
    /// The time for which a replaced token stays valid.
    pub settle: Duration,
    /// The time for which the outcome of a provisioning run answers further calls: zero, because most tests change
    /// something on the upstreams between two runs.
    pub run_answers: Duration,
    /// The time after the replacement of a credential during which it is not replaced again.
    pub rotation_pause: Duration,
    /// Coolify's rate limit, in calls per minute.
    pub per_minute: u32,
    /// True if auth providers that mount docker's socket may be created.
    pub docker_sock_providers: bool,
    /// The operator's setting for apps that are built from repositories; by default also by a Coolify that builds
    /// another commit than the one that was checked.
    pub repository_builds: RepositoryBuilds,
    /// True if the operator lets apps be built from a compose file in a repository.
    pub compose_repositories: bool,
    /// The role of bots in their organisations.
    pub bot_role: BotRole,
    /// The hooks that report pushes.
    pub push_hooks: PushHooks,
    /// The protocol by which Coolify clones the repositories of new apps.
    pub clone_protocol: CloneProtocol,
    /// True if SSH reaches Gitea even if new apps are not cloned over it.
    pub gitea_ssh: bool,
    /// Gitea's public address; the simulator's by default.
    pub gitea_public_url: Option<String>,
    /// The ports from which one is chosen for a public database.
    pub public_ports: RangeInclusive<u16>,
    /// The size limits of a commit that is built.
    pub tree_limits: TreeLimits,
    /// The time limits of releases.
    pub release_times: ReleaseTimes,
    /// The access to registries of images; none by default.
    pub images: Option<covibe_image_registry::Config>,
    /// The times of commands that run without their clients.
    pub detached: DetachedTimes,
    /// The maximum number of a tenant's deployments in progress; `None` for as many as there are places.
    pub max_running_deployments: Option<usize>,
    /// The maximum number of a tenant's deployments that wait; the default is a server's.
    pub max_waiting_deployments: usize,
    /// The number of Coolify's workers. The default is so high that starts wait only in tests about that.
    pub coolify_workers: usize,
    /// The time between two checks whether a place for a deployment is free.
    pub queue_look: Duration,
    /// The time for which others wait for the process that hands a deployment over.
    pub queue_lease: Duration,
    /// The maximum number of databases, compose apps and auth providers of a tenant that may be starting. By default
    /// it is not limited, and a simulator reports a start at once.
    pub start_limits: StartLimits,
    /// The rate limits of calls; the default is more than a server permits.
    pub call_rates: CallRates,
    /// The time within which an audit entry that must be durable must be written.
    pub audit_timeout: Duration,
    /// The time for which reads are carried out while the audit cannot be written.
    pub audit_grace: Duration,
    /// The time for which records are kept.
    pub retention: Retention,
    /// The maximum number of concurrent calls of a workspace.
    pub max_in_flight: usize,
}

impl Options {
    /// Returns the usual options on a release of Coolify.
    pub fn on_release(version: Version) -> Self {
        let mut options = Self::default();
        options.coolify.version = version;
        options
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            backend: Backend::Sqlite,
            coolify: covibe_sandbox::coolify::Options {
                pace: Duration::from_millis(10),
                budget_per_minute: None,
                ..covibe_sandbox::coolify::Options::default()
            },
            registrar: covibe_sandbox::opensrs::Options::default(),
            cloud: covibe_sandbox::google::Options::default(),
            dns_updates: None,
            has_storage: true,
            ingress: vec![IpAddr::from([198, 51, 100, 7])],
            domain_daily_limit: None,
            settle_orders: Duration::from_mins(10),
            gitea: covibe_sandbox::gitea::Options {
                admin: ADMIN.to_owned(),
                ..covibe_sandbox::gitea::Options::default()
            },
            docker: true,
            container_watch: Duration::from_secs(10),
            attempt: Duration::from_secs(5),
            expiry: Expiry::default(),
            lists_for: Duration::from_secs(2),
            deadline: Duration::from_secs(20),
            poll_interval: Duration::from_millis(10),
            stability: Duration::from_millis(40),
            late: Duration::from_millis(300),
            push_notice: Duration::from_secs(5),
            lease: Duration::from_millis(900),
            push_round: Duration::from_hours(1),
            push_lease: Duration::from_secs(4),
            settle: Duration::from_millis(100),
            run_answers: Duration::ZERO,
            rotation_pause: Duration::ZERO,
            per_minute: 1_000_000,
            docker_sock_providers: false,
            repository_builds: RepositoryBuilds::Unpinned,
            compose_repositories: true,
            bot_role: BotRole::default(),
            push_hooks: PushHooks::default(),
            clone_protocol: CloneProtocol::default(),
            gitea_ssh: false,
            gitea_public_url: None,
            public_ports: 20_000..=29_999,
            tree_limits: TreeLimits::default(),
            release_times: ReleaseTimes::default(),
            images: None,
            max_running_deployments: None,
            max_waiting_deployments: Settings::default().max_waiting_deployments,
            coolify_workers: 1000,
            queue_look: Duration::from_millis(100),
            detached: DetachedTimes::default(),
            queue_lease: Settings::default().queue_lease,
            start_limits: StartLimits { notice: Duration::ZERO, ..StartLimits::default() },
            call_rates: CallRates {
                key: CallRate::per_second(1_000_000),
                tenant: CallRate::per_second(1_000_000),
                key_changes: CallRate::per_second(1_000_000),
                tenant_changes: CallRate::per_second(1_000_000),
            },
            audit_timeout: Duration::from_mins(1),
            audit_grace: Duration::from_secs(30),
            retention: Retention::default(),
            max_in_flight: 64,
        }
    }
}
