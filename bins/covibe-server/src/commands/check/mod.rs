//! `covibe-server check`: one PASS, WARN or FAIL line for each check.

mod connection;
mod coolify;
mod gitea;
mod gitea_address;
mod leftovers;
mod openness;
mod report;
mod repositories;
mod secrets;
mod trial;

use anyhow::bail;
use covibe_store::Store;

use self::report::{Check, Status, failed, outcome, passed};
use super::configured_for;
use crate::config::{Config, Database};
use crate::{compose, print};

/// Checks the configuration, the database and the upstreams.
pub(crate) async fn run(json: bool) -> anyhow::Result<()> {
    // What an upstream's trouble is, the checks say themselves.
    let checks = match configured_for("error") {
        Err(error) => vec![failed("configuration", format!("{error:#}"))],
        Ok(config) => checks(&config).await,
    };
    if json {
        print::line(&serde_json::to_string(&serde_json::json!({ "checks": checks }))?);
    } else {
        for check in &checks {
            print::line(&line(check));
        }
    }
    let failures = checks.iter().filter(|check| check.status == Status::Fail).count();
    if failures > 0 {
        bail!("{failures} of {} checks failed", checks.len());
    }
    Ok(())
}

async fn checks(config: &Config) -> Vec<Check> {
    let database = database(config).await;
    let store = database.as_ref().ok().and_then(|(_, store)| store.clone());
    let mut checks = vec![
        passed("configuration", "valid"),
        outcome("database", database.map(|(says, _)| says)),
        secrets::check(config, store.as_ref()).await,
    ];
    checks.extend(coolify::checks(config.coolify.as_ref(), config.accepts_caddy).await);
    checks.extend(gitea::checks(config.gitea.as_ref(), config.bot_role).await);
    checks.extend(repositories::checks(config).await);
    checks
}

/// Opens the database without creating it. Returns no store if there is none yet.
async fn database(config: &Config) -> anyhow::Result<(String, Option<Store>)> {
    let path = config.sqlite_path();
    match &config.database {
        Database::Sqlite => {
            config.refuse_unused_postgres()?;
            if !path.exists() {
                return Ok((format!("SQLite; `serve` creates {}", path.display()), None));
            }
            let store = compose::existing_store(config).await?;
            Ok((format!("SQLite file {}", path.display()), Some(store)))
        }
        Database::Postgres { runtime, .. } => {
            let store = compose::existing_store(config).await?;
            Ok((covibe_store::postgres_name(runtime)?, Some(store)))
        }
    }
}

fn line(check: &Check) -> String {
    let status = match check.status {
        Status::Pass => "PASS",
        Status::Warn => "WARN",
        Status::Fail => "FAIL",
    };
    format!("{status} {}: {}", check.name, check.says)
}

#[cfg(test)]
mod tests {
    use super::report::{is, warned};
    use super::*;

    #[test]
    fn a_line_begins_with_the_status() {
        assert_eq!(line(&passed("database", "sqlite")), "PASS database: sqlite");
        assert_eq!(line(&warned("a", "b")), "WARN a: b");
        assert_eq!(line(&is("a", false, "good", "bad")), "FAIL a: bad");
        let json = serde_json::to_value(warned("a", "b")).unwrap();
        assert_eq!(json["status"], "warn");
    }
}
