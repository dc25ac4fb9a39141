//! `covibe-server sandbox`: everything in one command, with simulated upstreams.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use covibe_docker_host::Settings;
use covibe_domain::entities::{AgentType, KeyAccess, KeyScope};
use covibe_domain::{Secret, Slug, TenantId, Timestamp};
use covibe_http::clients::{Client, KEY_VARIABLE, Place, Server};
use covibe_identity::{Expiry, KeyRequest};
use covibe_registrar::System;
use covibe_sandbox::docker::{self, LONGEST_SOCKET};
use covibe_sandbox::google::{self, Cloud};
use covibe_sandbox::{Scratch, Simulator, coolify, gitea, opensrs};
use covibe_store::{Store, WorkspaceRecord};
use covibe_upstream::KeyFile;
use covibe_workspace::{ContainerWatch, DomainWatch};
use serde_json::{Value, json};
use url::Url;

use super::{metrics, serve, warn_of_unknown};
use crate::cli::Sandbox;
use crate::compose::{self, Parts};
use crate::config::{CloudDns, Config, Coolify, Database, Dns, Gitea, Registrar, Sources};
use crate::signals::Signals;
use crate::{logging, print};

/// The slug of the provisioned workspace.
const SLUG: &str = "mark";

/// Its tenant; the same in each run, so that a data directory can be reused.
const TENANT: &str = "ten_sandbox";

/// How long a sandbox's key is valid, in milliseconds: a week. Each start prints a new one.
const KEY_LIFETIME: i64 = 7 * 24 * 60 * 60 * 1000;

/// Where the apps of a sandbox would be reached: an address that only documents have (RFC 5737).
const INGRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// What the name servers of Cloud DNS are below.
const GOOGLES: &str = "googledomains.com";

/// The administrator of the simulated Gitea.
const ADMIN: &str = "root";

/// The simulators of upstreams that are not configured.
#[derive(Default)]
struct Simulators {
    coolify: Option<Simulator>,
    /// The Docker Engine of the simulated Coolify's host.
    docker: Option<Simulator>,
    gitea: Option<Simulator>,
    registrar: Option<Simulator>,
    cloud: Option<Cloud>,
}

/// Serves until a signal stops it.
pub(crate) async fn run(mut options: Sandbox) -> anyhow::Result<()> {
    if let Some(port) = options.port {
        options.bind.set_port(port);
    }
    let temporary = Scratch::create()?;
    let data_dir = options.data_dir.clone().unwrap_or_else(|| temporary.path());
    let mut config = configured(&data_dir, &options)?;
    compose::refuse_unreachable(&config, options.bind)?;
    let listener = TcpListener::bind(options.bind).with_context(|| {
        format!("could not listen on {}; pass --bind 127.0.0.1:0 for a free port", options.bind)
    })?;
    let metered = metrics::bind(&config)?;
    let _lock = compose::lock(&config)?;
    let socket = socket(&data_dir, &temporary.path());
    let (simulators, store) =
        tokio::try_join!(Simulators::start(&config, &socket), database(&config))?;
    simulators.configure(&mut config)?;
    let origin = compose::origin(&config, listener.local_addr()?);
    let parts = compose::parts(&config, store, origin.clone()).await?;
    parts.platform.watch_upstreams();
    let record = ready_workspace(&parts).await?;
    let token = mint(&parts, &record).await?;
    compose::warn_of_clear_text(&origin);
    metrics::tell(metered.as_ref());
    let signals = Signals::new()?;
    let description = description(&origin, &token, &config, &simulators);
    if options.json {
        print::line(&description.to_string());
    } else {
        print::line(&for_people(&origin, &token, &upstreams(&config, &simulators)));
    }
    let listeners = serve::Listeners { calls: listener, metered };
    let watch = ContainerWatch::begin(&parts.platform);
    let _domains = DomainWatch::begin(&parts.platform);
    let served = serve::until_stopped(signals, parts.app, listeners, config).await;
    watch.end().await;
    served
}

/// The settings in `.env` files that a sandbox always ignores: a server's database and its key.
const DATABASE: [&str; 3] = ["DATABASE_URL", "COVIBE_POSTGRES_", "VIBN_SECRETS_KEY"];

/// Reads the configuration of this process, except for the database: a sandbox uses a configured one only
/// with `--postgres`, and only from the environment. `.env` files are read only if their upstreams are
/// asked for, because a sandbox is often tried in the folder of a real server.
fn configured(data_dir: &Path, options: &Sandbox) -> anyhow::Result<Config> {
    let mut sources = if options.upstreams_from_env {
        Sources::load(Path::new("."))?
    } else {
        Sources::environment()
    };
    sources.ignore_in_files(&DATABASE);
    let backend = if options.postgres { "postgres" } else { "sqlite" };
    sources.set("COVIBE_DATABASE_BACKEND", backend);
    let config = Config { data_dir: data_dir.to_owned(), ..Config::read(&sources)? };
    logging::start(config.log_filter.as_deref(), config.log_format);
    warn_of_unknown(&sources);
    Ok(config)
}

/// Opens the database. A PostgreSQL one is migrated if the owner's URL is configured.
async fn database(config: &Config) -> anyhow::Result<Store> {
    if let Database::Postgres { runtime, admin: Some(admin) } = &config.database {
        covibe_store::migrate_postgres(admin, runtime).await?;
        let tenants = covibe_store::postgres_tenants(admin).await?;
        if tenants.iter().any(|tenant| tenant.as_str() != TENANT) {
            anyhow::bail!(
                "the database at DATABASE_URL is a server's: it has tenants. Give the sandbox a \
                 database of its own"
            );
        }
    }
    compose::open_store(config).await
}

/// Returns where the socket of the simulated Docker Engine lies: in the data directory, unless that has a
/// longer path than a socket may have.
fn socket(data_dir: &Path, temporary: &Path) -> PathBuf {
    let socket = data_dir.join("docker.sock");
    let socket = std::path::absolute(&socket).unwrap_or(socket);
    if socket.as_os_str().len() <= LONGEST_SOCKET { socket } else { temporary.join("docker.sock") }
}

/// Starts the Docker Engine of a simulated Coolify; none on a system without such sockets.
async fn engine(coolify: &Simulator, socket: &Path) -> anyhow::Result<Option<Simulator>> {
    match docker::start(coolify, socket).await {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        engine => engine.map(Some).with_context(|| {
            format!("could not start the simulated Docker Engine at {}", socket.display())
        }),
    }
}

/// Returns how the simulated engine is reached.
fn engine_of(engine: &Simulator) -> anyhow::Result<Settings> {
    Ok(Settings::new(engine.url.parse()?))
}

/// Returns settings of the simulated registrar by which its registries also know the name servers of the configured
/// providers of DNS.
fn registries(dns: &Dns) -> opensrs::Settings {
    let mut settings = opensrs::Settings::default();
    let known = &mut settings.known_nameservers;
    known.extend(dns.cloud.iter().map(|_| GOOGLES.to_owned()));
    let updated = dns.update.iter().flat_map(|server| &server.nameservers);
    known.extend(updated.filter_map(|name| Some(name.as_str().split_once('.')?.1.to_owned())));
    settings
}

impl Simulators {
    /// Starts a simulator for each upstream that is not configured, and the Docker Engine of a simulated
    /// Coolify at that socket.
    async fn start(config: &Config, socket: &Path) -> anyhow::Result<Self> {
        let mut simulators = Self::default();
        if config.coolify.is_none() {
            let simulator = coolify::start(coolify::Options::default()).await?;
            simulators.docker = engine(&simulator, socket).await?;
            simulators.coolify = Some(simulator);
        }
        if config.gitea.is_none() {
            let options = gitea::Options { admin: ADMIN.to_owned(), ..gitea::Options::default() };
            simulators.gitea = Some(gitea::start(options).await?);
        }
        if config.registrar.is_none() {
            let options = opensrs::Options {
                username: ADMIN.to_owned(),
                settings: registries(&config.dns),
                ..Default::default()
            };
            simulators.registrar = Some(opensrs::start(options).await?);
        }
        // The domains of a real registrar are served by real name servers.
        let is_served = config.dns.cloud.is_some() || config.dns.update.is_some();
        if config.registrar.is_none() && !is_served {
            simulators.cloud = Some(google::start(google::Options::default()).await?);
        }
        Ok(simulators)
    }

    /// Configures the simulators as the upstreams.
    fn configure(&self, config: &mut Config) -> anyhow::Result<()> {
        if let Some(simulator) = &self.coolify {
            let url = simulator.url.parse()?;
            let token = simulator.token.clone();
            config.coolify = Some(Coolify {
                url,
                token,
                server: None,
                destination: None,
                most_per_minute: None,
            });
            config.docker.usual = self.docker.as_ref().map(engine_of).transpose()?;
            config.simulated.coolify = true;
        }
        if let Some(simulator) = &self.gitea {
            let url = simulator.url.parse()?;
            let (token, username) = (simulator.token.clone(), ADMIN.to_owned());
            let (public_url, ssh) = (None, None);
            config.gitea = Some(Gitea { url, token, username, public_url, ssh });
            config.simulated.gitea = true;
        }
        if let Some(simulator) = &self.registrar {
            let (key, username) = (simulator.token.clone(), ADMIN.to_owned());
            // The simulator sells everything, as the live system does.
            let (url, system) = (Some(simulator.url.parse()?), System::Live);
            config.registrar = Some(Registrar { username, key, system, url });
        }
        if let Some(cloud) = &self.cloud {
            let key_file = KeyFile::parse(&google::key_file(cloud))?;
            let project = key_file.project().to_owned();
            let (key_file, url) = (Some(key_file), Some(cloud.url.parse()?));
            config.dns.cloud = Some(CloudDns { project, key_file, url });
            if config.dns.ingress.is_empty() {
                config.dns.ingress.push(INGRESS);
            }
        }
        Ok(())
    }
}

/// Creates the workspace if it is missing, and provisions it. An existing one is provisioned again
/// because the simulators start empty.
async fn ready_workspace(parts: &Parts) -> anyhow::Result<WorkspaceRecord> {
    let tenant: TenantId = TENANT.parse()?;
    let mut tx = parts.store.tenant_read(&tenant).await?;
    let slug: Slug = SLUG.parse()?;
    let present = tx.workspace_by_slug(&slug).await?;
    tx.commit().await?;
    let record = match present {
        Some(record) => record,
        None => covibe_workspace::create_tenant(&parts.platform, tenant, slug, "Mark").await?,
    };
    Ok(covibe_workspace::provision(&parts.platform, record).await?)
}

async fn mint(parts: &Parts, record: &WorkspaceRecord) -> anyhow::Result<Secret> {
    let request = KeyRequest {
        name: Some("sandbox".to_owned()),
        agent_type: Some(AgentType::Other),
        scope: KeyScope::Tenant,
        access: KeyAccess::Full,
        expiry: Expiry::At(Timestamp::from_millis(Timestamp::now().as_millis() + KEY_LIFETIME)),
    };
    let identity = Arc::clone(&parts.identity);
    Ok(identity.mint_first(&record.tenant, &record.id, request).await?.token)
}

fn description(origin: &str, token: &Secret, config: &Config, simulators: &Simulators) -> Value {
    let coolify = config.coolify.as_ref().map(|at| upstream(&at.url, simulators.coolify.as_ref()));
    let docker = simulators.docker.as_ref().map(
        |engine| json!({ "url": engine.url, "sandbox_token": engine.control_token().expose() }),
    );
    let gitea = config.gitea.as_ref().map(|at| upstream(&at.url, simulators.gitea.as_ref()));
    let registrar = config.registrar.as_ref().and_then(|at| at.url.as_ref());
    let registrar = registrar.map(|url| upstream(url, simulators.registrar.as_ref()));
    let dns = simulators.cloud.as_ref().map(|cloud| {
        json!({
            "url": cloud.url,
            "address": cloud.dns().to_string(),
            "sandbox_token": cloud.control_token().expose(),
        })
    });
    json!({
        "origin": origin,
        "mcp_url": format!("{origin}/api/mcp"),
        "workspace": SLUG,
        "token": token.expose(),
        "upstreams": { "coolify": coolify, "docker": docker, "gitea": gitea, "registrar": registrar,
                       "dns": dns },
    })
}

/// Describes an upstream. A simulator's token is not a secret; the token of a real upstream is not
/// printed.
fn upstream(url: &Url, simulator: Option<&Simulator>) -> Value {
    let url = url.as_str().trim_end_matches('/');
    match simulator {
        Some(simulator) => json!({
            "url": url,
            "token": simulator.token.expose(),
            "sandbox_token": simulator.control_token().expose(),
        }),
        None => json!({ "url": url }),
    }
}

/// Says which upstreams are real.
fn upstreams(config: &Config, simulators: &Simulators) -> String {
    let real = |url: Option<&Url>| url.map(|url| format!("is real: {url}")).unwrap_or_default();
    let coolify = match simulators.coolify {
        Some(_) => "is simulated, so apps do not run and their URLs lead nowhere".to_owned(),
        None => real(config.coolify.as_ref().map(|at| &at.url)),
    };
    let gitea = match simulators.gitea {
        Some(_) => "is simulated, with real repositories that are gone at exit".to_owned(),
        None => real(config.gitea.as_ref().map(|at| &at.url)),
    };
    let registrar = match simulators.registrar {
        Some(_) => "is simulated, so domains cost nothing and are nobody's",
        None => "is real: buying domains costs money",
    };
    let dns = match &simulators.cloud {
        Some(cloud) => format!("is simulated, and answers at {} over UDP and TCP", cloud.dns()),
        None => "is real, where it is configured".to_owned(),
    };
    format!("Coolify {coolify}.\nGitea {gitea}.\nThe registrar {registrar}.\nDNS {dns}.")
}

/// The clients that are used most.
const MOST_USED: [&str; 3] = ["claude-code", "codex", "cursor"];

/// Returns the line with which a client connects.
fn client_line(id: &str, server: Server<'_>) -> Option<String> {
    let client = Client::find(id)?;
    let form = client.form(server);
    Some(match client.place {
        Place::File(path) => {
            let compact = serde_json::from_str::<Value>(&form).map_or(form, |v| v.to_string());
            format!("    {} ({path}): {compact}", client.title)
        }
        Place::Shell | Place::Text => format!("    {form}"),
    })
}

fn for_people(origin: &str, token: &Secret, upstreams: &str) -> String {
    let (token, name) = (token.expose(), format!("vibn-{SLUG}"));
    let server = Server { name: &name, origin };
    let clients: Vec<_> = MOST_USED.iter().filter_map(|id| client_line(id, server)).collect();
    let clients = clients.join("\n");
    format!(
        "Co-Vibe sandbox at {origin}, workspace {SLUG}\n{upstreams}\n\n\
         Set these where you start a client, or call the API yourself:\n\n    \
         export ORIGIN={origin} KEY={token}\n    export {KEY_VARIABLE}=$KEY\n\n\
         Connect a client (`covibe-server connect CLIENT` covers the others):\n\n{clients}\n\n\
         Then ask it:\n\n    \
         Deploy nginx:alpine as \"hello\" and tell me its URL.\n    \
         Add a Postgres database and give its URL to the app.\n    \
         Show me the logs of the last deployment.\n\n\
         Stop it with Ctrl-C."
    )
}
