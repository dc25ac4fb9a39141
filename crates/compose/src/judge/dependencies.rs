//! Services that wait for others: in a circle, of which Docker Compose starts none, or for too long.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::checks::scalars::seconds;
use crate::file_location::Location;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// Returns the services that a service waits for: those that it depends on, and those that it has links to.
pub(crate) fn awaited_services(service: &Tree) -> impl Iterator<Item = &str> {
    let depends = service.get("depends_on").map(Tree::members).unwrap_or_default();
    let links = service.get("links").map(Tree::items).unwrap_or_default();
    let links = links.iter().filter_map(Tree::as_str).filter_map(|link| link.split(':').next());
    depends.iter().map(|(name, _)| name.as_str()).chain(links)
}

/// The services of a file, and those that each waits for. Names that are no services are left out: a file may have a great
/// many of them.
pub(crate) struct Graph<'a> {
    names: Vec<&'a str>,
    awaited: Vec<BTreeSet<usize>>,
}

impl<'a> Graph<'a> {
    /// Reads the services of a file.
    pub(crate) fn from_services(services: &'a [(String, Tree)]) -> Self {
        let names: Vec<_> = services.iter().map(|(name, _)| name.as_str()).collect();
        let places: HashMap<_, _> =
            names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let known = |(_, service): &'a (String, Tree)| {
            awaited_services(service).filter_map(|name| places.get(name).copied()).collect()
        };
        let awaited = services.iter().map(known).collect();
        Self { names, awaited }
    }

    /// Notes that a service waits for another one.
    pub(crate) fn add(&mut self, service: &str, awaits: &str) {
        if let (Some(service), Some(awaits)) = (self.place(service), self.place(awaits))
            && let Some(known) = self.awaited.get_mut(service)
        {
            known.insert(awaits);
        }
    }

    /// Returns the way from one service to another over those that each waits for; `None` if there is none.
    pub(crate) fn find_way(&self, from: &str, to: &str) -> Option<Vec<&'a str>> {
        let (from, to) = (self.place(from)?, self.place(to)?);
        // The service before each on the way to it.
        let mut before = BTreeMap::new();
        let mut open = vec![from];
        while let Some(last) = open.pop() {
            for next in self.awaited.get(last)?.iter().copied() {
                if next == to {
                    return Some(self.names_of(&before, last, next));
                }
                if next != from && !before.contains_key(&next) {
                    before.insert(next, last);
                    open.push(next);
                }
            }
        }
        None
    }

    /// Returns the names on the way to a service whose last step is this one.
    fn names_of(&self, before: &BTreeMap<usize, usize>, last: usize, to: usize) -> Vec<&'a str> {
        let earlier = std::iter::successors(Some(last), |at| before.get(at).copied());
        let mut way: Vec<_> = std::iter::once(to).chain(earlier).collect();
        way.reverse();
        way.iter().filter_map(|at| self.names.get(*at).copied()).collect()
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }
}

/// Reports each service that waits for itself; of the services of one circle, the first.
pub(super) fn check_circles(report: &mut Report, file: &Tree) {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let graph = Graph::from_services(services);
    let mut told: Vec<&str> = Vec::new();
    for (name, _) in services {
        let circle_of = graph.find_way(name, name).filter(|_| !told.contains(&name.as_str()));
        if let Some(names) = circle_of {
            let at = Location::file().key("services").key(name);
            report.add(&at, refusals::circle(&names));
            told.extend(names);
        }
    }
}

/// The maximum number of seconds until a service that others wait for is healthy or not. `docker compose up` waits
/// in one of the four workers that Coolify has for the deployments and starts of everybody, and is
/// ended after ten minutes (4.3.11). Ordinary files wait for up to 500 seconds. A file does not say how
/// long a service runs that others wait for to complete, or how slowly a registry answers: only their
/// places in the queue bound those times.
pub(crate) const LONGEST_WAIT: f64 = 540.0;

/// Docker's defaults: the interval and the timeout in seconds, and the number of retries.
const EVERY: f64 = 30.0;
const RETRIES: i64 = 3;

/// Reports services that others wait for and that may take too long to become healthy.
pub(super) fn check_waits(report: &mut Report, file: &Tree) {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let awaited = awaited_as_healthy(services);
    for (name, service) in services.iter().filter(|(name, _)| awaited.contains(name.as_str())) {
        if service.get("healthcheck").is_some_and(|health| longest(health) > LONGEST_WAIT) {
            let at = Location::file().key("services").key(name).key("healthcheck");
            report.add(&at, refusals::long_wait());
        }
    }
}

/// Returns the names of the services that have to be healthy before others start.
pub(crate) fn awaited_as_healthy(services: &[(String, Tree)]) -> BTreeSet<&str> {
    let depends = services.iter().filter_map(|(_, service)| service.get("depends_on"));
    let awaited = depends.flat_map(Tree::members).filter(|(_, options)| {
        options.get("condition").and_then(Tree::as_str) == Some("service_healthy")
    });
    awaited.map(|(name, _)| name.as_str()).collect()
}

/// The times of a health check.
pub(crate) struct HealthTimes {
    /// The seconds in which a failure does not count.
    start_period: f64,
    /// The failures in a row from which a service is unhealthy.
    pub(crate) retries: i64,
    /// The seconds between the beginnings of two attempts that are not answered.
    pub(crate) attempt: f64,
}

impl HealthTimes {
    /// Reads the times of a health check, with Docker's defaults.
    pub(crate) fn from_check(health: &Tree) -> Self {
        let duration = |name: &str| health.get(name).and_then(Tree::as_str).and_then(seconds);
        let set = |name: &str| duration(name).filter(|length| *length > 0.0);
        let retries = match health.get("retries") {
            Some(Tree::Int(retries)) => Some(*retries),
            // In case of a file that was not evaluated.
            retries => retries.and_then(Tree::as_str).and_then(|text| text.parse().ok()),
        };
        Self {
            start_period: duration("start_period").unwrap_or_default(),
            retries: retries.filter(|retries| *retries > 0).unwrap_or(RETRIES),
            attempt: set("interval").unwrap_or(EVERY) + set("timeout").unwrap_or(EVERY),
        }
    }

    /// Returns the seconds until a service that never answers is unhealthy.
    pub(crate) fn longest(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most 1,000")]
        let retries = self.retries as f64;
        self.start_period + retries * self.attempt
    }
}

/// Returns the seconds until a service with this health check that never answers is unhealthy.
pub(crate) fn longest(health: &Tree) -> f64 {
    HealthTimes::from_check(health).longest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting_for(names: impl Iterator<Item = String>) -> Tree {
        let depends = Tree::Map(names.map(|name| (name, Tree::text("x"))).collect());
        Tree::Map(vec![("depends_on".to_owned(), depends)])
    }

    #[test]
    fn names_of_unknown_services_are_left_out_of_the_graph() {
        let unknown = |n: usize| (0..400).map(move |k| format!("unknown-{n}-{k}"));
        let service = |n: usize| {
            let next = format!("s{}", (n + 1) % 50);
            (format!("s{n}"), waiting_for(unknown(n).chain([next])))
        };
        let services: Vec<_> = (0..50).map(service).collect();
        let graph = Graph::from_services(&services);
        assert!(graph.awaited.iter().all(|awaited| awaited.len() == 1));
        assert_eq!(graph.find_way("s0", "s0").map(|way| way.len()), Some(51));
        assert_eq!(graph.find_way("s3", "s5"), Some(vec!["s3", "s4", "s5"]));
        assert_eq!(graph.find_way("s3", "unknown-3-0"), None);
    }

    #[test]
    fn a_dependency_that_is_added_becomes_part_of_found_ways() {
        let services = [("a", "b"), ("b", "c"), ("c", "d")];
        let services = services
            .map(|(name, next)| (name.to_owned(), waiting_for(std::iter::once(next.to_owned()))));
        let mut graph = Graph::from_services(&services);
        assert_eq!(graph.find_way("a", "c"), Some(vec!["a", "b", "c"]));
        assert_eq!(graph.find_way("c", "a"), None);
        graph.add("c", "a");
        assert_eq!(graph.find_way("c", "b"), Some(vec!["c", "a", "b"]));
    }
}
