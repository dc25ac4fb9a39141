//! The checks of simulated upstreams, without a process.

mod coolify;
mod gitea;

use covibe_check::{Check, Status};
use covibe_config::{Config, Sources};
use covibe_testkit_http::World;

/// Runs the checks with the configuration of a world's server, until `stop` ends the trial at Gitea.
async fn check_until(world: &World, stop: impl Future<Output = ()>) -> Vec<Check> {
    let config = Config::read(&Sources::new(world.variables())).expect("a valid configuration");
    covibe_check::checks(&config, false, stop).await
}

/// Runs the checks with the configuration of a world's server.
async fn check(world: &World) -> Vec<Check> {
    check_until(world, std::future::pending()).await
}

/// Returns the names of the checks with this status.
fn names(checks: &[Check], status: Status) -> Vec<&'static str> {
    checks.iter().filter(|check| check.status == status).map(|check| check.name).collect()
}

/// Returns the lines of the failed checks.
fn failures(checks: &[Check]) -> String {
    let failed = checks.iter().filter(|check| check.status == Status::Fail);
    failed.map(Check::to_string).collect::<Vec<_>>().join("\n")
}
