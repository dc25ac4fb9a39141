//! Bringing a service to what the call asks for, before anything of it runs.

use covibe_coolify::{Service, ServiceApplication, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::{Compose, Namespace, Owned, compose};

use super::routes::Routes;
use crate::apps::address::Address;
use crate::apps::create::hosts::Taken;
use crate::context::Coolify;

/// What a service is to become.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) compose: &'a Compose,
    pub(super) routes: &'a Routes,
    pub(super) namespace: &'a Namespace,
}

/// What was done to it.
#[derive(Default)]
pub(super) struct Shaped {
    /// Whether it was other than asked for, and what runs of it has to be started again.
    pub(super) changed: bool,
    /// Services that the call gives no domain, and whose variables ask Coolify for one, each with the
    /// host that it got.
    pub(super) assigned: Vec<(String, String)>,
}

/// Brings file, addresses and network to what is wanted; a service that an earlier call began may
/// have been begun with other values.
pub(super) async fn shape(
    coolify: &Coolify,
    service: &Owned<Service>,
    wanted: &Wanted<'_>,
) -> Result<Shaped, Failure> {
    let mut shaped = Shaped::default();
    let (refiled, is_other) = refile(coolify, service, wanted.compose).await?;
    let service = refiled.as_ref().unwrap_or(service);
    let urls = wanted.urls(coolify, service, &mut shaped.assigned).await?;
    let other_urls = !urls.is_empty();
    if other_urls {
        let patch = ServicePatch { urls: Some(urls), ..ServicePatch::default() };
        coolify.update_service(service, &patch).await?;
    }
    // Refused at creation. With each change Coolify looks at the file again and has its variables
    // tell the addresses as they were before that, so that this comes last.
    let last = other_urls || !service.connect_to_docker_network;
    if last {
        let connect = Some(true);
        let patch = ServicePatch { connect_to_docker_network: connect, ..ServicePatch::default() };
        coolify.update_service(service, &patch).await?;
    }
    shaped.changed = is_other || last;
    Ok(shaped)
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
    /// The addresses to change, those to take away first: Coolify does not move one.
    async fn urls(
        &self,
        coolify: &Coolify,
        service: &Service,
        assigned: &mut Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>, Failure> {
        let (mut away, mut to) = (Vec::new(), Vec::new());
        let mut taken = None;
        for part in &service.applications {
            let wanted = self.routes.urls_of(&part.name);
            match self.fate(part, &wanted) {
                Fate::Keep => {}
                Fate::Clear => away.push((part.name.clone(), String::new())),
                Fate::Set => to.push((part.name.clone(), wanted.join(","))),
                Fate::Assign(port) => {
                    let taken = match &mut taken {
                        Some(taken) => taken,
                        none => none.insert(self.taken(coolify, service).await?),
                    };
                    let host = self.namespace.host_for(&format!("{}-{}", self.name, part.name));
                    let host = taken.take(host);
                    assigned.push((part.name.clone(), host.clone()));
                    let address = Address::of("https", host, port.or(self.port(&part.name)));
                    to.push((part.name.clone(), address.to_string()));
                }
            }
        }
        away.extend(to);
        Ok(away)
    }

    fn fate(&self, part: &ServiceApplication, wanted: &[String]) -> Fate {
        let present: Vec<_> = part.urls().iter().filter_map(|url| Address::read(url)).collect();
        if !wanted.is_empty() {
            // The port that HTTPS has anyway is not read back.
            let mut wanted: Vec<_> =
                wanted.iter().map(|url| url.trim_end_matches(":443")).collect();
            let mut present: Vec<_> = present.iter().map(ToString::to_string).collect();
            wanted.sort_unstable();
            present.sort_unstable();
            return if wanted == present { Fate::Keep } else { Fate::Set };
        }
        let hosts = self.routes.hosts();
        let is_ours = |address: &Address| self.namespace.host(&address.host, self.name).is_ok();
        if present.iter().any(|address| hosts.contains(&address.host)) {
            Fate::Clear
        } else if present.iter().all(is_ours) {
            Fate::Keep
        } else {
            Fate::Assign(present.iter().find_map(|address| address.port))
        }
    }

    async fn taken(&self, coolify: &Coolify, service: &Service) -> Result<Taken, Failure> {
        let mut taken = Taken::look(coolify, Some(service.uuid.as_str())).await?;
        for host in self.routes.hosts() {
            taken.take(host);
        }
        Ok(taken)
    }

    fn port(&self, service: &str) -> Option<u16> {
        let found = self.compose.services.iter().find(|each| each.name == service);
        found.and_then(|service| service.ports.first().copied())
    }
}

/// What becomes of the addresses of one container.
enum Fate {
    /// They stay.
    Keep,
    /// They go.
    Clear,
    /// They become those that are wanted.
    Set,
    /// Coolify made one outside the namespace, because the file's variables ask for one: it becomes
    /// one inside, with that port.
    Assign(Option<u16>),
}
