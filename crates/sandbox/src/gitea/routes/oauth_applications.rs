//! `/user/applications/oauth2`: the caller's OAuth applications.

use serde_json::{Value, json};

use crate::core::clock::timestamp;
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, OauthApp};
use crate::gitea::rules::{Input, paging};

/// Answers `/user/applications/oauth2…`.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    user: i64,
    rest: &[&str],
) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let apps = state.oauth_apps.iter().filter(|app| app.user == user);
            Ok(paging::page(request, &apps.map(|app| show(app, "")).collect::<Vec<_>>()))
        }
        ("POST", []) => create(state, request, user),
        ("DELETE", [id]) => {
            let is_it = |app: &OauthApp| app.user == user && app.id.to_string() == **id;
            let at = state.oauth_apps.iter().position(is_it).ok_or_else(errors::not_found)?;
            state.oauth_apps.remove(at);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_route()),
    }
}

fn create(state: &mut GiteaState, request: &Request, user: i64) -> ReplyResult {
    let input = Input::parse(request)?;
    let app = OauthApp {
        id: state.next_id(),
        user,
        name: input.required("name", "Name")?.to_owned(),
        client_id: random::hex(36),
        redirect_uris: input.texts("redirect_uris"),
        is_confidential: input.flag("confidential_client", false),
        created: timestamp(),
    };
    let body = show(&app, &random::hex(52));
    state.oauth_apps.push(app);
    Ok(Reply::json(201, body))
}

/// Shows an application. Its secret is only in the answer to its creation.
fn show(app: &OauthApp, secret: &str) -> Value {
    json!({
        "id": app.id, "name": app.name, "client_id": app.client_id, "client_secret": secret,
        "confidential_client": app.is_confidential, "skip_secondary_authorization": false,
        "redirect_uris": app.redirect_uris, "created": app.created,
    })
}
