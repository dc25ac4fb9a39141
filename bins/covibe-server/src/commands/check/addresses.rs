//! The checks of where the server and its customers' apps are reached.

use super::report::{Check, warned};
use crate::commands::metrics::is_public;
use crate::config::Config;

/// Looks at what the configuration says of addresses. What is fine has no line.
pub(super) fn checks(config: &Config) -> Vec<Check> {
    let metrics = config.metrics_bind.filter(|address| is_public(*address)).map(|address| {
        let says = format!(
            "metrics are served without a key at {address}, which may be public: set COVIBE_METRICS_BIND to a loopback or \
             private address, or keep others out by a firewall"
        );
        warned("metrics", says)
    });
    metrics.into_iter().chain(domain(config)).chain(names(config)).collect()
}

/// Warns where the proxy may reach Gitea by a name of docker's that an app could take.
fn names(config: &Config) -> Option<Check> {
    let host = config.gitea.as_ref()?.url.domain()?;
    if !host.contains('.') || !config.reserved_names.is_empty() {
        return None;
    }
    let says = "if the proxy in front of Gitea or Coolify reaches one of them by a name of docker's, such as gitea, an app could \
                take that name: list it in COVIBE_RESERVED_NAMES, or list any other name to say that there is none";
    Some(warned("reserved.names", says))
}

/// Warns of a domain of workspaces that nobody chose.
fn domain(config: &Config) -> Option<Check> {
    if !config.is_default_domain || config.coolify.is_none() {
        return None;
    }
    let domain = &config.base_domain;
    let says = format!(
        "apps get hosts below {domain}, the default: set COVIBE_WORKSPACE_DOMAIN to a domain of yours, of which \
         every name leads to Coolify's proxy"
    );
    Some(warned("workspaces.domain", says))
}
