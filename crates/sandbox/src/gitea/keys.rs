//! SSH keys: one key once in the whole instance, one title once for each user.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::access::Caller;
use super::input::Input;
use super::state::{Key, State};
use super::{errors, paging};
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// A key's type and blob without the comment, and its fingerprint.
fn parsed(text: &str) -> Option<(String, String)> {
    let mut words = text.split_whitespace();
    let (kind, blob) = (words.next()?, words.next()?);
    let bytes = STANDARD.decode(blob).ok()?;
    let named = bytes.get(4..4 + kind.len())?;
    let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&bytes)));
    (named == kind.as_bytes()).then(|| (format!("{kind} {blob}"), fingerprint))
}

impl State {
    fn key_json(&self, key: &Key) -> Value {
        let owner = self.users.iter().find(|user| user.id == key.user);
        json!({
            "id": key.id, "key": key.text, "url": format!("{}/api/v1/user/keys/{}", self.url, key.id),
            "title": key.title, "fingerprint": key.fingerprint, "created_at": key.created, "last_used_at": key.created, "key_type": "user",
            "read_only": false, "user": owner.map(|user| self.user_json(user)),
        })
    }
}

/// `POST /admin/users/{name}/keys` and `POST /user/keys`; `read_only` is ignored.
pub(super) fn create(state: &mut State, request: &Request, user: i64) -> Answer {
    let input = Input::of(request)?;
    let (title, text) = (input.required("title", "Title")?, input.required("key", "Key")?);
    let invalid = || errors::message(422, "Invalid key content: invalid authorized key");
    let (text, fingerprint) = parsed(text).ok_or_else(invalid)?;
    if state.keys.iter().any(|other| other.fingerprint == fingerprint) {
        return Err(errors::message(422, "Key content has been used as non-deploy key"));
    }
    if state.keys.iter().any(|other| other.user == user && other.title == title) {
        return Err(errors::message(422, "Key title has been used"));
    }
    let id = state.id();
    let key = Key { id, user, title: title.to_owned(), text, fingerprint, created: random::now() };
    let body = state.key_json(&key);
    state.keys.push(key);
    Ok(Reply::json(201, body))
}

/// `GET /users/{name}/keys`.
pub(super) fn list(state: &State, request: &Request, caller: &Caller, name: &str) -> Answer {
    let user = state.user(name)?;
    if !caller.may_see_user(user) {
        return Err(errors::not_found());
    }
    let keys = state.keys.iter().filter(|key| key.user == user.id);
    Ok(paging::page(request, &keys.map(|key| state.key_json(key)).collect::<Vec<_>>()))
}

/// `DELETE /admin/users/{name}/keys/{id}`.
pub(super) fn delete(state: &mut State, user: i64, id: &str) -> Answer {
    let at = state.keys.iter().position(|key| key.user == user && key.id.to_string() == id);
    state.keys.remove(at.ok_or_else(errors::not_found)?);
    Ok(Reply::empty(204))
}
