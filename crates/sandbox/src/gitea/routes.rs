//! The map of paths.

use serde_json::json;

use super::access::Caller;
use super::state::State;
use super::{edit, errors, git, keys, orgs, paging, repos, scopes, tokens, users};
use crate::wire::{Answer, Reply, Request};

/// The release that is simulated.
const VERSION: &str = "1.26.3";

/// Answers a request.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let (method, parts) = request.route();
    match (method, parts.as_slice()) {
        ("GET", ["version"]) => return Ok(Reply::json(200, json!({ "version": VERSION }))),
        ("GET", ["settings", "api"]) => return Ok(settings()),
        _ => {}
    }
    let caller = state.caller(request)?;
    let needs = |category| caller.needs(method, category);
    match (method, parts.as_slice()) {
        (_, ["admin", ..]) => {
            needs("admin")?;
            caller.needs_admin()?;
            admin(state, request, &caller)
        }
        ("GET", ["user"]) => needs("user").and_then(|()| users::me(state, &caller)),
        ("POST", ["user", "keys"]) => {
            needs("user")?;
            keys::create(state, request, caller.user)
        }
        ("GET", ["users", name]) => needs("user").and_then(|()| users::show(state, &caller, name)),
        ("GET", ["users", name, "keys"]) => {
            needs("user")?;
            keys::list(state, request, &caller, name)
        }
        (_, ["users", name, "tokens", rest @ ..]) => {
            needs("user")?;
            tokens::answer(state, request, &caller, name, rest)
        }
        (_, ["orgs" | "teams", ..]) => {
            needs("organization")?;
            orgs::answer(state, request, &caller)
        }
        (_, ["repos", org, name, rest @ ..]) => {
            needs(scopes::REPOSITORY)?;
            match (method, rest) {
                ("GET", []) => repos::show(state, &caller, org, name),
                ("PATCH", []) => repos::edit(state, request, &caller, org, name),
                ("DELETE", []) => repos::delete(state, &caller, org, name),
                _ => git::answer(state, request, &caller, (org, name), rest),
            }
        }
        _ => Err(errors::not_found()),
    }
}

fn settings() -> Reply {
    Reply::json(
        200,
        json!({
            "max_response_items": paging::MOST, "default_paging_num": paging::USUAL,
            "default_git_trees_per_page": 1000, "default_max_blob_size": 10_485_760,
            "default_max_response_size": 104_857_600,
        }),
    )
}

fn admin(state: &mut State, request: &Request, caller: &Caller) -> Answer {
    let (method, parts) = request.route();
    match (method, &parts[1..]) {
        ("POST", ["users"]) => users::create(state, request),
        ("PATCH", ["users", name]) => edit::user(state, request, name),
        ("DELETE", ["users", name]) => edit::delete_user(state, request, caller, name),
        ("POST", ["users", name, "orgs"]) => {
            let owner = state.user(name)?.id;
            orgs::create(state, request, owner)
        }
        ("POST", ["users", name, "keys"]) => {
            let user = state.user(name)?.id;
            keys::create(state, request, user)
        }
        ("DELETE", ["users", name, "keys", id]) => {
            let user = state.user(name)?.id;
            keys::delete(state, user, id)
        }
        _ => Err(errors::not_found()),
    }
}
