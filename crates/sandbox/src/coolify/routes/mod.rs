//! The map of paths; anything else is the catch-all's 404.

mod resources;
mod team;

use super::state::State;
use super::{Version, errors, flavors};
use crate::wire::{Answer, Request};

/// Serves a request; the last are what the path has in place of each `{…}`, in their order.
type Serve = fn(&mut State, &Request, &[&str]) -> Answer;

/// A path that something is served on.
struct Route {
    method: &'static str,
    path: &'static str,
    /// The last release that serves it.
    until: Version,
    serve: Serve,
}

const fn route(method: &'static str, path: &'static str, serve: Serve) -> Route {
    Route { method, path, until: Version::V4_3, serve }
}

impl Route {
    const fn until(self, until: Version) -> Self {
        Self { until, ..self }
    }

    /// What the path has in place of each `{…}`; none where it is another path.
    fn read<'a>(&self, parts: &[&'a str]) -> Option<Vec<&'a str>> {
        let names = || self.path.split('/').skip(1);
        let fits = |(name, part): (&str, &&str)| name.starts_with('{') || name == *part;
        if names().count() != parts.len() || !names().zip(parts).all(fits) {
            return None;
        }
        let read = names().zip(parts).filter(|(name, _)| name.starts_with('{'));
        Some(read.map(|(_, part)| *part).collect())
    }
}

/// All of them; the first that fits is taken.
fn all() -> impl Iterator<Item = &'static Route> {
    let groups = [
        team::TEAM,
        team::PROJECTS,
        team::DEPLOYMENTS,
        resources::APPLICATIONS,
        resources::DATABASES,
        resources::SERVICES,
        resources::CONTROL.as_flattened(),
    ];
    groups.into_iter().flatten()
}

/// Answers an authenticated request.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let (method, parts) = request.route();
    let mut fitting = all()
        .filter(|route| route.method == method)
        .filter_map(|route| Some((route, route.read(&parts)?)));
    let (route, at) = fitting
        .find(|(route, _)| state.version <= route.until || route.has_moved())
        .ok_or_else(errors::no_route)?;
    // Since 4.2 what changes something is no longer served on GET.
    if state.version > route.until {
        return Err(errors::refusal(405));
    }
    (route.serve)(state, request, &at)
}

impl Route {
    /// Whether it is served on POST where it was served on GET.
    fn has_moved(&self) -> bool {
        self.method == "GET" && self.until < Version::V4_3
    }
}

/// Every path that a release serves, as method and template below `/api/v1`; that of a database's
/// creation once for each flavor.
pub fn routes(version: Version) -> Vec<(&'static str, String)> {
    let served = all().filter(|route| version <= route.until);
    served
        .flat_map(|Route { method, path, .. }| {
            let is_of_flavor = path.contains("{flavor}");
            let flavors =
                flavors::ALL.iter().take(if is_of_flavor { flavors::ALL.len() } else { 1 });
            flavors.map(|flavor| (*method, path.replace("{flavor}", flavor.name)))
        })
        .collect()
}
