//! The configuration of a server: its settings, read from the environment, `.env` files and files with secrets, and the
//! mistakes in them, which are all reported at once and without values.
//!
//! [`Sources`] are the variables that are set, and [`Config::read`] makes a [`Config`] of them. The environment itself is
//! handed in by the program. The table of all settings, with their defaults and meanings, is in `settings/`: [`help`] lists
//! them, and [`markdown`] is the page of the manual.

mod env_files;
mod readers;
mod secret_files;
mod server_folders;
mod settings;
mod sources;
#[cfg(test)]
mod tests;
mod variable_names;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use covibe_domain::{Money, Secret};
use covibe_http::ConnectionLimits;
use covibe_workspace::{BotRole, CallRates, CloneProtocol, PushHooks, RepositoryBuilds, Retention};
use url::Url;

pub use readers::auth::{Auth, WorkOs};
pub use readers::companion::Companion;
pub use readers::database::Database;
pub use readers::dns::{CloudDns, Dns};
pub use readers::docker::DockerHosts;
pub use readers::logs::LogFormat;
pub use readers::registrar::{DomainLimits, Registrar};
pub use readers::storage::Storage;
pub use readers::upstreams::{Coolify, Gitea};
pub use server_folders::absolute_path;
pub use settings::markdown;
pub use sources::Sources;
pub use variable_names::help;

use readers::Reader;

/// The upstreams that are simulators of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Simulated {
    /// True if Coolify is one.
    pub coolify: bool,
    /// True if Gitea is one.
    pub gitea: bool,
}

/// The whole configuration.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub struct Config {
    /// The address at which the server listens.
    pub bind: SocketAddr,
    /// The address at which metrics are served, if at all.
    pub metrics_bind: Option<SocketAddr>,
    /// The names by which metrics are asked for, besides addresses and names without a dot.
    pub metrics_hosts: Vec<String>,
    /// The origin that clients use, without a slash at its end; `None` if they use the address at which the server listens.
    pub hosted_url: Option<String>,
    /// The way in which people sign in.
    pub auth: Auth,
    /// The limits of connections.
    pub connections: ConnectionLimits,
    /// The limits of the rates of calls.
    pub call_rates: CallRates,
    /// The number of keys that a workspace may mint in 24 hours.
    pub minted_a_day: u64,
    /// The time for which records are kept that calls do not need.
    pub retention: Retention,
    /// The time for which the server answers on after a signal to stop.
    pub drain: Duration,
    /// The time for which the server waits for a database that is not up yet.
    pub database_wait: Duration,
    /// The database.
    pub database: Database,
    /// The address of the role that makes backups.
    pub postgres_backup: Option<Secret>,
    /// A variable with an address of PostgreSQL that the backend does not use.
    pub unused_postgres: Option<&'static str>,
    /// The folder of the SQLite file, the generated key and the photos; it may be relative.
    pub data_dir: PathBuf,
    /// Where the nightly backups are made; by default in the data directory.
    pub backup_dir: Option<PathBuf>,
    /// The folder with the photos of people; by default in the data directory.
    pub upload_dir: Option<PathBuf>,
    /// The packages of the companion.
    pub companion: Companion,
    /// The upstreams that are simulators, which the command `sandbox` sets.
    pub simulated: Simulated,
    /// `None` if the server generates a key and stores it in the data directory.
    pub secrets_key: Option<Secret>,
    /// The domain below which apps get their hosts, in lower case.
    pub base_domain: String,
    /// True if nobody chose the domain of workspaces.
    pub is_default_domain: bool,
    /// The way to Coolify; without one, there are no apps.
    pub coolify: Option<Coolify>,
    /// The way to Gitea; without one, there are no repositories.
    pub gitea: Option<Gitea>,
    /// The account at the registrar; without one, no domains are found and bought.
    pub registrar: Option<Registrar>,
    /// The limits of expenses for domains.
    pub domain_limits: DomainLimits,
    /// The price of WHOIS privacy for a year; the default if `None`.
    pub domain_privacy_price: Option<Money>,
    /// The providers of DNS, and where apps are reached.
    pub dns: Dns,
    /// The project in which workspaces get buckets; without one, they get none.
    pub storage: Option<Storage>,
    /// The docker hosts behind Coolify's servers.
    pub docker: DockerHosts,
    /// The interval at which the containers on them are watched.
    pub container_watch: Option<Duration>,
    /// The role of the workspaces' bots in their organisations at Gitea.
    pub bot_role: BotRole,
    /// The hooks by which Gitea reports pushes.
    pub push_hooks: PushHooks,
    /// The protocol by which Coolify clones the repositories of new apps.
    pub clone_protocol: CloneProtocol,
    /// The number of Coolify's workers; the default if `None`.
    pub coolify_workers: Option<usize>,
    /// The maximum number of deployments of a tenant that are in progress at once; as many as there are places if
    /// `None`.
    pub max_running_deployments: Option<usize>,
    /// The maximum number of starts of a tenant at once; as many as there are places if `None`.
    pub max_running_starts: Option<usize>,
    /// The maximum number of deployments of a tenant that wait; the default if `None`.
    pub max_queued_deployments: Option<usize>,
    /// The ports from which one is chosen for a public database; the default if `None`.
    pub public_ports: Option<RangeInclusive<u16>>,
    /// True if auth providers that mount Docker's socket may be created.
    pub docker_sock_providers: bool,
    /// True if a Coolify whose proxy is Caddy may be used.
    pub accepts_caddy: bool,
    /// The rule whether apps may be built from repositories; the default if `None`.
    pub repository_builds: Option<RepositoryBuilds>,
    /// True if apps may be built from a compose file in a repository.
    pub compose_repositories: bool,
    /// Registries of images besides the public ones.
    pub image_registries: Vec<String>,
    /// True if the registries of images are asked before something is started.
    pub checks_images: bool,
    /// Names that no container of a compose file may have.
    pub reserved_names: Vec<String>,
    /// The memory of a compose service whose file sets none; the default if `None`.
    pub service_memory: Option<String>,
    /// The maximum memory that a compose service may have; the default if `None`.
    pub max_service_memory: Option<String>,
    /// The processes of a compose service whose file sets no limit; the default if `None`.
    pub service_processes: Option<u32>,
    /// The filter of logs, in the syntax of `RUST_LOG`; that of the command if `None`.
    pub log_filter: Option<String>,
    /// The format of logs.
    pub log_format: LogFormat,
    /// The address to which traces are sent; `None` for nowhere.
    pub trace_collector: Option<Url>,
}

impl Config {
    /// Refuses a database in a file where addresses of PostgreSQL are set, because the command was
    /// meant for PostgreSQL.
    ///
    /// # Errors
    ///
    /// There is such an address; the message names its variable.
    pub fn refuse_unused_postgres(&self) -> anyhow::Result<()> {
        let (Database::Sqlite, Some(name)) = (&self.database, self.unused_postgres) else {
            return Ok(());
        };
        anyhow::bail!(
            "{name} is set, but COVIBE_DATABASE_BACKEND is sqlite: set \
             COVIBE_DATABASE_BACKEND=postgres, or unset {name}"
        )
    }
}

/// The mistakes in the configuration, without the values of variables.
#[derive(Debug)]
pub struct Mistakes(Vec<String>);

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the configuration is invalid:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

impl Config {
    /// Reads and validates everything.
    ///
    /// # Errors
    ///
    /// All mistakes: settings that can't be read, and those that others require and that are not set.
    pub fn read(sources: &Sources) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(sources);
        let config = Self::read_with(&mut reader);
        reader.finish(config)
    }

    /// Reads and validates the configuration of a server. Where nobody can sign in, no other variable is
    /// required, because nothing else is served; but those that are set have to be right.
    ///
    /// # Errors
    ///
    /// All mistakes, except for missing settings where nobody can sign in.
    pub fn read_to_serve(sources: &Sources) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(sources);
        let config = Self::read_with(&mut reader);
        if matches!(config.auth, Auth::Blocked(_)) {
            reader.missing.clear();
        }
        reader.finish(config)
    }

    fn read_with(reader: &mut Reader<'_>) -> Self {
        let database = reader.database();
        let bind = reader
            .parse("COVIBE_BIND", "an address like 127.0.0.1:8787")
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8787)));
        let hosted_url = reader.hosted_url();
        let auth = reader.auth(bind, hosted_url.as_deref());
        let secrets_key = reader.secrets_key(&database, &auth);
        let registrar = reader.registrar();
        let domain_limits = reader.domain_limits(registrar.as_ref(), &auth);
        Self {
            simulated: Simulated::default(),
            bind,
            metrics_bind: reader.metrics_bind(),
            metrics_hosts: reader.metrics_hosts(),
            hosted_url,
            auth,
            connections: reader.connections(),
            call_rates: reader.call_rates(),
            minted_a_day: reader.minted_a_day(),
            retention: reader.retention(),
            drain: reader.drain(),
            database_wait: reader.database_wait(),
            postgres_backup: reader.address("COVIBE_POSTGRES_BACKUP_URL"),
            unused_postgres: reader.unused_postgres(&database),
            database,
            data_dir: reader.text("COVIBE_DATA_DIR").map_or_else(|| "data".into(), PathBuf::from),
            backup_dir: reader.text("COVIBE_BACKUP_DIR").map(PathBuf::from),
            companion: reader.companion(),
            upload_dir: reader.text("COVIBE_UPLOAD_DIR").map(PathBuf::from),
            secrets_key,
            is_default_domain: reader.text("COVIBE_WORKSPACE_DOMAIN").is_none(),
            base_domain: reader.base_domain(),
            coolify: reader.coolify(),
            domain_limits,
            registrar,
            domain_privacy_price: reader.domain_privacy_price(),
            dns: reader.dns(),
            storage: reader.storage(),
            docker: reader.docker_hosts(),
            container_watch: reader.container_watch(),
            gitea: reader.gitea(),
            bot_role: reader.parse("GITEA_BOT_ROLE", "owner or maintainer").unwrap_or_default(),
            push_hooks: reader.parse("GITEA_HOOK", "organization or system").unwrap_or_default(),
            clone_protocol: reader.clone_protocol(),
            coolify_workers: reader.workers("COVIBE_COOLIFY_WORKERS"),
            max_running_deployments: reader.deployments("COVIBE_MAX_RUNNING_DEPLOYMENTS"),
            max_running_starts: reader.deployments("COVIBE_MAX_RUNNING_STARTS"),
            max_queued_deployments: reader.waiting_deployments("COVIBE_MAX_QUEUED_DEPLOYMENTS"),
            public_ports: reader.public_ports(),
            docker_sock_providers: reader.switch("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS"),
            accepts_caddy: reader.switch("COVIBE_ALLOW_CADDY"),
            repository_builds: reader
                .parse("COVIBE_ALLOW_REPOSITORY_BUILDS", "true, false or unpinned"),
            compose_repositories: reader
                .parse("COVIBE_ALLOW_COMPOSE_REPOSITORIES", "true or false")
                .unwrap_or(true),
            image_registries: reader.list("COVIBE_IMAGE_REGISTRIES"),
            checks_images: reader.parse("COVIBE_CHECK_IMAGES", "true or false").unwrap_or(true),
            reserved_names: reader.list("COVIBE_RESERVED_NAMES"),
            service_memory: reader.memory("COVIBE_SERVICE_MEMORY"),
            max_service_memory: reader.memory("COVIBE_MAX_SERVICE_MEMORY"),
            service_processes: reader.parse("COVIBE_SERVICE_PROCESSES", "a number like 4096"),
            log_filter: reader.text("RUST_LOG"),
            log_format: reader.log_format(),
            trace_collector: reader.trace_collector(),
        }
    }
}

impl<'a> Reader<'a> {
    fn new(sources: &'a Sources) -> Self {
        Self { sources, mistakes: sources.mistakes_in_secret_files(), missing: Vec::new() }
    }

    /// Returns the configuration, unless something is wrong or missing.
    fn finish(self, config: Config) -> Result<Config, Mistakes> {
        let Self { sources, mistakes, missing } = self;
        let all = mistakes.into_iter().chain(missing).chain(sources.misplaced_addresses());
        let all: Vec<_> = all.map(|each| sources.with_file(each)).collect();
        if all.is_empty() { Ok(config) } else { Err(Mistakes(all)) }
    }
}
