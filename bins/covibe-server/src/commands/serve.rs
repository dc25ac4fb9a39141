//! `covibe-server serve`: serves.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::Context as _;
use covibe_http::{App, ConnectionLimits};

use super::configured;
use crate::config::Database;
use crate::{compose, descriptors, print};

/// Serves until a signal stops it.
pub(crate) async fn run() -> anyhow::Result<()> {
    let config = configured()?;
    compose::refuse_unreachable(&config, config.bind)?;
    let listener = TcpListener::bind(config.bind).with_context(|| {
        format!("could not listen on {}, the value of COVIBE_BIND", config.bind)
    })?;
    let store = compose::open_store(&config).await?;
    let origin = compose::origin(&config, listener.local_addr()?);
    let parts = compose::parts(&config, store, origin.clone()).await?;
    parts.platform.watch_upstreams();
    print::error(&format!("Co-Vibe serves at {origin}"));
    print::error(&format!("MCP at {origin}/api/mcp"));
    compose::warn_of_clear_text(&origin);
    if matches!(config.database, Database::Sqlite) {
        print::error(&format!("The database is {}", config.sqlite_path().display()));
    }
    if config.hosted_url.is_none() && !config.bind.ip().is_loopback() {
        tracing::warn!(
            "COVIBE_HOSTED_URL is not set: only requests for loopback host names are answered"
        );
    }
    until_stopped(parts.app, listener, config.connections).await
}

/// Serves until a signal comes, then waits for running calls and writes the audit.
pub(crate) async fn until_stopped(
    app: App,
    listener: TcpListener,
    limits: ConnectionLimits,
) -> anyhow::Result<()> {
    let limits = match descriptors::raise() {
        Some(descriptors) => limits.within(descriptors),
        None => limits,
    };
    let dispatcher = Arc::clone(&app.dispatcher);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let running = covibe_http::serve(app, listener, workers, limits)?;
    stop_signal().await?;
    tracing::info!("stopping");
    running.stop().await;
    dispatcher.flush().await;
    Ok(())
}

/// Waits for SIGTERM or Ctrl-C.
#[cfg(unix)]
pub(super) async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn stop_signal() -> anyhow::Result<()> {
    Ok(tokio::signal::ctrl_c().await?)
}
