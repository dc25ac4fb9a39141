//! Users and organisations, and what belongs to a user.

use serde_json::{Value, json};

use crate::gitea::auth::Caller;
use crate::gitea::model::{GiteaState, Org, Owner, SshKey, Team, Token, User};

/// Gitea's text for a moment that has not been.
const NEVER: &str = "1970-01-01T00:00:00Z";

/// Shows a user with everything that administrators and the user see.
pub(crate) fn user(state: &GiteaState, user: &User) -> Value {
    json!({
        "id": user.id, "login": user.login, "username": user.login,
        "login_name": user.login_name, "source_id": 0, "full_name": user.full_name,
        "email": user.email, "avatar_url": format!("{}/avatars/{}", state.url, user.id),
        "html_url": format!("{}/{}", state.url, user.login), "language": "",
        "is_admin": user.is_admin, "last_login": NEVER, "created": user.created,
        "restricted": user.is_restricted, "active": user.is_active,
        "prohibit_login": user.prohibit_login, "location": "",
        "website": "", "description": "", "visibility": user.visibility, "followers_count": 0,
        "following_count": 0, "starred_repos_count": 0,
    })
}

/// Shows a user to a caller: others' addresses and rights are hidden.
pub(crate) fn user_for(state: &GiteaState, caller: &Caller, shown: &User) -> Value {
    let mut body = user(state, shown);
    if !caller.is_admin && caller.user != shown.id {
        body["login_name"] = json!("");
        for hidden in ["is_admin", "active"] {
            body[hidden] = json!(false);
        }
    }
    if !caller.may_see_address(shown) {
        body["email"] = json!(format!("{}@noreply.localhost", shown.login.to_lowercase()));
    }
    body
}

/// Shows an organisation as `/users/{name}` does.
pub(crate) fn org_as_user(state: &GiteaState, org: &Org) -> Value {
    json!({
        "id": org.id, "login": org.name, "username": org.name, "login_name": "", "source_id": 0,
        "full_name": org.full_name, "email": "",
        "avatar_url": format!("{}/avatars/{}", state.url, org.id),
        "html_url": format!("{}/{}", state.url, org.name), "language": "", "is_admin": false,
        "last_login": NEVER, "created": org.created, "restricted": false, "active": false,
        "prohibit_login": false, "location": org.location, "website": org.website,
        "description": org.description, "visibility": org.visibility, "followers_count": 0,
        "following_count": 0, "starred_repos_count": 0,
    })
}

/// Shows the owner of a repository to a caller.
pub(crate) fn owner(state: &GiteaState, caller: &Caller, owner: Owner<'_>) -> Value {
    match owner {
        Owner::User(user) => user_for(state, caller, user),
        Owner::Org(org) => org_as_user(state, org),
    }
}

/// Shows an organisation.
pub(crate) fn org(state: &GiteaState, org: &Org) -> Value {
    json!({
        "id": org.id, "name": org.name, "username": org.name, "full_name": org.full_name,
        "email": "", "avatar_url": format!("{}/avatars/{}", state.url, org.id),
        "description": org.description, "website": org.website, "location": org.location,
        "visibility": org.visibility, "repo_admin_change_team_access": false,
    })
}

/// Shows a team; lists come without its organisation.
pub(crate) fn team(team: &Team, organization: &Value) -> Value {
    let right = team.right.name();
    let units: serde_json::Map<_, _> =
        team.units.iter().map(|unit| (unit.clone(), json!(right))).collect();
    // A team whose rights are given by unit has none as a whole.
    let whole = if matches!(right, "read" | "write") { "none" } else { right };
    json!({
        "id": team.id, "name": team.name, "description": team.description,
        "organization": organization,
        "includes_all_repositories": team.includes_all_repositories, "permission": whole,
        "can_create_org_repo": team.can_create_org_repo, "units": team.units, "units_map": units,
    })
}

/// Shows an SSH key.
pub(crate) fn ssh_key(state: &GiteaState, key: &SshKey) -> Value {
    json!({
        "id": key.id, "key": key.text, "title": key.title, "fingerprint": key.fingerprint,
        "url": format!("{}/api/v1/user/keys/{}", state.url, key.id),
        "created_at": key.created, "last_used_at": key.created, "key_type": "user",
        "user": state.user_by_id(key.user).map(|owner| user(state, owner)),
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
