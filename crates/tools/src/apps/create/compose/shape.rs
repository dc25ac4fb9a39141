//! Bringing a service to what the call asks for, before anything of it runs.

use covibe_compose::{Compose, compose};
use covibe_coolify::{Service, ServiceApplication, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::{Namespace, Owned};
use covibe_workspace::{Coolify, Workspace, with_hosts_claimed};

use super::routes::Routes;
use crate::apps::address::Address;
use crate::apps::create::hosts::Taken;

/// What a service is to become.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) compose: &'a Compose,
    pub(super) routes: &'a Routes,
    pub(super) namespace: &'a Namespace,
}

/// Brings file, addresses and network to what is wanted; a service that an earlier call began may
/// have been begun with other values. Whether it was other than asked for, so that what runs of it
/// has to be started again.
pub(super) async fn shape(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    wanted: &Wanted<'_>,
) -> Result<bool, Failure> {
    let (refiled, is_other) = refile(coolify, service, wanted.compose).await?;
    let service = refiled.as_ref().unwrap_or(service);
    let urls = wanted.urls(service);
    let other_urls = !urls.is_empty();
    if other_urls {
        wanted.set(cx, service, urls).await?;
    }
    // Refused at creation. With each change Coolify looks at the file again and has its variables
    // tell the addresses as they were before that, so that this comes last.
    let last = other_urls || !service.connect_to_docker_network;
    if last {
        let connect = Some(true);
        let patch = ServicePatch { connect_to_docker_network: connect, ..ServicePatch::default() };
        coolify.update_service(service, &patch).await?;
    }
    Ok(is_other || last)
}

/// Gives the service this file where it is not certain that it has it: the service as it is then, and
/// whether it had another one.
async fn refile(
    coolify: &Coolify,
    service: &Owned<Service>,
    wanted: &Compose,
) -> Result<(Option<Owned<Service>>, bool), Failure> {
    let known = has_file(service, wanted);
    if known == Some(true) {
        return Ok((None, false));
    }
    let compose = Some(wanted.text().to_owned());
    let patch = ServicePatch { compose, ..ServicePatch::default() };
    coolify.update_service(service, &patch).await?;
    let service = coolify.service(&service.uuid).await?;
    Ok((Some(service), known == Some(false)))
}

/// Whether a service has this file; unknown where Coolify does not tell. It writes files anew, and
/// so does the policy, which brings both to one form.
fn has_file(service: &Service, wanted: &Compose) -> Option<bool> {
    let file = service.compose()?;
    Some(compose(file).is_ok_and(|file| file.text() == wanted.text()))
}

impl Wanted<'_> {
    /// Sets addresses; hosts that the service does not have yet, because an earlier call began it
    /// with others, only if they are free.
    async fn set(
        &self,
        cx: &Workspace,
        service: &Owned<Service>,
        urls: Vec<(String, String)>,
    ) -> Result<(), Failure> {
        let own = service.domains();
        let mut hosts = self.routes.hosts();
        hosts.retain(|host| !own.contains(host));
        let patch = ServicePatch { urls: Some(urls), ..ServicePatch::default() };
        let set = async {
            let coolify = cx.coolify().await?.refreshed();
            if hosts.is_empty() {
                return coolify.update_service(service, &patch).await;
            }
            let taken = Taken::look(&coolify, Some(service.uuid.as_str())).await?;
            taken.refuse(&hosts, self.name, self.namespace)?;
            let set = coolify.update_service(service, &patch).await;
            set.map_err(|failure| taken.explain(failure, &hosts, self.name, self.namespace))
        };
        with_hosts_claimed(cx, &hosts, set).await
    }

    /// The addresses to change, those to take away first: Coolify does not move one.
    fn urls(&self, service: &Service) -> Vec<(String, String)> {
        let (mut away, mut to) = (Vec::new(), Vec::new());
        for part in &service.applications {
            let wanted = self.routes.urls_of(&part.name);
            match self.fate(part, &wanted) {
                Fate::Keep => {}
                Fate::Clear => away.push((part.name.clone(), String::new())),
                Fate::Set => to.push((part.name.clone(), wanted.join(","))),
            }
        }
        away.extend(to);
        away
    }

    fn fate(&self, part: &ServiceApplication, wanted: &[String]) -> Fate {
        let present: Vec<_> = part.urls().iter().filter_map(|url| Address::read(url)).collect();
        if !wanted.is_empty() {
            let mut wanted = wanted.to_vec();
            let mut present: Vec<_> = present.iter().map(ToString::to_string).collect();
            wanted.sort_unstable();
            present.sort_unstable();
            return if wanted == present { Fate::Keep } else { Fate::Set };
        }
        let hosts = self.routes.hosts();
        if present.iter().any(|address| hosts.contains(&address.host)) {
            Fate::Clear
        } else {
            Fate::Keep
        }
    }
}

/// What becomes of the addresses of one container.
enum Fate {
    /// They stay; what Coolify has made up is replaced afterwards.
    Keep,
    /// They go.
    Clear,
    /// They become those that are wanted.
    Set,
}
