//! How the upstreams answer, for the operator.

use covibe_gitea::{Load, Observed};

/// How an upstream answers, and how busy its rate budget is.
#[derive(Clone, Debug)]
pub struct UpstreamState {
    /// The name of the upstream: `coolify`, `gitea`, `registrar`, `cloud_dns`, `rfc2136`, `google_iam`,
    /// `cloud_storage` or `workos`.
    pub name: &'static str,
    /// What is known of its calls.
    pub observed: Observed,
    /// How much of its rate budget is in use.
    pub load: Option<Load>,
}

impl UpstreamState {
    /// Returns the states of those that are configured.
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
