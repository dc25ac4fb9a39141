//! A whole server in this process, over simulated upstreams: two workspaces, one of each tenant.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use covibe_coolify as coolify;
use covibe_crypto::SecretBox;
use covibe_domain::{Secret, TenantId};
use covibe_gitea as gitea;
use covibe_http::{App, Doors, Running};
use covibe_identity::{Identity, KeyRequest};
use covibe_sandbox::Simulator;
use covibe_store::{Backend, Store, WorkspaceRecord};
use covibe_tools::{Dispatcher, GiteaAddress, Platform, Settings};

use crate::agent::Agent;
use crate::postgres::Postgres;
use crate::process::{Common, Location, Process};

/// How a world is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database.
    pub backend: Backend,
    /// The simulated Coolify.
    pub coolify: covibe_sandbox::coolify::Options,
    /// How long one attempt at an upstream may take.
    pub attempt: Duration,
    /// How long a call may take.
    pub deadline: Duration,
    /// How long an upstream may be late with what it was asked to make.
    pub late: Duration,
    /// Coolify's budget of calls a minute.
    pub per_minute: u32,
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
            attempt: Duration::from_secs(5),
            deadline: Duration::from_secs(20),
            late: Duration::from_millis(300),
            per_minute: 1_000_000,
        }
    }
}

/// A workspace and its agent.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its record, provisioned.
    pub record: WorkspaceRecord,
    /// The agent with its key.
    pub agent: Agent,
}

/// A server and everything around it.
pub struct World {
    /// The simulated Coolify.
    pub coolify: Simulator,
    /// The simulated Gitea.
    pub gitea: Simulator,
    /// The database.
    pub store: Store,
    /// The keeper of keys.
    pub identity: Arc<Identity>,
    /// What the surfaces stand in front of.
    pub dispatcher: Arc<Dispatcher>,
    /// A workspace.
    pub mark: Member,
    /// A workspace of another tenant.
    pub justine: Member,
    platform: Arc<Platform>,
    pub(crate) common: Common,
    /// Kept over a restart, so that nobody else takes its port.
    listener: TcpListener,
    running: Option<Running>,
    _directory: tempfile::TempDir,
}

/// The administrator of the simulated Gitea.
const ADMIN: &str = "root";

impl World {
    /// Starts a world; `None` where it needs a PostgreSQL and there is none.
    pub async fn start(options: Options) -> Option<Self> {
        // Fails only where a provider is installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().expect("a directory");
        let location = place(options.backend, directory.path())?;
        let secrets = SecretBox::fresh_config();
        let common = Common { options: options.clone(), location, secrets };
        let simulated = covibe_sandbox::coolify::start(options.coolify.clone()).await;
        let coolify = simulated.expect("a simulated Coolify");
        let gitea_options = covibe_sandbox::gitea::Options { admin: ADMIN.to_owned(), token: None };
        let gitea = covibe_sandbox::gitea::start(gitea_options).await.expect("a simulated Gitea");
        let store = common.location.open().await;
        let process = Process::start(store, &common, &coolify, &gitea);
        let Process { store, identity, platform, dispatcher } = process;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let running = serve(&dispatcher, &store, &listener);
        let mark = member(&platform, &identity, "mark", &origin).await;
        let justine = member(&platform, &identity, "justine", &origin).await;
        Some(Self {
            coolify,
            gitea,
            store,
            identity,
            dispatcher,
            mark,
            justine,
            platform,
            common,
            listener,
            running: Some(running),
            _directory: directory,
        })
    }

    /// A world on SQLite.
    pub async fn embedded() -> Self {
        Self::start(Options::default()).await.expect("SQLite is built in")
    }

    /// One more workspace, of a tenant of its own.
    pub async fn member(&self, slug: &str) -> Member {
        member(&self.platform, &self.identity, slug, &self.mark.agent.origin).await
    }

    /// Stops the server and starts it again with nothing remembered; agents find it as before.
    pub async fn restart(&mut self) {
        let store = self.store.clone();
        let process = Process::start(store, &self.common, &self.coolify, &self.gitea);
        let Process { store, identity, platform, dispatcher } = process;
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.running = Some(serve(&dispatcher, &store, &self.listener));
        for member in [&mut self.mark, &mut self.justine] {
            member.agent = member.agent.reconnected();
        }
        self.platform = platform;
        self.identity = identity;
        std::mem::replace(&mut self.dispatcher, dispatcher).flush().await;
    }

    /// Stops the server and waits until everything is written.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.dispatcher.flush().await;
    }
}

fn place(backend: Backend, directory: &std::path::Path) -> Option<Location> {
    Some(match backend {
        Backend::Sqlite => Location::File(directory.join("test.sqlite")),
        Backend::Postgres => Location::Url(Postgres::shared()?.database().runtime_url),
    })
}

fn serve(dispatcher: &Arc<Dispatcher>, store: &Store, listener: &TcpListener) -> Running {
    let doors = Doors::new(["https://co-vibe.test"]).expect("an origin");
    let (dispatcher, store) = (Arc::clone(dispatcher), store.clone());
    let app = App { dispatcher, store, doors, auth_mode: "local" };
    let listener = listener.try_clone().expect("the same port");
    covibe_http::serve(app, listener, 2).expect("a server")
}

pub(crate) fn platform(
    options: &Options,
    secrets: SecretBox,
    store: &Store,
    identity: &Arc<Identity>,
    coolify: &Simulator,
    gitea: &Simulator,
) -> Arc<Platform> {
    let settings = Settings {
        gitea: Some(address(gitea)),
        read_deadline: options.deadline,
        write_deadline: options.deadline,
        late: options.late,
        ..Settings::default()
    };
    let coolify = coolify_client(options, coolify);
    let gitea = gitea_client(options, gitea);
    let (store, identity) = (store.clone(), Arc::clone(identity));
    Platform::new(store, identity, secrets, Some(coolify), Some(gitea), settings)
}

fn coolify_client(options: &Options, at: &Simulator) -> coolify::Client {
    let config = coolify::Config {
        per_minute: options.per_minute,
        timeout: options.attempt,
        ..coolify::Config::new(at.url.parse().expect("a URL"), at.token.clone())
    };
    coolify::Client::new(config).expect("a client")
}

fn gitea_client(options: &Options, at: &Simulator) -> gitea::Client {
    let config = gitea::Config {
        timeout: options.attempt,
        ..gitea::Config::new(at.url.parse().expect("a URL"), ADMIN, at.token.clone())
    };
    gitea::Client::new(config).expect("a client")
}

fn address(at: &Simulator) -> GiteaAddress {
    let host = at.url.trim_start_matches("http://").to_owned();
    GiteaAddress { web: at.url.clone(), host, ssh_host: "127.0.0.1".to_owned() }
}

async fn member(platform: &Arc<Platform>, identity: &Identity, slug: &str, origin: &str) -> Member {
    let record = founded(platform, slug).await;
    let record = covibe_tools::provision(platform, record).await.expect("a ready workspace");
    let key = mint(identity, &record).await;
    Member { record, agent: Agent::new(origin, slug, Some(key)) }
}

/// A workspace of a tenant of its own, before anything of it exists elsewhere.
pub async fn founded(platform: &Arc<Platform>, slug: &str) -> WorkspaceRecord {
    let tenant = TenantId::from_random(covibe_crypto::random());
    let record = covibe_tools::found(platform, tenant, slug.parse().expect("a slug"), slug).await;
    record.expect("a workspace")
}

/// A key of a workspace.
pub async fn mint(identity: &Identity, record: &WorkspaceRecord) -> Secret {
    let minted = identity.mint_first(&record.tenant, &record.id, KeyRequest::default()).await;
    minted.expect("a key").token
}
