//! One route: a method, a path and what serves it.

use crate::coolify::Version;
use crate::coolify::model::CoolifyState;
use crate::core::request_types::{ReplyResult, Request};

/// Serves a request. The texts are the values of the path's `{…}` segments, in their order.
pub(super) type Serve = fn(&mut CoolifyState, &Request, &[&str]) -> ReplyResult;

/// A route.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// The template below `/api/v1`.
    pub(super) path: &'static str,
    /// The first release that serves it.
    pub(super) since: Version,
    /// The last release that serves it.
    pub(super) until: Version,
    pub(super) serve: Serve,
}

/// Returns a route that every release serves.
pub(super) const fn route(method: &'static str, path: &'static str, serve: Serve) -> Route {
    Route { method, path, since: Version::Beta473, until: Version::V4_3, serve }
}

impl Route {
    /// Sets the first release that serves the route.
    pub(super) const fn since(self, since: Version) -> Self {
        Self { since, ..self }
    }

    /// Sets the last release that serves the route.
    pub(super) const fn until(self, until: Version) -> Self {
        Self { until, ..self }
    }

    /// Returns the values of the `{…}` segments; none if the path does not match.
    pub(super) fn parameters<'a>(&self, segments: &[&'a str]) -> Option<Vec<&'a str>> {
        let names = || self.path.split('/').skip(1);
        let matches = |(name, segment): (&str, &&str)| name.starts_with('{') || name == *segment;
        if names().count() != segments.len() || !names().zip(segments).all(matches) {
            return None;
        }
        let values = names().zip(segments).filter(|(name, _)| name.starts_with('{'));
        Some(values.map(|(_, segment)| *segment).collect())
    }

    /// Returns whether 4.2 moved the route from GET to POST.
    pub(super) fn has_moved(&self) -> bool {
        self.method == "GET" && self.until < Version::V4_3
    }
}
