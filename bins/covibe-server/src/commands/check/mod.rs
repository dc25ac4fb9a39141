//! `covibe-server check`: PASS, WARN and FAIL lines, for the operator at three in the morning.

mod coolify;
mod gitea;

use std::fmt::Display;

use anyhow::bail;
use serde::Serialize;

use super::configured;
use crate::config::Config;
use crate::{compose, print};

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pass,
    /// It works, and may not for long or for everything.
    Warn,
    Fail,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    says: String,
}

/// Checks configuration, database and upstreams.
pub(crate) async fn run(json: bool) -> anyhow::Result<()> {
    let checks = match configured() {
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
    let database = compose::open_store(config).await.map(|store| store.backend().to_string());
    let mut checks = vec![passed("configuration", "valid"), outcome("database", database)];
    checks.extend(coolify::checks(config.coolify.as_ref()).await);
    checks.extend(gitea::checks(config.gitea.as_ref()).await);
    checks
}

fn outcome(name: &'static str, result: anyhow::Result<String>) -> Check {
    match result {
        Ok(says) => passed(name, says),
        Err(error) => failed(name, format!("{error:#}")),
    }
}

/// What passes when it is so.
fn is(name: &'static str, so: bool, says: &str, otherwise: &str) -> Check {
    if so { passed(name, says) } else { failed(name, otherwise) }
}

fn passed(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Pass, says: says.into() }
}

fn warned(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Warn, says: says.into() }
}

fn failed(name: &'static str, says: impl Into<String>) -> Check {
    Check { name, status: Status::Fail, says: says.into() }
}

/// A look that did not come to its end.
fn broken(name: &'static str, error: &impl Display) -> Check {
    failed(name, error.to_string())
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
    use super::*;

    #[test]
    fn a_line_begins_with_how_it_went() {
        assert_eq!(line(&passed("database", "sqlite")), "PASS database: sqlite");
        assert_eq!(line(&warned("a", "b")), "WARN a: b");
        assert_eq!(line(&is("a", false, "good", "bad")), "FAIL a: bad");
        let json = serde_json::to_value(warned("a", "b")).unwrap();
        assert_eq!(json["status"], "warn");
    }
}
