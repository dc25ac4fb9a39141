//! `covibe-server serve`: serves.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use covibe_config::{Auth, Config, Database};
use covibe_dispatch::Dispatcher;
use covibe_http::{App, Running};
use covibe_installation::listeners;
use covibe_store::Store;
use covibe_tools::{Deployments, FormerHosts, Pushes};
use covibe_workspace::{ContainerWatch, DomainWatch, FormerDomainWatch, PushWatch, QueueWatch};

use super::background_tasks;
use super::configured_to_serve;
use super::metrics_listener::{self, Metered};
use crate::server_files::create_private;
use crate::signals::Signals;
use crate::wiring::Parts;
use crate::{file_descriptor_limit, logging, print, wiring};

/// Serves until a signal stops it.
pub(crate) async fn run() -> anyhow::Result<()> {
    let mut config = configured_to_serve(logging::SERVING)?;
    if let Auth::Blocked(missing) = &config.auth {
        return serve_blocked(&config, missing).await;
    }
    config.connections = file_descriptor_limit::raise_for(config.connections);
    wiring::refuse_unreachable(&config, config.bind)?;
    let listener = listen(&config)?;
    let metered = metrics_listener::bind(&config)?;
    let mut signals = Signals::new()?;
    let _lock = wiring::lock(&config)?;
    if let Some(folder) = &config.retention.export {
        // An operator should learn now that it cannot be created, and not when the first entries are old.
        create_private(folder.path())?;
    }
    let store = tokio::select! {
        store = open_store(&config) => store?,
        () = signals.first() => bail!("stopped by a signal before the database could be reached"),
    };
    background_tasks::start_checkpoints(store.clone());
    wiring::examine_early(&store);
    let origin = listeners::origin(&config, listener.local_addr()?);
    let parts = wiring::parts(&config, store, origin.clone()).await?;
    parts.list_tools_early();
    parts.platform.watch_upstreams();
    let (store, platform) = (parts.store.clone(), Arc::clone(&parts.platform));
    background_tasks::start_removal_of_clone_keys(Arc::clone(&platform));
    background_tasks::start_interrupted_replacements(Arc::clone(&platform));
    background_tasks::start_audit_months_and_removal_of_old_records(store, platform);
    metrics_listener::log_address(metered.as_ref());
    print::error(&format!("Co-Vibe serves at {origin}"));
    print::error(&format!("MCP at {origin}/api/mcp"));
    wiring::warn_of_clear_text(&origin);
    if let Some(link) = first_run(&parts, &origin).await? {
        print::error(&format!("Nobody has signed up yet. The first person signs up at {link}"));
        print::error(
            "and creates a company. For a company that exists, `covibe-server tenant create --name \
             NAME --owner-email ADDRESS` prints a link.",
        );
    }
    if matches!(config.database, Database::Sqlite) {
        print::error(&format!("The database is {}", config.sqlite_path().display()));
    }
    if config.hosted_url.is_none() && !config.bind.ip().is_loopback() {
        tracing::warn!(
            "COVIBE_HOSTED_URL is not set: only requests for loopback host names are answered"
        );
    }
    let watch = ContainerWatch::begin(&parts.platform);
    let _domains = DomainWatch::begin(&parts.platform);
    let _former = FormerDomainWatch::begin(&parts.platform, FormerHosts::default());
    let _pushes = PushWatch::begin(&parts.platform, Pushes);
    let _queue = QueueWatch::begin(&parts.platform, Deployments);
    let (identity, photos) = (Arc::clone(&parts.identity), parts.app.photos.clone());
    background_tasks::start_copies_of_memberships(Arc::clone(&identity));
    background_tasks::start_removal_of_lost_photos(identity, photos);
    let listeners = Listeners { calls: listener, metered };
    let served = until_stopped(signals, parts.app, listeners, config).await;
    watch.stop().await;
    served
}

fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    TcpListener::bind(config.bind)
        .with_context(|| format!("could not listen on {}, the value of COVIBE_BIND", config.bind))
}

/// Refuses every request, and names the missing variables, until a signal stops it.
async fn serve_blocked(config: &Config, missing: &[&'static str]) -> anyhow::Result<()> {
    let listener = listen(config)?;
    let mut signals = Signals::new()?;
    print::error(&format!(
        "Co-Vibe serves at {}",
        listeners::origin(config, listener.local_addr()?)
    ));
    print::error(&format!(
        "Nothing is served, because nobody can sign in: set {}, or COVIBE_AUTH_MODE=local",
        missing.join(", ")
    ));
    Ok(covibe_http::serve_blocked(listener, missing, signals.first()).await?)
}

/// Returns the link by which the first person signs up; `None` once somebody has. It is new at each start.
async fn first_run(parts: &Parts, origin: &str) -> anyhow::Result<Option<String>> {
    let token = parts.identity.offer_ownership().await?;
    Ok(token.map(|token| format!("{origin}/auth/first-run/{}", token.expose())))
}

/// The pause between attempts to open a database that is not up yet.
const PAUSE: Duration = Duration::from_secs(2);

/// Opens the database, and waits for one that is not up yet.
async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let begun = Instant::now();
    loop {
        let error = match wiring::open_store(config).await {
            Ok(store) => return Ok(store),
            Err(error) => error,
        };
        let is_away = error.downcast_ref().is_some_and(covibe_store::Error::is_away);
        if !is_away || begun.elapsed() >= config.database_wait {
            return Err(error);
        }
        print::error(&format!("waiting for the database: {error:#}"));
        tokio::time::sleep(PAUSE).await;
    }
}

/// The listeners of a server.
pub(crate) struct Listeners {
    pub(crate) calls: TcpListener,
    pub(crate) metered: Option<Metered>,
}

/// Serves until a signal comes; signals are received before anybody learns that it serves. Then answers on
/// for a while, while load balancers learn that it stops, waits for running calls and writes the audit. A
/// second SIGTERM or SIGINT, more than a second later, ends the process at once.
pub(crate) async fn until_stopped(
    mut signals: Signals,
    app: App,
    listeners: Listeners,
    config: Config,
) -> anyhow::Result<()> {
    let Config { connections: limits, drain, .. } = config;
    let dispatcher = Arc::clone(&app.dispatcher);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let running = covibe_http::serve(app, listeners.calls, workers, limits)?;
    if let Some(metered) = listeners.metered {
        metered.start(&dispatcher, running.connections());
    }
    signals.first().await;
    tokio::select! {
        () = stop(running, drain, &dispatcher) => Ok(()),
        () = signals.second() => {
            bail!("stopped by a second signal, without waiting for running calls")
        }
    }
}

async fn stop(running: Running, drain: Duration, dispatcher: &Dispatcher) {
    running.drain();
    tokio::time::sleep(drain).await;
    tracing::info!("stopping");
    running.stop().await;
    dispatcher.flush().await;
}
