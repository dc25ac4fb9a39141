//! The choice of the service of a file that gets the domain, and of its port.

mod declared_routing;
mod helper_services;

use std::cmp::Reverse;

use crate::accepted_file::{Choice, ComposeService};
use crate::describe::{database_detection, exposed_ports};
use crate::judge::dependencies::awaited_services;
use crate::variables::variable_values::Values;
use crate::yaml_tree::Tree;

pub(crate) use declared_routing::Routing;

/// Names of services that people see, the best first.
const FRONTENDS: [&str; 12] = [
    "web",
    "webapp",
    "webserver",
    "frontend",
    "ui",
    "server",
    "app",
    "proxy",
    "nginx",
    "dashboard",
    "console",
    "builder",
];

/// The ports that HTTP is usually on, the best first.
const HTTP: [u16; 10] = [80, 8080, 3000, 8000, 9000, 5000, 4000, 8081, 8888, 5601];

/// Ports that are not for browsers.
const OTHERS: [u16; 24] = [
    22, 25, 53, 110, 143, 465, 587, 993, 995, 1025, 1883, 3306, 4222, 5044, 5222, 5432, 5672, 6379,
    6881, 7233, 9092, 9300, 11211, 27017,
];

/// The facts that the choice is based on.
pub(crate) struct Candidates<'a> {
    /// The services as they are sent.
    pub(crate) services: &'a [ComposeService],
    /// The file as it is sent.
    pub(crate) file: &'a Tree,
    /// The statements of the file about routing before it was rewritten.
    pub(crate) routing: &'a [Routing],
    /// The name of the app, if the call gives one.
    pub(crate) app: Option<&'a str>,
}

impl Candidates<'_> {
    /// Returns the service that gets the domain; `None` if none is better than the others.
    pub(crate) fn choose(&self) -> Option<Choice> {
        let by_rule =
            self.declared_service().or_else(|| self.namesake()).or_else(|| self.routed_service());
        let (name, why) = by_rule.or_else(|| self.by_ports())?;
        Some(Choice { service: name.to_owned(), why })
    }

    fn open(&self) -> impl Iterator<Item = &ComposeService> {
        self.services.iter().filter(|service| !service.is_database)
    }

    fn tree(&self, name: &str) -> Option<&Tree> {
        self.file.get("services")?.get(name)
    }

    /// Returns the one service that declares a variable of a domain.
    fn declared_service(&self) -> Option<(&str, &'static str)> {
        let mut declaring = self.open().filter(|service| {
            let routing = self.routing.iter().find(|each| each.service == service.name);
            routing.is_some_and(|routing| routing.declares)
        });
        let first = declaring.next()?;
        let reason = "it declares a SERVICE_FQDN_* or SERVICE_URL_* variable";
        declaring.next().is_none().then_some((first.name.as_str(), reason))
    }

    fn routing(&self, service: &ComposeService) -> Option<&Routing> {
        self.routing.iter().find(|each| each.service == service.name)
    }

    /// Returns the service that the app is named after, if it publishes a port for browsers.
    fn namesake(&self) -> Option<(&str, &'static str)> {
        let is_named = |service: &&ComposeService| {
            self.app.is_some_and(|app| service.name.eq_ignore_ascii_case(app))
                && self.routing(service).is_some_and(|routing| routing.publishes)
                && service.ports.iter().any(|port| !OTHERS.contains(port))
        };
        self.open().find(is_named).map(|service| (service.name.as_str(), "it has the app's name"))
    }

    /// Returns the one service that says how it is routed; `None` if several do. Labels of a service without a
    /// port are ignored if another service publishes a usual port.
    fn routed_service(&self) -> Option<(&str, &'static str)> {
        let is_routed =
            |service: &&ComposeService| self.routing(service).is_some_and(|it| it.has_labels);
        let is_usual = |service: &ComposeService| {
            self.routing(service).is_some_and(|it| it.publishes)
                && service.ports.iter().any(|port| HTTP.contains(port))
        };
        let mut routed = self.open().filter(is_routed);
        let first = routed.next()?;
        let is_only = routed.next().is_none();
        let has_port = !first.ports.is_empty() || !self.open().any(is_usual);
        (is_only && has_port).then_some((first.name.as_str(), "it has routing labels"))
    }

    fn by_ports(&self) -> Option<(&str, &'static str)> {
        let has = |service: &ComposeService, lists: fn(&Routing) -> bool| {
            let routing = self.routing.iter().find(|each| each.service == service.name);
            routing.is_some_and(lists)
        };
        let is_named = |routing: &Routing| routing.exposes || routing.port.is_some();
        // A port that only a health check asks does not make a service a candidate.
        let is_exposed = |service: &&ComposeService| {
            let checked = self.tree(&service.name).and_then(checked_port);
            has(service, is_named) || checked.is_none_or(|port| service.ports != [port])
        };
        let is_frontend = |service: &&ComposeService| {
            !helper_services::is_helper(&service.image)
                && !database_detection::is_image(&service.image)
                && service.ports.iter().any(|port| !OTHERS.contains(port))
        };
        let candidates = || self.open().filter(is_frontend);
        let is_published = |service: &&ComposeService| has(service, |routing| routing.publishes);
        let mut found: Vec<_> = candidates().filter(is_published).collect();
        if found.is_empty() {
            found = candidates().filter(is_exposed).collect();
        }
        match found[..] {
            [] => self.without_ports(),
            [only] => Some((&only.name, "it is the only one with an HTTP port")),
            _ => Some(self.best(&found)),
        }
    }

    fn best<'a>(&self, found: &[&'a ComposeService]) -> (&'a str, &'static str) {
        let named = |service: &&&ComposeService| {
            self.app.is_some_and(|app| service.name.eq_ignore_ascii_case(app))
        };
        if let Some(named) = found.iter().find(named) {
            return (&named.name, "it has the app's name");
        }
        if let Some(proxy) =
            found.iter().find(|service| helper_services::is_plain_proxy(&service.image))
        {
            return (&proxy.name, "it is the proxy of the other services");
        }
        let rank = |name: &str| FRONTENDS.iter().position(|word| *word == name);
        let of_name = |service: &ComposeService| {
            let whole = rank(&service.name);
            let parts = service.name.split(['-', '_', '.']).filter_map(rank).min();
            whole.map(|at| (at, 0)).or(parts.map(|at| (at, 1)))
        };
        let mut ranked: Vec<_> =
            found.iter().filter_map(|service| Some((of_name(service)?, *service))).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        if let Some((_, service)) = ranked.first() {
            return (&service.name, "it is named like a front end");
        }
        match found.iter().find(|service| self.awaits_others(service, found)) {
            Some(service) => (&service.name, "it waits for the other services with an HTTP port"),
            None => (&found[0].name, "it is the first with an HTTP port"),
        }
    }

    /// Returns whether a service waits for all others of these.
    fn awaits_others(&self, service: &ComposeService, found: &[&ComposeService]) -> bool {
        let awaited: Vec<_> =
            self.tree(&service.name).into_iter().flat_map(awaited_services).collect();
        found.len() > 1
            && found.iter().all(|one| one.name == service.name || awaited.contains(&&*one.name))
    }

    fn without_ports(&self) -> Option<(&str, &'static str)> {
        let runs_on = |service: &&ComposeService| {
            let restart = self.tree(&service.name).and_then(|tree| tree.get("restart"));
            restart.and_then(Tree::as_str) != Some("no")
                && !helper_services::is_helper(&service.image)
        };
        let mut open: Vec<_> = self.open().filter(runs_on).collect();
        if open.is_empty() {
            open = self.open().collect();
        }
        if let [only] = open[..] {
            return Some((&only.name, "it is the only one that is not a database"));
        }
        let checked = open
            .iter()
            .find(|service| self.tree(&service.name).is_some_and(|it| checked_port(it).is_some()));
        checked.map(|service| (service.name.as_str(), "its health check uses one of its ports"))
    }
}

/// Puts the port that gets the domain first in `expose` of each service.
pub(crate) fn order_ports(file: &mut Tree, routing: &[Routing]) {
    for (name, service) in file.get_mut("services").map(Tree::members_mut).unwrap_or_default() {
        let routing = routing.iter().find(|each| each.service == *name);
        let ports = order_by_routing(&exposed_ports(service), routing, service);
        if !ports.is_empty() {
            let ports = ports.iter().map(|port| Tree::Text(port.to_string()));
            service.set("expose", Tree::List(ports.collect()));
        }
    }
}

/// Returns the ports of a service with the one that gets the domain first.
fn order_by_routing(ports: &[u16], routing: Option<&Routing>, service: &Tree) -> Vec<u16> {
    // The rewriting declares variables that the file only refers to.
    let declared = || declared_routing::declared_port(service);
    let chosen = routing.and_then(|routing| routing.port).or_else(declared).or_else(|| {
        let usual = HTTP.iter().find(|port| ports.contains(port)).copied();
        let plain =
            || ports.iter().find(|port| !matches!(port, 443 | 8443) && !OTHERS.contains(port));
        usual.or_else(|| plain().copied()).or_else(|| ports.first().copied())
    });
    let chosen = chosen.or_else(|| checked_port(service));
    let mut ordered: Vec<_> = ports.to_vec();
    if let Some(chosen) = chosen {
        if !ordered.contains(&chosen) {
            ordered.push(chosen);
        }
        ordered.sort_by_key(|port| Reverse(*port == chosen));
    }
    ordered
}

/// Returns the port of `localhost` that a health check asks.
fn checked_port(service: &Tree) -> Option<u16> {
    let test = service.get("healthcheck")?.get("test")?;
    let texts = test.items().iter().filter_map(Tree::as_str).chain(test.as_str());
    let mut found = texts.filter_map(|text| {
        let (_, rest) = text.split_once("localhost:").or_else(|| text.split_once("127.0.0.1:"))?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    });
    found.next()
}

/// Returns the statements of a file about routing, before it is rewritten.
pub(crate) fn routing(file: &Tree, values: &Values<'_>) -> Vec<Routing> {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    services.iter().map(|(name, service)| Routing::read_service(name, service, values)).collect()
}
