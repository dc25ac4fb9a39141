//! Branch protections, and statuses of commits.

use serde_json::{Value, json};

use super::repository_call::Call;
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult};
use crate::gitea::answer_json;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Repo};
use crate::gitea::rules::{Input, paging};

/// Answers `…/branch_protections{rest}`.
pub(super) fn protections(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let repo = state.repo_by_id_mut(call.repo)?;
    let named = |rule: &Value, name: &str| rule["rule_name"] == name;
    match (call.request.method.as_str(), call.rest) {
        ("GET", []) => Ok(Reply::json(200, Value::Array(repo.protections.clone()))),
        ("POST", []) => {
            let input = Input::parse(call.request)?;
            let name = ["rule_name", "branch_name"].map(|member| input.text(member));
            let name = name.into_iter().find(|text| !text.is_empty());
            let name = name.ok_or_else(|| errors::missing_field("RuleName"))?;
            if repo.protections.iter().any(|rule| named(rule, name)) {
                return Err(errors::message(403, "Branch protection already exist"));
            }
            let rule = protection(name, input.flag("enable_push", false), repo.protections.len());
            repo.protections.push(rule.clone());
            Ok(Reply::json(201, rule))
        }
        ("DELETE", [name]) => {
            let at = repo.protections.iter().position(|rule| named(rule, name));
            repo.protections.remove(at.ok_or_else(errors::not_found)?);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_route()),
    }
}

fn protection(name: &str, enable_push: bool, before: usize) -> Value {
    let now = timestamp();
    let mut rule = json!({
        "branch_name": name, "rule_name": name, "priority": before + 1, "enable_push": enable_push,
        "status_check_contexts": null, "required_approvals": 0, "protected_file_patterns": "",
        "unprotected_file_patterns": "", "created_at": now, "updated_at": now,
    });
    for list in [
        "push_whitelist_usernames",
        "push_whitelist_teams",
        "force_push_allowlist_usernames",
        "force_push_allowlist_teams",
        "merge_whitelist_usernames",
        "merge_whitelist_teams",
        "approvals_whitelist_username",
        "approvals_whitelist_teams",
    ] {
        rule[list] = json!([]);
    }
    for switch in [
        "enable_push_whitelist",
        "push_whitelist_deploy_keys",
        "enable_force_push",
        "enable_force_push_allowlist",
        "force_push_allowlist_deploy_keys",
        "enable_merge_whitelist",
        "enable_status_check",
        "enable_approvals_whitelist",
        "block_on_rejected_reviews",
        "block_on_official_review_requests",
        "block_on_outdated_branch",
        "dismiss_stale_approvals",
        "ignore_stale_approvals",
        "require_signed_commits",
        "block_admin_merge_override",
    ] {
        rule[switch] = json!(false);
    }
    rule
}

/// `GET …/statuses/{sha}`: newest first.
pub(super) fn statuses(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let [sha] = call.rest else { return Err(errors::no_route()) };
    let repo = state.repo_by_id(call.repo)?;
    let commit = repo.bare.commit_of(sha)?.ok_or_else(errors::not_found)?;
    Ok(paging::page(call.request, &of_commit(repo, &commit)))
}

/// `GET …/commits/{ref}/statuses`, and `…/status`: the newest of each context, and the worst of them.
pub(super) fn of_reference(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let [reference, route] = call.rest else { return Err(errors::no_route()) };
    let repo = state.repo_by_id(call.repo)?;
    let commit = repo.bare.commit_of(reference)?.ok_or_else(errors::not_found)?;
    let all = of_commit(repo, &commit);
    match (call.request.method.as_str(), *route) {
        ("GET", "statuses") => return Ok(paging::page(call.request, &all)),
        ("GET", "status") => {}
        _ => return Err(errors::no_route()),
    }
    let mut newest: Vec<Value> = Vec::new();
    for status in all {
        if newest.iter().all(|seen| seen["context"] != status["context"]) {
            newest.push(status);
        }
    }
    let is_any = |word: &str| newest.iter().any(|status| status["status"] == word);
    let worst = ["error", "failure", "warning", "pending"].into_iter().find(|word| is_any(word));
    let worst = worst.unwrap_or(if newest.is_empty() { "" } else { "success" });
    let url = format!("{}/api/v1/repos/{}/commits/{commit}", state.url, state.full_name(repo));
    Ok(Reply::json(
        200,
        json!({ "state": worst, "sha": commit, "total_count": newest.len(), "statuses": newest,
                "repository": null, "commit_url": url, "url": format!("{url}/status") }),
    ))
}

fn of_commit(repo: &Repo, commit: &str) -> Vec<Value> {
    let of_it = repo.statuses.iter().rev().filter(|(its, _)| its == commit);
    of_it.map(|(_, status)| status.clone()).collect()
}

/// `POST …/statuses/{sha}`.
pub(super) fn create_status(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let [sha] = call.rest else { return Err(errors::no_route()) };
    let repo = state.repo_by_id(call.repo)?;
    let commit = repo.bare.commit_of(sha)?.filter(|commit| commit == sha);
    let commit = commit.ok_or_else(errors::not_found)?;
    let input = Input::parse(call.request)?;
    let word = input.text("state");
    if !["pending", "success", "error", "failure", "warning", "skipped"].contains(&word) {
        return Err(errors::refusal(500));
    }
    let user = state.user_by_id(call.caller.user);
    let creator = user.map(|user| answer_json::user_for(state, call.caller, user));
    let (url, now) = (format!("{}/api/v1/repos/{}", state.url, state.full_name(repo)), timestamp());
    let context = if input.text("context").is_empty() { "default" } else { input.text("context") };
    let status = json!({
        "id": repo.statuses.len() + 1, "status": word, "target_url": input.text("target_url"),
        "description": input.text("description"), "url": format!("{url}/statuses/{commit}"),
        "context": context, "creator": creator, "created_at": now, "updated_at": now,
    });
    state.repo_by_id_mut(call.repo)?.statuses.push((commit, status.clone()));
    Ok(Reply::json(201, status))
}
