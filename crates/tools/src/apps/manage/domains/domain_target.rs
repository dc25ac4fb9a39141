//! The part of an app that domains are attached to.

use covibe_compose::{ComposeService, compose_services, stored_services};
use covibe_coolify::{Application, Service};
use covibe_domain::Failure;
use covibe_workspace::AnyApp;

use super::errors::{app_without_services, choices, only_databases, unknown_service};
use super::present_domains::Attached;
use crate::apps::app_urls::Address;
use crate::apps::constants::DEFAULT_SERVICE;
use crate::apps::errors::database_service;

/// The target of domains: a service of the app's compose file, or the app itself.
#[derive(Debug)]
pub(super) struct DomainTarget {
    /// The service; `None` if the app has one container.
    pub(super) service: Option<String>,
    /// The first port that the service exposes in its file.
    port: Option<u16>,
}

impl DomainTarget {
    /// Returns the service that the call names, or the default one.
    ///
    /// # Errors
    ///
    /// Invalid if the app has no such service, or if the service can have no domain.
    pub(super) fn new(
        app: &AnyApp,
        named: Option<&str>,
        attached: &[Attached],
    ) -> Result<Self, Failure> {
        match app {
            AnyApp::Application(app) if app.is_compose() => in_repository(app, named, attached),
            AnyApp::Service(service) => in_service(service, named, attached),
            AnyApp::Application(_) if named.is_none() => Ok(Self { service: None, port: None }),
            AnyApp::Application(_) => Err(app_without_services()),
        }
    }

    /// Returns whether a URL leads here.
    pub(super) fn is_target_of(&self, attached: &Attached) -> bool {
        attached.service == self.service
    }

    /// Returns the URLs that lead here.
    pub(super) fn addresses(&self, attached: &[Attached]) -> Vec<Address> {
        attached
            .iter()
            .filter(|each| self.is_target_of(each))
            .map(|each| each.address.clone())
            .collect()
    }

    /// Returns the container's port for a host that is given without one: its current port, or that
    /// of the service's other hosts, or the one that the file exposes.
    pub(super) fn port(&self, host: &str, attached: &[Attached]) -> Option<u16> {
        let here =
            || attached.iter().filter(|each| self.is_target_of(each)).map(|each| &each.address);
        if let Some(present) = here().find(|address| address.host == host) {
            return present.port;
        }
        // For an app with one container, apps.update sets the port.
        self.service.as_ref()?;
        here().find_map(|address| address.port).or(self.port)
    }
}

/// The target in an application whose compose file is in its repository. Coolify knows the file only
/// after the first deployment, and silently drops domains of services that are not in it.
fn in_repository(
    app: &Application,
    named: Option<&str>,
    attached: &[Attached],
) -> Result<DomainTarget, Failure> {
    let known = app.compose().map(compose_services).unwrap_or_default();
    let service = match named {
        Some(named) if known.is_empty() || known.iter().any(|name| name == named) => named,
        Some(named) => return Err(unknown_service(named, &known)),
        None => default_service(&known, attached).unwrap_or(DEFAULT_SERVICE),
    };
    Ok(DomainTarget { service: Some(service.to_owned()), port: None })
}

fn in_service(
    service: &Service,
    named: Option<&str>,
    attached: &[Attached],
) -> Result<DomainTarget, Failure> {
    let file = service.compose().map(stored_services).unwrap_or_default();
    let known = routable(service, &file);
    let name = match named {
        Some(named) if known.iter().any(|name| name == named) => named,
        Some(named) if service.databases.iter().any(|each| each.name == named) => {
            return Err(database_service(named, choices(&known)));
        }
        Some(named) => return Err(unknown_service(named, &known)),
        None => default_service(&known, attached).ok_or_else(only_databases)?,
    };
    let listed = file.iter().find(|each| each.name == name);
    let port = listed.and_then(|each| each.ports.first().copied());
    Ok(DomainTarget { service: Some(name.to_owned()), port })
}

/// Returns the services that can have a domain. Coolify still lists those that were removed from the
/// file.
fn routable(service: &Service, file: &[ComposeService]) -> Vec<String> {
    let in_file = |name: &str| file.is_empty() || file.iter().any(|each| each.name == name);
    let names = service.applications.iter().map(|each| &each.name);
    names.filter(|name| in_file(name)).cloned().collect()
}

/// Returns [`DEFAULT_SERVICE`], or the first service that has a domain, or the first.
fn default_service<'a>(known: &'a [String], attached: &[Attached]) -> Option<&'a str> {
    let has_domain =
        |name: &&String| attached.iter().any(|each| each.service.as_deref() == Some(name.as_str()));
    let found = known.iter().find(|name| *name == DEFAULT_SERVICE);
    found.or_else(|| known.iter().find(has_domain)).or(known.first()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached_at(service: Option<&str>, url: &str) -> Attached {
        let address = Address::parse(url).unwrap();
        Attached { service: service.map(str::to_owned), address }
    }

    #[test]
    fn prefers_server_then_a_service_with_a_domain_then_the_first() {
        let known = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let attached = [attached_at(Some("api"), "https://a.test")];
        assert_eq!(default_service(&known(&["web", "api", "server"]), &attached), Some("server"));
        assert_eq!(default_service(&known(&["web", "api"]), &attached), Some("api"));
        assert_eq!(default_service(&known(&["web", "api"]), &[]), Some("web"));
        assert_eq!(default_service(&[], &attached), None);
    }

    #[test]
    fn reuses_the_port_of_the_services_present_domains() {
        let target = DomainTarget { service: Some("web".to_owned()), port: Some(80) };
        let attached = [
            attached_at(Some("web"), "https://a.test:3000"),
            attached_at(Some("api"), "https://b.test:9"),
        ];
        assert_eq!(target.port("a.test", &attached), Some(3000));
        assert_eq!(target.port("new.test", &attached), Some(3000));
        assert_eq!(target.port("new.test", &attached[1..]), Some(80));
        assert_eq!(target.port("a.test", &[attached_at(Some("web"), "https://a.test")]), None);
        let single = DomainTarget { service: None, port: None };
        let attached = [attached_at(None, "https://a.test:3000")];
        assert_eq!(single.port("a.test", &attached), Some(3000));
        assert_eq!(single.port("new.test", &attached), None);
    }
}
