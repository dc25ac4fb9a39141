//! Routes by which Gitea would connect to other hosts: push mirrors and migrations. The simulator does not connect.

use serde_json::json;

use super::repository_call::Call;
use crate::core::clock::timestamp;
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::{Caller, visible_org};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Owner};
use crate::gitea::rules::{Input, paging};

/// Answers `…/push_mirrors`: addresses inside are refused.
pub(super) fn push_mirrors(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    match (call.request.method.as_str(), call.rest) {
        ("GET", []) => Ok(paging::page(call.request, &state.repo_by_id(call.repo)?.push_mirrors)),
        ("POST", []) => {
            let input = Input::parse(call.request)?;
            let address = input.required("remote_address", "RemoteAddress")?;
            if is_inside(address) {
                return Err(errors::message(401, "Permission denied"));
            }
            let mirror = json!({
                "repo_name": state.repo_by_id(call.repo)?.name, "remote_name": format!("remote_mirror_{}", random::alphanumeric(10)),
                "remote_address": address, "created": timestamp(), "last_update": null,
                "last_error": "", "interval": input.text("interval"), "sync_on_commit": false,
            });
            state.repo_by_id_mut(call.repo)?.push_mirrors.push(mirror.clone());
            Ok(Reply::json(200, mirror))
        }
        ("DELETE", [name]) => {
            let mirrors = &mut state.repo_by_id_mut(call.repo)?.push_mirrors;
            let at = mirrors.iter().position(|mirror| mirror["remote_name"] == *name);
            mirrors.remove(at.ok_or_else(errors::not_found)?);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_route()),
    }
}

/// `POST /repos/migrate`: a call for owners. Addresses inside are refused, and an import from elsewhere becomes an
/// empty repository.
pub(crate) fn migrate(state: &mut GiteaState, request: &Request, caller: &Caller) -> ReplyResult {
    let input = Input::parse(request)?;
    let address = input.required("clone_addr", "CloneAddr")?;
    let name = input.required("repo_name", "RepoName")?;
    if !state.settings.migrations {
        return Err(errors::message(403, "the site administrator has disabled migrations"));
    }
    let owner = match input.text("repo_owner") {
        "" => caller.user,
        org => {
            let org = visible_org(state, caller, org)?;
            if !caller.is_owner(org) {
                let text = "Given user is not owner of organization.";
                return Err(errors::message(403, text));
            }
            org.id
        }
    };
    if is_inside(address) {
        return Err(errors::invalid("You can not import from disallowed hosts."));
    }
    if state.repo_of(owner, name).is_some() {
        return Err(errors::refusal(409));
    }
    state.add_repo(owner, name, "main", |_| ()).map_err(errors::internal)?;
    let id = state.repo_of(owner, name).ok_or_else(errors::not_found)?.id;
    let repo = state.repo_by_id_mut(id)?;
    repo.origin = Some((address.to_owned(), input.flag("mirror", false)));
    let repo = state.repo_by_id(id)?;
    let owner: Owner<'_> = state.owner_by_id(owner).ok_or_else(errors::not_found)?;
    Ok(Reply::json(201, answer_json::repo(state, caller, owner, repo)))
}

/// Returns whether an address is a loopback or private one, by its text.
fn is_inside(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    ["127.", "10.", "192.168.", "169.254.", "localhost", "[::1]"]
        .iter()
        .any(|inside| host.starts_with(inside))
}
