//! The endpoints of HMAC keys: `/storage/v1/projects/{project}/hmacKeys`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::errors::{forbidden_by_policy, not_found};
use super::model::{HmacKeyState, Key, Storage};
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::google::errors::{api, no_route, page, refusal};
use crate::google::options::{PROJECT, Settings};

/// The maximum number of keys of an account that are not deleted.
const MOST: usize = 10;

/// The length of a key's id.
const ID: usize = 61;

/// The bytes of a secret, which is 40 characters in base64.
const SECRET: usize = 30;

/// Answers a request below that path.
pub(super) fn answer(
    storage: &mut Storage,
    settings: &Settings,
    request: &Request,
    rest: &[&str],
) -> ReplyResult {
    if settings.storage.role_missing {
        return Err(refusal(403));
    }
    match (request.method.as_str(), rest) {
        ("POST", []) => create(storage, settings, request),
        ("GET", []) => Ok(list(storage, request)),
        ("GET", [id]) => Ok(Reply::json(200, view(find_key(storage, id)?))),
        ("PUT", [id]) => update(find_key(storage, id)?, &request.json().unwrap_or_default()),
        ("DELETE", [id]) => delete(find_key(storage, id)?),
        _ => Err(no_route()),
    }
}

fn find_key<'a>(storage: &'a mut Storage, id: &str) -> Result<&'a mut Key, Reply> {
    storage.keys.iter_mut().find(|key| key.access_id == id).ok_or_else(|| not_found("access ID"))
}

fn create(storage: &mut Storage, settings: &Settings, request: &Request) -> ReplyResult {
    // Google's front end refuses a POST of unknown length.
    if request.header("content-length").is_empty() {
        return Err(page(411, "POST requests require a Content-length header."));
    }
    if let Some(constraint) = settings.storage.forbidden_keys {
        return Err(forbidden_by_policy(constraint));
    }
    let email = request.query.get("serviceAccountEmail").cloned().unwrap_or_default();
    if storage.account(&email, settings.storage.lag).is_none() {
        return Err(not_found("service account"));
    }
    let of_account = storage.keys.iter().filter(|key| key.email == email);
    if of_account.filter(|key| key.state != HmacKeyState::Deleted).count() >= MOST {
        return Err(api(400, "invalid", "The maximum number of HMAC keys has been reached."));
    }
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).map_err(|_| refusal(500))?;
    let access_id = format!("GOOG1E{}", random::alphanumeric(ID - 6).to_ascii_uppercase());
    let (secret, made) = (STANDARD.encode(secret), storage.clock.now());
    let key = Key { access_id, secret: secret.clone(), email, state: HmacKeyState::Active, made };
    let metadata = view(&key);
    storage.keys.push(key);
    let body = json!({ "kind": "storage#hmacKey", "metadata": metadata, "secret": secret });
    Ok(Reply::json(200, body))
}

fn list(storage: &Storage, request: &Request) -> Reply {
    let email = request.query.get("serviceAccountEmail");
    let shows_deleted = request.query.get("showDeletedKeys").is_some_and(|text| text == "true");
    let keys = storage.keys.iter().filter(|key| {
        email.is_none_or(|email| key.email == *email)
            && (shows_deleted || key.state != HmacKeyState::Deleted)
    });
    let keys: Vec<_> = keys.map(view).collect();
    let mut body = json!({ "kind": "storage#hmacKeysMetadata" });
    if !keys.is_empty() {
        body["items"] = json!(keys);
    }
    Reply::json(200, body)
}

fn update(key: &mut Key, body: &Value) -> ReplyResult {
    key.state = match (key.state, body["state"].as_str()) {
        (HmacKeyState::Deleted, _) => return Err(api(400, "invalid", "The key is deleted.")),
        (_, Some("ACTIVE")) => HmacKeyState::Active,
        (_, Some("INACTIVE")) => HmacKeyState::Inactive,
        _ => return Err(api(400, "invalid", "Invalid argument: state")),
    };
    Ok(Reply::json(200, view(key)))
}

fn delete(key: &mut Key) -> ReplyResult {
    if key.state != HmacKeyState::Inactive {
        return Err(api(400, "invalid", "Cannot delete a key that is not inactive."));
    }
    key.state = HmacKeyState::Deleted;
    Ok(Reply::empty(204))
}

fn view(key: &Key) -> Value {
    json!({
        "kind": "storage#hmacKeyMetadata",
        "id": format!("{PROJECT}/{}", key.access_id),
        "accessId": key.access_id,
        "projectId": PROJECT,
        "serviceAccountEmail": key.email,
        "state": key.state.word(),
        "timeCreated": "2026-01-01T00:00:00.000Z",
        "updated": "2026-01-01T00:00:00.000Z",
        "etag": "CAE=",
    })
}
