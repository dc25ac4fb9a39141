//! `covibe-server sandbox`: everything in one command, with simulated upstreams.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use covibe_domain::entities::{AgentType, KeyScope};
use covibe_domain::{Secret, Slug, TenantId};
use covibe_identity::KeyRequest;
use covibe_sandbox::{Simulator, coolify, gitea};
use covibe_store::WorkspaceRecord;
use serde_json::{Value, json};

use super::serve;
use crate::cli::Sandbox;
use crate::compose::{self, Parts};
use crate::config::{Config, Coolify, Database, Gitea, Sources};
use crate::{logging, print};

/// The slug of the provisioned workspace.
const SLUG: &str = "mark";

/// Its tenant; the same in each run, so that a data directory can be reused.
const TENANT: &str = "ten_sandbox";

/// The administrator of the simulated Gitea.
const ADMIN: &str = "root";

/// The simulators of upstreams that are not configured.
struct Simulators {
    coolify: Option<Simulator>,
    gitea: Option<Simulator>,
}

/// Serves until a signal stops it.
pub(crate) async fn run(options: Sandbox) -> anyhow::Result<()> {
    let temporary = tempfile::Builder::new().prefix("covibe-sandbox-").tempdir()?;
    let data_dir = options.data_dir.as_deref().unwrap_or_else(|| temporary.path());
    let mut config = configured(data_dir, options.postgres)?;
    let listener = TcpListener::bind(options.bind).with_context(|| {
        format!("could not listen on {}; pass --bind 127.0.0.1:0 for a free port", options.bind)
    })?;
    let simulators = Simulators::start(&mut config).await?;
    migrate(&config).await?;
    let origin = compose::origin(&config, listener.local_addr()?);
    let store = compose::open_store(&config).await?;
    let parts = compose::parts(&config, store, origin.clone())?;
    parts.platform.watch_upstreams();
    let record = ready_workspace(&parts).await?;
    let token = mint(&parts, &record).await?;
    let description = description(&origin, &token, &config, &simulators);
    if options.json {
        print::line(&description.to_string());
    } else {
        print::line(&for_people(&origin, &token));
    }
    serve::until_stopped(parts.app, listener).await
}

/// Reads the configuration of this process and directory, except for the database: a sandbox uses a
/// configured one only with `--postgres`.
fn configured(data_dir: &Path, postgres: bool) -> anyhow::Result<Config> {
    let mut sources = Sources::load(Path::new("."))?;
    sources.set("COVIBE_DATABASE_BACKEND", if postgres { "postgres" } else { "sqlite" });
    let config = Config { data_dir: data_dir.to_owned(), ..Config::read(&sources)? };
    logging::start(config.log_filter.as_deref(), config.log_format);
    Ok(config)
}

/// Migrates a PostgreSQL database if the owner's URL is configured.
async fn migrate(config: &Config) -> anyhow::Result<()> {
    if let Database::Postgres { runtime, admin: Some(admin) } = &config.database {
        covibe_store::migrate_postgres(admin, runtime).await?;
    }
    Ok(())
}

impl Simulators {
    /// Starts a simulator for each upstream that is not configured, and configures it.
    async fn start(config: &mut Config) -> anyhow::Result<Self> {
        let mut simulators = Self { coolify: None, gitea: None };
        if config.coolify.is_none() {
            let simulator = coolify::start(coolify::Options::default()).await?;
            let url = simulator.url.parse()?;
            let token = simulator.token.clone();
            config.coolify = Some(Coolify { url, token, server: None, destination: None });
            simulators.coolify = Some(simulator);
        }
        if config.gitea.is_none() {
            let options = gitea::Options { admin: ADMIN.to_owned(), ..gitea::Options::default() };
            let simulator = gitea::start(options).await?;
            let url = simulator.url.parse()?;
            let (token, username) = (simulator.token.clone(), ADMIN.to_owned());
            let (public_url, ssh) = (None, None);
            config.gitea = Some(Gitea { url, token, username, public_url, ssh });
            simulators.gitea = Some(simulator);
        }
        Ok(simulators)
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
        expires_at: None,
    };
    let identity = Arc::clone(&parts.identity);
    Ok(identity.mint_first(&record.tenant, &record.id, request).await?.token)
}

fn description(origin: &str, token: &Secret, config: &Config, simulators: &Simulators) -> Value {
    let coolify = config.coolify.as_ref().map(|at| upstream(&at.url, simulators.coolify.as_ref()));
    let gitea = config.gitea.as_ref().map(|at| upstream(&at.url, simulators.gitea.as_ref()));
    json!({
        "origin": origin,
        "mcp_url": format!("{origin}/api/mcp"),
        "workspace": SLUG,
        "token": token.expose(),
        "upstreams": { "coolify": coolify, "gitea": gitea },
    })
}

/// Describes an upstream. A simulator's token is not a secret; the token of a real upstream is not
/// printed.
fn upstream(url: &url::Url, simulator: Option<&Simulator>) -> Value {
    let url = url.as_str().trim_end_matches('/');
    match simulator {
        Some(simulator) => json!({ "url": url, "token": simulator.token.expose() }),
        None => json!({ "url": url }),
    }
}

fn for_people(origin: &str, token: &Secret) -> String {
    let token = token.expose();
    let block = json!({ "mcpServers": { format!("vibn-{SLUG}"): {
        "type": "http",
        "url": format!("{origin}/api/mcp"),
        "headers": { "Authorization": format!("Bearer {token}") },
    } } });
    format!(
        "Co-Vibe sandbox: {origin}\nWorkspace: {SLUG}\nAPI key: {token}\n\n\
         Paste this into your MCP client:\n\n{block:#}\n\nStop it with Ctrl-C."
    )
}
