//! What is the team's: servers, keys, projects, deployments.

use super::{Route, route};
use crate::coolify::Version::V4_1;
use crate::coolify::{deployments, keys, lifecycle, projects, servers};
use crate::wire::Reply;

pub(super) const TEAM: &[Route] = &[
    route("GET", "/version", |state, _, _| Ok(Reply::text(state.version.text()))),
    route("GET", "/servers", |state, _, _| Ok(servers::list(state))),
    route("GET", "/servers/{uuid}", |state, _, at| servers::show(state, at[0])),
    route("GET", "/servers/{uuid}/resources", |state, _, at| servers::resources(state, at[0])),
    route("GET", "/resources", |state, _, _| Ok(servers::all(state))),
    route("GET", "/security/keys", |state, _, _| Ok(keys::list(state))),
    route("POST", "/security/keys", |state, request, _| keys::create(state, request)),
    route("GET", "/security/keys/{uuid}", |state, _, at| keys::show(state, at[0])),
    route("PATCH", "/security/keys/{uuid}", |state, request, at| {
        keys::update(state, request, at[0])
    }),
    route("DELETE", "/security/keys/{uuid}", |state, _, at| keys::delete(state, at[0])),
];

pub(super) const PROJECTS: &[Route] = &[
    route("GET", "/projects", |state, _, _| Ok(projects::list(state))),
    route("POST", "/projects", |state, request, _| projects::create(state, request)),
    route("GET", "/projects/{uuid}", |state, _, at| projects::show(state, at[0])),
    route("PATCH", "/projects/{uuid}", |state, request, at| {
        projects::update(state, request, at[0])
    }),
    route("DELETE", "/projects/{uuid}", |state, _, at| projects::delete(state, at[0])),
    route("GET", "/projects/{uuid}/environments", |state, _, at| {
        projects::environments(state, at[0])
    }),
    route("POST", "/projects/{uuid}/environments", |state, request, at| {
        projects::create_environment(state, request, at[0])
    }),
    route("GET", "/projects/{uuid}/{environment}", |state, _, at| {
        projects::environment(state, at[0], at[1])
    }),
];

pub(super) const DEPLOYMENTS: &[Route] = &[
    route("GET", "/deployments", |state, _, _| Ok(deployments::list(state))),
    route("GET", "/deployments/applications/{uuid}", |state, request, at| {
        deployments::of_application(state, request, at[0])
    }),
    route("GET", "/deployments/{uuid}", |state, _, at| deployments::show(state, at[0])),
    route("POST", "/deployments/{uuid}/cancel", |state, _, at| deployments::cancel(state, at[0])),
    route("POST", "/deploy", |state, request, _| lifecycle::deploy(state, request)),
    route("GET", "/deploy", |state, request, _| lifecycle::deploy(state, request)).until(V4_1),
];
