//! Where in an app domains are attached.

use covibe_compose::{compose, compose_services};
use covibe_coolify::{Application, Service};
use covibe_domain::{Failure, names};
use covibe_workspace::AnyApp;

use super::Attached;
use crate::apps::USUAL_SERVICE;
use crate::apps::address::Address;

/// Where the domains go: a service of the app's compose file, or the app itself.
#[derive(Debug)]
pub(super) struct Place {
    /// The service; absent where the app has one container.
    pub(super) service: Option<String>,
    /// Where its container listens, as far as its file says.
    port: Option<u16>,
}

impl Place {
    /// The place that is asked for, or the usual one.
    pub(super) fn of(
        app: &AnyApp,
        asked: Option<&str>,
        attached: &[Attached],
    ) -> Result<Self, Failure> {
        match app {
            AnyApp::Application(app) if app.is_compose() => of_repository(app, asked, attached),
            AnyApp::Service(service) => of_service(service, asked, attached),
            AnyApp::Application(_) if asked.is_none() => Ok(Self { service: None, port: None }),
            AnyApp::Application(_) => Err(Failure::invalid("The app has no services.")
                .hint("Leave service out: it has one container.")),
        }
    }

    /// Whether something is attached here.
    pub(super) fn has(&self, attached: &Attached) -> bool {
        attached.service == self.service
    }

    /// What is attached here.
    pub(super) fn addresses(&self, attached: &[Attached]) -> Vec<Address> {
        attached.iter().filter(|each| self.has(each)).map(|each| each.address.clone()).collect()
    }

    /// The container's port for a host for which none is asked: the one that it has, else that of
    /// the service's others, else the one that the file exposes.
    pub(super) fn port(&self, host: &str, attached: &[Attached]) -> Option<u16> {
        let here = || attached.iter().filter(|each| self.has(each)).map(|each| &each.address);
        if let Some(present) = here().find(|address| address.host == host) {
            return present.port;
        }
        // An app's one container listens where apps.update says.
        self.service.as_ref()?;
        here().find_map(|address| address.port).or(self.port)
    }
}

/// Of an application whose repository holds the file. Coolify leaves out what is not in it without
/// a word, and tells what is in it only when it has read it.
fn of_repository(
    app: &Application,
    asked: Option<&str>,
    attached: &[Attached],
) -> Result<Place, Failure> {
    let known = app.compose().map(compose_services).unwrap_or_default();
    let service = match asked {
        Some(asked) if known.is_empty() || known.iter().any(|name| name == asked) => asked,
        Some(asked) => return Err(unknown(asked, &known)),
        None => usual(&known, attached).unwrap_or(USUAL_SERVICE),
    };
    Ok(Place { service: Some(service.to_owned()), port: None })
}

fn of_service(
    service: &Service,
    asked: Option<&str>,
    attached: &[Attached],
) -> Result<Place, Failure> {
    // What the file has no more stays listed.
    let file = service.compose().and_then(|file| compose(file).ok());
    let in_file = |name: &str| match &file {
        Some(file) => file.services.iter().any(|each| each.name == name),
        None => true,
    };
    let known = service.applications.iter().map(|each| each.name.clone());
    let known: Vec<_> = known.filter(|name| in_file(name)).collect();
    let name = match asked {
        Some(asked) if known.iter().any(|name| name == asked) => asked,
        Some(asked) if service.databases.iter().any(|each| each.name == asked) => {
            let shown = names::shown(asked, 63);
            return Err(Failure::invalid(format!("{shown} is a database, which has no domain."))
                .hint(which(&known)));
        }
        Some(asked) => return Err(unknown(asked, &known)),
        None => usual(&known, attached).ok_or_else(|| {
            Failure::invalid("The app has no service that can have a domain.")
                .hint("Coolify takes all of them for databases by their images.")
        })?,
    };
    let listed = file.as_ref().and_then(|file| file.services.iter().find(|each| each.name == name));
    let port = listed.and_then(|each| each.ports.first().copied());
    Ok(Place { service: Some(name.to_owned()), port })
}

/// `server`, else the first that has a domain, else the first.
fn usual<'a>(known: &'a [String], attached: &[Attached]) -> Option<&'a str> {
    let has_one =
        |name: &&String| attached.iter().any(|each| each.service.as_deref() == Some(name.as_str()));
    let found = known.iter().find(|name| *name == USUAL_SERVICE);
    found.or_else(|| known.iter().find(has_one)).or(known.first()).map(String::as_str)
}

fn unknown(asked: &str, known: &[String]) -> Failure {
    let shown = names::shown(asked, 63);
    Failure::invalid(format!("The app has no service {shown}.")).hint(which(known))
}

fn which(known: &[String]) -> String {
    format!("Services that can have a domain: {}.", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(service: Option<&str>, url: &str) -> Attached {
        let address = Address::read(url).unwrap();
        Attached { service: service.map(str::to_owned), address }
    }

    #[test]
    fn the_usual_service_is_server_then_one_with_a_domain_then_the_first() {
        let known = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let attached = [at(Some("api"), "https://a.test")];
        assert_eq!(usual(&known(&["web", "api", "server"]), &attached), Some("server"));
        assert_eq!(usual(&known(&["web", "api"]), &attached), Some("api"));
        assert_eq!(usual(&known(&["web", "api"]), &[]), Some("web"));
        assert_eq!(usual(&[], &attached), None);
    }

    #[test]
    fn ports_are_kept() {
        let place = Place { service: Some("web".to_owned()), port: Some(80) };
        let attached =
            [at(Some("web"), "https://a.test:3000"), at(Some("api"), "https://b.test:9")];
        assert_eq!(place.port("a.test", &attached), Some(3000));
        assert_eq!(place.port("new.test", &attached), Some(3000));
        assert_eq!(place.port("new.test", &attached[1..]), Some(80));
        assert_eq!(place.port("a.test", &[at(Some("web"), "https://a.test")]), None);
        let alone = Place { service: None, port: None };
        let attached = [at(None, "https://a.test:3000")];
        assert_eq!(alone.port("a.test", &attached), Some(3000));
        assert_eq!(alone.port("new.test", &attached), None);
    }
}
