//! Everything the operations stand on, put together once by `main`.

use std::sync::Arc;
use std::time::Duration;

use covibe_crypto::SecretBox;
use covibe_domain::Failure;
use covibe_identity::Identity;
use covibe_store::Store;

use super::boundaries::Boundaries;
use super::starting::Starting;
use crate::audit::Auditor;

/// Where people and agents reach Gitea.
#[derive(Clone, Debug)]
pub struct GiteaAddress {
    /// The web origin, without a slash at its end, like `https://git.vibnai.com`.
    pub web: String,
    /// The host, with its port where it is not the usual one.
    pub host: String,
    /// The host of SSH remotes.
    pub ssh_host: String,
}

/// Rules that the operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The domain below which workspaces have theirs, like `vibnai.com`.
    pub base_domain: String,
    /// This server's own origin as agents reach it, like `https://co-vibe.example`.
    pub origin: Option<String>,
    /// Where Gitea is, for credentials and clone URLs.
    pub gitea: Option<GiteaAddress>,
    /// How long a call that only looks may take.
    pub read_deadline: Duration,
    /// How long a call that changes something may take.
    pub write_deadline: Duration,
    /// How long a call may take that was asked to wait for the end of what it begins.
    pub wait_deadline: Duration,
    /// How soon a call that waits looks again; it looks less often as time goes by.
    pub look_again: Duration,
    /// How long an upstream may go on working on a request whose answer was not waited for: for as
    /// long, nobody looks for what it was asked to make, nor asks for another.
    pub late: Duration,
    /// How long a provisioning run is its holder's before it has to be extended: a killed server's
    /// run can be taken over after as long.
    pub lease: Duration,
    /// How long a replaced token goes on working after its successor is in use: longer than any
    /// instance remembers a workspace.
    pub settle: Duration,
    /// How many calls of one workspace may run at once.
    pub max_in_flight: usize,
    /// How many of them may wait for the end of what they began: for one more, the oldest is let go.
    pub max_waiting: usize,
    /// Whether auth providers that mount docker's socket may be created: whoever administers one is
    /// root on the host.
    pub docker_sock_providers: bool,
    /// Whether apps may be built from a compose file in a repository: such a file is read by Coolify
    /// at each deployment, so that no policy of ours can stand before it.
    pub compose_repositories: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_domain: "vibnai.com".to_owned(),
            origin: None,
            gitea: None,
            read_deadline: Duration::from_secs(20),
            write_deadline: Duration::from_secs(45),
            wait_deadline: Duration::from_mins(10),
            look_again: Duration::from_secs(2),
            late: Duration::from_secs(10),
            lease: Duration::from_secs(15),
            settle: Duration::from_secs(2),
            max_in_flight: 64,
            max_waiting: 4,
            docker_sock_providers: false,
            compose_repositories: false,
        }
    }
}

/// Everything the operations stand on.
#[derive(Debug)]
pub struct Platform {
    pub(crate) store: Store,
    pub(crate) identity: Arc<Identity>,
    pub(crate) secrets: SecretBox,
    pub(crate) settings: Settings,
    pub(crate) auditor: Auditor,
    pub(crate) boundaries: Boundaries,
    pub(crate) starting: Starting,
    coolify: Option<covibe_coolify::Client>,
    gitea: Option<covibe_gitea::Client>,
}

impl Platform {
    /// A platform over these parts; an upstream that is not configured is `None`. Needs a tokio
    /// runtime that outlives the surfaces: on it the audit is written.
    pub fn new(
        store: Store,
        identity: Arc<Identity>,
        secrets: SecretBox,
        coolify: Option<covibe_coolify::Client>,
        gitea: Option<covibe_gitea::Client>,
        settings: Settings,
    ) -> Arc<Self> {
        Arc::new(Self {
            auditor: Auditor::start(store.clone()),
            boundaries: Boundaries::default(),
            starting: Starting::default(),
            store,
            identity,
            secrets,
            settings,
            coolify,
            gitea,
        })
    }

    /// The raw Coolify client: for the scoped one and for provisioning.
    pub(crate) fn coolify(&self) -> Result<&covibe_coolify::Client, Failure> {
        self.coolify.as_ref().ok_or_else(|| unconfigured("Coolify"))
    }

    /// The raw Gitea client: for the scoped one and for provisioning.
    pub(crate) fn gitea(&self) -> Result<&covibe_gitea::Client, Failure> {
        self.gitea.as_ref().ok_or_else(|| unconfigured("Gitea"))
    }

    /// Where Gitea is.
    pub(crate) fn gitea_address(&self) -> Result<&GiteaAddress, Failure> {
        self.settings.gitea.as_ref().ok_or_else(|| unconfigured("Gitea"))
    }
}

fn unconfigured(what: &str) -> Failure {
    Failure::unready(format!("{what} is not configured on this server."))
        .hint("Tell the operator; `covibe-server check` names what is missing.")
}
