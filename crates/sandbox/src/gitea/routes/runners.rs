//! Runners of Gitea Actions: listed and deleted by the API, and registered by themselves.

use serde_json::{Value, json};

use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, HookPlace, Runner};
use crate::gitea::rules::Input;

/// The path at which a runner registers, as `act_runner` does (Connect, with JSON).
const REGISTER: &str = "/api/actions/runner.v1.RunnerService/Register";

/// Answers `…/actions/runners{rest}`.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    place: HookPlace,
    rest: &[&str],
) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("GET" | "POST", ["registration-token"]) => {
            Ok(Reply::json(200, json!({ "token": token(state, place) })))
        }
        _ if !state.settings.runner_lists => Err(errors::no_route()),
        ("GET", []) => {
            let here = state.runners.all.iter().filter(|runner| runner.place == place);
            let runners: Vec<_> = here.map(view).collect();
            Ok(Reply::json(200, json!({ "runners": runners, "total_count": runners.len() })))
        }
        ("DELETE", [id]) => {
            let is_it = |runner: &Runner| runner.place == place && runner.id.to_string() == *id;
            let at = state.runners.all.iter().position(is_it).ok_or_else(errors::not_found)?;
            state.runners.all.remove(at);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_route()),
    }
}

/// Returns the registration token of a place, which stays the same.
fn token(state: &mut GiteaState, place: HookPlace) -> String {
    let tokens = &mut state.runners.tokens;
    if let Some((_, token)) = tokens.iter().find(|(of, _)| *of == place) {
        return token.clone();
    }
    let token = random::alphanumeric(40);
    tokens.push((place, token.clone()));
    token
}

fn view(runner: &Runner) -> Value {
    json!({
        "id": runner.id, "name": runner.name, "status": "online", "busy": false,
        "disabled": false, "ephemeral": false, "labels": [],
    })
}

/// Registers a runner; none for another request.
pub(super) fn register(state: &mut GiteaState, request: &Request) -> Option<ReplyResult> {
    let is_it = request.method == "POST" && request.path == REGISTER;
    is_it.then(|| register_runner(state, request))
}

fn register_runner(state: &mut GiteaState, request: &Request) -> ReplyResult {
    let input = Input::parse(request)?;
    let mut tokens = state.runners.tokens.iter();
    let known = tokens.find(|(_, token)| token == input.text("token"));
    let (place, _) =
        known.ok_or_else(|| errors::message(401, "runner registration token not found"))?;
    let (place, name) = (*place, input.text("name").to_owned());
    let id = state.next_id();
    state.runners.all.push(Runner { id, place, name: name.clone() });
    Ok(Reply::json(200, json!({ "runner": { "id": id.to_string(), "name": name } })))
}
