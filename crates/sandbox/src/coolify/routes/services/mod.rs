//! `/services`: from a template or from a compose file.

mod containers;
mod envs;
mod logs;
mod urls;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::resources;
use super::route::{Route, route};
use crate::coolify::Version::{Beta473, V4_3};
use crate::coolify::compose::{self, File};
use crate::coolify::errors::{self, Errors};
use crate::coolify::jobs::{self, deletion, services};
use crate::coolify::json_values::{Object, is_on, text};
use crate::coolify::model::Family::Service;
use crate::coolify::model::{CoolifyState, Kind, Placement, templates};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::coolify::rules::resource_placement::{self, LOCATION};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/services", |state, _, _| Ok(resources::list(state, Service))),
    route("POST", "/services", |state, request, _| create(state, request)),
    route("GET", "/services/{uuid}", |state, _, at| resources::show(state, Service, at[0])),
    route("PATCH", "/services/{uuid}", |state, request, at| update(state, request, at[0])),
    route("DELETE", "/services/{uuid}", |state, request, at| {
        resources::delete(state, request, Service, at[0])
    }),
    route("GET", "/services/{uuid}/applications", |state, _, at| {
        containers::list(state, at[0], false)
    })
    .since(V4_3),
    route("GET", "/services/{uuid}/databases", |state, _, at| containers::list(state, at[0], true))
        .since(V4_3),
    route("PATCH", "/services/{uuid}/applications/{part}", |state, request, at| {
        containers::update(state, request, at[0], at[1])
    })
    .since(V4_3),
    route("POST", "/services/{uuid}/applications/{part}/stop", |state, _, at| {
        containers::stop(state, at[0], at[1], false)
    })
    .since(V4_3),
    route("POST", "/services/{uuid}/databases/{part}/stop", |state, _, at| {
        containers::stop(state, at[0], at[1], true)
    })
    .since(V4_3),
    route("GET", "/services/{uuid}/logs", |state, request, at| {
        logs::of_named(state, request, at[0])
    })
    .since(V4_3),
    route("GET", "/services/{uuid}/applications/{part}/logs", |state, _, at| {
        logs::answer_part_logs(state, at[0], at[1])
    })
    .since(V4_3),
    route("GET", "/services/{uuid}/envs", |state, _, at| envs::list(state, at[0])),
    route("POST", "/services/{uuid}/envs", |state, request, at| {
        envs::create(state, request, at[0])
    }),
    route("PATCH", "/services/{uuid}/envs", |state, request, at| {
        envs::update(state, request, at[0])
    }),
    route("PATCH", "/services/{uuid}/envs/bulk", |state, request, at| {
        envs::bulk(state, request, at[0])
    }),
    route("DELETE", "/services/{uuid}/envs/{env}", |state, _, at| {
        envs::delete(state, at[0], at[1])
    }),
];

/// The fields that a creation and a PATCH accept.
const COMMON: &[Field] = &[
    field("name", Rule::Short(255), Beta473),
    field("description", Rule::Text, Beta473),
    field("instant_deploy", Rule::Bool, Beta473),
    field("docker_compose_raw", Rule::Text, Beta473),
    field("urls", Rule::Array, Beta473),
    field("force_domain_override", Rule::Bool, Beta473),
    field("is_container_label_escape_enabled", Rule::Bool, Beta473),
];

/// Accepted by a creation only.
const CREATE: &[Field] = &[field("type", Rule::Text, Beta473), field("tags", Rule::Array, V4_3)];

/// Accepted by a PATCH only.
const PATCH: &[Field] = &[field("connect_to_docker_network", Rule::Bool, Beta473)];

/// Parses a body's compose file, which is base64 in its one canonical form.
fn parse_file(raw: &str) -> Result<File, Reply> {
    let text = STANDARD.decode(raw).ok().filter(|bytes| STANDARD.encode(bytes) == raw);
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let refused = |text: &str| errors::invalid_field("docker_compose_raw", text);
    let text = text.ok_or_else(|| refused("The docker_compose_raw should be base64 encoded."))?;
    File::parse(&text).map_err(|error| match error {
        compose::Error::Syntax => errors::server_error(),
        compose::Error::Refused(message) => refused(&message),
    })
}

/// `POST /services`: from a template (`type`) or from a file (`docker_compose_raw`).
pub(super) fn create(state: &mut CoolifyState, request: &Request) -> ReplyResult {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[LOCATION, COMMON, CREATE], state.version, &mut errors);
    body::require(&body, &["project_uuid", "server_uuid"], &mut errors);
    let given = |name| text(&body, name).filter(|text| !text.is_empty());
    let (template, raw) = (given("type"), given("docker_compose_raw"));
    if template.is_none() && raw.is_none() {
        body::require(&body, &["type", "docker_compose_raw"], &mut errors);
    }
    errors.check()?;
    if template.is_some() && raw.is_some() {
        let text =
            "You cannot provide both service type and docker_compose_raw. Use one or the other.";
        return Err(errors::message(422, text));
    }
    let place = resource_placement::place(state, &body, errors::not_found("Environment"))?;
    let uuid = match raw {
        Some(raw) if request.breaks_off => {
            services::create_half(state, place, &parse_file(raw)?, &body);
            return Err(errors::server_error());
        }
        Some(raw) => services::create_from_file(state, place, &parse_file(raw)?, &body)?,
        None => create_from_template(state, place, &body, template.unwrap_or_default())?,
    };
    let parts = urls::parts(state, &uuid)?;
    if let Err(refusal) = urls::apply(state, &uuid, &body, &parts) {
        deletion::undo_creation(state, &uuid);
        return Err(refusal);
    }
    finish(state, &body, &uuid, 201)
}

fn create_from_template(
    state: &mut CoolifyState,
    place: Placement,
    body: &Object,
    name: &str,
) -> Result<String, Reply> {
    let Some(template) = templates::find_template(name) else {
        let known: Vec<_> = templates::ALL.iter().map(|template| template.name).collect();
        let body = json!({ "message": "Invalid service type.", "valid_service_types": known });
        return Err(Reply::json(404, body));
    };
    services::create_from_template(state, place, template, body)
}

/// Starts the service if the body asks for it, and answers.
fn finish(state: &mut CoolifyState, body: &Object, uuid: &str, status: u16) -> ReplyResult {
    if is_on(body, "instant_deploy") {
        jobs::lifecycle::start(state, Service, uuid)?;
    }
    let Kind::Service(stack) = &state.find(Service, uuid)?.kind else {
        return Err(errors::not_found("Service"));
    };
    Ok(Reply::json(status, json!({ "uuid": uuid, "domains": stack.domains() })))
}

/// `PATCH /services/{uuid}`: stores the name and the file before it looks at the URLs.
fn update(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    state.find(Service, uuid)?;
    let mut errors = Errors::default();
    body::check(&body, &[COMMON, PATCH], state.version, &mut errors);
    errors.check()?;
    let raw = body.get("docker_compose_raw");
    let file = raw.map(|raw| parse_file(raw.as_str().unwrap_or_default())).transpose()?;
    let one = state.find_mut(Service, uuid)?;
    if let Some(file) = &file {
        one.set("docker_compose_raw", file.text.clone());
    }
    for name in
        ["name", "description", "connect_to_docker_network", "is_container_label_escape_enabled"]
    {
        if let Some(value) = body.get(name) {
            one.set(name, value.clone());
        }
    }
    let parts = urls::parts(state, uuid)?;
    // Coolify parses the stored file whether it has changed or not.
    services::apply_stored_file(state, uuid)?;
    urls::apply(state, uuid, &body, &parts)?;
    finish(state, &body, uuid, 200)
}
