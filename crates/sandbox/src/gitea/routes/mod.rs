//! The endpoints of Gitea's API and of git's smart HTTP.

mod admin;
mod blocked_users;
mod current_user;
mod emails;
mod git_http;
mod git_ssh;
mod issues;
mod oauth_applications;
mod orgs;
mod rename_redirects;
mod repos;
mod repositories_from_templates;
mod repository;
mod repository_settings;
mod runners;
mod ssh_keys;
mod teams;
mod tokens;
mod users;
mod version_and_settings;
mod web_pages;

use super::auth::{Caller, authenticate, scopes};
use super::errors;
use super::model::GiteaState;
use crate::core::request_types::{Reply, ReplyResult, Request};

/// Answers a request.
pub(crate) fn answer(state: &mut GiteaState, request: &Request) -> ReplyResult {
    if git_http::is_git(request) {
        return git_http::answer(state, request);
    }
    if !request.is_api() {
        let registered = runners::register(state, request);
        return registered.unwrap_or_else(|| web_pages::answer(state, request));
    }
    let caller = authenticate(state, request)?;
    let (method, segments) = request.route();
    if let Some(reply) = open(state, method, &segments) {
        return reply;
    }
    if caller.is_anonymous() && !is_public(method, &segments) {
        return Err(errors::token_required());
    }
    for category in categories(method, &segments) {
        caller.require_scope(method, category)?;
    }
    if let Some(elsewhere) = rename_redirects::redirect(state, request, &segments) {
        return Err(elsewhere);
    }
    serve(state, request, &caller)
}

/// Answers what needs no token and no scope.
fn open(state: &GiteaState, method: &str, segments: &[&str]) -> Option<ReplyResult> {
    let reply = match segments {
        ["version"] => version_and_settings::version(state),
        ["settings", "api"] => version_and_settings::api(),
        ["settings", "repository"] => version_and_settings::repository(state),
        _ => return None,
    };
    Some(if method == "GET" { Ok(reply) } else { Err(Reply::empty(405).header("Allow", &"GET")) })
}

/// Returns whether an anonymous caller may ask, and sees what is public.
fn is_public(method: &str, segments: &[&str]) -> bool {
    let is_known = matches!(
        segments,
        ["orgs" | "users", _]
            | ["orgs"]
            | ["users", _, "keys" | "repos"]
            | ["orgs", _, "repos" | "members"]
            | ["repos", "search"]
            | ["repos", _, _, ..]
    );
    method == "GET" && is_known
}

/// Returns the categories of scopes that a route belongs to; empty if the route does not exist.
fn categories(method: &str, segments: &[&str]) -> &'static [&'static str] {
    match (method, segments) {
        (_, ["admin", ..]) => &["admin"],
        (_, ["notifications", ..]) => &["notification"],
        (_, ["packages", ..]) => &["package"],
        (_, ["user", "repos"]) => &["user", scopes::REPOSITORY],
        (_, ["user", "orgs"] | ["users", _, "orgs", ..]) => &["user", "organization"],
        (_, ["user" | "users", ..]) => &["user"],
        (_, ["orgs" | "teams", ..]) => &["organization"],
        (_, ["repos", "issues", "search"] | ["repos", _, _, "issues" | "labels", ..]) => {
            &[scopes::ISSUE]
        }
        (_, ["repos" | "repositories", ..]) => &[scopes::REPOSITORY],
        _ => &[],
    }
}

fn serve(state: &mut GiteaState, request: &Request, caller: &Caller) -> ReplyResult {
    let (method, segments) = request.route();
    match (method, segments.as_slice()) {
        (_, ["admin", rest @ ..]) => admin::answer(state, request, caller, rest),
        (_, ["user", rest @ ..]) => current_user::answer(state, request, caller, rest),
        ("GET", ["users", "search"]) => Ok(users::search(state, request, caller)),
        ("GET", ["users", name]) => users::show(state, caller, name),
        ("GET", ["users", name, "repos"]) => repos::of_user(state, request, caller, name),
        ("GET", ["users", name, "keys"]) => ssh_keys::list(state, request, caller, name),
        ("GET", ["users", name, "orgs"]) => orgs::of_user(state, request, caller, name),
        ("GET", ["users", name, "orgs", org, "permissions"]) => {
            orgs::permissions(state, caller, name, org)
        }
        (_, ["users", name, "tokens", rest @ ..]) => {
            tokens::answer(state, request, caller, name, rest)
        }
        ("GET", ["notifications"] | ["packages", _]) => Ok(Reply::json(200, serde_json::json!([]))),
        (_, ["orgs", rest @ ..]) => orgs::answer(state, request, caller, rest),
        (_, ["teams", team, rest @ ..]) => teams::answer(state, request, caller, team, rest),
        ("GET", ["repos", "search"]) => Ok(repos::search(state, request, caller)),
        ("GET", ["repos", "issues", "search"]) => issues::search(state, request, caller),
        ("POST", ["repos", "migrate"]) => {
            repository_settings::mirrors::migrate(state, request, caller)
        }
        ("GET", ["repositories", id]) => repos::numbered(state, caller, id),
        ("GET", ["repos", owner, name]) => repos::show(state, caller, owner, name),
        ("PATCH", ["repos", owner, name]) => repos::edit(state, request, caller, owner, name),
        ("DELETE", ["repos", owner, name]) => repos::delete(state, caller, owner, name),
        ("POST", ["repos", owner, name, "generate"]) => {
            repositories_from_templates::answer(state, request, caller, (owner, name))
        }
        (_, ["repos", owner, name, rest @ ..]) => {
            issues::answer(state, request, caller, (owner, name), rest)
                .or_else(|| {
                    repository_settings::answer(state, request, caller, (owner, name), rest)
                })
                .unwrap_or_else(|| repository::answer(state, request, caller, (owner, name), rest))
        }
        _ => Err(errors::no_route()),
    }
}
