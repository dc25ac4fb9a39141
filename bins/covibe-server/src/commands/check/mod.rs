//! `covibe-server check`: one PASS, WARN or FAIL line for each check.

mod addresses;
mod clock;
mod clones;
mod connection;
mod coolify;
mod deliveries;
mod dns;
mod docker;
mod gitea;
mod gitea_address;
mod gitea_openness;
mod left_containers;
mod leftovers;
mod networks;
mod registrar;
mod remedies;
mod report;
mod repositories;
mod secrets;
mod storage;
mod tables;
mod trial;
mod workos;
mod writes;

use anyhow::bail;
use covibe_config::{Config, Database};
use covibe_store::Store;

pub(crate) use self::report::Check;
use self::report::{Status, failed_check, passed_check, warned_check};
use super::configured_for;
use crate::print;

/// Checks the configuration, the database and the upstreams; with `deliver`, also that Gitea reaches the running
/// server.
pub(crate) async fn run(json: bool, deliver: bool) -> anyhow::Result<()> {
    // What an upstream's trouble is, the checks say themselves.
    let checks = match configured_for("error") {
        Err(error) => vec![failed_check("configuration", format!("{error:#}"))],
        Ok(config) => checks(&config, deliver).await,
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

/// Returns what each check says.
pub(crate) async fn checks(config: &Config, deliver: bool) -> Vec<Check> {
    let (database, store) = database(config).await;
    let mut checks = vec![
        passed_check("configuration", "valid"),
        database,
        secrets::check(config, store.as_ref()).await,
    ];
    checks.extend(tables::checks(store.as_ref()).await);
    checks.extend(writes::checks(config, store.is_some()).await);
    checks.extend(addresses::checks(config).await);
    checks.extend(coolify::checks(config).await);
    checks.extend(docker::checks(&config.docker).await);
    checks.extend(left_containers::check(config, store.as_ref()).await);
    checks.extend(networks::check(config, store.as_ref()).await);
    checks.extend(gitea::checks(config, deliver).await);
    checks.extend(clones::check(config).await);
    checks.extend(repositories::checks(config).await);
    checks.extend(registrar::checks(config.registrar.as_ref()).await);
    checks.extend(dns::checks(config, store.as_ref()).await);
    checks.extend(storage::checks(config.storage.as_ref()).await);
    checks.extend(workos::checks(&config.auth).await);
    checks
}

/// Opens the database to look at it. Returns no store if it cannot be opened or does not exist yet.
async fn database(config: &Config) -> (Check, Option<Store>) {
    const NAME: &str = "database";
    if matches!(config.database, Database::Sqlite) && !config.sqlite_path().exists() {
        let path = config.sqlite_path();
        let missing =
            format!("there is none yet: `serve` creates the SQLite file {}", path.display());
        let refused = config.refuse_unused_postgres().err();
        let told = refused.map(|error| failed_check(NAME, format!("{error:#}")));
        return (told.unwrap_or_else(|| warned_check(NAME, missing)), None);
    }
    match open_store(config).await {
        Ok((says, store)) => (passed_check(NAME, says), Some(store)),
        Err(error) => {
            let says = format!("{error:#}");
            let mend = tables::mend(&says).map(|mend| format!(": {mend}")).unwrap_or_default();
            (failed_check(NAME, format!("{says}{mend}")), None)
        }
    }
}

async fn open_store(config: &Config) -> anyhow::Result<(String, Store)> {
    config.refuse_unused_postgres()?;
    let store = covibe_installation::unchanged_store(config).await?;
    let says = match &config.database {
        Database::Sqlite => format!("SQLite file {}", config.sqlite_path().display()),
        Database::Postgres { runtime, .. } => covibe_store::postgres_name(runtime)?,
    };
    Ok((says, store))
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
    use super::report::is;
    use super::*;

    #[test]
    fn a_line_begins_with_the_status() {
        assert_eq!(line(&passed_check("database", "sqlite")), "PASS database: sqlite");
        assert_eq!(line(&warned_check("a", "b")), "WARN a: b");
        assert_eq!(line(&is("a", false, "good", "bad")), "FAIL a: bad");
        let json = serde_json::to_value(warned_check("a", "b")).unwrap();
        assert_eq!(json["status"], "warn");
    }
}
