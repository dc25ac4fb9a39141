//! Configuration, read from the environment and `.env` files. All mistakes are reported at once.

mod auth;
mod companion;
mod connections;
mod database;
mod dns;
mod docker;
mod folders;
mod limits;
mod reader;
mod registrar;
mod settings;
mod sources;
mod storage;
#[cfg(test)]
mod tests;
mod upstreams;
mod variables;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use covibe_domain::{Money, Secret};
use covibe_http::ConnectionLimits;
use covibe_workspace::{BotRole, CallRates, CloneProtocol, PushHooks, RepositoryBuilds, Retention};
use url::Url;

pub(crate) use auth::{Auth, WorkOs};
pub(crate) use companion::Companion;
pub(crate) use database::Database;
pub(crate) use dns::{CloudDns, Dns};
pub(crate) use docker::DockerHosts;
pub(crate) use registrar::Registrar;
pub(crate) use settings::markdown;
pub(crate) use sources::Sources;
pub(crate) use storage::Storage;
pub(crate) use upstreams::{Coolify, Gitea};
pub(crate) use variables::help;

use reader::Reader;

/// The format of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The upstreams that are simulators of this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Simulated {
    pub(crate) coolify: bool,
    pub(crate) gitea: bool,
}

/// The whole configuration.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub(crate) struct Config {
    pub(crate) bind: SocketAddr,
    /// The address at which metrics are served, if at all.
    pub(crate) metrics_bind: Option<SocketAddr>,
    /// The names by which metrics are asked for, besides addresses and names without a dot.
    pub(crate) metrics_hosts: Vec<String>,
    pub(crate) hosted_url: Option<String>,
    pub(crate) auth: Auth,
    pub(crate) connections: ConnectionLimits,
    /// The limits of the rates of calls.
    pub(crate) call_rates: CallRates,
    /// The number of keys that a workspace may mint in 24 hours.
    pub(crate) minted_a_day: u64,
    /// The time for which records are kept that calls do not need.
    pub(crate) retention: Retention,
    /// The time for which the server answers on after a signal to stop.
    pub(crate) drain: Duration,
    /// The time for which the server waits for a database that is not up yet.
    pub(crate) database_wait: Duration,
    pub(crate) database: Database,
    /// The address of the role that makes backups.
    pub(crate) postgres_backup: Option<Secret>,
    /// A variable with an address of PostgreSQL that the backend does not use.
    pub(crate) unused_postgres: Option<&'static str>,
    pub(crate) data_dir: PathBuf,
    /// Where the nightly backups are made; by default in the data directory.
    pub(crate) backup_dir: Option<PathBuf>,
    /// The folder with the photos of people; by default in the data directory.
    pub(crate) upload_dir: Option<PathBuf>,
    /// The packages of the companion.
    pub(crate) companion: Companion,
    /// The upstreams that are simulators, which the command `sandbox` sets.
    pub(crate) simulated: Simulated,
    /// `None` if the server generates a key and stores it in the data directory.
    pub(crate) secrets_key: Option<Secret>,
    pub(crate) base_domain: String,
    /// True if nobody chose the domain of workspaces.
    pub(crate) is_default_domain: bool,
    pub(crate) coolify: Option<Coolify>,
    pub(crate) gitea: Option<Gitea>,
    /// The account at the registrar; without one, no domains are found and bought.
    pub(crate) registrar: Option<Registrar>,
    pub(crate) domain_price_limit: Option<Money>,
    pub(crate) domain_daily_limit: Option<Money>,
    pub(crate) domain_privacy_price: Option<Money>,
    /// The providers of DNS, and where apps are reached.
    pub(crate) dns: Dns,
    pub(crate) storage: Option<Storage>,
    pub(crate) docker: DockerHosts,
    /// The interval at which the containers on them are watched.
    pub(crate) container_watch: Option<Duration>,
    pub(crate) bot_role: BotRole,
    pub(crate) push_hooks: PushHooks,
    pub(crate) clone_protocol: CloneProtocol,
    /// The number of Coolify's workers; the default if `None`.
    pub(crate) coolify_workers: Option<usize>,
    pub(crate) max_running_deployments: Option<usize>,
    pub(crate) max_running_starts: Option<usize>,
    pub(crate) max_queued_deployments: Option<usize>,
    pub(crate) public_ports: Option<RangeInclusive<u16>>,
    /// True if auth providers that mount Docker's socket may be created.
    pub(crate) docker_sock_providers: bool,
    /// True if a Coolify whose proxy is Caddy may be used.
    pub(crate) accepts_caddy: bool,
    /// The rule whether apps may be built from repositories; the default if `None`.
    pub(crate) repository_builds: Option<RepositoryBuilds>,
    /// True if apps may be built from a compose file in a repository.
    pub(crate) compose_repositories: bool,
    /// Registries of images besides the public ones.
    pub(crate) image_registries: Vec<String>,
    /// True if the registries of images are asked before something is started.
    pub(crate) checks_images: bool,
    /// Names that no container of a compose file may have.
    pub(crate) reserved_names: Vec<String>,
    /// The memory of a compose service whose file sets none; the default if `None`.
    pub(crate) service_memory: Option<String>,
    pub(crate) max_service_memory: Option<String>,
    /// The processes of a compose service whose file sets no limit; the default if `None`.
    pub(crate) service_processes: Option<u32>,
    pub(crate) log_filter: Option<String>,
    pub(crate) log_format: LogFormat,
    /// The address to which traces are sent; `None` for nowhere.
    pub(crate) trace_collector: Option<Url>,
}

impl Config {
    /// Refuses a database in a file where addresses of PostgreSQL are set, because the command was
    /// meant for PostgreSQL.
    pub(crate) fn refuse_unused_postgres(&self) -> anyhow::Result<()> {
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
pub(crate) struct Mistakes(Vec<String>);

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the configuration is invalid:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

impl Config {
    /// Reads and validates everything.
    pub(crate) fn read(sources: &Sources) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(sources);
        let config = Self::read_with(&mut reader);
        reader.finish(config)
    }

    /// Reads and validates the configuration of a server. Where nobody can sign in, no other variable is
    /// required, because nothing else is served; but those that are set have to be right.
    pub(crate) fn read_to_serve(sources: &Sources) -> Result<Self, Mistakes> {
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
            registrar: reader.registrar(),
            domain_price_limit: reader.domain_price_limit(),
            domain_daily_limit: reader.domain_daily_limit(),
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
    const fn new(sources: &'a Sources) -> Self {
        Self { sources, mistakes: Vec::new(), missing: Vec::new() }
    }

    /// Returns the configuration, unless something is wrong or missing.
    fn finish(self, config: Config) -> Result<Config, Mistakes> {
        let Self { sources, mistakes, missing } = self;
        let all: Vec<_> =
            mistakes.into_iter().chain(missing).map(|each| sources.with_file(each)).collect();
        if all.is_empty() { Ok(config) } else { Err(Mistakes(all)) }
    }
}

impl Reader<'_> {
    fn base_domain(&mut self) -> String {
        let Some(domain) = self.text("COVIBE_WORKSPACE_DOMAIN") else {
            return "vibnai.com".to_owned();
        };
        let domain = domain.to_ascii_lowercase();
        let valid = domain.contains('.')
            && domain.split('.').all(|label| covibe_domain::names::label(label) == label);
        if !valid {
            let expected = "a domain like vibnai.com";
            self.mistakes.push(format!("COVIBE_WORKSPACE_DOMAIN: expected {expected}"));
        }
        domain
    }

    fn trace_collector(&mut self) -> Option<Url> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let expected = "an address like http://collector:4318, without user, query or fragment";
        let url: Url = self.parse(NAME, expected)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !reader::is_plain(&url) {
            self.mistakes.push(format!("{NAME}: expected {expected}"));
        }
        Some(url)
    }

    fn log_format(&mut self) -> LogFormat {
        match self.text("COVIBE_LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                self.mistakes.push("COVIBE_LOG_FORMAT: expected text or json".to_owned());
                LogFormat::Text
            }
        }
    }
}
