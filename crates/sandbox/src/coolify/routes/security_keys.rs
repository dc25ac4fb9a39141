//! `/security/keys`: SSH keys, unique by fingerprint within the team.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::route::{Route, route};
use crate::coolify::Version::Beta473;
use crate::coolify::answer_json;
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{random_uuid, text};
use crate::coolify::model::{CoolifyState, PrivateKey};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/security/keys", |state, _, _| Ok(list(state))),
    route("POST", "/security/keys", |state, request, _| create(state, request)),
    route("GET", "/security/keys/{uuid}", |state, _, at| show(state, at[0])),
    route("PATCH", "/security/keys/{uuid}", |state, request, at| update(state, request, at[0])),
    route("DELETE", "/security/keys/{uuid}", |state, _, at| delete(state, at[0])),
];

/// The fields of a PATCH; a creation does not check its fields.
const FIELDS: &[Field] = &[
    field("name", Rule::Text, Beta473),
    field("description", Rule::Text, Beta473),
    field("private_key", Rule::Text, Beta473),
];

/// `GET /security/keys`.
fn list(state: &CoolifyState) -> Reply {
    Reply::json(200, state.keys.iter().map(answer_json::team::private_key).collect())
}

/// `POST /security/keys`: ignores unknown fields; its refusals have a message only.
fn create(state: &mut CoolifyState, request: &Request) -> ReplyResult {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::require(&body, &["private_key"], &mut errors);
    errors.check()?;
    let given = text(&body, "private_key").unwrap_or_default();
    let decoded = || STANDARD.decode(given).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pem = if given.starts_with("-----BEGIN") { Some(given.to_owned()) } else { decoded() };
    let invalid = || errors::message(422, "Invalid private key.");
    let key = pem.as_deref().and_then(parse_key).ok_or_else(invalid)?;
    if state.keys.iter().any(|other| other.fingerprint == key.fingerprint) {
        return Err(errors::message(422, "Private key already exists."));
    }
    let uuid = random_uuid();
    let id = state.next_id();
    let ParsedKey { secret, public, fingerprint } = key;
    state.keys.push(PrivateKey {
        id,
        uuid: uuid.clone(),
        name: text(&body, "name").map_or_else(|| format!("key-{uuid}"), str::to_owned),
        description: text(&body, "description").map(str::to_owned),
        secret,
        public,
        fingerprint,
        created: timestamp(),
    });
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

/// `GET /security/keys/{uuid}`.
fn show(state: &CoolifyState, uuid: &str) -> ReplyResult {
    Ok(Reply::json(200, answer_json::team::private_key(state.private_key(uuid)?)))
}

/// `PATCH /security/keys/{uuid}`: needs the private key each time, not in base64; answers 201.
fn update(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::require(&body, &["private_key"], &mut errors);
    body::check(&body, &[FIELDS], state.version, &mut errors);
    errors.check()?;
    let id = state.private_key(uuid)?.id;
    // The model refuses when it is saved: Laravel's words, not the controller's.
    let refused = |text: &str| {
        Reply::json(422, json!({ "message": text, "errors": { "private_key": [text] } }))
    };
    let given = parse_key(text(&body, "private_key").unwrap_or_default());
    let given = given.ok_or_else(|| refused("The private key is invalid."))?;
    let is_other = |key: &PrivateKey| key.id != id && key.fingerprint == given.fingerprint;
    if state.keys.iter().any(is_other) {
        return Err(refused("This private key already exists."));
    }
    if let Some(key) = state.keys.iter_mut().find(|key| key.id == id) {
        (key.secret, key.public, key.fingerprint) = (given.secret, given.public, given.fingerprint);
        if let Some(name) = text(&body, "name") {
            name.clone_into(&mut key.name);
        }
        if let Some(description) = text(&body, "description") {
            key.description = Some(description.to_owned());
        }
    }
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

/// `DELETE /security/keys/{uuid}`: refused while an application clones with it.
fn delete(state: &mut CoolifyState, uuid: &str) -> ReplyResult {
    let id = state.private_key(uuid)?.id;
    if state.resources.iter().any(|one| one.fields.get("private_key_id") == Some(&json!(id))) {
        return Err(errors::message(422, "Private Key is in use and cannot be deleted."));
    }
    state.keys.retain(|key| key.id != id);
    Ok(errors::message(200, "Private Key deleted."))
}

/// A private key as Coolify stores it.
struct ParsedKey {
    secret: String,
    public: String,
    fingerprint: String,
}

/// Parses a private key in PEM form.
fn parse_key(text: &str) -> Option<ParsedKey> {
    let secret = format!("{}\n", text.replace("\r\n", "\n").trim());
    let (public, fingerprint) =
        secret.starts_with("-----BEGIN").then(|| derive_public(&secret)).flatten()?;
    Some(ParsedKey { secret, public, fingerprint })
}

/// Derives the public key and fingerprint of a private key.
///
/// They come from the secret half of an OpenSSH key, so a file whose halves do not match is refused.
/// Other formats are only distinguished from each other.
fn derive_public(private_key: &str) -> Option<(String, String)> {
    let fingerprint = |bytes: &[u8]| STANDARD_NO_PAD.encode(Sha256::digest(bytes));
    if private_key.contains("BEGIN OPENSSH PRIVATE KEY") {
        let key = ssh_key::PrivateKey::from_openssh(private_key).ok()?;
        // Coolify has no passphrase.
        let public = (!key.is_encrypted()).then(|| key.public_key())?;
        let blob = public.to_bytes().ok()?;
        let kind = public.algorithm();
        return Some((format!("{kind} {}", STANDARD.encode(&blob)), fingerprint(&blob)));
    }
    let blob = private_key.as_bytes();
    Some((format!("ssh-rsa {}", STANDARD.encode(Sha256::digest(blob))), fingerprint(blob)))
}
