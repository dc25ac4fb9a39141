//! Composes the parts of a server according to the configuration.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context as _;
use covibe_config::{Auth, Config, Database, Dns, Gitea, Registrar, Storage};
use covibe_crypto::SecretBox;
use covibe_dispatch::Dispatcher;
use covibe_dns::UpdateServer;
use covibe_domain::own_origins::Doors;
use covibe_http::{App, AuthMode};
use covibe_identity::{Identity, WorkOsSettings};
use covibe_installation::existing_store;
use covibe_installation::upstream_clients::{
    cloud_dns, coolify_client, gitea_client, google_storage, registrar_client, workos_client,
};
use covibe_operation::cookbook::LazyCookbook;
use covibe_photos::Photos;
use covibe_store::Store;
use covibe_workspace::{
    Cells, DnsProviders, DockerHosts, GiteaAddress, ImageRegistries, Platform, RegistrarAccount,
    Settings, StartLimits, StorageAccounts, Upstreams,
};
use tokio::task::JoinHandle;
use {covibe_docker_host as docker, covibe_gitea as gitea};

use crate::server_files::{DirectoryLock, absolute_path, make_private};
use crate::{print, secrets_key};

/// The parts of a server.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) identity: Arc<Identity>,
    pub(crate) platform: Arc<Platform>,
    pub(crate) app: App,
}

impl Parts {
    /// Returns what carries calls out.
    pub(crate) fn dispatcher(&self) -> &Arc<Dispatcher> {
        &self.app.dispatcher
    }

    /// Lists the tools, as health checks and clients ask for them, while the server starts.
    pub(crate) fn list_tools_early(&self) {
        let registry = Arc::clone(self.dispatcher().registry());
        tokio::task::spawn_blocking(move || registry.digest().len());
    }
}

/// Examines the database while the server starts: the first health check would wait for it. Ends when that is done.
pub(crate) fn examine_early(store: &Store) -> JoinHandle<()> {
    let store = store.clone();
    tokio::spawn(async move { drop(store.health().await) })
}

/// Composes the parts of a server on a database. Agents reach it at this origin.
pub(crate) async fn parts(config: &Config, store: Store, origin: String) -> anyhow::Result<Parts> {
    let secrets = secrets_key::tried_key(config, &store).await?;
    let identity = Identity::new(store.clone(), config.minted_a_day, &secrets);
    let auth_mode = sign_in(&config.auth, &identity)?;
    // Nobody else spends the budget of a simulator, which is new at each start.
    let budgets = (!config.simulated.coolify).then_some(&store);
    let coolify = config.coolify.as_ref().map(|from| coolify_client(from, budgets));
    let coolify = coolify.transpose()?;
    let gitea = config.gitea.as_ref().map(gitea_client).transpose()?;
    let gitea_address = gitea.as_ref().zip(config.gitea.as_ref()).map(|(c, g)| gitea_address(c, g));
    let defaults = Settings::default();
    // A simulated container that runs stays up.
    let hurry = if config.simulated.coolify { 10 } else { 1 };
    // No other instance uses the tokens of a simulator, which is new at each start: without this, the
    // second start would wait for others to forget the tokens of the first one.
    let settle = if config.simulated.gitea { Duration::ZERO } else { defaults.settle };
    let settings = Settings {
        settle,
        poll_interval: defaults.poll_interval / hurry,
        stability: defaults.stability / hurry,
        container_watch: config.container_watch.unwrap_or(defaults.container_watch),
        base_domain: config.base_domain.clone(),
        origin: Some(origin),
        call_rates: config.call_rates,
        max_in_flight_of_all: config.connections.connections / 2,
        retention: config.retention.clone(),
        coolify_workers: config.coolify_workers.unwrap_or(defaults.coolify_workers),
        max_waiting_deployments: config
            .max_queued_deployments
            .unwrap_or(defaults.max_waiting_deployments),
        max_running_deployments: config.max_running_deployments,
        queue_look: defaults.queue_look / hurry,
        start_limits: StartLimits { most: config.max_running_starts, ..defaults.start_limits },
        public_ports: config.public_ports.clone().unwrap_or(defaults.public_ports),
        provided_ports: config.public_ports.clone(),
        docker_sock_providers: config.docker_sock_providers,
        repository_builds: config.repository_builds.unwrap_or(defaults.repository_builds),
        compose_repositories: config.compose_repositories,
        bot_role: config.bot_role,
        push_hooks: config.push_hooks,
        clone_protocol: config.clone_protocol,
        // Nothing runs on a simulated host, and its Coolify stays as a new one: with one destination, which
        // calls of others than this server need not name.
        own_networks: !config.simulated.coolify,
        buckets_per_tenant: config
            .storage
            .as_ref()
            .and_then(|storage| storage.buckets_per_tenant)
            .unwrap_or(defaults.buckets_per_tenant),
        domain_price_limit: config.domain_limits.price,
        domain_agreed_price_limit: config.domain_limits.agreed_price,
        domain_daily_limit: config.domain_limits.of_tenant,
        domain_daily_limit_of_all: config.domain_limits.of_all,
        domain_privacy_price: config.domain_privacy_price.unwrap_or(defaults.domain_privacy_price),
        ingress: config.dns.ingress.clone(),
        compose: covibe_compose::Rules {
            registries: config.image_registries.clone(),
            reserved_names: reserved_names(config),
            memory: config.service_memory.clone().or(defaults.compose.memory.clone()),
            max_memory: config.max_service_memory.clone().or(defaults.compose.max_memory.clone()),
            processes: config.service_processes.or(defaults.compose.processes),
            builds: false,
        },
        ..defaults
    };
    let cells = Cells::with_default_cell(Upstreams {
        coolify,
        gitea,
        gitea_address,
        docker: docker_hosts(config)?,
        accepts_caddy: config.accepts_caddy,
    });
    let allowed = covibe_tools::Allowed::from(&settings);
    let platform = Platform::new(covibe_workspace::Parts {
        store: store.clone(),
        identity: Arc::clone(&identity),
        secrets,
        cells,
        registrar: config.registrar.as_ref().map(registrar).transpose()?,
        dns: dns_providers(&config.dns)?,
        storage: storage_accounts(config.storage.as_ref())?,
        images: images(config)?,
        settings,
    });
    let registry = Arc::new(covibe_tools::registry_for(allowed));
    let dispatcher = Dispatcher::new(Arc::clone(&registry), Arc::clone(&platform));
    let cookbook: LazyCookbook = LazyLock::new(Box::new(move || covibe_tools::cookbook(&registry)));
    let cookbook = Arc::new(cookbook);
    let doors = Doors::new(config.hosted_url.as_deref())
        .map_err(|_| anyhow::anyhow!("COVIBE_HOSTED_URL is not an origin"))?;
    let photos = Photos::new(config.uploads());
    let packages = config.companion.packages();
    let app = App { dispatcher, cookbook, doors, auth_mode, photos, packages };
    Ok(Parts { store, identity, platform, app })
}

/// Returns the registries of images. Simulators have no images of the world.
fn images(config: &Config) -> anyhow::Result<Option<ImageRegistries>> {
    let is_asked = config.checks_images && !config.simulated.coolify;
    let client = is_asked.then(|| ImageRegistries::new(covibe_image_registry::Config::default()));
    Ok(client.transpose()?)
}

/// Refuses an address at which the server would listen without answering anybody.
pub(crate) fn refuse_unreachable(config: &Config, address: SocketAddr) -> anyhow::Result<()> {
    let ip = address.ip();
    if config.hosted_url.is_some() || ip.is_loopback() || ip.is_unspecified() {
        return Ok(());
    }
    anyhow::bail!(
        "the server would listen on {address} but refuse every request for that host: put a proxy \
         with TLS in front of it and set COVIBE_HOSTED_URL to the proxy's https origin. In a \
         network that you trust, COVIBE_HOSTED_URL=http://{address} works too, but API keys are \
         then sent in clear text"
    )
}

/// Warns that keys are readable on the way to an origin without TLS, unless it is a loopback one.
pub(crate) fn warn_of_clear_text(origin: &str) {
    if covibe_domain::own_origins::is_clear_text(origin) {
        print::error(&format!(
            "warning: {origin} has no TLS, so API keys are sent in clear text; put a proxy with \
             TLS in front of the server and use its https origin"
        ));
    }
}

/// Locks the data directory of an embedded database for a server.
pub(crate) fn lock(config: &Config) -> anyhow::Result<Option<DirectoryLock>> {
    let is_embedded = matches!(config.database, Database::Sqlite);
    is_embedded.then(|| DirectoryLock::acquire(&config.data_dir)).transpose()
}

/// Opens the database that the configuration names. Creates and migrates an SQLite file, unless there is
/// already the key of another one.
pub(crate) async fn open_store(config: &Config) -> anyhow::Result<Store> {
    if matches!(config.database, Database::Sqlite) {
        make_private(&config.data_dir)?;
        let (path, key) = (config.sqlite_path(), config.secrets_path());
        if !path.exists() && key.exists() {
            anyhow::bail!(
                "there is a secrets key at {}, but no database next to it at {}: put the database \
                 back, restore a backup with `covibe-server restore`, or move the key away to \
                 begin with an empty database",
                absolute_path(&key),
                absolute_path(&path)
            );
        }
        return Ok(Store::sqlite(&config.sqlite_path()).await?);
    }
    existing_store(config).await
}

/// Returns the docker hosts of Coolify's servers. None is connected before it is used.
fn docker_hosts(config: &Config) -> anyhow::Result<DockerHosts> {
    let host = |settings: &docker::Settings| {
        docker::DockerHost::new(settings.clone())
            .map_err(|error| anyhow::anyhow!("the docker host {}: {error}", settings.address))
    };
    let usual = config.docker.usual.as_ref().map(host).transpose()?;
    let of_servers = config.docker.of_servers.iter();
    let of_servers = of_servers.map(|(uuid, settings)| Ok((uuid.clone(), host(settings)?)));
    Ok(DockerHosts { usual, of_servers: of_servers.collect::<anyhow::Result<_>>()? })
}

/// Returns the account at the registrar.
fn registrar(from: &Registrar) -> anyhow::Result<RegistrarAccount> {
    Ok(RegistrarAccount::new(registrar_client(from)?, from.system))
}

/// Returns the names that no container of an app may have: those of the operator, and that of a Gitea which is reached by
/// a name of docker's, which the proxy may know, too.
fn reserved_names(config: &Config) -> Vec<String> {
    let host = config.gitea.as_ref().and_then(|gitea| gitea.url.host_str());
    let of_gitea = host.filter(|host| !host.contains(['.', ':'])).map(str::to_owned);
    config.reserved_names.iter().cloned().chain(of_gitea).collect()
}

/// Returns where git and people find Gitea.
pub(crate) fn gitea_web(config: &Gitea) -> anyhow::Result<String> {
    Ok(gitea_address(&gitea_client(config)?, config).web)
}

fn gitea_address(client: &gitea::Client, config: &Gitea) -> GiteaAddress {
    GiteaAddress::new(&client.web_base(), config.public_url.as_ref(), config.ssh.clone())
}

/// Returns the providers of DNS. None is connected before it is used.
fn dns_providers(dns: &Dns) -> anyhow::Result<DnsProviders> {
    let cloud = dns.cloud.as_ref().map(cloud_dns).transpose()?;
    let update = dns.update.clone().map(UpdateServer::new).transpose();
    Ok(DnsProviders::new(cloud, update.context("the DNS server of COVIBE_DNS_UPDATE_SERVER")?))
}

/// Returns the accounts of object storage. Nothing is connected before it is used.
fn storage_accounts(from: Option<&Storage>) -> anyhow::Result<StorageAccounts> {
    let google = from.map(google_storage).transpose()?;
    Ok(StorageAccounts::new(google, from.map_or("", |from| from.location.as_str())))
}

/// Lets people sign in as the configuration says.
fn sign_in(auth: &Auth, identity: &Identity) -> anyhow::Result<AuthMode> {
    match auth {
        Auth::Local => Ok(AuthMode::Local),
        Auth::Blocked(_) => Ok(AuthMode::Blocked),
        Auth::WorkOs(from) => {
            let seals = SecretBox::from_password(&from.cookie_password)?;
            let (client, callback) = (workos_client(from)?, from.callback.clone());
            let allows_impersonation = from.allows_impersonation;
            let settings = WorkOsSettings { client, seals, callback, allows_impersonation };
            identity.sign_in_by_workos(settings);
            Ok(AuthMode::WorkOs)
        }
    }
}
