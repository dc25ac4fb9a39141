//! Users and organisations, and what belongs to a user.

use serde_json::{Value, json};

use crate::gitea::model::{Org, SshKey, State, Token, User};

/// Gitea's text for a moment that has not been.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Shows a user.
pub(crate) fn user(state: &State, user: &User) -> Value {
    json!({
        "id": user.id, "login": user.login, "username": user.login, "login_name": "",
        "source_id": 0, "full_name": user.full_name, "email": user.email,
        "avatar_url": format!("{}/avatars/{}", state.url, user.id),
        "html_url": format!("{}/{}", state.url, user.login), "language": "",
        "is_admin": user.is_admin, "last_login": NEVER, "created": user.created,
        "restricted": user.is_restricted, "active": user.is_active,
        "prohibit_login": user.prohibit_login, "location": "",
        "website": "", "description": "", "visibility": user.visibility, "followers_count": 0,
        "following_count": 0, "starred_repos_count": 0,
    })
}

/// Shows an organisation.
pub(crate) fn org(state: &State, org: &Org) -> Value {
    json!({
        "id": org.id, "name": org.name, "username": org.name, "full_name": org.full_name,
        "email": "", "avatar_url": format!("{}/avatars/{}", state.url, org.id),
        "description": org.description, "website": "", "location": "",
        "visibility": org.visibility, "repo_admin_change_team_access": false,
    })
}

/// Shows an organisation's team of owners.
pub(crate) fn owners_team(org: &Org) -> Value {
    json!({
        "id": org.owners_team, "name": "Owners", "description": "", "organization": null,
        "includes_all_repositories": true, "permission": "owner", "can_create_org_repo": true,
        "units": ["repo.code", "repo.issues", "repo.pulls"],
        "units_map": { "repo.code": "owner", "repo.issues": "owner", "repo.pulls": "owner" },
    })
}

/// Shows an SSH key.
pub(crate) fn ssh_key(state: &State, key: &SshKey) -> Value {
    json!({
        "id": key.id, "key": key.text, "title": key.title, "fingerprint": key.fingerprint,
        "url": format!("{}/api/v1/user/keys/{}", state.url, key.id),
        "created_at": key.created, "last_used_at": key.created, "key_type": "user",
        "read_only": false, "user": state.user_by_id(key.user).map(|owner| user(state, owner)),
    })
}

/// Shows an access token. `sha1` is the token itself in the answer to its creation, else empty.
pub(crate) fn token(token: &Token, sha1: &str) -> Value {
    let last_eight = token.sha1.get(token.sha1.len().saturating_sub(8)..).unwrap_or_default();
    json!({
        "id": token.id, "name": token.name, "sha1": sha1, "token_last_eight": last_eight,
        "scopes": token.scopes, "created_at": token.created, "last_used_at": token.created,
    })
}
