//! `/orgs/{org}/blocks`: whom an organisation has blocked (read in Gitea's source).

use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::GiteaState;
use crate::gitea::rules::paging;

/// Answers `/orgs/{org}/blocks{rest}` for an owner of the organisation.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    org: i64,
    rest: &[&str],
) -> ReplyResult {
    let blocked = &state.org_by_id(org)?.blocked;
    let (method, [name]) = (request.method.as_str(), rest) else {
        let users = state.users.iter().filter(|user| blocked.contains(&user.id));
        let shown = users.map(|user| answer_json::user_for(state, caller, user));
        return Ok(paging::page(request, &shown.collect::<Vec<_>>()));
    };
    let user = state.user(name)?.id;
    let is_blocked = state.is_blocked(org, user);
    let (is_member, blocked) = {
        let org = state.org_by_id_mut(org)?;
        (org.is_member(user), &mut org.blocked)
    };
    match method {
        "GET" if is_blocked => {}
        "GET" => return Err(errors::not_found()),
        "PUT" if is_member || is_blocked || user == caller.user => {
            return Err(errors::message(400, "cannot block the user"));
        }
        "PUT" => blocked.push(user),
        "DELETE" if !is_blocked || user == caller.user => {
            return Err(errors::message(400, "cannot unblock the user"));
        }
        "DELETE" => blocked.retain(|one| *one != user),
        _ => return Err(errors::no_route()),
    }
    Ok(Reply::empty(204))
}
