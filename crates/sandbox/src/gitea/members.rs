//! The team of owners: who is in it.

use serde_json::Value;

use super::access::Caller;
use super::orgs::{owned, owners_json};
use super::state::State;
use super::{errors, paging};
use crate::wire::{Answer, Reply, Request};

/// Answers `/teams/{id}…`.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    caller: &Caller,
    team: &str,
    rest: &[&str],
) -> Answer {
    let at = state.orgs.iter().position(|org| org.owners.to_string() == team);
    let at = at.ok_or_else(errors::not_found)?;
    let org = &state.orgs[at];
    owned(org, caller)?;
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(Reply::json(200, owners_json(org))),
        ("GET", ["members"]) => Ok(paging::page(request, &all(state, at))),
        (method, ["members", name]) => {
            let user = state.user(name)?;
            let (id, body) = (user.id, state.user_json(user));
            one(state, at, method, id, body)
        }
        _ => Err(errors::not_found()),
    }
}

fn all(state: &State, at: usize) -> Vec<Value> {
    let members = &state.orgs[at].members;
    let users = state.users.iter().filter(|user| members.contains(&user.id));
    users.map(|user| state.user_json(user)).collect()
}

/// To be put in twice is no failure; the last owner can't be taken out.
fn one(state: &mut State, at: usize, method: &str, user: i64, body: Value) -> Answer {
    let members = &mut state.orgs[at].members;
    let is_in = members.contains(&user);
    match method {
        "GET" if is_in => Ok(Reply::json(200, body)),
        "PUT" => {
            if !is_in {
                members.push(user);
            }
            Ok(Reply::empty(204))
        }
        "DELETE" if is_in && members.len() == 1 => Err(errors::refusal(500)),
        "DELETE" => {
            members.retain(|member| *member != user);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::not_found()),
    }
}
