//! The docker hosts behind Coolify's servers.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use covibe_docker_host::{Address, Settings};
use covibe_domain::ServerUuid;

use super::Reader;
use crate::variable_names::DOCKER_HOST_OF;

/// Every how many seconds what runs on a docker host may be looked at.
const WATCH: RangeInclusive<u64> = 1..=3600;

/// The docker hosts.
#[derive(Clone, Debug, Default)]
pub struct DockerHosts {
    /// That of the server that Coolify deploys to.
    pub usual: Option<Settings>,
    /// Those of servers by their uuids.
    pub of_servers: HashMap<ServerUuid, Settings>,
}

impl Reader<'_> {
    /// Reads the docker hosts.
    pub(crate) fn docker_hosts(&mut self) -> DockerHosts {
        let (key, known) = ("COVIBE_DOCKER_SSH_KEY", "COVIBE_DOCKER_KNOWN_HOSTS");
        let key_file = self.text(key).map(PathBuf::from);
        let known_hosts = self.text(known).map(PathBuf::from);
        let settings = |address| {
            let (key_file, known_hosts) = (key_file.clone(), known_hosts.clone());
            Settings { key_file, known_hosts, ..Settings::new(address) }
        };
        let usual = self.docker_host("COVIBE_DOCKER_HOST").map(&settings);
        let mut of_servers = HashMap::new();
        for name in self.sources.named_after(DOCKER_HOST_OF) {
            let uuid = name.trim_start_matches(DOCKER_HOST_OF).to_ascii_lowercase();
            let Ok(uuid) = uuid.parse() else {
                let expected = format!("the uuid of a Coolify server after {DOCKER_HOST_OF}");
                self.mistakes.push(format!("{name}: expected {expected}"));
                continue;
            };
            if let Some(address) = self.docker_host(&name) {
                of_servers.insert(uuid, settings(address));
            }
        }
        let hosts = DockerHosts { usual, of_servers };
        if hosts.needs_host_key() && known_hosts.is_none() {
            self.mistakes.push(format!(
                "{known}: required by a docker host over SSH; write the host's key into a file with \
                 ssh-keyscan, and compare its fingerprint on the host"
            ));
        }
        hosts
    }

    /// Reads how often what runs on the docker hosts is looked at.
    pub(crate) fn container_watch(&mut self) -> Option<Duration> {
        self.number("COVIBE_CONTAINER_WATCH_SECONDS", WATCH).map(Duration::from_secs)
    }

    fn docker_host(&mut self, name: &str) -> Option<Address> {
        self.parse(name, "local, unix:///path/to/docker.sock or ssh://user@host:port")
    }
}

impl DockerHosts {
    fn needs_host_key(&self) -> bool {
        let is_remote = |settings: &Settings| matches!(settings.address, Address::Ssh { .. });
        self.usual.iter().chain(self.of_servers.values()).any(is_remote)
    }
}
