//! `/api/companion`: companions on developers' machines send the activity of their repositories. Their keys do nothing
//! else, and no other key does this.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, Resource};
use covibe_dispatch::{Credential, ReceivedBatch};
use covibe_domain::companion::{ActivityKey, MAX_BATCH_BYTES};
use covibe_domain::{Failure, Kind};
use covibe_operation::read_json;
use serde_json::json;

use crate::app_state::App;
use crate::request_intake::{Received, query};
use crate::{packages, request_intake, responses};

/// Adds the routes.
pub(crate) fn routes(routes: &mut web::ServiceConfig, app: &App) {
    routes.service(me(app)).service(batch(app)).service(repository(app));
}

fn me(app: &App) -> Resource {
    let app = app.clone();
    let get = web::get().to(move |request: HttpRequest, payload: Payload| {
        let app = app.clone();
        async move { into_response(identity(&app, &request, payload).await) }
    });
    web::resource("/api/companion/me")
        .route(get)
        .default_service(web::to(|| responses::wrong_method("GET")))
}

fn batch(app: &App) -> Resource {
    let app = app.clone();
    let post = web::post().to(move |request: HttpRequest, payload: Payload| {
        let app = app.clone();
        async move { into_response(ingest(&app, &request, payload).await) }
    });
    web::resource("/api/companion/batch")
        .route(post)
        .default_service(web::to(|| responses::wrong_method("POST")))
}

fn repository(app: &App) -> Resource {
    let app = app.clone();
    let delete = web::delete().to(move |request: HttpRequest, payload: Payload| {
        let app = app.clone();
        async move { into_response(forget(&app, &request, payload).await) }
    });
    web::resource("/api/companion/repos/{key}")
        .route(delete)
        .default_service(web::to(|| responses::wrong_method("DELETE")))
}

fn into_response(answer: Result<HttpResponse, Failure>) -> HttpResponse {
    answer.unwrap_or_else(|failure| responses::failure(&failure))
}

async fn receive(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Received, Failure> {
    let header = request.headers().get(AUTHORIZATION).map(|value| value.to_str());
    // A header that is not text is as bad as an invalid key.
    let header = header.map(Result::unwrap_or_default);
    request_intake::receive(&app.dispatcher, request, payload, Credential::Companion(header)).await
}

async fn identity(
    app: &App,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Failure> {
    let Received { caller, .. } = receive(app, request, &mut payload).await?;
    let packaged = packages::newest_version(&app.packages).await;
    let identity = app.dispatcher.companion_identity(&caller, packaged).await?;
    Ok(responses::json(200, &json!(identity)))
}

async fn ingest(
    app: &App,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Failure> {
    let Received { caller, body, place: _place } = receive(app, request, &mut payload).await?;
    if body.len() > MAX_BATCH_BYTES {
        return Err(Failure::new(Kind::TooLarge, "The batch is larger than 256 KiB.")
            .hint("Send fewer items at a time."));
    }
    let batch: ReceivedBatch = read_json(&body, |_| {
        Failure::invalid("The body is not a batch from a companion.")
            .hint("Send an object with `machine`, `sentAt` and `items`, and nothing else.")
    })?;
    let answer = app.dispatcher.ingest_activity(&caller, &batch).await?;
    Ok(responses::json(200, &json!(answer)))
}

async fn forget(
    app: &App,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Failure> {
    let Received { caller, .. } = receive(app, request, &mut payload).await?;
    let repo =
        key(request.match_info().get("key"), "The path must contain the key of the repository.")?;
    let parameters = query(request)?;
    let machine = parameters.iter().find(|(name, _)| name == "machine");
    let machine =
        key(machine.map(|(_, text)| text.as_str()), "`machine` must be the key of the machine.")?;
    let request = request_intake::identified(request);
    app.dispatcher.forget_activity(&caller, machine, repo, &request).await?;
    Ok(responses::json(200, &json!({ "forgotten": true })))
}

/// Parses the key of a machine or repository; without one, the call fails with `message`.
fn key(text: Option<&str>, message: &str) -> Result<ActivityKey, Failure> {
    text.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Failure::invalid(message).hint("Such a key has 32 lowercase hexadecimal digits.")
    })
}

#[cfg(test)]
mod tests {
    use covibe_operation::find_flaw;

    use super::*;

    #[test]
    fn a_batch_of_the_maximum_size_is_not_refused_for_its_number_of_values() {
        let key = format!("\"{}\"", "a".repeat(32));
        let keys = vec![key.as_str(); MAX_BATCH_BYTES / (key.len() + 1)].join(",");
        assert_eq!(find_flaw(format!("[{keys}]").as_bytes()), None);
    }
}
