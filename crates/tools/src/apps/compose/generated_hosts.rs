//! Hosts that Coolify generates for containers whose variables ask for one, and their replacement.
//!
//! Coolify parses a service's file whenever the service is changed, and once more at each start
//! (`Service::parse`, beta.473 to 4.3). A container without a URL that declares a `SERVICE_URL_*` or
//! `SERVICE_FQDN_*` then gets a generated host, and so does one that refers to its own for the first
//! time, even if it had another host. Such a host is below the server's domain instead of the
//! workspace's.

use covibe_compose::{ComposeService, stored_services};
use covibe_coolify::{Service, ServiceApplication, ServicePatch};
use covibe_domain::{Failure, Kind};
use covibe_policy::{Namespace, Owned};
use covibe_workspace::{Coolify, Workspace, with_hosts_claimed};

use crate::app_and_auth_hosts::HostsInUse;
use crate::apps::app_urls::Address;
use crate::apps::database_network;
use crate::apps::errors::no_free_hosts;

/// The number of times that other hosts are tried if some turn out to be taken.
const TRIES: usize = 4;

/// A container and the URL that it gets.
type Assignment = (String, Address);

/// A container that got a host of the workspace's namespace in place of a generated one.
pub(in crate::apps) struct Replacement {
    service: String,
    host: String,
}

impl Replacement {
    /// Returns the hint that informs the caller about it.
    pub(in crate::apps) fn hint(&self) -> String {
        let Self { service, host } = self;
        format!(
            "{service}: it got the domain {host}, because a SERVICE_FQDN_* or SERVICE_URL_* \
             variable asks for one; apps.domains.set changes it."
        )
    }
}

/// Returns whether Coolify generated `host` for the service with the uuid `service`: the first label
/// then ends with the uuid (`generateUrl`, beta.473 to 4.3).
pub(in crate::apps) fn is_generated(host: &str, service: &str) -> bool {
    let label = host.split('.').next().unwrap_or_default();
    label.strip_suffix(service).is_some_and(|rest| rest.ends_with('-'))
}

/// Makes Coolify generate the hosts that it would generate at the next start, and replaces them. Returns
/// the service as it is then.
pub(in crate::apps) async fn replace_before_start(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
) -> Result<Owned<Service>, Failure> {
    reparse(coolify, service).await?;
    let now = coolify.service(&service.uuid).await?;
    match replace(cx, coolify, service, &now).await? {
        Some(_) => coolify.service(&service.uuid).await,
        None => Ok(now),
    }
}

/// Replaces the generated hosts outside the namespace: by the URLs that the container had `before`,
/// or by a host of the namespace. Returns the containers that got one; `None` if nothing was written.
pub(in crate::apps) async fn replace(
    cx: &Workspace,
    coolify: &Coolify,
    before: &Service,
    now: &Owned<Service>,
) -> Result<Option<Vec<Replacement>>, Failure> {
    let plan = Plan::new(&cx.namespace(), before, now);
    if plan.restored.is_empty() && plan.assigned.is_empty() {
        return Ok(None);
    }
    let replacements = assign(cx, now, plan).await?;
    // Until its next change, the service's variables contain the URLs from before this one.
    reparse(coolify, now).await.map_err(Failure::in_doubt)?;
    Ok(Some(replacements))
}

/// The replacements of the generated hosts of a service.
struct Plan {
    /// Containers that get their earlier URLs back.
    restored: Vec<(String, String)>,
    /// Containers that get a host of the namespace.
    assigned: Vec<Assignment>,
}

impl Plan {
    fn new(namespace: &Namespace, before: &Service, now: &Service) -> Self {
        let is_stray = |url: &Address| {
            is_generated(&url.host, now.uuid.as_str())
                && namespace.host(&url.host, &now.name).is_err()
        };
        let mut plan = Self { restored: Vec::new(), assigned: Vec::new() };
        let services = now.compose().map(stored_services).unwrap_or_default();
        for container in &now.applications {
            let (name, present) = (&container.name, addresses(container));
            let Some(stray) = present.iter().find(|url| is_stray(url)) else { continue };
            let earlier = before.applications.iter().find(|each| each.name == *name);
            let earlier = earlier.map(addresses).unwrap_or_default();
            let kept: Vec<_> =
                earlier.iter().filter(|url| !is_stray(url)).map(Address::to_string).collect();
            if kept.is_empty() {
                let host = namespace.host_for(&format!("{}-{name}", now.name));
                let port = stray.port.or_else(|| exposed_port(&services, name));
                plan.assigned.push((name.clone(), Address::new("https", host, port)));
            } else {
                plan.restored.push((name.clone(), kept.join(",")));
            }
        }
        plan
    }
}

/// Writes the URLs of a plan, with other hosts in place of taken ones.
async fn assign(
    cx: &Workspace,
    service: &Owned<Service>,
    mut plan: Plan,
) -> Result<Vec<Replacement>, Failure> {
    for _ in 0..TRIES {
        let hosts: Vec<_> = plan.assigned.iter().map(|(_, url)| url.host.clone()).collect();
        let others = with_hosts_claimed(cx, &hosts, try_assign(cx, service, &plan)).await?;
        let Some(others) = others else {
            let replacement = |(service, url): Assignment| Replacement { service, host: url.host };
            return Ok(plan.assigned.into_iter().map(replacement).collect());
        };
        plan.assigned = others;
    }
    Err(no_free_hosts())
}

/// Writes the URLs of a plan if their hosts are free; otherwise returns others to try.
async fn try_assign(
    cx: &Workspace,
    service: &Owned<Service>,
    plan: &Plan,
) -> Result<Option<Vec<Assignment>>, Failure> {
    let coolify = cx.coolify().await?.refreshed();
    let mut in_use = HostsInUse::default();
    if !plan.assigned.is_empty() {
        in_use = HostsInUse::read(&coolify, Some(service.uuid.as_str())).await?;
        in_use.add(service.domains());
    }
    let free = reserve(&mut in_use, &plan.assigned)?;
    if free != plan.assigned {
        return Ok(Some(free));
    }
    let assigned = plan.assigned.iter().map(|(name, url)| (name.clone(), url.to_string()));
    let urls = Some(plan.restored.iter().cloned().chain(assigned).collect());
    let patch = ServicePatch { urls, ..ServicePatch::default() };
    match coolify.update_service(service, &patch).await {
        // The host belongs to another project of Coolify's team, which is not visible here.
        Err(failure) if failure.kind == Kind::Conflict && !plan.assigned.is_empty() => {
            reserve(&mut in_use, &plan.assigned).map(Some)
        }
        done => done.map(|()| None),
    }
}

/// Reserves the hosts of assignments; taken ones are replaced.
fn reserve(
    in_use: &mut HostsInUse,
    assignments: &[Assignment],
) -> Result<Vec<Assignment>, Failure> {
    let reserve = |(name, url): &Assignment| {
        let host = in_use.reserve(url.host.clone()).ok_or_else(no_free_hosts)?;
        Ok((name.clone(), url.with_host(host)))
    };
    assignments.iter().map(reserve).collect()
}

/// Makes Coolify parse the service's file, by a patch that changes nothing unless the service has to be on
/// the network of the databases now.
pub(super) async fn reparse(coolify: &Coolify, service: &Owned<Service>) -> Result<(), Failure> {
    reparse_on(coolify, service, database_network::is_needed(coolify, service, &[]).await?).await
}

/// Does the same for an app; `needs_network` is whether it has to be on the network of the databases.
pub(super) async fn reparse_on(
    coolify: &Coolify,
    service: &Owned<Service>,
    needs_network: bool,
) -> Result<(), Failure> {
    let connect_to_docker_network = Some(needs_network);
    let patch = ServicePatch { connect_to_docker_network, ..ServicePatch::default() };
    coolify.update_service(service, &patch).await
}

fn addresses(container: &ServiceApplication) -> Vec<Address> {
    container.urls().iter().filter_map(|url| Address::parse(url)).collect()
}

fn exposed_port(services: &[ComposeService], name: &str) -> Option<u16> {
    let found = services.iter().find(|each| each.name == name);
    found.and_then(|service| service.ports.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_generated_hosts_by_the_uuid_of_the_service() {
        let uuid = "zg4cwgc44ogc08804000gggo";
        for (host, is) in [
            ("web-zg4cwgc44ogc08804000gggo.10.0.0.1.sslip.io", true),
            ("my-web-zg4cwgc44ogc08804000gggo.vibnai.com", true),
            ("shop.example.com", false),
            ("zg4cwgc44ogc08804000gggo.vibnai.com", false),
            ("web-zg4cwgc44ogc08804000gggp.vibnai.com", false),
            ("x.web-zg4cwgc44ogc08804000gggo", false),
        ] {
            assert_eq!(is_generated(host, uuid), is, "{host}");
        }
    }
}
