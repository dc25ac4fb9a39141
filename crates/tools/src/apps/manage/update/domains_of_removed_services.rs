//! The domains of services that a new compose file does not have: a service that has another name keeps its domains,
//! and others are reported.

use covibe_compose::{
    Compose, ComposeService, compose_services, image_repository, stored_services,
};
use covibe_coolify::{Service, ServiceApplication, ServicePatch};
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::Coolify;

use super::changes_since_start::RouteChange;
use super::moved_urls::{follow_ports, removed_urls};
use crate::apps::app_urls::Address;

/// The fate of the domains of services that the new file does not have, or has as databases.
pub(super) struct Succession {
    moves: Vec<Move>,
    /// The services without a successor, with their URLs.
    released: Vec<(String, Vec<Address>)>,
    uuid: String,
    /// The service that would get the domain of a new app.
    suggested: Option<String>,
}

/// The URLs of a service that go to another one.
struct Move {
    from: String,
    to: String,
    urls: Vec<Address>,
}

impl Succession {
    /// Decides on the domains of an app with a new file.
    pub(super) fn new(service: &Service, file: &Compose) -> Self {
        let present = Present { service, file };
        let lost = removed_urls(service, &file.services);
        let is_lost = |one: &&ServiceApplication| lost.iter().any(|(name, _)| *name == one.name);
        let (mut moves, mut released) = (Vec::<Move>::new(), Vec::new());
        for container in service.applications.iter().filter(is_lost) {
            let urls: Vec<_> =
                container.urls().iter().filter_map(|it| Address::parse(it)).collect();
            let from = container.name.clone();
            let is_taken = |to: &ComposeService| moves.iter().any(|other| other.to == to.name);
            if let Some(to) = present.successor(container).filter(|to| !is_taken(to)) {
                let urls = follow_ports(urls, present.ports(&from).as_deref(), &to.ports);
                moves.push(Move { from, to: to.name.clone(), urls });
            } else {
                released.push((from, urls));
            }
        }
        let suggested = file.choice.as_ref().map(|choice| choice.service.clone());
        Self { moves, released, uuid: service.uuid.to_string(), suggested }
    }

    /// Returns whether a service gets the domains of another one.
    pub(super) fn has_moves(&self) -> bool {
        !self.moves.is_empty()
    }

    /// Returns the removal of the URLs without a successor. Others stay until the file is written, when the service
    /// that follows is there: only then can Coolify give it a URL (4.3.11).
    pub(super) fn removals(&self) -> impl Iterator<Item = (String, String)> {
        self.released.iter().map(|(service, _)| (service.clone(), String::new()))
    }

    /// Gives the successors their domains, in one request. Returns whether there were any.
    pub(super) async fn carry_out(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<bool, Failure> {
        if self.moves.is_empty() {
            return Ok(false);
        }
        // Coolify takes the items in their order, and refuses a URL that another service has.
        let removals = self.moves.iter().map(|it| (it.from.clone(), String::new()));
        let additions = self.moves.iter().map(|it| (it.to.clone(), texts(&it.urls).join(",")));
        let urls = Some(removals.chain(additions).collect());
        let patch = ServicePatch { urls, ..ServicePatch::default() };
        let written = coolify.update_service(service, &patch).await;
        written.map_err(|failure| self.explain(failure)).map(|()| true)
    }

    /// Names the call that assigns the domains, which a refusal may have left with no service.
    fn explain(&self, failure: Failure) -> Failure {
        let calls: Vec<_> = self.moves.iter().map(|it| self.call(&it.to, &it.urls)).collect();
        match failure.kind {
            Kind::Conflict | Kind::Rejected => failure
                .hint(format!("The file is stored. Assign the domains with {}.", calls.join(", "))),
            _ => failure,
        }
    }

    /// Returns the change of each domain that leads to another service, or nowhere.
    pub(super) fn changes(&self) -> impl Iterator<Item = RouteChange> {
        let moved = self.moves.iter().map(|Move { from, to, urls }| {
            let text = format!(
                "{to} gets the domains of {from}, which the file no longer has: {}.",
                public_urls(urls)
            );
            RouteChange { text, service: Some(to.clone()), urls: texts(urls) }
        });
        let released = self.released.iter().map(|(service, urls)| {
            let text = format!(
                "The file has no service {service} that can have a domain, so {} no longer points \
                 to a service. {} assigns it to another service.",
                public_urls(urls),
                self.call(self.suggested.as_deref().unwrap_or("SERVICE"), urls)
            );
            RouteChange { text, service: None, urls: texts(urls) }
        });
        moved.chain(released)
    }

    /// Returns a warning about each domain of `now` that Coolify did not keep.
    pub(super) fn warnings(&self, now: &Service) -> Vec<String> {
        let lost = self.moves.iter().filter(|Move { to, urls, .. }| {
            let container = now.applications.iter().find(|one| one.name == *to);
            let has = container.map(ServiceApplication::urls).unwrap_or_default();
            !urls.iter().all(|url| has.contains(&url.to_string()))
        });
        let warning = |Move { to, urls, .. }: &Move| {
            let call = self.call(to, urls);
            format!("Coolify did not keep the domains of {to}: {call} assigns them.")
        };
        lost.map(warning).collect()
    }

    fn call(&self, service: &str, urls: &[Address]) -> String {
        let hosts: Vec<_> = urls.iter().map(|url| format!("\"{}\"", url.host)).collect();
        let (uuid, hosts) = (&self.uuid, hosts.join(","));
        format!(r#"apps.domains.set {{"uuid":"{uuid}","service":"{service}","domains":[{hosts}]}}"#)
    }
}

fn texts(urls: &[Address]) -> Vec<String> {
    urls.iter().map(Address::to_string).collect()
}

/// Returns URLs as people open them.
fn public_urls(urls: &[Address]) -> String {
    urls.iter().map(Address::public_url).collect::<Vec<_>>().join(", ")
}

/// An app, and the file that it gets.
struct Present<'a> {
    service: &'a Service,
    file: &'a Compose,
}

impl<'a> Present<'a> {
    /// Returns the service that gets the domains of a container which the new file does not have.
    fn successor(&self, container: &ServiceApplication) -> Option<&'a ComposeService> {
        let stored = self.service.compose().map(compose_services);
        if stored.is_some_and(|stored| !stored.contains(&container.name)) {
            return self.successor_after_interruption(container);
        }
        let renamed = self.file.renamed.iter().find(|renamed| renamed.from == container.name);
        match renamed {
            Some(renamed) => self.services_without_domain().find(|one| one.name == renamed.to),
            None if self.is_only_route(container) => {
                only_item(self.services_without_domain().filter(|one| self.is_new(one)))
            }
            None => None,
        }
    }

    /// Returns the same if the file is stored already: an earlier call was interrupted before it moved the domains.
    /// Domains without a successor were removed with the file.
    fn successor_after_interruption(
        &self,
        container: &ServiceApplication,
    ) -> Option<&'a ComposeService> {
        let image = container.image.as_deref().map(image_repository);
        let is_alike = |one: &&ComposeService| Some(image_repository(&one.image)) == image;
        only_item(self.services_without_domain().filter(is_alike))
            .or_else(|| only_item(self.services_without_domain()))
    }

    /// Returns the services of the new file that may get a domain and have none.
    fn services_without_domain(&self) -> impl Iterator<Item = &'a ComposeService> {
        let containers = &self.service.applications;
        let has_url =
            move |name: &str| containers.iter().any(|one| one.name == name && one.fqdn.is_some());
        let services = self.file.services.iter();
        services.filter(move |one| !one.is_database && !has_url(&one.name))
    }

    /// Returns whether no other container has a domain.
    fn is_only_route(&self, container: &ServiceApplication) -> bool {
        let mut routed = self.service.applications.iter().filter(|one| one.fqdn.is_some());
        routed.all(|one| one.name == container.name)
    }

    /// Returns whether the app has no container of a service yet.
    fn is_new(&self, service: &ComposeService) -> bool {
        let Service { applications, databases, .. } = self.service;
        applications.iter().all(|one| one.name != service.name)
            && databases.iter().all(|one| one.name != service.name)
    }

    /// Returns the ports that the current file exposes for a service; `None` if it has no such service.
    fn ports(&self, name: &str) -> Option<Vec<u16>> {
        let present = self.service.compose().map(stored_services)?;
        present.into_iter().find(|one| one.name == name).map(|one| one.ports)
    }
}

/// Returns the only item.
fn only_item<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}
