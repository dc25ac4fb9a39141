//! `covibe-server support`: one file for support, without a secret.

mod bundle;
mod database_summary;
mod disk_usage;

use std::path::PathBuf;

use covibe_check::checks;
use covibe_config::Config;
use covibe_domain::Timestamp;
use covibe_installation::listeners;
use serde_json::{Value, json};

use self::bundle::Bundle;
use super::read_sources;
use crate::server_files::absolute_path;
use crate::signals::stop_signal;
use crate::{logging, print};

/// Writes the file, also where the configuration is wrong or the database is gone.
///
/// # Errors
///
/// The file exists, or can't be written.
pub(crate) async fn run(file: Option<PathBuf>) -> anyhow::Result<()> {
    let sources = read_sources()?;
    let config = Config::read(&sources);
    let now = Timestamp::now();
    let file = file.unwrap_or_else(|| name(now));
    let mut bundle = Bundle::new(&sources, config.as_ref().ok());
    bundle.add_json("about.json", &describe_program(now));
    bundle.add_json("settings.json", &sources.describe(config.is_ok()));
    match &config {
        Err(mistakes) => bundle.add("configuration.txt", &mistakes.to_string()),
        Ok(config) => {
            logging::start(config, "error");
            add_state(&mut bundle, config).await;
        }
    }
    bundle.write(&file)?;
    print::line(&format!(
        "{}: written. It contains no secrets; it names workspaces and containers as `check` does. \
         Read it before you pass it on: `tar -xzOf {0}`",
        absolute_path(&file)
    ));
    Ok(())
}

fn name(at: Timestamp) -> PathBuf {
    let digits: String = at.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("covibe-support-{digits}.tar.gz").into()
}

/// Adds what the database, the upstreams and a running server say.
async fn add_state(bundle: &mut Bundle, config: &Config) {
    bundle.add_json("check.json", &json!({ "checks": checks(config, false, stop_signal()).await }));
    bundle.add_json("database.json", &database_summary::database(config).await);
    bundle.add_json("sizes.json", &disk_usage::read_sizes(config));
    bundle.add_json("health.json", &read_health(config).await);
    if let Some(address) = config.metrics_bind {
        let page = listeners::read_body(listeners::reachable(address), "/metrics").await;
        bundle.add("metrics.txt", &page.unwrap_or_else(|error| format!("{error:#}")));
    }
}

/// Returns the program, and the machine that it runs on.
fn describe_program(now: Timestamp) -> Value {
    json!({
        "format": 1,
        "at": now,
        "version": env!("CARGO_PKG_VERSION"),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
        "sandbox": cfg!(feature = "sandbox"),
        "system": std::env::consts::OS,
        "processor": std::env::consts::ARCH,
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
    })
}

/// Returns what the server of this configuration says of its health.
async fn read_health(config: &Config) -> Value {
    match listeners::read_body(listeners::reachable(config.bind), listeners::HEALTH).await {
        Ok(answer) => serde_json::from_str(&answer).unwrap_or(Value::String(answer)),
        Err(error) => json!({ "server": format!("{error:#}") }),
    }
}
