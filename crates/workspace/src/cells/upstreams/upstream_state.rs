//! The states of the upstreams, for the operator.

use covibe_gitea::{BudgetLoad, CallStatistics};

/// The state of an upstream and of its rate budget.
#[derive(Clone, Debug)]
pub struct UpstreamState {
    /// The name of the upstream: `coolify`, `gitea`, `registrar`, `cloud_dns`, `rfc2136`, `google_iam`,
    /// `cloud_storage` or `workos`.
    pub name: &'static str,
    /// The observations of its calls.
    pub observed: CallStatistics,
    /// The load of its rate budget, if it has one.
    pub load: Option<BudgetLoad>,
}

impl UpstreamState {
    /// Returns the states of the configured clients.
    pub(super) fn from_clients(
        coolify: Option<&covibe_coolify::Client>,
        gitea: Option<&covibe_gitea::Client>,
    ) -> Vec<Self> {
        let coolify = coolify.map(|client| Self {
            name: "coolify",
            observed: client.statistics().clone(),
            load: client.load(),
        });
        let gitea = gitea.map(|client| Self {
            name: "gitea",
            observed: client.statistics().clone(),
            load: client.load(),
        });
        coolify.into_iter().chain(gitea).collect()
    }
}
