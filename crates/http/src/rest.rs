//! REST: one route for each operation in the registry.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use covibe_dispatch::{Call, Surface, Tool};
use covibe_domain::Failure;
use covibe_operation::{Answer, Method};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::app::App;
use crate::once::{duplicate_member, find_duplicate};
use crate::received::{Received, query};
use crate::{answer, people, received};

/// Adds the route of every operation.
pub(crate) fn routes(routes: &mut ServiceConfig, app: &App) {
    let app = Arc::new(app.clone());
    let mut paths: BTreeMap<String, Vec<Arc<Tool>>> = BTreeMap::new();
    for tool in app.dispatcher.registry().operations() {
        paths.entry(tool.spec.route.full_path()).or_default().push(Arc::clone(tool));
    }
    for (path, tools) in paths {
        let allowed: Vec<_> = tools.iter().map(|tool| tool.spec.route.method.as_str()).collect();
        let allowed = allowed.join(", ");
        // One expression: each worker compiles three for two patterns.
        let either = format!("{path}{{slash:/?}}");
        let resource = tools.into_iter().fold(web::resource(either), |resource, tool| {
            resource.route(route(tool, Arc::clone(&app)))
        });
        routes.service(resource.default_service(web::to(move || answer::wrong_method(&allowed))));
    }
}

fn route(tool: Arc<Tool>, app: Arc<App>) -> actix_web::Route {
    let route = match tool.spec.route.method {
        Method::Get => web::get(),
        Method::Post => web::post(),
        Method::Patch => web::patch(),
        Method::Delete => web::delete(),
    };
    route.to(move |request: HttpRequest, payload: Payload| {
        let (tool, app) = (Arc::clone(&tool), Arc::clone(&app));
        async move { handle(request, payload, tool, &app).await }
    })
}

async fn handle(
    request: HttpRequest,
    payload: Payload,
    tool: Arc<Tool>,
    app: &App,
) -> HttpResponse {
    let (status, document) = (tool.spec.status(), tool.spec.document);
    match (call(&request, payload, tool, app).await, document) {
        (Ok(answer), None) => answer::json_text(status, String::from(answer)),
        (Ok(answer), Some(document)) => match answer.read() {
            Ok(text) => answer::document(status, &document, text),
            Err(_) => answer::json_text(status, String::from(answer)),
        },
        (Err(failure), _) => answer::failure(&failure),
    }
}

async fn call(
    request: &HttpRequest,
    mut payload: Payload,
    tool: Arc<Tool>,
    app: &App,
) -> Result<Answer, Failure> {
    let slug = segment(request, "slug");
    let credential = people::credential(&app.doors, request, slug.as_deref());
    let Received { caller, body, place } =
        received::receive(&app.dispatcher, request, &mut payload, credential).await?;
    let mut params = members(&body)?;
    for (name, text) in query(request)? {
        put(&mut params, &name, tool.coerce(&name, text))?;
    }
    for name in tool.spec.route.parameters() {
        let text = segment(request, name).unwrap_or_default();
        put(&mut params, name, tool.coerce(name, text))?;
    }
    let (params, surface, place) = (Value::Object(params), Surface::Rest, Some(place));
    app.dispatcher.call(Call { caller, tool, params, surface, slug, progress: None, place }).await
}

/// Returns the members of a body; an empty body has none.
fn members(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    if let Some(name) = find_duplicate(body) {
        return Err(duplicate_member(&name));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Failure::invalid("The body must be a JSON object.")
            .hint("Send the parameters as its members, then retry.")),
        Err(error) => Err(Failure::invalid("The body is not JSON.").hint(format!(
            "Correct it at line {}, column {}, then retry.",
            error.line(),
            error.column()
        ))),
    }
}

/// Returns a parameter in the path. actix leaves `%25`, `%2B` and `%2F` encoded in it.
fn segment(request: &HttpRequest, name: &str) -> Option<String> {
    let text = request.match_info().get(name)?;
    Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// Adds a parameter. It may be given twice with the same value, such as in the path and the body.
fn put(params: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Failure> {
    match params.get(name) {
        Some(present) if *present != value => Err(duplicate_member(name)),
        _ => {
            params.insert(name.to_owned(), value);
            Ok(())
        }
    }
}
