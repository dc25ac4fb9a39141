//! Repositories, and the objects that belong to them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::account;
use crate::gitea::auth::Caller;
use crate::gitea::model::{DeployKey, GiteaState, Hook, Owner, Repo, Right};

/// The characters that a path's percent-encoding changes.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Percent-encodes a path for a URL.
pub(crate) fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, ENCODED).to_string()
}

/// Shows a repository to a caller.
pub(crate) fn repo(state: &GiteaState, caller: &Caller, owner: Owner<'_>, repo: &Repo) -> Value {
    let full_name = state.full_name(repo);
    let html_url = format!("{}/{full_name}", state.url);
    let right = caller.right_to(owner, repo);
    let (origin, is_mirror) = repo.origin.clone().unwrap_or_default();
    let recipient = repo.transfer_to.and_then(|id| state.owner_by_id(id));
    let transfer = recipient.map(|recipient| {
        json!({ "doer": null, "recipient": account::owner(state, caller, recipient), "teams": null })
    });
    let mut shown = json!({
        "id": repo.id, "name": repo.name, "full_name": full_name, "description": repo.description,
        "owner": account::owner(state, caller, owner),
        "empty": repo.bare.is_empty(), "private": repo.is_private, "fork": repo.parent.is_some(),
        "template": repo.is_template, "mirror": is_mirror, "archived": repo.is_archived,
        "internal": !repo.is_private && owner.visibility() == "private",
        "size": 24, "language": "",
        "html_url": html_url, "clone_url": format!("{html_url}.git"),
        "url": format!("{}/api/v1/repos/{full_name}", state.url),
        "ssh_url": format!("git@localhost:{full_name}.git"), "link": "", "website": "",
        "original_url": origin, "default_branch": repo.bare.noticed_default_branch(), "stars_count": 0,
        "forks_count": 0, "watchers_count": 1, "open_issues_count": 0,
        "created_at": repo.created,
        "updated_at": repo.bare.updated_at().unwrap_or(repo.created),
        "allow_merge_commits": true, "allow_squash_merge": true, "allow_rebase": false,
        "allow_rebase_explicit": false, "allow_fast_forward_only_merge": false,
        "object_format_name": "sha1",
        "permissions": { "admin": right >= Right::Admin, "push": right >= Right::Write,
                         "pull": right >= Right::Read },
    });
    if let Some(transfer) = transfer {
        shown["repo_transfer"] = transfer;
    }
    shown
}

/// Shows a webhook, without its secret.
pub(crate) fn hook(hook: &Hook) -> Value {
    json!({
        "id": hook.id, "type": hook.kind, "branch_filter": hook.branch_filter,
        "config": { "content_type": hook.content_type, "url": hook.url },
        "events": hook.events, "authorization_header": hook.authorization_header, "active": hook.is_active,
        "updated_at": hook.created, "created_at": hook.created,
    })
}

/// Shows a deploy key; `repo_url` is the repository's URL in the API.
pub(crate) fn deploy_key(repo_url: &str, key: &DeployKey) -> Value {
    json!({
        "id": key.id, "key_id": key.id, "key": key.text, "title": key.title,
        "fingerprint": key.fingerprint, "url": format!("{repo_url}/keys/{}", key.id),
        "created_at": key.created, "read_only": key.is_read_only, "repository": null,
    })
}
