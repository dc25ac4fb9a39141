//! The clients of a cell's upstreams, and their addresses, hosts, condition and rate budgets.

mod coolify_condition;
mod docker_hosts;
mod gitea_addresses;
mod rate_budget;
mod upstream_state;

use covibe_coolify::Client as CoolifyClient;

pub(crate) use self::coolify_condition::CoolifyNeeds;
pub(super) use self::coolify_condition::{CoolifyCondition, Features};
pub use self::docker_hosts::DockerHosts;
pub use self::gitea_addresses::{GiteaAddress, InvalidSshAddress, SshAddress};
pub use self::rate_budget::SharedRateBudget;
pub use self::upstream_state::UpstreamState;

/// The upstreams of a cell; one that is not configured is `None`.
#[derive(Debug, Default)]
pub struct Upstreams {
    /// Coolify's client.
    pub coolify: Option<CoolifyClient>,
    /// Gitea's client.
    pub gitea: Option<covibe_gitea::Client>,
    /// The address of Gitea, for credentials and clone URLs.
    pub gitea_address: Option<GiteaAddress>,
    /// The docker hosts of Coolify's servers.
    pub docker: DockerHosts,
    /// True if the operator accepts a Coolify whose proxy is Caddy, which any image can configure.
    pub accepts_caddy: bool,
}

impl Upstreams {
    /// Returns the states of those that are configured, for the operator.
    pub(super) fn states(&self) -> Vec<UpstreamState> {
        UpstreamState::from_clients(self.coolify.as_ref(), self.gitea.as_ref())
    }

    /// Returns the hosts of Coolify and Gitea.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        let coolify = self.coolify.as_ref().and_then(CoolifyClient::host);
        let gitea = self.gitea_address.iter().flat_map(GiteaAddress::hosts);
        coolify.into_iter().chain(gitea)
    }
}
