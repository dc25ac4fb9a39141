//! `…/keys`: SSH keys that open one repository.

use super::super::ssh_keys;
use super::repository_call::Call;
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult};
use crate::gitea::answer_json;
use crate::gitea::errors;
use crate::gitea::model::{DeployKey, GiteaState};
use crate::gitea::rules::{Input, paging};

/// Answers `…/keys{rest}`. A key of a user can't be a deploy key.
pub(super) fn answer(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let repo = state.repo_by_id(call.repo)?;
    let url = format!("{}/api/v1/repos/{}", state.url, state.full_name(repo));
    match (call.request.method.as_str(), call.rest) {
        ("GET", []) => {
            let keys = repo.deploy_keys.iter().map(|key| answer_json::deploy_key(&url, key));
            Ok(paging::page(call.request, &keys.collect::<Vec<_>>()))
        }
        ("POST", []) => create(state, call, &url),
        ("DELETE", [id]) => {
            let keys = &mut state.repo_by_id_mut(call.repo)?.deploy_keys;
            let at = keys.iter().position(|key| key.id.to_string() == *id);
            keys.remove(at.ok_or_else(errors::not_found)?);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_route()),
    }
}

fn create(state: &mut GiteaState, call: &Call<'_>, url: &str) -> ReplyResult {
    let input = Input::parse(call.request)?;
    let (title, text) = (input.required("title", "Title")?, input.required("key", "Key")?);
    let (text, fingerprint) = ssh_keys::parse(text).ok_or_else(ssh_keys::invalid)?;
    ssh_keys::check_unused(state, &fingerprint)?;
    let id = state.next_id();
    let keys = &mut state.repo_by_id_mut(call.repo)?.deploy_keys;
    if keys.iter().any(|key| key.fingerprint == fingerprint) {
        return Err(errors::invalid("This key has already been added to this repository"));
    }
    if keys.iter().any(|key| key.title == title) {
        return Err(errors::invalid("A key with the same title already exists"));
    }
    let key = DeployKey {
        id,
        title: title.to_owned(),
        text,
        fingerprint,
        is_read_only: input.flag("read_only", false),
        created: timestamp(),
    };
    let body = answer_json::deploy_key(url, &key);
    keys.push(key);
    Ok(Reply::json(201, body))
}
