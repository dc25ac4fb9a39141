//! `/user`: what belongs to the caller.

use serde_json::{Value, json};

use super::{emails, oauth_applications, repos, ssh_keys};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Org, Owner, Right, User};
use crate::gitea::rules::{Input, paging};

/// Answers `/user/{rest}`.
pub(super) fn answer(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> ReplyResult {
    let user = state.user_by_id(caller.user).ok_or_else(errors::not_found)?;
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(Reply::json(200, answer_json::user(state, user))),
        ("GET", ["settings"]) => Ok(Reply::json(200, settings(user))),
        ("PATCH", ["settings"]) => edit(state, request, caller),
        (_, ["emails"]) => emails::answer(state, request, caller.user),
        (_, ["applications", "oauth2", rest @ ..]) => {
            oauth_applications::answer(state, request, caller.user, rest)
        }
        ("GET", ["keys"]) => Ok(ssh_keys::of_user(state, request, caller.user)),
        ("POST", ["keys"]) => ssh_keys::create(state, request, caller.user),
        ("GET", ["orgs"]) => {
            let of = |org: &&Org| org.is_member(caller.user);
            let orgs = state.orgs.iter().filter(of).map(|org| answer_json::org(state, org));
            Ok(paging::page(request, &orgs.collect::<Vec<_>>()))
        }
        ("GET", ["repos"]) => Ok(own_repos(state, request, caller)),
        ("POST", ["repos"]) => create_repo(state, request, caller),
        _ => Err(errors::no_route()),
    }
}

fn settings(user: &User) -> Value {
    json!({
        "full_name": user.full_name, "website": "", "description": "", "location": "",
        "language": "", "theme": "gitea-auto", "diff_view_style": "", "hide_email": false,
        "hide_activity": false,
    })
}

fn edit(state: &mut GiteaState, request: &Request, caller: &Caller) -> ReplyResult {
    let input = Input::parse(request)?;
    let user = state.users.iter_mut().find(|user| user.id == caller.user);
    let user = user.ok_or_else(errors::not_found)?;
    if let Some(name) = input.member("full_name").and_then(Value::as_str) {
        name.clone_into(&mut user.full_name);
    }
    Ok(Reply::json(200, settings(user)))
}

/// `GET /user/repos`: the caller's own and those that others opened to the caller, with those of
/// the caller's organisations.
fn own_repos(state: &GiteaState, request: &Request, caller: &Caller) -> Reply {
    let mine = state.repos.iter().filter_map(|repo| {
        let owner = state.owner_by_id(repo.owner)?;
        let invited = repo.collaborators.iter().any(|(user, _)| *user == caller.user);
        let is_mine = invited || owner.right_of(caller.user) >= Right::Read;
        is_mine.then(|| answer_json::repo(state, caller, owner, repo))
    });
    paging::page(request, &mine.collect::<Vec<_>>())
}

/// `POST /user/repos`: 403 at the user's limit (Gitea 1.25; Forgejo and 1.21 answer 500).
fn create_repo(state: &mut GiteaState, request: &Request, caller: &Caller) -> ReplyResult {
    let user = state.user_by_id(caller.user).ok_or_else(errors::not_found)?;
    let count = state.repos.iter().filter(|repo| repo.owner == user.id).count();
    if usize::try_from(user.max_repos).is_ok_and(|most| count >= most) {
        let text = format!("reached maximum limit of {} repositories", user.max_repos);
        return Err(errors::message(403, &text));
    }
    let (id, login) = (user.id, Owner::User(user).name().to_owned());
    repos::create(state, request, caller, id, &login)
}
