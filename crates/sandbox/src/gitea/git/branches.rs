//! Branches.

use serde_json::{Value, json};

use super::super::errors::{message, not_found};
use super::super::input::Input;
use super::super::paging;
use super::bare::ended;
use super::clean;
use super::commits::payload_json;
use super::errors::invalid;
use super::site::Site;
use crate::wire::{Answer, Reply, Request};

/// The hash of nothing: a reference that must not be there yet.
const NOTHING: &str = "0000000000000000000000000000000000000000";

fn json(site: &Site, name: &str, commit: &str) -> Result<Value, Reply> {
    let told = site.bare.told(commit)?.ok_or_else(not_found)?;
    Ok(json!({
        "name": name, "commit": payload_json(site, &told), "protected": false,
        "required_approvals": 0, "enable_status_check": false, "status_check_contexts": [],
        "user_can_push": site.may_write, "user_can_merge": site.may_write,
        "effective_branch_protection_name": "",
    }))
}

/// `GET …/branches`: none of an empty repository.
pub(super) fn list(site: &Site, request: &Request, _: &str) -> Answer {
    let all = site.bare.branches();
    let (page, limit) = paging::asked(request);
    let here = all.iter().skip((page - 1).saturating_mul(limit)).take(limit);
    let items: Result<Vec<_>, _> = here.map(|(name, commit)| json(site, name, commit)).collect();
    Ok(paging::headed(request, Reply::json(200, Value::Array(items?)), all.len()))
}

/// `GET …/branches/{branch}`.
pub(super) fn show(site: &Site, _: &Request, name: &str) -> Answer {
    let commit = site.bare.branch(name).ok_or_else(not_found)?;
    Ok(Reply::json(200, json(site, name, &commit)?))
}

/// `POST …/branches`: from a branch, tag or commit; from the default branch unless told.
pub(super) fn create(site: &Site, request: &Request, _: &str) -> Answer {
    let input = Input::of(request)?;
    let name = input.required("new_branch_name", "BranchName")?;
    if !clean::is_branch(name) {
        return Err(invalid("[BranchName]: GitRefName"));
    }
    if site.bare.is_empty() {
        return Err(message(404, "Git Repository is empty."));
    }
    let old = ["old_ref_name", "old_branch_name"].map(|member| input.text(member));
    let old = old.into_iter().find(|text| !text.is_empty()).map(str::to_owned);
    let old = old.unwrap_or_else(|| site.bare.default_branch());
    let gone = || message(404, "The old branch does not exist");
    let commit = site.bare.commit_of(&old)?.ok_or_else(gone)?;
    let reference = format!("refs/heads/{name}");
    let mut command = site.bare.command(["update-ref", &reference, &commit, NOTHING]);
    if !ended(&mut command, b"")?.status.success() {
        return Err(message(409, "The branch already exists."));
    }
    Ok(Reply::json(201, json(site, name, &commit)?))
}

/// `DELETE …/branches/{branch}`: any but the default one.
pub(super) fn delete(site: &Site, _: &Request, name: &str) -> Answer {
    let commit = site.bare.branch(name).ok_or_else(not_found)?;
    if name == site.bare.default_branch() {
        return Err(message(403, "can not delete default branch"));
    }
    site.bare.read(["update-ref", "-d", &format!("refs/heads/{name}"), &commit])?;
    Ok(Reply::empty(204))
}
