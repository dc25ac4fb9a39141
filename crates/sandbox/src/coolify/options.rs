//! Options of a simulated Coolify.

use std::collections::BTreeMap;
use std::time::Duration;

use super::abilities::{Abilities, Granted};
use super::container_output::Printed;
use super::host::Host;
use super::neighbours::Neighbours;
use super::outcomes::Outcomes;
use super::peak_load::PeakLoad;
use super::version::Version;
use crate::core::Setting;

/// Options of a simulated Coolify.
#[derive(Clone, Debug)]
pub struct Options {
    /// The release.
    pub version: Version,
    /// The text of `/version`, if not the release's own.
    pub told_version: Option<String>,
    /// The API token, `<id>|<secret>`; random by default.
    pub token: Option<String>,
    /// The abilities of that token; all by default.
    pub abilities: Granted,
    /// Further tokens, with their abilities.
    pub tokens: BTreeMap<String, Abilities>,
    /// The minimum time that a deployment waits for a worker, its duration afterwards, and the duration of other jobs.
    pub pace: Duration,
    /// The rate limit in calls per minute, shared by all clients; `None` for no limit.
    pub budget_per_minute: Option<u32>,
    /// The time for which a deleted resource stays listed; [`Self::pace`] by default.
    pub deletion: Option<Duration>,
    /// The time from a start until Coolify looks at containers, and the interval between later looks; ten times
    /// [`Self::pace`] by default.
    ///
    /// 4.3.11 looks after at most 60 s at a first start, and after up to 300 s once the same containers have been
    /// started again. Until then it reports the state of its previous look.
    pub look: Option<Duration>,
    /// The arranged outcomes of coming deployments and starts; the others depend on what is deployed.
    pub outcomes: Outcomes,
    /// The output of containers; one line by default, which says that they listen.
    pub printed: Printed,
    /// The host that everything runs on.
    pub host: Host,
    /// The highest load of the workers.
    pub peak: PeakLoad,
    /// The resources of others. With some, lists of the whole instance take as long as those of a real Coolify.
    pub neighbours: Neighbours,
    /// True if the one server is a build server: domains are dropped, and since 4.2 nothing can be created on it.
    pub is_build_server: bool,
    /// True if the MCP server is on, which 4.1 and later have.
    pub serves_mcp: bool,
}

/// The rate limit in calls per minute, which an operator may change; `None` for no limit.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit(pub Option<u32>);

impl Setting for RateLimit {}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: Version::default(),
            told_version: None,
            token: None,
            abilities: Granted::default(),
            tokens: BTreeMap::new(),
            pace: Duration::from_millis(300),
            budget_per_minute: Some(200),
            deletion: None,
            look: None,
            outcomes: Outcomes::default(),
            printed: Printed::default(),
            host: Host::default(),
            peak: PeakLoad::default(),
            neighbours: Neighbours::default(),
            is_build_server: false,
            serves_mcp: false,
        }
    }
}
