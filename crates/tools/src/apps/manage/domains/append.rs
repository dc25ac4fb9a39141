//! Adds hosts to the domains of an app.

use covibe_domain::{AppUuid, Failure, Kind};
use covibe_workspace::Workspace;

use super::present_domains::AppDomain;
use super::set::{ChangedDomains, DomainsRequest, WantedDomains};

/// The domains of an app after hosts were added.
pub(crate) struct Appended {
    /// The hosts that it has.
    pub(crate) domains: Vec<String>,
    /// True if Coolify kept all of them.
    pub(crate) is_kept: bool,
    /// True if they changed, so that a deployment must follow.
    pub(crate) needs_deploy: bool,
    /// The next step.
    pub(crate) hint: Option<String>,
}

/// Adds hosts of the workspace's own domains to those of its app, in the service that gets them by default. A host
/// that already leads to a part of the app stays there.
///
/// # Errors
///
/// Not found or forbidden for an app that is not the workspace's; conflict for a host that leads to another one.
pub(crate) async fn append_hosts(
    cx: &Workspace,
    uuid: &AppUuid,
    hosts: &[String],
) -> Result<Appended, Failure> {
    let request = DomainsRequest { uuid, service: None, wanted: WantedDomains::Also(hosts) };
    let changed = request.apply_and_read_back(cx).await.map_err(hint_at_other_app)?;
    let ChangedDomains { domains, not_persisted, hint, needs_deploy, .. } = changed;
    let domains = domains.into_iter().map(AppDomain::into_host).collect();
    Ok(Appended { domains, is_kept: not_persisted.is_empty(), needs_deploy, hint })
}

/// Adds the hint for a host that leads to another app.
fn hint_at_other_app(mut failure: Failure) -> Failure {
    if failure.kind == Kind::Conflict {
        failure.details.remove("suggestion");
        return failure.hint(
            "If another app of the workspace has it, remove it there with apps.domains.set. Then \
            repeat the call.",
        );
    }
    failure
}
