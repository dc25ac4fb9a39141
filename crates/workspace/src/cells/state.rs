//! The states of the upstreams, for the operator.

use covibe_gitea::{Load, Observed};

/// The state of an upstream and of its rate budget.
#[derive(Clone, Debug)]
pub struct UpstreamState {
    /// The name of the upstream: `coolify`, `gitea`, `registrar`, `cloud_dns`, `rfc2136`, `google_iam`,
    /// `cloud_storage` or `workos`.
    pub name: &'static str,
    /// The observations of its calls.
    pub observed: Observed,
    /// The load of its rate budget, if it has one.
    pub load: Option<Load>,
}

impl UpstreamState {
    /// Returns the states of the configured clients.
    pub(super) fn of(
        coolify: Option<&covibe_coolify::Client>,
        gitea: Option<&covibe_gitea::Client>,
    ) -> Vec<Self> {
        let coolify = coolify.map(|client| Self {
            name: "coolify",
            observed: client.observed().clone(),
            load: client.load(),
        });
        let gitea = gitea.map(|client| Self {
            name: "gitea",
            observed: client.observed().clone(),
            load: client.load(),
        });
        coolify.into_iter().chain(gitea).collect()
    }
}
