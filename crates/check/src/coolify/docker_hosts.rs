//! The checks of the docker hosts: whether each answers, whether the account there is restricted, and
//! whether commands can be ended.

use covibe_config::DockerHosts;
use covibe_docker_host::{Access, DockerHost, Settings, Version};

use crate::check_outcome::{Check, broken, passed_check, warned_check};

const HOST: &str = "docker.host";
const GATE: &str = "docker.gate";

/// The remedy for a host that does not answer.
const MEND: &str = "start Docker there, and check COVIBE_DOCKER_HOST, COVIBE_DOCKER_SSH_KEY and COVIBE_DOCKER_KNOWN_HOSTS";

/// The release of this server, which a gate should be of too.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Runs the checks of every docker host.
pub(crate) async fn checks(hosts: &DockerHosts) -> Vec<Check> {
    let mut checks = Vec::new();
    for settings in hosts.usual.iter().chain(hosts.of_servers.values()) {
        checks.extend(of_host(settings).await);
    }
    if checks.is_empty() {
        checks.push(none());
    }
    checks
}

fn none() -> Check {
    let says = "none is configured, so there are no logs of stopped containers, no commands in containers and \
                no volumes; set COVIBE_DOCKER_HOST";
    warned_check(HOST, says)
}

async fn of_host(settings: &Settings) -> Vec<Check> {
    let at = settings.address.to_string();
    let host = match DockerHost::new(settings.clone()) {
        Ok(host) => host,
        Err(error) => return vec![broken(HOST, &format!("{at}: {error}: set COVIBE_DOCKER_HOST"))],
    };
    match host.version().await {
        Ok(version) => of_version(&at, version),
        Err(error) => vec![broken(HOST, &format!("{at}: {error}: {MEND}"))],
    }
}

fn of_version(at: &str, version: Version) -> Vec<Check> {
    let Version { engine, api, access } = version;
    let mut checks = vec![passed_check(HOST, format!("{at}: Docker {engine}, API {api}"))];
    checks.extend(of_access(at, access));
    checks
}

/// Checks the gate between this server and the engine; `None` for the local socket, which has none.
fn of_access(at: &str, access: Access) -> Option<Check> {
    Some(match access {
        Access::Local => return None,
        Access::DialStdio => warned_check(
            GATE,
            format!(
                "{at}: no gate restricts the account, so it is root on the host; install \
                 covibe-docker-gate"
            ),
        ),
        Access::Gate { kill: false, .. } => warned_check(
            GATE,
            format!(
                "{at}: it is not allowed to end processes, so a command that takes too long keeps \
                 running; repeat setcap"
            ),
        ),
        Access::Gate { version, .. } if version != RELEASE => warned_check(
            GATE,
            format!("{at}: {version}; install version {RELEASE}, and repeat setcap"),
        ),
        Access::Gate { version, .. } => passed_check(GATE, format!("{at}: {version}")),
    })
}

#[cfg(test)]
mod tests {
    use crate::check_outcome::Status;

    use super::*;

    #[test]
    fn only_the_gate_of_this_release_with_kill_rights_passes() {
        let gate = |version: &str, kill| Access::Gate { version: version.to_owned(), kill };
        let status = |access| of_access("ssh://covibe@host", access).map(|check| check.status);
        assert_eq!(status(Access::Local), None);
        assert_eq!(status(gate(RELEASE, true)), Some(Status::Pass));
        for access in [gate(RELEASE, false), gate("0.1.0", true), Access::DialStdio] {
            assert_eq!(status(access), Some(Status::Warn));
        }
    }

    #[tokio::test]
    async fn an_unreachable_docker_host_fails_and_a_missing_one_warns() {
        let folder = tempfile::tempdir().unwrap();
        let missing = format!("unix://{}", folder.path().join("docker.sock").display());
        let usual = Some(Settings::new(missing.parse().unwrap()));
        let failed = checks(&DockerHosts { usual, ..DockerHosts::default() }).await;
        assert_eq!((failed.len(), failed[0].status), (1, Status::Fail));
        assert!(failed[0].says.starts_with(&missing), "{}", failed[0].says);
        assert_eq!(checks(&DockerHosts::default()).await[0].status, Status::Warn);
    }
}
