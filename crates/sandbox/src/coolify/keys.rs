//! `/security/keys`: SSH keys, unique by fingerprint within the team.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use covibe_domain::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Version::Beta473;
use super::body::{self, Field, Rule};
use super::errors::{self, Errors};
use super::state::State;
use crate::random;
use crate::wire::{Answer, Reply, Request};

pub(super) struct PrivateKey {
    id: i64,
    uuid: String,
    pub(super) name: String,
    description: Option<String>,
    secret: String,
    public: String,
    fingerprint: String,
    created: Timestamp,
}

impl PrivateKey {
    fn json(&self) -> Value {
        json!({
            "id": self.id, "uuid": self.uuid, "name": self.name, "description": self.description,
            "private_key": self.secret, "public_key": self.public,
            "fingerprint": self.fingerprint, "is_git_related": false, "team_id": 0,
            "created_at": self.created, "updated_at": self.created,
        })
    }
}

/// The public key and fingerprint of a private key, worked out from its secret half: a file
/// whose public half is another's is refused. Other formats than OpenSSH's are only told apart.
fn derive(private_key: &str) -> Option<(String, String)> {
    let fingerprint = |bytes: &[u8]| STANDARD_NO_PAD.encode(Sha256::digest(bytes));
    if private_key.contains("BEGIN OPENSSH PRIVATE KEY") {
        let key = ssh_key::PrivateKey::from_openssh(private_key).ok()?;
        // There is nobody to ask for a passphrase.
        let public = (!key.is_encrypted()).then(|| key.public_key())?;
        let blob = public.to_bytes().ok()?;
        let kind = public.algorithm();
        return Some((format!("{kind} {}", STANDARD.encode(&blob)), fingerprint(&blob)));
    }
    let blob = private_key.as_bytes();
    Some((format!("ssh-rsa {}", STANDARD.encode(Sha256::digest(blob))), fingerprint(blob)))
}

/// The text as Coolify keeps it, with its public key and fingerprint.
struct Read {
    secret: String,
    public: String,
    fingerprint: String,
}

fn read(text: &str) -> Option<Read> {
    let secret = format!("{}\n", text.replace("\r\n", "\n").trim());
    let (public, fingerprint) =
        secret.starts_with("-----BEGIN").then(|| derive(&secret)).flatten()?;
    Some(Read { secret, public, fingerprint })
}

/// `GET /security/keys`.
pub(super) fn list(state: &State) -> Reply {
    Reply::json(200, state.keys.iter().map(PrivateKey::json).collect())
}

/// `POST /security/keys`: unknown fields are ignored here; refusals have a message only.
pub(super) fn create(state: &mut State, request: &Request) -> Answer {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::require(&body, &["private_key"], &mut errors);
    errors.check()?;
    let given = body::text(&body, "private_key").unwrap_or_default();
    let decoded = || STANDARD.decode(given).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = if given.starts_with("-----BEGIN") { Some(given.to_owned()) } else { decoded() };
    let invalid = || errors::message(422, "Invalid private key.");
    let Read { secret, public, fingerprint } =
        text.as_deref().and_then(read).ok_or_else(invalid)?;
    if state.keys.iter().any(|key| key.fingerprint == fingerprint) {
        return Err(errors::message(422, "Private key already exists."));
    }
    let uuid = random::uuid();
    let id = state.id();
    state.keys.push(PrivateKey {
        id,
        uuid: uuid.clone(),
        name: body::text(&body, "name").map_or_else(|| format!("key-{uuid}"), str::to_owned),
        description: body::text(&body, "description").map(str::to_owned),
        secret,
        public,
        fingerprint,
        created: random::now(),
    });
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

/// `GET /security/keys/{uuid}`.
pub(super) fn show(state: &State, uuid: &str) -> Answer {
    Ok(Reply::json(200, state.private_key(uuid)?.json()))
}

const FIELDS: &[Field] = &[
    Field("name", Rule::Text, Beta473),
    Field("description", Rule::Text, Beta473),
    Field("private_key", Rule::Text, Beta473),
];

/// `PATCH /security/keys/{uuid}`: with the private key each time, not in base64; answers 201.
pub(super) fn update(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::require(&body, &["private_key"], &mut errors);
    body::check(&body, &[FIELDS], state.version, &mut errors);
    errors.check()?;
    let id = state.private_key(uuid)?.id;
    // What the model refuses when it is saved comes in Laravel's words, not the controller's.
    let refused = |text: &str| {
        Reply::json(422, json!({ "message": text, "errors": { "private_key": [text] } }))
    };
    let given = read(body::text(&body, "private_key").unwrap_or_default());
    let Read { secret, public, fingerprint } =
        given.ok_or_else(|| refused("The private key is invalid."))?;
    if state.keys.iter().any(|key| key.id != id && key.fingerprint == fingerprint) {
        return Err(refused("This private key already exists."));
    }
    for key in state.keys.iter_mut().filter(|key| key.id == id) {
        (key.secret, key.public, key.fingerprint) =
            (secret.clone(), public.clone(), fingerprint.clone());
        if let Some(name) = body::text(&body, "name") {
            name.clone_into(&mut key.name);
        }
        if let Some(description) = body::text(&body, "description") {
            key.description = Some(description.to_owned());
        }
    }
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

/// `DELETE /security/keys/{uuid}`: refused while an application clones with it.
pub(super) fn delete(state: &mut State, uuid: &str) -> Answer {
    let id = state.private_key(uuid)?.id;
    if state.resources.iter().any(|one| one.fields.get("private_key_id") == Some(&json!(id))) {
        return Err(errors::message(422, "Private Key is in use and cannot be deleted."));
    }
    state.keys.retain(|key| key.id != id);
    Ok(errors::message(200, "Private Key deleted."))
}

impl State {
    /// The key of that uuid, or Coolify's 404.
    fn private_key(&self, uuid: &str) -> Result<&PrivateKey, Reply> {
        let found = self.keys.iter().find(|key| key.uuid == uuid);
        found.ok_or_else(|| errors::not_found("Private Key"))
    }

    /// The numeric id of a key, or Coolify's 404.
    pub(super) fn private_key_id(&self, uuid: &str) -> Result<i64, Reply> {
        self.private_key(uuid).map(|key| key.id)
    }
}
