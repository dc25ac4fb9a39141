//! `/teams`: an organisation's team of owners, and its members.

use serde_json::Value;

use crate::core::wire::{Answer, Reply, Request};
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::State;
use crate::gitea::rules::paging;
use crate::gitea::views;

/// Answers `/teams/{id}/{rest}`.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    team: &str,
    rest: &[&str],
) -> Answer {
    let at = state.orgs.iter().position(|org| org.owners_team.to_string() == team);
    let at = at.ok_or_else(errors::not_found)?;
    let org = &state.orgs[at];
    caller.require_owner(org)?;
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(Reply::json(200, views::owners_team(org))),
        ("GET", ["members"]) => Ok(paging::page(request, &members(state, at))),
        (method, ["members", name]) => {
            let user = state.user(name)?;
            let (id, body) = (user.id, views::user(state, user));
            member(state, at, method, id, body)
        }
        _ => Err(errors::not_found()),
    }
}

fn members(state: &State, at: usize) -> Vec<Value> {
    let owners = &state.orgs[at].owners;
    let users = state.users.iter().filter(|user| owners.contains(&user.id));
    users.map(|user| views::user(state, user)).collect()
}

/// `/teams/{id}/members/{name}`: a member may be added again; the last owner can't be removed.
fn member(state: &mut State, at: usize, method: &str, user: i64, body: Value) -> Answer {
    let owners = &mut state.orgs[at].owners;
    let is_owner = owners.contains(&user);
    match method {
        "GET" if is_owner => Ok(Reply::json(200, body)),
        "PUT" => {
            if !is_owner {
                owners.push(user);
            }
            Ok(Reply::empty(204))
        }
        "DELETE" if is_owner && owners.len() == 1 => Err(errors::refusal(500)),
        "DELETE" => {
            owners.retain(|owner| *owner != user);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::not_found()),
    }
}
