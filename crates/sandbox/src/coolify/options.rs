//! The options of a simulated Coolify: its release, its pace, and what a test arranges beforehand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::abilities::{Abilities, Granted};
use super::arranged_outcomes::Outcomes;
use super::container_output::Printed;
use super::host_reachability::Host;
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

/// A release of Coolify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 4.0.0-beta.473 of April 2026.
    Beta473,
    /// 4.1.2.
    V4_1,
    /// 4.3.11 of August 2026: lifecycle calls are POST only.
    #[default]
    V4_3,
}

impl Version {
    /// Every simulated release, oldest first.
    pub const ALL: [Self; 3] = [Self::Beta473, Self::V4_1, Self::V4_3];

    /// Returns the text of `GET /version`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Beta473 => "4.0.0-beta.473",
            Self::V4_1 => "4.1.2",
            Self::V4_3 => "4.3.11",
        }
    }
}

/// The numbers of resources of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Applications.
    pub applications: usize,
    /// Services.
    pub services: usize,
    /// Databases.
    pub databases: usize,
    /// Workspaces of Co-Vibe: each is a project with a private key and a destination on a network of its own. The
    /// resources are spread over their projects.
    pub workspaces: usize,
}

/// The maximum work that the workers had at once, waiting for one of them or begun. Every clone is the same, so a test
/// keeps one and starts the simulator with another (`Options::peak`).
#[derive(Clone, Debug, Default)]
pub struct PeakLoad(Arc<Mutex<Peak>>);

/// The maximum work at once. The highest of each sort may not have come together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Deployments.
    pub builds: usize,
    /// Deployments and starts.
    pub all: usize,
}

impl PeakLoad {
    /// Returns the most work since this was asked last.
    pub fn take(&self) -> Peak {
        std::mem::take(&mut self.0.lock())
    }

    pub(crate) fn note(&self, builds: usize, starts: usize) {
        let mut peak = self.0.lock();
        peak.builds = peak.builds.max(builds);
        peak.all = peak.all.max(builds + starts);
    }
}

/// The rate limit in calls per minute, which an operator may change; `None` for no limit.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit(pub Option<u32>);

impl Setting for RateLimit {}
