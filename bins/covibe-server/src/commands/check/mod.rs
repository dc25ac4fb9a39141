//! `covibe-server check`: PASS and FAIL lines, for the operator at three in the morning.

use anyhow::bail;
use serde::Serialize;

use super::configured;
use crate::config::Config;
use crate::{compose, print};

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    says: String,
}

/// Checks configuration, database and upstreams.
pub(crate) async fn run(json: bool) -> anyhow::Result<()> {
    let checks = match configured() {
        Err(error) => vec![failed("configuration", &error)],
        Ok(config) => checks(&config).await,
    };
    if json {
        print::line(&serde_json::to_string(&serde_json::json!({ "checks": checks }))?);
    } else {
        for check in &checks {
            print::line(&line(check));
        }
    }
    let failures = checks.iter().filter(|check| !check.ok).count();
    if failures > 0 {
        bail!("{failures} of {} checks failed", checks.len());
    }
    Ok(())
}

async fn checks(config: &Config) -> Vec<Check> {
    let database = compose::open_store(config).await.map(|store| store.backend().to_string());
    vec![
        passed("configuration", "valid"),
        outcome("database", database),
        outcome("coolify", coolify(config).await),
        outcome("gitea", gitea(config).await),
    ]
}

async fn coolify(config: &Config) -> anyhow::Result<String> {
    let Some(from) = &config.coolify else { bail!("not configured: set COOLIFY_API_URL") };
    let client = compose::coolify_client(from, None)?;
    let version = client.version().await?;
    let server = client.server().await?;
    Ok(format!("version {version}, deploys to server {server}"))
}

/// The list of the administrator's tokens is behind the same door as the making of bots' tokens.
async fn gitea(config: &Config) -> anyhow::Result<String> {
    let Some(from) = &config.gitea else { bail!("not configured: set GITEA_API_URL") };
    let client = compose::gitea_client(from)?;
    let version = client.version().await?;
    client.tokens(&from.username).await?;
    Ok(format!("version {version}, may make tokens"))
}

fn outcome(name: &'static str, result: anyhow::Result<String>) -> Check {
    match result {
        Ok(says) => passed(name, says),
        Err(error) => failed(name, &error),
    }
}

fn passed(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, ok: true, says: says.into() }
}

fn failed(name: &'static str, error: &anyhow::Error) -> Check {
    Check { name, ok: false, says: format!("{error:#}") }
}

fn line(check: &Check) -> String {
    format!("{} {}: {}", if check.ok { "PASS" } else { "FAIL" }, check.name, check.says)
}
