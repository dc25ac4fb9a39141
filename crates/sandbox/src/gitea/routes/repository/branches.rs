//! `/repos/{owner}/{repo}/branches`.

use serde_json::{Value, json};

use super::commits::branch_commit_json;
use super::job_state_copy::Context;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::errors::{invalid, message, not_found, refusal};
use crate::gitea::repository::safe_git_names;
use crate::gitea::rules::{Input, paging};

fn branch_json(context: &Context, name: &str, commit: &str) -> Result<Value, Reply> {
    let info = context.bare.commit_info(commit)?.ok_or_else(not_found)?;
    let rule = context.protection(name);
    Ok(json!({
        "name": name, "commit": branch_commit_json(context, &info), "protected": rule.is_some(),
        "required_approvals": 0, "enable_status_check": false, "status_check_contexts": [],
        "user_can_push": context.may_commit(name), "user_can_merge": context.may_write,
        "effective_branch_protection_name": rule.map_or("", |rule| &rule.branch),
    }))
}

/// `GET …/branches`: empty for an empty repository.
pub(super) fn list(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let all = context.bare.noticed_branches();
    let (page, limit) = paging::requested(request);
    let here = all.iter().skip((page - 1).saturating_mul(limit)).take(limit);
    let items: Result<Vec<_>, _> =
        here.map(|(name, commit)| branch_json(context, name, commit)).collect();
    Ok(paging::with_headers(request, Reply::json(200, Value::Array(items?)), all.len()))
}

/// `GET …/branches/{branch}`: 500 for a branch that was pushed and not noticed yet (seen with 1.25.2;
/// 404 with 1.21.4).
pub(super) fn show(context: &Context, _: &Request, name: &str) -> ReplyResult {
    let commit = context.bare.branch(name).ok_or_else(not_found)?;
    if !context.bare.noticed_branches().iter().any(|(noticed, _)| noticed == name) {
        return Err(refusal(500));
    }
    Ok(Reply::json(200, branch_json(context, name, &commit)?))
}

/// `POST …/branches`: from a branch, tag or commit; by default from the default branch.
pub(super) fn create(context: &Context, request: &Request, _: &str) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("new_branch_name", "BranchName")?;
    if !safe_git_names::is_branch(name) {
        return Err(invalid("[BranchName]: GitRefName"));
    }
    if context.bare.is_empty() {
        return Err(message(404, "Git Repository is empty."));
    }
    let old = ["old_ref_name", "old_branch_name"].map(|member| input.text(member));
    let old = old.into_iter().find(|text| !text.is_empty()).map(str::to_owned);
    let old = old.unwrap_or_else(|| context.bare.default_branch());
    let gone = || message(404, "The old branch does not exist");
    let commit = context.bare.commit_of(&old)?.ok_or_else(gone)?;
    if !context.bare.create_branch(name, &commit)? {
        return Err(message(409, "The branch already exists."));
    }
    Ok(Reply::json(201, branch_json(context, name, &commit)?))
}

/// `DELETE …/branches/{branch}`: any but the default one and protected ones.
pub(super) fn delete(context: &Context, _: &Request, name: &str) -> ReplyResult {
    let commit = context.bare.branch(name).ok_or_else(not_found)?;
    if name == context.bare.default_branch() {
        return Err(message(403, "can not delete default branch"));
    }
    if context.protection(name).is_some() {
        return Err(message(403, "branch protected"));
    }
    context.bare.delete_branch(name, &commit)?;
    Ok(Reply::empty(204))
}
