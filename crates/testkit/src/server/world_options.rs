//! The options of a world: its simulators, and the settings of its server.

use std::net::IpAddr;
use std::time::Duration;

use covibe_sandbox::coolify::Version;
use covibe_store::Backend;
use covibe_upstream::Expiry;
use covibe_workspace::{CallRate, CallRates, RepositoryBuilds, Settings, StartLimits};

/// The administrator of the simulated Gitea.
pub(crate) const ADMIN: &str = "root";

/// The options of a world.
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
    /// True if the server reaches the docker host of the simulated Coolify.
    pub docker: bool,
    /// True if workspaces get buckets of the simulated Google Cloud.
    pub has_storage: bool,
    /// The workspaces that are provisioned.
    pub provisioned: Provisioned,
    /// The server that takes dynamic updates of DNS.
    pub dns_updates: Option<covibe_dns::UpdateConfig>,
    /// The access to registries of images; none by default.
    pub images: Option<covibe_image_registry::Config>,
    /// Gitea's public address; the simulator's by default.
    pub gitea_public_url: Option<String>,
    /// True if SSH reaches Gitea even if new apps are not cloned over it.
    pub gitea_ssh: bool,
    /// The timeout of one attempt at an upstream.
    pub attempt: Duration,
    /// Ends attempts before their timeout, for tests of timeouts that do not depend on the machine's load.
    pub expiry: Expiry,
    /// The time for which the lists of Coolify's team are reused.
    pub lists_for: Duration,
    /// Coolify's rate limit, in calls per minute.
    pub per_minute: u32,
    /// The settings of the server; its origin is that of the world.
    pub settings: Settings,
}

/// The workspaces of a world that are provisioned when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provisioned {
    /// Both.
    #[default]
    Both,
    /// Mark's alone: for tests that start many worlds in which the other one takes no part.
    Mark,
}

impl Options {
    /// Returns the usual options on a release of Coolify.
    pub fn on_release(version: Version) -> Self {
        let mut options = Self::default();
        options.coolify.version = version;
        options
    }

    /// Returns the options with a change of the server's settings.
    #[must_use]
    pub fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Returns the options with this timeout of every call, of those that wait too.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        self.with_settings(|settings| {
            settings.read_timeout = deadline;
            settings.write_timeout = deadline;
            settings.wait_timeout = deadline;
        })
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
            gitea: covibe_sandbox::gitea::Options {
                admin: ADMIN.to_owned(),
                ..covibe_sandbox::gitea::Options::default()
            },
            registrar: covibe_sandbox::opensrs::Options::default(),
            cloud: covibe_sandbox::google::Options::default(),
            docker: true,
            has_storage: true,
            provisioned: Provisioned::default(),
            dns_updates: None,
            images: None,
            gitea_public_url: None,
            gitea_ssh: false,
            // Tests that let an attempt time out wait for this long.
            attempt: Duration::from_secs(5),
            expiry: Expiry::default(),
            lists_for: Duration::from_secs(2),
            // The simulated Coolify has no limit either.
            per_minute: 1_000_000,
            settings: settings(),
        }
    }
}

/// Returns the settings of the servers of worlds: those that ship, apart from times that tests would wait for, and
/// from limits that only tests about them reach.
fn settings() -> Settings {
    let (unlimited, shipped) = (CallRate::per_second(1_000_000), Settings::default());
    Settings {
        // A call that waits in vain ends its test as soon as a read does.
        write_timeout: shipped.read_timeout,
        wait_timeout: shipped.read_timeout,
        // A simulator is done within milliseconds.
        poll_interval: Duration::from_millis(10),
        // Each call that waits for containers takes at least this long.
        stability: Duration::from_millis(40),
        // A call after an abandoned request waits for this long, although simulators are done with the request earlier.
        late: Duration::from_millis(300),
        // The second look that does not find a resource counts, however soon it follows.
        left_over_after: Duration::ZERO,
        // Tests see deliveries work: the search finds their pushes only in tests about that.
        push_round: Duration::from_hours(1),
        // Most tests push several times.
        push_pause: Duration::from_millis(300),
        // Tests kill servers, and wait until others take over their provisioning runs and their work on pushes.
        lease: Duration::from_millis(900),
        push_lease: Duration::from_secs(4),
        // Each rotation waits for this long.
        settle: Duration::from_millis(100),
        // Most tests change something on the upstreams between two runs.
        run_answers: Duration::ZERO,
        // Tests replace a credential several times in a row.
        rotation_pause: Duration::ZERO,
        // Tests call faster than agents may.
        call_rates: CallRates {
            key: unlimited,
            tenant: unlimited,
            key_changes: unlimited,
            tenant_changes: unlimited,
        },
        // A busy machine may stand still for seconds, and no call may fail because of that.
        audit_timeout: Duration::from_mins(1),
        // Starts wait for a place only in tests about that, and then not for long.
        coolify_workers: 1000,
        queue_look: Duration::from_millis(100),
        // A simulator reports a start at once.
        start_limits: StartLimits { notice: Duration::ZERO, ..shipped.start_limits },
        // Tests run on all releases of Coolify, of which older ones build another commit than the one that was checked.
        repository_builds: RepositoryBuilds::Unpinned,
        // Domains are detached in rounds that tests make themselves.
        released_after: Duration::ZERO,
        // Domains are attached only where the addresses of apps are known.
        ingress: vec![IpAddr::from([198, 51, 100, 7])],
        ..shipped
    }
}
