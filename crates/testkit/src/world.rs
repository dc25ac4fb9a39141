//! A whole server in this process, over simulated upstreams: two workspaces, one of each tenant.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use covibe_crypto::SecretBox;
use covibe_dispatch::Dispatcher;
use covibe_domain::entities::KeyScope;
use covibe_domain::{CellName, Secret, TenantId};
use covibe_http::{App, Doors, Running};
use covibe_identity::{Identity, KeyRequest};
use covibe_sandbox::Simulator;
use covibe_store::{Backend, Store, WorkspaceRecord};
use covibe_upstream::Expiry;
use covibe_workspace::{
    Cells, GiteaAddress, Parts, Platform, Settings, SharedRateBudget, Upstreams,
};
use serde_json::json;
use {covibe_coolify as coolify, covibe_gitea as gitea};

use crate::agent::Agent;
use crate::postgres::Postgres;
use crate::process::{Common, Location, Process, cookbook};

/// How a world is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database.
    pub backend: Backend,
    /// The simulated Coolify.
    pub coolify: covibe_sandbox::coolify::Options,
    /// How long one attempt at an upstream may take.
    pub attempt: Duration,
    /// Ends attempts before that, for tests of timeouts that no busy machine disturbs.
    pub expiry: Expiry,
    /// How long the lists of Coolify's team are reused.
    pub lists_for: Duration,
    /// How long a call may take, and one that waits for the end of what it begins.
    pub deadline: Duration,
    /// How soon a call that waits looks again.
    pub look_again: Duration,
    /// How long an upstream may be late with what it was asked to make.
    pub late: Duration,
    /// How long a provisioning run is its holder's before it has to be extended.
    pub lease: Duration,
    /// How long a replaced token goes on working.
    pub settle: Duration,
    /// Coolify's budget of calls a minute.
    pub per_minute: u32,
    /// Whether auth providers that mount docker's socket may be created.
    pub docker_sock_providers: bool,
    /// Whether the operator lets apps be built from a compose file in a repository.
    pub compose_repositories: bool,
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
            expiry: Expiry::default(),
            lists_for: Duration::from_secs(2),
            deadline: Duration::from_secs(20),
            look_again: Duration::from_millis(10),
            late: Duration::from_millis(300),
            lease: Duration::from_millis(900),
            settle: Duration::from_millis(100),
            per_minute: 1_000_000,
            docker_sock_providers: false,
            compose_repositories: true,
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
    pub(crate) platform: Arc<Platform>,
    pub(crate) common: Common,
    /// Kept over a restart, so that nobody else takes its port.
    listener: TcpListener,
    running: Option<Running>,
    _directory: tempfile::TempDir,
}

/// The administrator of the simulated Gitea.
pub(crate) const ADMIN: &str = "root";

impl World {
    /// Starts a world; `None` where it needs a PostgreSQL and there is none.
    pub async fn start(options: Options) -> Option<Self> {
        // Fails only where a provider is installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().expect("a directory");
        let location = place(options.backend, directory.path())?;
        let secrets = SecretBox::fresh_config();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let common = Common { options: options.clone(), location, secrets, origin: origin.clone() };
        let simulated = covibe_sandbox::coolify::start(options.coolify.clone()).await;
        let coolify = simulated.expect("a simulated Coolify");
        let gitea_options = covibe_sandbox::gitea::Options { admin: ADMIN.to_owned(), token: None };
        let gitea = covibe_sandbox::gitea::start(gitea_options).await.expect("a simulated Gitea");
        let store = common.location.open().await;
        let process = Process::start(store, &common, &coolify, &gitea);
        let Process { store, identity, platform, dispatcher } = process;
        let running = serve(&dispatcher, &listener);
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

    /// One more workspace of the tenant that another one has, made as its tenant makes one.
    pub async fn sibling(&self, of: &Member, slug: &str) -> Member {
        let agent = self.tenants_agent(of).await;
        let answer = agent.json("POST", "/api/workspaces", &json!({ "slug": slug })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let key = answer.json()["key"]["token"].as_str().map(Secret::new);
        let mut tx = self.store.tenant_read(&of.record.tenant).await.expect("a transaction");
        let record = tx.workspace_by_slug(&slug.parse().expect("a slug")).await.expect("a row");
        tx.commit().await.expect("its end");
        Member {
            record: record.expect("the workspace"),
            agent: Agent::new(&agent.origin, slug, key),
        }
    }

    /// The member's agent with a key that opens its tenant.
    pub async fn tenants_agent(&self, of: &Member) -> Agent {
        let request = KeyRequest { scope: KeyScope::Tenant, ..KeyRequest::default() };
        let minted = self.identity.mint_first(&of.record.tenant, &of.record.id, request).await;
        of.agent.with_key(Some(minted.expect("a key").token.expose()))
    }

    /// Returns how it was started.
    pub fn options(&self) -> &Options {
        &self.common.options
    }

    /// Where its database is.
    pub fn location(&self) -> &Location {
        &self.common.location
    }

    /// What its servers seal secrets with, as they are configured with it.
    pub fn secrets_key(&self) -> &Secret {
        &self.common.secrets
    }

    /// Stops the server and starts it again with nothing remembered; agents find it as before.
    pub async fn restart(&mut self) {
        let store = self.store.clone();
        let process = Process::start(store, &self.common, &self.coolify, &self.gitea);
        let Process { identity, platform, dispatcher, .. } = process;
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.running = Some(serve(&dispatcher, &self.listener));
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
        Backend::Sqlite => Location::File(directory.join("covibe.sqlite")),
        Backend::Postgres => Location::Server(Postgres::shared()?.database()),
    })
}

pub(crate) fn serve(dispatcher: &Arc<Dispatcher>, listener: &TcpListener) -> Running {
    let doors = Doors::new(["https://co-vibe.test"]).expect("an origin");
    let (dispatcher, cookbook) = (Arc::clone(dispatcher), cookbook());
    let app = App { dispatcher, cookbook, doors, auth_mode: "local" };
    let listener = listener.try_clone().expect("the same port");
    covibe_http::serve(app, listener, 2).expect("a server")
}

pub(crate) fn platform(
    common: &Common,
    secrets: SecretBox,
    store: &Store,
    identity: &Arc<Identity>,
    coolify: &Simulator,
    gitea: &Simulator,
) -> Arc<Platform> {
    let Common { options, origin, .. } = common;
    let settings = Settings {
        origin: Some(origin.clone()),
        read_timeout: options.deadline,
        write_timeout: options.deadline,
        wait_timeout: options.deadline,
        poll_interval: options.look_again,
        late: options.late,
        lease: options.lease,
        settle: options.settle,
        docker_sock_providers: options.docker_sock_providers,
        compose_repositories: options.compose_repositories,
        ..Settings::default()
    };
    let cells = Cells::only(Upstreams {
        gitea_address: Some(address(gitea)),
        coolify: Some(coolify_client(options, store, coolify)),
        gitea: Some(gitea_client(options, gitea)),
    });
    let (store, identity) = (store.clone(), Arc::clone(identity));
    Platform::new(Parts { store, identity, secrets, cells, settings })
}

fn coolify_client(options: &Options, store: &Store, at: &Simulator) -> coolify::Client {
    let mut config = coolify::Config {
        per_minute: options.per_minute,
        timeout: options.attempt,
        expiry: options.expiry.clone(),
        lists_for: options.lists_for,
        ..coolify::Config::new(at.url.parse().expect("a URL"), at.token.clone())
    };
    config.rate_budget =
        SharedRateBudget::over(store, &CellName::default(), "coolify", config.rate());
    coolify::Client::new(config).expect("a client")
}

fn gitea_client(options: &Options, at: &Simulator) -> gitea::Client {
    let config = gitea::Config {
        timeout: options.attempt,
        expiry: options.expiry.clone(),
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
    let record = covibe_workspace::provision(platform, record).await.expect("a ready workspace");
    let key = mint(identity, &record).await;
    Member { record, agent: Agent::new(origin, slug, Some(key)) }
}

/// A workspace of a tenant of its own, before anything of it exists elsewhere.
pub async fn founded(platform: &Arc<Platform>, slug: &str) -> WorkspaceRecord {
    let tenant = TenantId::from_random(covibe_crypto::random());
    let record =
        covibe_workspace::create_tenant(platform, tenant, slug.parse().expect("a slug"), slug)
            .await;
    record.expect("a workspace")
}

/// A key of a workspace.
pub async fn mint(identity: &Identity, record: &WorkspaceRecord) -> Secret {
    let minted = identity.mint_first(&record.tenant, &record.id, KeyRequest::default()).await;
    minted.expect("a key").token
}
