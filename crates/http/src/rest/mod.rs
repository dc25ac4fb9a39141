//! REST: each operation of the registry at the path and method that it declares.

mod answer_stream;
mod paths;

use std::sync::Arc;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, Route};
use covibe_dispatch::{Call, Surface, Tool};
use covibe_domain::Failure;
use covibe_operation::{duplicate_member, read_json};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use self::paths::MatchedPath;
pub(crate) use self::paths::Paths;
use crate::app_state::App;
use crate::request_intake::{Received, query};
use crate::{connection, people, request_intake, responses};

/// Returns the route of all operations, and of what has no route at all.
pub(crate) fn route(app: &App, paths: &Paths) -> Route {
    let (app, paths) = (Arc::new(app.clone()), paths.clone());
    web::to(move |request: HttpRequest, payload: Payload| {
        let (app, paths) = (Arc::clone(&app), paths.clone());
        async move { answer_request(request, payload, &paths, &app).await }
    })
}

async fn answer_request(
    request: HttpRequest,
    payload: Payload,
    paths: &Paths,
    app: &App,
) -> HttpResponse {
    let Some(found) = paths.find(request.match_info().as_str()) else {
        return people::no_such_page(&request);
    };
    match found.tool(request.method()) {
        Some(tool) => {
            let answer = answer(&request, payload, tool, &found, app).await;
            answer.unwrap_or_else(|failure| responses::failure(&failure))
        }
        None => responses::wrong_method(&found.allowed_methods()).await,
    }
}

async fn answer(
    request: &HttpRequest,
    payload: Payload,
    tool: &Arc<Tool>,
    found: &MatchedPath<'_>,
    app: &App,
) -> Result<HttpResponse, Failure> {
    let call = receive(request, payload, tool, found, app).await?;
    if answer_stream::is_wanted(request, &tool.spec) {
        return answer_stream::respond(&app.dispatcher, call).await;
    }
    let (status, answer) = (tool.spec.status(), app.dispatcher.call(call).await?);
    Ok(match (tool.spec.document, answer.read()) {
        (Some(document), Ok(text)) => responses::document(status, &document, text),
        _ => responses::json_text(status, String::from(answer)),
    })
}

/// Receives a request, and returns the call that it makes.
async fn receive(
    request: &HttpRequest,
    mut payload: Payload,
    tool: &Arc<Tool>,
    found: &MatchedPath<'_>,
    app: &App,
) -> Result<Call, Failure> {
    let slug = segment(found, "slug");
    let credential = people::credential(&app.doors, request, slug.as_deref());
    let Received { caller, body, place } =
        request_intake::receive(&app.dispatcher, request, &mut payload, credential).await?;
    connection::end_with_client(request);
    let mut params = members(&body)?;
    for (name, text) in query(request)? {
        put_parameter(&mut params, &name, tool.coerce(&name, text))?;
    }
    for name in tool.spec.route.parameters() {
        let text = segment(found, name).unwrap_or_default();
        put_parameter(&mut params, name, tool.coerce(name, text))?;
    }
    answer_stream::resume(request, &tool.spec, &mut params);
    let (tool, params, place) = (Arc::clone(tool), Value::Object(params), Some(place));
    Ok(Call { caller, tool, params, surface: Surface::Rest, slug, progress: None, place })
}

/// Returns the members of a body; an empty body has none.
fn members(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match read_json::<Value>(body, not_json)? {
        Value::Object(members) => Ok(members),
        _ => Err(Failure::invalid("The body must be a JSON object.")
            .hint("Send the parameters as its members, then retry.")),
    }
}

fn not_json(error: &serde_json::Error) -> Failure {
    Failure::invalid("The body is not JSON.").hint(format!(
        "Correct it at line {}, column {}, then retry.",
        error.line(),
        error.column()
    ))
}

/// Returns a parameter in the path. actix leaves `%25`, `%2B` and `%2F` encoded in it.
fn segment(found: &MatchedPath<'_>, name: &str) -> Option<String> {
    Some(percent_decode_str(found.parameter(name)?).decode_utf8_lossy().into_owned())
}

/// Adds a parameter. It may be given twice with the same value, such as in the path and the body.
fn put_parameter(params: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Failure> {
    match params.get(name) {
        Some(present) if *present != value => Err(duplicate_member(name)),
        _ => {
            params.insert(name.to_owned(), value);
            Ok(())
        }
    }
}
