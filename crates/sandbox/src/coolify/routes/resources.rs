//! Applications, databases and services.

use super::{Route, route};
use crate::coolify::Version::{Beta473, V4_1};
use crate::coolify::resource::Family::{Application, Database, Service};
use crate::coolify::{
    applications, create, databases, envs, lifecycle, patch, service_envs, services,
};

pub(super) const APPLICATIONS: &[Route] = &[
    route("POST", "/applications/public", |state, request, _| {
        create::application(state, request, create::Source::Public)
    }),
    route("POST", "/applications/private-deploy-key", |state, request, _| {
        create::application(state, request, create::Source::DeployKey)
    }),
    route("POST", "/applications/dockerimage", |state, request, _| {
        create::application(state, request, create::Source::DockerImage)
    }),
    // Always made a service; gone since 4.1.0.
    route("POST", "/applications/dockercompose", |state, request, _| {
        services::create(state, request)
    })
    .until(Beta473),
    route("GET", "/applications", |state, _, _| Ok(applications::list(state, Application))),
    route("GET", "/applications/{uuid}", |state, _, at| {
        applications::show(state, Application, at[0])
    }),
    route("PATCH", "/applications/{uuid}", |state, request, at| {
        patch::application(state, request, at[0])
    }),
    route("DELETE", "/applications/{uuid}", |state, request, at| {
        lifecycle::delete(state, request, Application, at[0])
    }),
    route("GET", "/applications/{uuid}/logs", |state, _, at| applications::logs(state, at[0])),
    route("GET", "/applications/{uuid}/envs", |state, _, at| envs::list(state, at[0])),
    route("POST", "/applications/{uuid}/envs", |state, request, at| {
        envs::create(state, request, at[0])
    }),
    route("PATCH", "/applications/{uuid}/envs", |state, request, at| {
        envs::update(state, request, at[0])
    }),
    route("PATCH", "/applications/{uuid}/envs/bulk", |state, request, at| {
        envs::bulk(state, request, at[0])
    }),
    route("DELETE", "/applications/{uuid}/envs/{env}", |state, _, at| {
        envs::delete(state, at[0], at[1])
    }),
];

pub(super) const DATABASES: &[Route] = &[
    route("GET", "/databases", |state, _, _| Ok(applications::list(state, Database))),
    route("POST", "/databases/{flavor}", |state, request, at| {
        databases::create(state, request, at[0])
    }),
    route("GET", "/databases/{uuid}", |state, _, at| applications::show(state, Database, at[0])),
    route("PATCH", "/databases/{uuid}", |state, request, at| {
        databases::update(state, request, at[0])
    }),
    route("DELETE", "/databases/{uuid}", |state, request, at| {
        lifecycle::delete(state, request, Database, at[0])
    }),
];

pub(super) const SERVICES: &[Route] = &[
    route("GET", "/services", |state, _, _| Ok(applications::list(state, Service))),
    route("POST", "/services", |state, request, _| services::create(state, request)),
    route("GET", "/services/{uuid}", |state, _, at| applications::show(state, Service, at[0])),
    route("PATCH", "/services/{uuid}", |state, request, at| {
        services::update(state, request, at[0])
    }),
    route("DELETE", "/services/{uuid}", |state, request, at| {
        lifecycle::delete(state, request, Service, at[0])
    }),
    route("GET", "/services/{uuid}/envs", |state, _, at| service_envs::list(state, at[0])),
    route("POST", "/services/{uuid}/envs", |state, request, at| {
        service_envs::create(state, request, at[0])
    }),
    route("PATCH", "/services/{uuid}/envs", |state, request, at| {
        service_envs::update(state, request, at[0])
    }),
    route("PATCH", "/services/{uuid}/envs/bulk", |state, request, at| {
        service_envs::bulk(state, request, at[0])
    }),
    route("DELETE", "/services/{uuid}/envs/{env}", |state, _, at| {
        service_envs::delete(state, at[0], at[1])
    }),
];

/// Starting, stopping and restarting; on GET too before 4.2.
macro_rules! control {
    ($($family:expr => $path:literal),+) => {
        &[$(
            control!(@ $family, $path, "start"),
            control!(@ $family, $path, "stop"),
            control!(@ $family, $path, "restart"),
        )+]
    };
    (@ $family:expr, $path:literal, $verb:literal) => {
        [
            route("POST", concat!($path, "/{uuid}/", $verb), |state, request, at| {
                lifecycle::control(state, request, $family, at[0], $verb)
            }),
            route("GET", concat!($path, "/{uuid}/", $verb), |state, request, at| {
                lifecycle::control(state, request, $family, at[0], $verb)
            })
            .until(V4_1),
        ]
    };
}

pub(super) const CONTROL: &[[Route; 2]] =
    control!(Application => "/applications", Database => "/databases", Service => "/services");
