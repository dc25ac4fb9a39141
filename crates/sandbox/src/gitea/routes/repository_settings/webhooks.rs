//! Webhooks of repositories, organisations and the instance. Changes of a hook leave its secret as it is,
//! which nothing shows.

use serde_json::Value;

use super::repository_call::Call;
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::errors::{invalid, no_route, not_found};
use crate::gitea::model::{GiteaState, Hook, HookPlace};
use crate::gitea::push_listeners::target;
use crate::gitea::rules::{Input, paging};

const KINDS: [&str; 10] = [
    "dingtalk", "discord", "feishu", "forgejo", "gitea", "gogs", "matrix", "msteams", "slack",
    "telegram",
];

/// `POST …/hooks/{id}/tests`: a delivery of the newest commit of the default branch, without one nothing.
pub(super) fn test(state: &GiteaState, call: &Call<'_>, id: &str) -> ReplyResult {
    let (place, repo) = (HookPlace::Repo(call.repo), state.repo_by_id(call.repo)?);
    let owner = state.owner_by_id(repo.owner).ok_or_else(not_found)?;
    let user = state.user_by_id(call.caller.user).ok_or_else(not_found)?;
    let repository = state.delivery_repository(owner, repo, user);
    if repo.bare.branch(&repo.bare.default_branch()).is_some() {
        let hook = state.hooks.iter().find(|hook| hook.place == place && hook.id.to_string() == id);
        let hook = hook.ok_or_else(not_found)?;
        state.deliveries.test(&target(hook), &state.settings, &repository)?;
    }
    Ok(Reply::empty(204))
}

/// Answers `…/hooks{rest}`.
pub(crate) fn answer(
    state: &mut GiteaState,
    request: &Request,
    place: HookPlace,
    rest: &[&str],
) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let here = state.hooks.iter().filter(|hook| hook.place == place);
            let all = here.map(answer_json::hook).collect::<Vec<_>>();
            // Gitea has no pages of the instance's (read in the source of 1.25).
            let is_whole = place == HookPlace::System;
            Ok(if is_whole { Reply::json(200, all.into()) } else { paging::page(request, &all) })
        }
        ("POST", []) => create(state, request, place),
        ("GET", [id]) => Ok(Reply::json(200, answer_json::hook(find(state, place, id)?))),
        ("PATCH", [id]) => edit(request, find(state, place, id)?),
        ("DELETE", [id]) => {
            let gone = find(state, place, id)?.id;
            state.hooks.retain(|hook| hook.id != gone);
            Ok(Reply::empty(204))
        }
        _ => Err(no_route()),
    }
}

fn find<'a>(state: &'a mut GiteaState, place: HookPlace, id: &str) -> Result<&'a mut Hook, Reply> {
    let is_it = |hook: &&mut Hook| hook.place == place && hook.id.to_string() == id;
    state.hooks.iter_mut().find(is_it).ok_or_else(not_found)
}

fn create(state: &mut GiteaState, request: &Request, place: HookPlace) -> ReplyResult {
    let input = Input::parse(request)?;
    let kind = input.required("type", "Type")?;
    if !KINDS.contains(&kind) {
        return Err(invalid(&format!("Invalid hook type: {kind}")));
    }
    let is_system = config(&input, "is_system_webhook") == Some("true");
    let missing = |option: &str| invalid(&format!("Missing config option: {option}"));
    let url = url(&input)?.ok_or_else(|| missing("url"))?;
    let hook = Hook {
        id: state.next_id(),
        place: if place == HookPlace::System && !is_system { HookPlace::Template } else { place },
        kind: kind.to_owned(),
        url,
        content_type: content_type(&input)?.ok_or_else(|| missing("content_type"))?,
        secret: config(&input, "secret").unwrap_or_default().to_owned(),
        authorization_header: input.text("authorization_header").to_owned(),
        branch_filter: input.text("branch_filter").to_owned(),
        events: events(&input),
        is_active: input.flag("active", false),
        created: timestamp(),
    };
    let body = answer_json::hook(&hook);
    state.hooks.push(hook);
    Ok(Reply::json(201, body))
}

/// `PATCH …/hooks/{id}`: an absent branch filter is cleared (1.25.2), and so is an absent header; absent
/// events are those of pushes (read in the source of 1.25).
fn edit(request: &Request, hook: &mut Hook) -> ReplyResult {
    let input = Input::parse(request)?;
    if let Some(url) = url(&input)? {
        hook.url = url;
    }
    if let Some(kind) = content_type(&input)? {
        hook.content_type = kind;
    }
    hook.events = events(&input);
    input.text("authorization_header").clone_into(&mut hook.authorization_header);
    input.text("branch_filter").clone_into(&mut hook.branch_filter);
    hook.is_active = input.flag("active", hook.is_active);
    Ok(Reply::json(200, answer_json::hook(hook)))
}

fn config<'a>(input: &'a Input, name: &str) -> Option<&'a str> {
    input.member("config")?.get(name)?.as_str()
}

fn url(input: &Input) -> Result<Option<String>, Reply> {
    let Some(url) = config(input, "url") else { return Ok(None) };
    let is_web = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
    if is_web { Ok(Some(url.to_owned())) } else { Err(invalid("Invalid url")) }
}

fn content_type(input: &Input) -> Result<Option<String>, Reply> {
    match config(input, "content_type") {
        Some(kind @ ("json" | "form")) => Ok(Some(kind.to_owned())),
        Some(_) => Err(invalid("Invalid content type")),
        None => Ok(None),
    }
}

fn events(input: &Input) -> Vec<String> {
    let given = input.member("events").and_then(Value::as_array);
    if given.is_none_or(Vec::is_empty) { vec!["push".to_owned()] } else { input.texts("events") }
}
