//! The changes of a compose app since it was started: every call reports them until it is started again.

use covibe_compose::{Layout, layout};
use covibe_coolify::{Service, ServiceApplication};
use serde::{Deserialize, Serialize};

use crate::apps::app_urls::Address;

/// The maximum number of changes of URLs that are kept, of those that still hold.
const MAX_ROUTES: usize = 30;

/// The changes of an app since it was started.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Unstarted {
    /// The layout of the containers that were started; `None` if Coolify does not return the file.
    pub(super) running: Option<Layout>,
    /// The changes of its URLs since.
    routes: Vec<RouteChange>,
}

/// A change of URLs. It is reported as long as it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RouteChange {
    pub(super) text: String,
    /// The service that has the URLs then; `None` if no service has one of their hosts.
    pub(super) service: Option<String>,
    pub(super) urls: Vec<String>,
}

impl RouteChange {
    /// Returns whether the change still holds.
    fn still_holds(&self, now: &Service) -> bool {
        let host = |url: &str| Address::parse(url).map(|address| address.host);
        if let Some(name) = &self.service {
            let container = now.applications.iter().find(|one| one.name == *name);
            let has = container.map(ServiceApplication::urls).unwrap_or_default();
            self.urls.iter().all(|url| has.contains(url))
        } else {
            let urls = now.applications.iter().flat_map(ServiceApplication::urls);
            let has: Vec<_> = urls.filter_map(|url| host(&url)).collect();
            self.urls.iter().filter_map(|url| host(url)).all(|own| !has.contains(&own))
        }
    }
}

impl Unstarted {
    /// Reads a note; returns an empty record if it can't be read.
    pub(super) fn read(note: &str) -> Self {
        serde_json::from_str(note).unwrap_or_default()
    }

    /// Creates the record of an app that runs with its current file.
    pub(super) fn for_running(service: &Service) -> Self {
        Self { running: service.compose().and_then(layout), routes: Vec::new() }
    }

    /// Adds changes of URLs to an app whose state before them is `now`.
    pub(super) fn add(&mut self, routes: Vec<RouteChange>, now: &Service) {
        self.routes.retain(|one| one.still_holds(now) && !routes.contains(one));
        self.routes.extend(routes);
        self.routes.drain(..self.routes.len().saturating_sub(MAX_ROUTES));
    }

    /// Returns the note.
    pub(super) fn note(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns a hint about each URL that leads to another service or port.
    pub(super) fn hints(&self, now: &Service) -> Vec<String> {
        self.route_texts(now, |route| route.service.is_some())
    }

    /// Returns a warning about each URL that leads nowhere.
    pub(super) fn warnings(&self, now: &Service) -> Vec<String> {
        self.route_texts(now, |route| route.service.is_none())
    }

    fn route_texts(&self, now: &Service, is_it: impl Fn(&RouteChange) -> bool) -> Vec<String> {
        let told = self.routes.iter().filter(|route| is_it(route) && route.still_holds(now));
        told.map(|route| route.text.clone()).collect()
    }
}
