//! `covibe-server sandbox`: everything in one command, with simulated upstreams.

mod seeded_story;
mod simulators;
mod startup_description;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use covibe_config::{Config, Database};
use covibe_domain::entities::{AgentType, KeyAccess, KeyScope};
use covibe_domain::{Secret, Slug, TenantId, Timestamp};
use covibe_identity::{Expiry, KeyRequest, LinkPurpose};
use covibe_installation::listeners;
use covibe_sandbox::Scratch;
use covibe_sandbox::docker::LONGEST_SOCKET;
use covibe_store::{Store, WorkspaceRecord};
use covibe_tools::{Deployments, FormerHosts, Pushes};
use covibe_workspace::{ContainerWatch, DomainWatch, FormerDomainWatch, PushWatch, QueueWatch};
use tokio::task::JoinHandle;

use self::simulators::Simulators;
use self::startup_description::{SLUG, description, for_people, upstreams, with_story};
use super::{
    background_tasks, environment, metrics_listener, read_sources, serve, warn_of_unknown,
};
use crate::cli::Sandbox;
use crate::cli::sandbox::Story;
use crate::server_files::make_private;
use crate::signals::Signals;
use crate::wiring::{self, Parts};
use crate::{file_descriptor_limit, logging, print};

/// Its tenant; the same in each run, so that a data directory can be reused.
const TENANT: &str = "ten_sandbox";

/// Its person.
const PERSON: &str = "mark@example.com";

/// The time for which a sandbox's key is valid, in milliseconds: a week. Each start prints a new one.
const KEY_LIFETIME: i64 = 7 * 24 * 60 * 60 * 1000;

/// Serves until a signal stops it.
pub(crate) async fn run(mut options: Sandbox) -> anyhow::Result<()> {
    if let Some(port) = options.port {
        options.bind.set_port(port);
    }
    let temporary = Scratch::create()?;
    let data_dir = options.data_dir.clone().unwrap_or_else(|| temporary.path());
    let mut config = configured(&data_dir, &options)?;
    config.connections = file_descriptor_limit::raise_for(config.connections);
    wiring::refuse_unreachable(&config, options.bind)?;
    let listener = TcpListener::bind(options.bind).with_context(|| {
        format!("could not listen on {}; pass --bind 127.0.0.1:0 for a free port", options.bind)
    })?;
    let metered = metrics_listener::bind(&config)?;
    let _lock = wiring::lock(&config)?;
    make_private(&data_dir)?;
    let socket = socket(&data_dir, &temporary.path());
    let simulators = Box::pin(Simulators::start(&config, &socket));
    let (simulators, store) = tokio::try_join!(simulators, Box::pin(database(&config)))?;
    let examined = wiring::examine_early(&store);
    if options.story.is_some() && (simulators.coolify.is_none() || simulators.gitea.is_none()) {
        bail!(REAL_STORY);
    }
    simulators.configure(&mut config)?;
    let origin = listeners::origin(&config, listener.local_addr()?);
    let parts = wiring::parts(&config, store, origin.clone()).await?;
    parts.list_tools_early();
    parts.platform.watch_upstreams();
    let mut signals = Signals::new()?;
    let (token, sign_in) = tokio::select! {
        prepared = Box::pin(prepare_workspace(&parts, &origin, examined, options.story)) => prepared?,
        () = signals.first() => bail!("stopped by a signal before the workspace was ready"),
    };
    metrics_listener::log_address(metered.as_ref());
    wiring::warn_of_clear_text(&origin);
    if options.json {
        let described = description(&origin, &token, &sign_in, &config, &simulators);
        print::line(&with_story(described, options.story).to_string());
    } else {
        let upstreams = upstreams(&config, &simulators);
        print::line(&for_people(&origin, &token, &sign_in, &upstreams, options.story));
    }
    background_tasks::start_audit_months(parts.store.clone());
    let watch = ContainerWatch::begin(&parts.platform);
    let _domains = DomainWatch::begin(&parts.platform);
    let _former = FormerDomainWatch::begin(&parts.platform, FormerHosts::default());
    let _pushes = PushWatch::begin(&parts.platform, Pushes);
    let _queue = QueueWatch::begin(&parts.platform, Deployments);
    // Keys of an earlier start are still valid, so nobody is answered before.
    let listeners = serve::Listeners { calls: listener, metered };
    let served = serve::until_stopped(signals, parts.app, listeners, config).await;
    watch.stop().await;
    served
}

/// The error of a database that belongs to a server.
const INHABITED: &str = "the database at DATABASE_URL is a server's: it has tenants. Give the sandbox a database of \
                         its own";

/// The error of a story that needs simulated upstreams.
const REAL_STORY: &str = "a story needs a simulated Coolify and a simulated Gitea, but a real one is configured; \
                          unset the variables of Coolify and Gitea, or omit --story";

/// The settings in `.env` files that a sandbox always ignores: a server's database and its key.
const DATABASE: [&str; 3] = ["DATABASE_URL", "COVIBE_POSTGRES_", "VIBN_SECRETS_KEY"];

/// Reads the configuration of this process, except for the database: a sandbox uses a configured one only
/// with `--postgres`, and only from the environment. `.env` files are read only if their upstreams are
/// asked for, because a sandbox is often tried in the folder of a real server.
fn configured(data_dir: &Path, options: &Sandbox) -> anyhow::Result<Config> {
    let mut sources = if options.upstreams_from_env { read_sources()? } else { environment() };
    sources.ignore_in_files(&DATABASE);
    let backend = if options.postgres { "postgres" } else { "sqlite" };
    sources.set("COVIBE_DATABASE_BACKEND", backend);
    let config = Config { data_dir: data_dir.to_owned(), ..Config::read(&sources)? };
    logging::start(&config, logging::DEFAULT);
    warn_of_unknown(&sources);
    Ok(config)
}

/// Opens the database. A PostgreSQL one that lacks anything is migrated if the owner's URL is configured; one that
/// has tenants of a server is refused.
async fn database(config: &Config) -> anyhow::Result<Store> {
    let Database::Postgres { runtime, admin } = &config.database else {
        return wiring::open_store(config).await;
    };
    let tenant: TenantId = TENANT.parse()?;
    let store = match (Store::postgres(runtime).await, admin) {
        (Ok(store), _) => store,
        (Err(_), Some(admin)) => {
            let migrated = covibe_store::migrate_postgres_of(&tenant, admin, runtime).await;
            if matches!(migrated, Err(covibe_store::Error::Inhabited)) {
                bail!(INHABITED);
            }
            migrated?;
            Store::postgres(runtime).await?
        }
        (Err(error), None) => return Err(error.into()),
    };
    if store.has_other_tenants(&tenant).await? {
        bail!(INHABITED);
    }
    Ok(store)
}

/// Returns where the socket of the simulated Docker Engine lies: in the data directory, unless that has a
/// longer path than a socket may have.
fn socket(data_dir: &Path, temporary: &Path) -> PathBuf {
    let socket = data_dir.join("docker.sock");
    let socket = std::path::absolute(&socket).unwrap_or(socket);
    if socket.as_os_str().len() <= LONGEST_SOCKET { socket } else { temporary.join("docker.sock") }
}

/// Makes the workspace ready; returns a key of it, and the link that signs its person in.
async fn prepare_workspace(
    parts: &Parts,
    origin: &str,
    examined: JoinHandle<()>,
    story: Option<Story>,
) -> anyhow::Result<(Secret, String)> {
    let record = workspace(parts).await?;
    // Two at once, because two connections to the database are open: another one costs more than it saves.
    let minted = async {
        let _examined = examined.await;
        mint(parts, &record).await
    };
    let (token, link) = tokio::try_join!(minted, sign_in(parts, &record, origin))?;
    // An existing one is provisioned again because the simulators start empty.
    let ready = covibe_workspace::provision(&parts.platform, record).await?;
    if let Some(story) = story {
        story.play(parts, ready).await?;
    }
    Ok((token, link))
}

/// Returns the workspace, and creates it if it is missing.
async fn workspace(parts: &Parts) -> anyhow::Result<WorkspaceRecord> {
    let tenant: TenantId = TENANT.parse()?;
    let mut tx = parts.store.tenant_read(&tenant).await?;
    let slug: Slug = SLUG.parse()?;
    let present = tx.workspace_by_slug(&slug).await?;
    tx.commit().await?;
    match present {
        Some(record) => Ok(record),
        None => Ok(covibe_workspace::create_tenant(&parts.platform, tenant, slug, "Mark").await?),
    }
}

/// Creates the sandbox's person, who is an admin, and returns the link that signs them in once.
async fn sign_in(parts: &Parts, record: &WorkspaceRecord, origin: &str) -> anyhow::Result<String> {
    let user = parts.identity.adopt_admin(&record.tenant, &PERSON.parse()?, "Mark").await?;
    let token = parts.identity.create_link(&user.id, LinkPurpose::SignIn).await?;
    Ok(format!("{origin}/auth/link/{}", token.expose()))
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
