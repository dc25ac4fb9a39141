//! A server in this process, over simulated upstreams: two workspaces, one of each tenant.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use covibe_crypto::SecretBox;
use covibe_dispatch::Dispatcher;
use covibe_docker_host as docker;
use covibe_domain::entities::KeyScope;
use covibe_domain::{Failure, Secret, boxed};
use covibe_identity::{Identity, KeyRequest};
use covibe_sandbox::google::Cloud;
use covibe_sandbox::{Scratch, Simulator};
use covibe_store::{Store, WorkspaceRecord};
use covibe_tools::Pushes;
use covibe_workspace::{Platform, PushWatch, QueueWatch};
use serde_json::json;

use super::database_and_settings::{CloudAt, Common, Location};
use super::http_front::{Endpoint, Front};
use super::process::Process;
use super::server_wiring::registrar_client;
use super::workspaces_and_agents::Member;
use super::world_options::Options;
use crate::agent::{Agent, InProcess};

/// The origin of a world that serves no HTTP: nobody listens at this port.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A server and everything around it.
pub struct World {
    /// The simulated Coolify.
    pub coolify: Simulator,
    /// The simulated Gitea.
    pub gitea: Simulator,
    /// The simulated registrar.
    pub registrar: Simulator,
    /// The simulated Google Cloud, whose zones its DNS server serves.
    pub cloud: Cloud,
    /// The database.
    pub store: Store,
    /// The keeper of keys.
    pub identity: Arc<Identity>,
    /// The dispatcher behind the surfaces.
    pub dispatcher: Arc<Dispatcher>,
    /// A workspace.
    pub mark: Member,
    /// A workspace of another tenant, provisioned unless the options say otherwise.
    pub justine: Member,
    /// The Docker Engine of the simulated Coolify's host, if the options ask for one.
    pub docker: Option<Simulator>,
    /// The platform, which its workspaces share.
    pub platform: Arc<Platform>,
    /// The task that hands over the deployments that wait.
    queue: QueueWatch,
    pub(crate) common: Common,
    /// The dispatcher that agents call, if the world serves no HTTP.
    in_process: Option<InProcess>,
    /// The port and the server, if the world serves HTTP.
    endpoint: Option<Endpoint>,
    pub(super) directory: Scratch,
}

impl World {
    /// Starts a world that serves no HTTP; `None` where it needs a PostgreSQL and there is none.
    #[boxed]
    pub async fn start(options: Options) -> Option<Self> {
        // Boxed because the future is large.
        Box::pin(Self::begin(options, None)).await
    }

    /// Starts a world that is served over HTTP; `None` where it needs a PostgreSQL and there is none.
    #[boxed]
    pub async fn start_behind(front: Arc<dyn Front>, options: Options) -> Option<Self> {
        Box::pin(Self::begin(options, Some(Endpoint::new(front)))).await
    }

    async fn begin(options: Options, mut endpoint: Option<Endpoint>) -> Option<Self> {
        // Fails only if a provider is installed already, which serves as well.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let directory = Scratch::create().expect("a directory");
        let location = Location::new(options.backend, &directory.path())?;
        let secrets = SecretBox::fresh_config();
        let origin = endpoint.as_ref().map_or_else(|| NOWHERE.to_owned(), Endpoint::origin);
        let socket = options.docker.then(|| directory.path().join("docker.sock"));
        let local = |it| Arc::new(docker::Settings::new(docker::Address::Local(it)));
        let docker = socket.clone().map(local);
        let registrar = covibe_sandbox::opensrs::start(options.registrar.clone()).await;
        let registrar = registrar.expect("a simulated registrar");
        let cloud = covibe_sandbox::google::start(options.cloud.clone()).await;
        let cloud = cloud.expect("a simulated Google Cloud");
        let key_file = covibe_sandbox::google::key_file(&cloud);
        let common = Common {
            options: Box::new(options.clone()),
            uploads: directory.path().join("uploads"),
            cloud: CloudAt { url: cloud.url.clone(), key_file },
            location,
            secrets,
            origin: origin.clone(),
            docker,
            registrar: registrar_client(&options, &registrar),
        };
        let simulated = covibe_sandbox::coolify::start(options.coolify.clone()).await;
        let coolify = simulated.expect("a simulated Coolify");
        let gitea =
            covibe_sandbox::gitea::start(options.gitea.clone()).await.expect("a simulated Gitea");
        let docker = match &socket {
            Some(socket) => Some(
                covibe_sandbox::docker::start(&coolify, socket).await.expect("a simulated engine"),
            ),
            None => None,
        };
        // Tests search for the secrets that the upstreams received.
        coolify.keep_secrets();
        gitea.keep_secrets();
        registrar.keep_secrets();
        cloud.keep_secrets();
        let store = common.location.open().await;
        let process = Process::start(store, &common, &coolify, &gitea);
        let Process { store, identity, platform, dispatcher, queue } = process;
        if let Some(endpoint) = &mut endpoint {
            endpoint.serve(&dispatcher, &common.uploads).await;
        }
        let in_process = endpoint.is_none().then(|| InProcess::new(&dispatcher));
        let agents = (in_process.as_ref(), origin.as_str());
        let mark = Member::create(&platform, &identity, agents, "mark").await;
        let justine = Member::neighbour(&platform, &identity, agents, &options).await;
        // Tests examine only the requests that they cause themselves.
        docker.iter().for_each(Simulator::clear_requests);
        Some(Self {
            coolify,
            gitea,
            registrar,
            cloud,
            store,
            identity,
            dispatcher,
            mark,
            justine,
            docker,
            platform,
            queue,
            common,
            in_process,
            endpoint,
            directory,
        })
    }

    /// Starts a world on SQLite.
    #[boxed]
    pub async fn embedded() -> Self {
        Self::start(Options::default()).await.expect("SQLite is built in")
    }

    /// Creates another workspace, of a tenant of its own.
    #[boxed]
    pub async fn member(&self, slug: &str) -> Member {
        let agents = (self.in_process.as_ref(), self.origin());
        Member::create(&self.platform, &self.identity, agents, slug).await
    }

    /// Creates another workspace of a member's tenant, as its tenant would.
    #[boxed]
    pub async fn sibling(&self, of: &Member, slug: &str) -> Member {
        let agent = self.tenants_agent(of).await;
        let answer = agent.json("POST", "/api/workspaces", &json!({ "slug": slug })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let key = answer.json()["key"]["token"].as_str().map(Secret::new);
        let mut tx = self.store.tenant_read(&of.record.tenant).await.expect("a transaction");
        let record = tx.workspace_by_slug(&slug.parse().expect("a slug")).await.expect("a row");
        tx.commit().await.expect("its end");
        Member { record: record.expect("the workspace"), agent: self.agent(slug, key) }
    }

    /// Returns an agent that calls this world with a key.
    pub fn agent(&self, slug: &str, key: Option<Secret>) -> Agent {
        Agent::calling(self.in_process.as_ref(), self.origin(), slug, key)
    }

    /// Creates an agent of the member with a key for the whole tenant.
    #[boxed]
    pub async fn tenants_agent(&self, of: &Member) -> Agent {
        let request = KeyRequest { scope: KeyScope::Tenant, ..KeyRequest::default() };
        let minted = self.identity.mint_first(&of.record.tenant, &of.record.id, request).await;
        of.agent.with_key(Some(minted.expect("a key").token.expose()))
    }

    /// Returns a client of its simulated Google Cloud, as its servers have one.
    pub fn google_storage(&self) -> covibe_storage::GoogleStorage {
        super::server_wiring::google_storage(&self.common)
    }

    /// Starts to act on pushes, until the result is dropped.
    pub fn watch_pushes(&self) -> PushWatch {
        PushWatch::begin(&self.platform, Pushes)
    }

    /// Returns the keys of its installation.
    pub fn secrets(&self) -> SecretBox {
        SecretBox::from_config(&self.common.secrets).expect("a key")
    }

    /// Returns the secret of the hook of a workspace's organisation.
    pub fn hook_secret(&self, of: &Member) -> Secret {
        self.hook_secrets(of).swap_remove(0)
    }

    /// Returns the secrets that deliveries about a workspace may be signed with: that of its own hook first, the
    /// newest before older ones.
    pub fn hook_secrets(&self, of: &Member) -> Vec<Secret> {
        let keys = self.secrets();
        let owners = [of.record.id.as_str(), "instance"];
        owners.into_iter().flat_map(|owner| keys.derived("gitea-hook", owner)).collect()
    }

    /// Returns the id in the address of the hook of a workspace's organisation.
    pub fn hook_id(&self, of: &Member) -> String {
        let derived = self.secrets().derived("gitea-hook-id", of.record.id.as_str()).swap_remove(0);
        derived.expose().chars().take(16).collect()
    }

    /// Returns the folder of its photos of people.
    pub fn uploads(&self) -> &Path {
        &self.common.uploads
    }

    /// Returns the folder of its packages of the companion, which does not exist at first.
    pub fn companion(&self) -> PathBuf {
        self.common.uploads.with_file_name("companion")
    }

    /// Returns the options that it was started with.
    pub fn options(&self) -> &Options {
        &self.common.options
    }

    /// Returns its database.
    pub fn location(&self) -> &Location {
        &self.common.location
    }

    /// Returns the key with which its servers seal secrets, as in their configuration.
    pub fn secrets_key(&self) -> &Secret {
        &self.common.secrets
    }

    /// Provisions a workspace on the server's own behalf, as `covibe-server provision` does.
    #[boxed]
    pub async fn provision(&self, of: &Member) -> Result<WorkspaceRecord, Failure> {
        let record = self.read_workspace(&of.record).await.expect("the workspace");
        covibe_workspace::provision(&self.platform, record).await
    }

    /// Returns another client of the Docker Engine, if the server reaches one.
    pub fn docker_host(&self) -> Option<docker::DockerHost> {
        super::server_wiring::docker_hosts(&self.common).usual
    }

    /// Restarts the server with a docker host behind SSH: its address, such as `ssh://root@host:22`, the file of the
    /// private key, and that of the host's key. Existing workspaces stay on the network that they share.
    pub async fn reach_by_ssh(&mut self, address: &str, key_file: PathBuf, known_hosts: PathBuf) {
        self.common.docker = Some(Arc::new(docker::Settings {
            key_file: Some(key_file),
            known_hosts: Some(known_hosts),
            // Longer than a call may take: a busy machine needs its time.
            connect_timeout: Duration::from_mins(1),
            ..docker::Settings::new(address.parse().expect("an address"))
        }));
        self.restart().await;
    }

    /// Restarts the server with this role of bots.
    pub async fn set_bot_role(&mut self, role: covibe_workspace::BotRole) {
        self.common.options.settings.bot_role = role;
        self.restart().await;
    }

    /// Returns the origin of the server.
    pub fn origin(&self) -> &str {
        &self.common.origin
    }

    /// Restarts the server with these hooks.
    pub async fn set_push_hooks(&mut self, hooks: covibe_workspace::PushHooks) {
        self.common.options.settings.push_hooks = hooks;
        self.restart().await;
    }

    /// Restarts the server with this protocol for cloning the repositories of new apps.
    pub async fn set_clone_protocol(&mut self, protocol: covibe_workspace::CloneProtocol) {
        let options = &mut self.common.options;
        (options.settings.clone_protocol, options.gitea_ssh) = (protocol, true);
        self.restart().await;
    }

    /// Restarts the server on a Coolify that allows this many calls a minute.
    pub async fn limit_calls(&mut self, per_minute: u32) {
        self.coolify.set(covibe_sandbox::coolify::RateLimit(Some(per_minute)));
        self.common.options.per_minute = per_minute;
        self.restart().await;
    }

    /// Stops the server and starts it again with empty caches; agents reach it as before.
    pub async fn restart(&mut self) {
        let store = self.store.clone();
        let process = Process::start(store, &self.common, &self.coolify, &self.gitea);
        let Process { identity, platform, dispatcher, queue, .. } = process;
        self.dispatcher.stop_waiting();
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.serve(&dispatcher, &self.common.uploads).await;
        }
        if let Some(in_process) = &self.in_process {
            in_process.restart(&dispatcher);
        }
        for member in [&mut self.mark, &mut self.justine] {
            member.agent = member.agent.reconnected();
        }
        (self.platform, self.identity, self.queue) = (platform, identity, queue);
        std::mem::replace(&mut self.dispatcher, dispatcher).flush().await;
    }

    /// Stops the server and waits until everything is written.
    pub async fn stop(mut self) {
        self.dispatcher.stop_waiting();
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.stop().await;
        }
        self.dispatcher.flush().await;
    }

    /// Starts another installation on the same upstreams, with a database of its own in a directory.
    pub async fn another_installation(&self, directory: &Path) -> Process {
        let path = directory.join("other.sqlite");
        let store = Store::sqlite(&path).await.expect("SQLite");
        Process::start(store, &self.common, &self.coolify, &self.gitea)
    }

    /// Starts another process of this world's server, with connections of its own, on the runtime of the caller.
    #[boxed]
    pub async fn process(&self) -> Process {
        self.process_on(self.common.location.open().await)
    }

    /// Starts another process of this world's server, on these connections to its database.
    pub fn process_on(&self, store: Store) -> Process {
        Process::start(store, &self.common, &self.coolify, &self.gitea)
    }
}
