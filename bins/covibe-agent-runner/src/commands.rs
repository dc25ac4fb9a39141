//! The commands.

use std::env;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

use covibe_agent_runner_core::api;
use covibe_agent_runner_core::runner::{LockedHome, Runner};
use covibe_agent_runner_core::supervise;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::settings::{self, Settings, print_line};

/// The exit code for settings that are not usable.
const CONFIG: u8 = 78;

/// Serves until a signal.
pub(crate) fn serve() -> ExitCode {
    // A provider that is installed already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Some(settings) = settings::read_settings() else { return CONFIG.into() };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    exit(runtime.and_then(|runtime| runtime.block_on(serve_until_signal(settings))))
}

async fn serve_until_signal(settings: Settings) -> io::Result<()> {
    let Settings { runner, door } = settings;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let home = LockedHome::take(runner).await?;
    let token = match door.token {
        Some(token) => token,
        None => home.token()?,
    };
    let listener = TcpListener::bind(door.bind)?;
    let address = listener.local_addr()?;
    let runner = Runner::start(home).await?;
    let serving = api::serve(runner, token, listener)?;
    print_line(&format!("Listening on http://{address}"));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    serving.stop().await;
    Ok(())
}

/// Reads the settings, and ends.
pub(crate) fn check() -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    if settings::read_settings().is_none() {
        return CONFIG.into();
    }
    print_line("The settings are usable.");
    ExitCode::SUCCESS
}

/// Supervises an attempt at a job.
pub(crate) fn supervise(folder: &Path, attempt: u32) -> ExitCode {
    let runtime = Builder::new_current_thread().enable_all().build();
    let environment = env::vars_os().collect();
    let supervised = runtime
        .and_then(|runtime| runtime.block_on(supervise::supervise(folder, attempt, environment)));
    exit(supervised)
}

fn exit(outcome: io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_line(&format!("covibe-agent-runner: {error}"));
            ExitCode::FAILURE
        }
    }
}
