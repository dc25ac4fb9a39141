//! How a simulated Coolify is set up.

use std::collections::BTreeMap;
use std::time::Duration;

use super::abilities::{Abilities, Granted};
use super::host::Host;
use super::load::PeakLoad;
use super::neighbours::Neighbours;
use super::outcomes::Outcomes;
use super::printed::Printed;
use super::version::Version;
use crate::core::Setting;

/// How a simulated Coolify is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The release.
    pub version: Version,
    /// What `/version` tells, if not the release's own text.
    pub told_version: Option<String>,
    /// The API token, `<id>|<secret>`; random by default.
    pub token: Option<String>,
    /// The abilities of that token; all by default.
    pub abilities: Granted,
    /// Further tokens, with their abilities.
    pub tokens: BTreeMap<String, Abilities>,
    /// How long a deployment waits for a worker at least, how long it takes then, and how long other jobs take.
    pub pace: Duration,
    /// The rate limit in calls per minute, shared by all clients; none for no limit.
    pub budget_per_minute: Option<u32>,
    /// How long a deleted resource stays listed; [`Self::pace`] by default.
    pub deletion: Option<Duration>,
    /// How long after a start Coolify looks at containers, and then how often; ten times
    /// [`Self::pace`] by default.
    ///
    /// 4.3.11 looks after at most 60 s at a first start, and after up to 300 s once the same
    /// containers have been started again. Until then it tells what it saw before.
    pub look: Option<Duration>,
    /// The outcomes of coming deployments and starts; what is deployed decides on the others.
    pub outcomes: Outcomes,
    /// What containers print; one line that says that they listen by default.
    pub printed: Printed,
    /// The host that everything runs on.
    pub host: Host,
    /// The highest load of the workers.
    pub peak: PeakLoad,
    /// What others have. Lists of the whole instance then take as long as those of a real Coolify.
    pub neighbours: Neighbours,
    /// Whether the one server is a build server: domains are dropped, and since 4.2 nothing can be
    /// created on it.
    pub is_build_server: bool,
    /// True if the MCP server is on, which 4.1 and later have.
    pub serves_mcp: bool,
}

/// The rate limit in calls per minute, which an operator may change; none for no limit.
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
