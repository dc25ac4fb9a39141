//! Teams of organisations, and their members.

use serde_json::{Value, json};

use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::{Caller, visible_org};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Org, Right, Team};
use crate::gitea::rules::{Input, paging};

/// Answers `/orgs/{org}/teams{rest}`.
pub(super) fn of_org(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
    rest: &[&str],
) -> ReplyResult {
    let org = visible_org(state, caller, name)?;
    if !caller.is_admin && !org.is_member(caller.user) {
        return Err(errors::message(403, "Must be an organization member"));
    }
    let list = |teams: &mut dyn Iterator<Item = &Team>| -> Vec<_> {
        teams.map(|team| answer_json::team(team, &Value::Null)).collect()
    };
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(paging::page(request, &list(&mut org.teams.iter()))),
        ("GET", ["search"]) => {
            let wanted = request.query.get("q").map(|q| q.to_lowercase()).unwrap_or_default();
            let named = |team: &&Team| team.name.to_lowercase().contains(&wanted);
            let found = list(&mut org.teams.iter().filter(named));
            let total = found.len();
            let body = Reply::json(200, json!({ "ok": true, "data": found }));
            Ok(paging::with_headers(request, body, total))
        }
        ("POST", []) => {
            caller.require_owner(org)?;
            let id = org.id;
            create(state, request, id)
        }
        _ => Err(errors::no_route()),
    }
}

fn create(state: &mut GiteaState, request: &Request, org: i64) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("name", "Name")?;
    if state.org_by_id(org)?.teams.iter().any(|team| team.name.eq_ignore_ascii_case(name)) {
        let text = format!("team already exists [org_id: {org}, name: {name}]");
        return Err(errors::invalid(&text));
    }
    let right = match input.text("permission") {
        "" => Right::Read,
        text => Right::from_name(text).ok_or_else(|| errors::invalid("[Permission]: In"))?,
    };
    let team = Team {
        id: state.next_id(),
        name: name.to_owned(),
        description: input.text("description").to_owned(),
        right,
        includes_all_repositories: input.flag("includes_all_repositories", false),
        can_create_org_repo: input.flag("can_create_org_repo", false),
        units: input.texts("units"),
        members: Vec::new(),
    };
    let body = answer_json::team(&team, &answer_json::org(state, state.org_by_id(org)?));
    state.org_by_id_mut(org)?.teams.push(team);
    Ok(Reply::json(201, body))
}

/// Answers `/teams/{id}/{rest}`.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    team: &str,
    rest: &[&str],
) -> ReplyResult {
    let is_it = |one: &Team| one.id.to_string() == team;
    let org = state.orgs.iter().find(|org| org.teams.iter().any(is_it));
    let org = org.ok_or_else(errors::not_found)?;
    caller.require_owner(org)?;
    let (id, at) = (org.id, org.teams.iter().position(is_it).unwrap_or_default());
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            Ok(Reply::json(200, answer_json::team(&org.teams[at], &answer_json::org(state, org))))
        }
        ("PATCH", []) => edit(state, request, id, at),
        ("DELETE", []) if org.teams[at].right == Right::Owner => Err(errors::refusal(403)),
        ("DELETE", []) => {
            state.org_by_id_mut(id)?.teams.remove(at);
            Ok(Reply::empty(204))
        }
        ("GET", ["members"]) => {
            let members = |id: &i64| org.teams[at].members.contains(id);
            let users = state.users.iter().filter(|user| members(&user.id));
            let shown = users.map(|user| answer_json::user_for(state, caller, user));
            Ok(paging::page(request, &shown.collect::<Vec<_>>()))
        }
        (method, ["members", name]) => member(state, method, id, at, name),
        _ => Err(errors::no_route()),
    }
}

/// `PATCH /teams/{id}`: also the owners' team can be renamed.
fn edit(state: &mut GiteaState, request: &Request, org: i64, at: usize) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("name", "Name")?;
    let team = &mut state.org_by_id_mut(org)?.teams[at];
    name.clone_into(&mut team.name);
    let org: &Org = state.org_by_id(org)?;
    Ok(Reply::json(200, answer_json::team(&org.teams[at], &answer_json::org(state, org))))
}

/// `/teams/{id}/members/{name}`: a member may be added again, a blocked user may not; the last owner
/// can't be removed.
fn member(state: &mut GiteaState, method: &str, org: i64, at: usize, name: &str) -> ReplyResult {
    let unknown = || {
        let text = format!("user does not exist [uid: 0, name: {name}]");
        errors::missing_object("GetUserByName", &json!([text]))
    };
    let user = state.find_user(name).ok_or_else(unknown)?;
    let (id, body) = (user.id, answer_json::user(state, user));
    let is_blocked = state.is_blocked(org, id);
    let team = &mut state.org_by_id_mut(org)?.teams[at];
    let is_member = team.members.contains(&id);
    match method {
        "GET" if is_member => Ok(Reply::json(200, body)),
        "PUT" if is_blocked => Err(errors::message(403, "user is blocked")),
        "PUT" => {
            if !is_member {
                team.members.push(id);
            }
            Ok(Reply::empty(204))
        }
        "DELETE" if is_member && team.right == Right::Owner && team.members.len() == 1 => {
            Err(errors::refusal(500))
        }
        "DELETE" => {
            team.members.retain(|member| *member != id);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::not_found()),
    }
}
