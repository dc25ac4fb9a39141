//! The map of paths; anything else is the catch-all's 404.

use super::resource::Family;
use super::state::State;
use super::{
    Version, applications, create, databases, deployments, envs, errors, keys, lifecycle, patch,
    projects, servers, service_envs, services,
};
use crate::wire::{Answer, Reply, Request};

/// Answers an authenticated request.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let (method, parts) = request.route();
    match (method, parts.as_slice()) {
        ("GET", ["version"]) => Ok(Reply::text(state.version.text())),
        ("GET", ["servers"]) => Ok(servers::list(state)),
        ("GET", ["servers", uuid]) => servers::show(state, uuid),
        ("GET", ["servers", uuid, "resources"]) => servers::resources(state, uuid),
        ("GET", ["resources"]) => Ok(servers::all(state)),
        ("GET", ["security", "keys"]) => Ok(keys::list(state)),
        ("POST", ["security", "keys"]) => keys::create(state, request),
        ("GET", ["security", "keys", uuid]) => keys::show(state, uuid),
        ("PATCH", ["security", "keys", uuid]) => keys::update(state, request, uuid),
        ("DELETE", ["security", "keys", uuid]) => keys::delete(state, uuid),
        (_, ["projects", ..]) => project(state, request),
        (_, ["deployments", ..]) => deployment(state, request),
        ("GET" | "POST", ["deploy"]) => {
            only_post(state, method)?;
            lifecycle::deploy(state, request)
        }
        (
            _,
            ["applications", "public" | "private-deploy-key" | "dockerimage" | "dockercompose"],
        ) => creation(state, request),
        (_, [segment, ..]) => match Family::of(segment) {
            Some(family) => resource(state, request, family),
            None => Err(errors::no_route()),
        },
        _ => Err(errors::no_route()),
    }
}

/// Since 4.2 what changes something is no longer served on GET.
fn only_post(state: &State, method: &str) -> Result<(), Reply> {
    if method == "GET" && state.version >= Version::V4_3 {
        return Err(errors::refusal(405));
    }
    Ok(())
}

fn project(state: &mut State, request: &Request) -> Answer {
    let (method, parts) = request.route();
    match (method, &parts[1..]) {
        ("GET", []) => Ok(projects::list(state)),
        ("POST", []) => projects::create(state, request),
        ("GET", [uuid]) => projects::show(state, uuid),
        ("PATCH", [uuid]) => projects::update(state, request, uuid),
        ("DELETE", [uuid]) => projects::delete(state, uuid),
        ("GET", [uuid, "environments"]) => projects::environments(state, uuid),
        ("POST", [uuid, "environments"]) => projects::create_environment(state, request, uuid),
        ("GET", [uuid, environment]) => projects::environment(state, uuid, environment),
        _ => Err(errors::no_route()),
    }
}

fn deployment(state: &mut State, request: &Request) -> Answer {
    let (method, parts) = request.route();
    match (method, &parts[1..]) {
        ("GET", []) => Ok(deployments::list(state)),
        ("GET", ["applications", uuid]) => deployments::of_application(state, request, uuid),
        ("GET", [uuid]) => deployments::show(state, uuid),
        ("POST", [uuid, "cancel"]) => deployments::cancel(state, uuid),
        _ => Err(errors::no_route()),
    }
}

fn creation(state: &mut State, request: &Request) -> Answer {
    let (method, parts) = request.route();
    match (method, parts[1]) {
        ("POST", "public") => create::application(state, request, create::Source::Public),
        ("POST", "private-deploy-key") => {
            create::application(state, request, create::Source::DeployKey)
        }
        ("POST", "dockerimage") => create::application(state, request, create::Source::DockerImage),
        // Always made a service; gone since 4.1.0.
        ("POST", "dockercompose") if state.version == Version::Beta473 => {
            services::create(state, request)
        }
        _ => Err(errors::no_route()),
    }
}

fn resource(state: &mut State, request: &Request, family: Family) -> Answer {
    let (method, parts) = request.route();
    match (method, &parts[1..]) {
        ("GET", []) => Ok(applications::list(state, family)),
        ("POST", []) if family == Family::Service => services::create(state, request),
        ("POST", [flavor]) if family == Family::Database => {
            databases::create(state, request, flavor)
        }
        ("GET", [uuid]) => applications::show(state, family, uuid),
        ("PATCH", [uuid]) => match family {
            Family::Application => patch::application(state, request, uuid),
            Family::Database => databases::update(state, request, uuid),
            Family::Service => services::update(state, request, uuid),
        },
        ("DELETE", [uuid]) => lifecycle::delete(state, request, family, uuid),
        ("GET" | "POST", [uuid, verb @ ("start" | "stop" | "restart")]) => {
            only_post(state, method)?;
            lifecycle::control(state, request, family, uuid, verb)
        }
        (_, [uuid, rest @ ..]) if family == Family::Application => {
            of_application(state, request, uuid, rest)
        }
        (_, [uuid, "envs", rest @ ..]) if family == Family::Service => {
            envs_of_service(state, request, uuid, rest)
        }
        _ => Err(errors::no_route()),
    }
}

fn envs_of_service(state: &mut State, request: &Request, uuid: &str, rest: &[&str]) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", []) => service_envs::list(state, uuid),
        ("POST", []) => service_envs::create(state, request, uuid),
        ("PATCH", []) => service_envs::update(state, request, uuid),
        ("PATCH", ["bulk"]) => service_envs::bulk(state, request, uuid),
        ("DELETE", [env]) => service_envs::delete(state, uuid, env),
        _ => Err(errors::no_route()),
    }
}

fn of_application(state: &mut State, request: &Request, uuid: &str, rest: &[&str]) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", ["logs"]) => applications::logs(state, uuid),
        ("GET", ["envs"]) => envs::list(state, uuid),
        ("POST", ["envs"]) => envs::create(state, request, uuid),
        ("PATCH", ["envs"]) => envs::update(state, request, uuid),
        ("PATCH", ["envs", "bulk"]) => envs::bulk(state, request, uuid),
        ("DELETE", ["envs", env]) => envs::delete(state, uuid, env),
        _ => Err(errors::no_route()),
    }
}
