//! Writes the file and the URLs of a call to a service before any of its containers runs.

use covibe_compose::is_same_file;
use covibe_coolify::{Service, ServiceApplication, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::{Namespace, Owned};
use covibe_workspace::{Coolify, Workspace, with_hosts_claimed};

use super::service_urls::Routes;
use crate::app_and_auth_hosts::HostsInUse;
use crate::apps::app_urls::Address;
use crate::apps::manage::create::requested_hosts::Requested;

/// The file and the routes that the call asks for.
pub(super) struct Desired<'a> {
    pub(super) name: &'a str,
    /// The compose file that is sent.
    pub(super) file: String,
    pub(super) routes: &'a Routes,
    pub(super) namespace: &'a Namespace,
}

/// Writes the file and the URLs if they differ: an earlier call may have begun the
/// service with other values. Returns whether a running service must be restarted.
pub(super) async fn reconcile(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    desired: &Desired<'_>,
) -> Result<bool, Failure> {
    let (rewritten, had_other_file) = write_file(coolify, service, &desired.file).await?;
    let service = rewritten.as_ref().unwrap_or(service);
    let urls = desired.changed_urls(service);
    let changes_urls = !urls.is_empty();
    if changes_urls {
        desired.write_urls(cx, service, urls).await?;
    }
    Ok(had_other_file || changes_urls)
}

/// Puts the service's containers on the network of the databases if they need one, which Coolify refuses
/// at creation.
///
/// It is the last write: at each change Coolify parses the file again, and only then variables and labels
/// follow the URLs and the variables from before the change.
pub(super) async fn connect(
    coolify: &Coolify,
    service: &Owned<Service>,
    is_needed: bool,
) -> Result<(), Failure> {
    let connect_to_docker_network = Some(is_needed);
    let patch = ServicePatch { connect_to_docker_network, ..ServicePatch::default() };
    coolify.update_service(service, &patch).await
}

/// Writes the file unless the service certainly has it and its containers. Returns the service if it
/// was written, and whether the service had another file.
///
/// An interrupted creation leaves a service with its file and without containers, which Coolify creates when the file
/// is written (seen with 4.3.11). Only then can they get URLs.
async fn write_file(
    coolify: &Coolify,
    service: &Owned<Service>,
    desired: &str,
) -> Result<(Option<Owned<Service>>, bool), Failure> {
    let has_file = has_file(service, desired);
    if has_file == Some(true) && service.has_containers() {
        return Ok((None, false));
    }
    let compose = Some(desired.to_owned());
    let patch = ServicePatch { compose, ..ServicePatch::default() };
    coolify.update_service(service, &patch).await?;
    let service = coolify.service(&service.uuid).await?;
    Ok((Some(service), has_file == Some(false)))
}

/// Returns whether the service has the file, which Coolify writes in its own form; `None` if Coolify does
/// not return its file.
fn has_file(service: &Service, desired: &str) -> Option<bool> {
    Some(is_same_file(service.compose()?, desired))
}

impl Desired<'_> {
    /// Writes URLs. Hosts that the service does not have yet, because an earlier call began it with
    /// others, must be free.
    async fn write_urls(
        &self,
        cx: &Workspace,
        service: &Owned<Service>,
        urls: Vec<(String, String)>,
    ) -> Result<(), Failure> {
        let own = service.domains();
        let mut hosts = self.routes.hosts();
        hosts.retain(|host| !own.contains(host));
        let patch = ServicePatch { urls: Some(urls), ..ServicePatch::default() };
        let write = async {
            let coolify = cx.coolify().await?.refreshed();
            if hosts.is_empty() {
                return coolify.update_service(service, &patch).await;
            }
            let in_use = HostsInUse::read(&coolify, Some(service.uuid.as_str())).await?;
            let requested = Requested { hosts: &hosts, name: self.name, namespace: self.namespace };
            requested.check_free(&in_use)?;
            let written = coolify.update_service(service, &patch).await;
            written.map_err(|failure| requested.explain(failure, in_use))
        };
        with_hosts_claimed(cx, &hosts, write).await
    }

    /// Returns the URLs to change. Removals come first, because Coolify does not move a host from one
    /// container to another.
    fn changed_urls(&self, service: &Service) -> Vec<(String, String)> {
        let (mut removed, mut set) = (Vec::new(), Vec::new());
        for container in &service.applications {
            let desired = self.routes.urls_of(&container.name);
            match self.change(container, &desired) {
                Change::None => {}
                Change::Remove => removed.push((container.name.clone(), String::new())),
                Change::Set => set.push((container.name.clone(), desired.join(","))),
            }
        }
        removed.extend(set);
        removed
    }

    fn change(&self, container: &ServiceApplication, desired: &[String]) -> Change {
        let present: Vec<_> =
            container.urls().iter().filter_map(|url| Address::parse(url)).collect();
        if desired.is_empty() {
            let hosts = self.routes.hosts();
            let has_other = present.iter().any(|address| hosts.contains(&address.host));
            return if has_other { Change::Remove } else { Change::None };
        }
        let mut desired = desired.to_vec();
        let mut present: Vec<_> = present.iter().map(ToString::to_string).collect();
        desired.sort_unstable();
        present.sort_unstable();
        if desired == present { Change::None } else { Change::Set }
    }
}

/// The change to the URLs of one container.
enum Change {
    /// They stay. Generated hosts are replaced later.
    None,
    /// They are removed.
    Remove,
    /// They become the desired ones.
    Set,
}
