//! The checks of an installation: its configuration, its database and its upstreams. `covibe-server check` prints them, and
//! the file for support has them.
//!
//! [`checks`] needs nothing of a process: it takes a configuration, and returns what each check says. It leaves everything as
//! it was: the user, the organisation and the repository that it makes at Gitea, and the file in each folder that the server
//! writes to, are deleted again.

mod check_outcome;
mod clock_skew;
mod coolify;
mod dns;
mod gitea;
mod registrar;
mod repository_builds;
mod server;
mod storage;
mod upstream_connection;
mod upstream_remedies;
mod workos;

use covibe_config::Config;

pub use self::check_outcome::{Check, Status};

/// Returns what each check of a valid configuration says, in the order of the parts that need each other. With `deliver`,
/// Gitea delivers a push to the running server, too.
///
/// `stop` ends the trial at Gitea early, as a signal to the process should; what the trial has created is deleted all the
/// same. It is polled only during the trial, and may never be ready.
pub async fn checks(config: &Config, deliver: bool, stop: impl Future<Output = ()>) -> Vec<Check> {
    let (of_server, store) = server::checks(config).await;
    let mut checks = vec![check_outcome::passed_check("configuration", "valid")];
    checks.extend(of_server);
    checks.extend(coolify::checks(config).await);
    checks.extend(coolify::docker_hosts::checks(&config.docker).await);
    checks.extend(coolify::orphaned_containers::check(config, store.as_ref()).await);
    checks.extend(coolify::networks::check(config, store.as_ref()).await);
    checks.extend(gitea::checks(config, deliver, stop).await);
    checks.extend(gitea::ssh_clone_address::check(config).await);
    checks.extend(repository_builds::checks(config).await);
    checks.extend(registrar::checks(config).await);
    checks.extend(dns::checks(config, store.as_ref()).await);
    checks.extend(storage::checks(config.storage.as_ref()).await);
    checks.extend(workos::checks(&config.auth).await);
    checks
}
