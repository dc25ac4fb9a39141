//! `covibe-server check`: one PASS, WARN or FAIL line for each check.

use anyhow::bail;
use covibe_check::{Check, Status, checks};

use super::configured_for;
use crate::print;
use crate::signals::stop_signal;

/// Checks the configuration, the database and the upstreams; with `deliver`, also that Gitea reaches the running
/// server.
pub(crate) async fn run(json: bool, deliver: bool) -> anyhow::Result<()> {
    // What an upstream's trouble is, the checks say themselves.
    let checks = match configured_for("error") {
        Err(error) => vec![Check::from_configuration_error(&error)],
        Ok(config) => checks(&config, deliver, stop_signal()).await,
    };
    if json {
        print::line(&serde_json::to_string(&serde_json::json!({ "checks": checks }))?);
    } else {
        for check in &checks {
            print::line(&check.to_string());
        }
    }
    let failures = checks.iter().filter(|check| check.status == Status::Fail).count();
    if failures > 0 {
        bail!("{failures} of {} checks failed", checks.len());
    }
    Ok(())
}
