//! Repositories.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::gitea::auth::Caller;
use crate::gitea::model::{Org, Repo, State};

/// What a path's percent-encoding changes.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Percent-encodes a path for a URL.
pub(crate) fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, ENCODED).to_string()
}

/// Shows a repository to a caller.
pub(crate) fn repo(state: &State, caller: &Caller, org: &Org, repo: &Repo) -> Value {
    let full_name = state.full_name(repo);
    let html_url = format!("{}/{full_name}", state.url);
    let may_write = caller.is_owner(org);
    json!({
        "id": repo.id, "name": repo.name, "full_name": full_name, "description": repo.description,
        "owner": { "id": org.id, "login": org.name, "username": org.name, "full_name": org.full_name,
                   "email": "", "avatar_url": "", "visibility": org.visibility },
        "empty": repo.bare.is_empty(), "private": repo.is_private, "fork": false, "template": false,
        "mirror": false, "archived": repo.is_archived, "internal": false, "size": 24, "language": "",
        "html_url": html_url, "clone_url": format!("{html_url}.git"),
        "url": format!("{}/api/v1/repos/{full_name}", state.url),
        "ssh_url": format!("git@localhost:{full_name}.git"), "link": "", "website": "",
        "original_url": "", "default_branch": repo.bare.noticed_default_branch(), "stars_count": 0,
        "forks_count": 0, "watchers_count": 1, "open_issues_count": 0,
        "created_at": repo.created, "updated_at": repo.created,
        "allow_merge_commits": true, "allow_squash_merge": true, "allow_rebase": false,
        "allow_rebase_explicit": false, "allow_fast_forward_only_merge": false,
        "object_format_name": "sha1",
        "permissions": { "admin": may_write, "push": may_write, "pull": true },
    })
}
