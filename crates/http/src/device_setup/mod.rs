//! `POST /api/setup/device` and `POST /api/setup/device/poll`: the companion on a developer's machine gets its keys,
//! in the shape of RFC 8628. Nobody has a key yet, so these have no `Authorization`.

mod device_answers;
mod keyless_body;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, Resource};
use covibe_dispatch::NewDevice;
use covibe_domain::Failure;
use covibe_domain::entities::AgentType;
use serde::Deserialize;

use crate::app_state::App;
use crate::request_intake::identified;
use crate::{host_and_origin_check, responses};

/// Returns the route by which a device asks to be set up.
pub(crate) fn start(app: &App) -> Resource {
    let app = app.clone();
    let post = web::post().to(move |request: HttpRequest, payload: Payload| {
        let app = app.clone();
        async move { into_response(start_device(&app, &request, payload).await) }
    });
    web::resource("/api/setup/device").route(post).default_service(only_post())
}

/// Returns the route by which a device asks what became of it.
pub(crate) fn poll(app: &App) -> Resource {
    let app = app.clone();
    let post = web::post().to(move |request: HttpRequest, payload: Payload| {
        let app = app.clone();
        async move { into_response(poll_device(&app, &request, payload).await) }
    });
    web::resource("/api/setup/device/poll").route(post).default_service(only_post())
}

fn only_post() -> actix_web::Route {
    web::to(|| responses::wrong_method("POST"))
}

fn into_response(answer: Result<HttpResponse, Failure>) -> HttpResponse {
    answer.unwrap_or_else(|failure| responses::failure(&failure))
}

/// The body of a device that asks to be set up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    machine_name: String,
    agents: Vec<String>,
}

/// The body of a device that asks what became of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Poll {
    device_code: String,
}

async fn start_device(
    app: &App,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let Start { machine_name, agents } =
        keyless_body::read(app, request, payload, "machine_name and agents").await?;
    let agents = agents.iter().map(|text| agent(text)).collect::<Result<_, _>>()?;
    let address = identified(request).address();
    let new = NewDevice { machine: machine_name, agents, address };
    let started = app.dispatcher.start_device(new).await?;
    Ok(device_answers::started_device(
        &started,
        &host_and_origin_check::origin_of(&app.doors, request.headers()),
    ))
}

async fn poll_device(
    app: &App,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let Poll { device_code } = keyless_body::read(app, request, payload, "device_code").await?;
    let polled = app.dispatcher.poll_device(&device_code, &identified(request)).await?;
    Ok(device_answers::polled_device(
        &polled,
        &host_and_origin_check::origin_of(&app.doors, request.headers()),
    ))
}

fn agent(text: &str) -> Result<AgentType, Failure> {
    AgentType::from_word(text).ok_or_else(|| {
        let known: Vec<_> = AgentType::ALL.iter().map(|agent| agent.as_str()).collect();
        Failure::invalid("`agents` names an unknown agent.")
            .hint(format!("Send one or more of {}.", known.join(", ")))
    })
}
