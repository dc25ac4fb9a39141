//! SSH keys: a key is unique in the whole instance, a title for its user.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::answer_json;
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, SshKey};
use crate::gitea::rules::{Input, paging};

/// Returns a key's type and blob without the comment, and its fingerprint.
pub(super) fn parse(text: &str) -> Option<(String, String)> {
    let mut words = text.split_whitespace();
    let (kind, blob) = (words.next()?, words.next()?);
    let bytes = STANDARD.decode(blob).ok()?;
    let named = bytes.get(4..4 + kind.len())?;
    let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&bytes)));
    (named == kind.as_bytes()).then(|| (format!("{kind} {blob}"), fingerprint))
}

/// `POST /admin/users/{name}/keys` and `POST /user/keys`; `read_only` is ignored.
pub(super) fn create(state: &mut GiteaState, request: &Request, user: i64) -> ReplyResult {
    let input = Input::parse(request)?;
    let (title, text) = (input.required("title", "Title")?, input.required("key", "Key")?);
    let (text, fingerprint) = parse(text).ok_or_else(invalid)?;
    if !state.settings.ed25519_keys && text.starts_with("ssh-ed25519 ") {
        let text = "Invalid key content: key type is not allowed [type: ED25519]";
        return Err(errors::invalid(text));
    }
    check_unused(state, &fingerprint)?;
    if state.keys.iter().any(|other| other.user == user && other.title == title) {
        return Err(errors::message(422, "Key title has been used"));
    }
    let (id, title) = (state.next_id(), title.to_owned());
    let key = SshKey { id, user, title, text, fingerprint, created: timestamp() };
    let body = answer_json::ssh_key(state, &key);
    state.keys.push(key);
    Ok(Reply::json(201, body))
}

/// Returns the 422 for a text that is not a key.
pub(super) fn invalid() -> Reply {
    errors::message(422, "Invalid key content: invalid authorized key")
}

/// Refuses a key that a user has.
pub(super) fn check_unused(state: &GiteaState, fingerprint: &str) -> Result<(), Reply> {
    if state.keys.iter().any(|other| other.fingerprint == fingerprint) {
        return Err(errors::message(422, "Key content has been used as non-deploy key"));
    }
    Ok(())
}

/// `GET /users/{name}/keys?fingerprint=`.
pub(super) fn list(
    state: &GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
) -> ReplyResult {
    let user = state.user(name)?;
    if !caller.may_see_user(state, user) {
        return Err(errors::not_found());
    }
    Ok(of_user(state, request, user.id))
}

/// Lists a user's keys, or the one with the fingerprint that the query names.
pub(super) fn of_user(state: &GiteaState, request: &Request, user: i64) -> Reply {
    let wanted = request.query.get("fingerprint").filter(|text| !text.is_empty());
    let keys = state.keys.iter().filter(|key| key.user == user);
    let keys = keys.filter(|key| wanted.is_none_or(|wanted| key.fingerprint == *wanted));
    paging::page(request, &keys.map(|key| answer_json::ssh_key(state, key)).collect::<Vec<_>>())
}

/// `DELETE /admin/users/{name}/keys/{id}`.
pub(super) fn delete(state: &mut GiteaState, user: i64, id: &str) -> ReplyResult {
    let at = state.keys.iter().position(|key| key.user == user && key.id.to_string() == id);
    state.keys.remove(at.ok_or_else(errors::not_found)?);
    Ok(Reply::empty(204))
}
