//! The endpoints of Coolify's API, mostly one file or folder for each first segment of the path.

mod applications;
mod backups;
mod databases;
mod deployments;
mod destinations;
mod projects;
mod resources;
mod route;
mod s3_storages;
mod security_keys;
mod services;
mod storages;
mod tags;
mod tasks;
mod version_team_and_servers;

use self::route::Route;
use super::Version;
use super::errors;
use super::model::{CoolifyState, FLAVORS};
use crate::core::request_types::{ReplyResult, Request};

/// All routes; the first one that matches is taken.
fn all() -> impl Iterator<Item = &'static Route> {
    let tables = [
        version_team_and_servers::ROUTES,
        resources::ROUTES,
        security_keys::ROUTES,
        projects::ROUTES,
        deployments::ROUTES,
        applications::ROUTES,
        databases::ROUTES,
        services::ROUTES,
        storages::ROUTES,
        tasks::ROUTES.as_flattened(),
        destinations::ROUTES,
        backups::ROUTES,
        tags::ROUTES,
        s3_storages::ROUTES,
        resources::LIFECYCLE_ROUTES.as_flattened(),
    ];
    tables.into_iter().flatten()
}

/// Answers an authenticated request.
pub(crate) fn answer(state: &mut CoolifyState, request: &Request) -> ReplyResult {
    let (method, segments) = request.route();
    let mut matching = all()
        .filter(|route| route.method == method && route.since <= state.version)
        .filter_map(|route| Some((route, route.parameters(&segments)?)));
    let (route, parameters) = matching
        .find(|(route, _)| state.version <= route.until || route.has_moved())
        .ok_or_else(errors::no_route)?;
    // Since 4.2 GET no longer serves what changes something.
    if state.version > route.until {
        return Err(errors::refusal(405));
    }
    (route.serve)(state, request, &parameters)
}

/// Lists every path that a release serves, as method and template below `/api/v1`. The creation of
/// a database is listed once per flavor.
pub fn routes(version: Version) -> Vec<(&'static str, String)> {
    let served = all().filter(|route| route.since <= version && version <= route.until);
    served
        .flat_map(|Route { method, path, .. }| {
            let count = if path.contains("{flavor}") { FLAVORS.len() } else { 1 };
            let flavors = FLAVORS.iter().take(count);
            flavors.map(|flavor| (*method, path.replace("{flavor}", flavor.name)))
        })
        .collect()
}
