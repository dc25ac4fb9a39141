//! `/security/keys`: SSH keys, unique by fingerprint within the team.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use covibe_domain::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::body;
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

/// The public part of a key in OpenSSH's own format: its type and blob lie in the clear.
fn public_blob(private_key: &str) -> Option<(String, Vec<u8>)> {
    let lines = private_key.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let bytes = STANDARD.decode(lines.collect::<String>()).ok()?;
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    for _ in 0..3 {
        (_, rest) = string(rest)?;
    }
    let (blob, _) = string(rest.get(4..)?)?;
    let (kind, _) = string(blob)?;
    Some((String::from_utf8(kind.to_vec()).ok()?, blob.to_vec()))
}

/// The SSH string that the bytes begin with, and what follows it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// The public key and fingerprint; other formats than OpenSSH's are only told apart.
fn derive(private_key: &str) -> Option<(String, String)> {
    let fingerprint = |bytes: &[u8]| STANDARD_NO_PAD.encode(Sha256::digest(bytes));
    if private_key.contains("BEGIN OPENSSH PRIVATE KEY") {
        let (kind, blob) = public_blob(private_key)?;
        return Some((format!("{kind} {}", STANDARD.encode(&blob)), fingerprint(&blob)));
    }
    let blob = private_key.as_bytes();
    Some((format!("ssh-rsa {}", STANDARD.encode(Sha256::digest(blob))), fingerprint(blob)))
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
    let text = text.filter(|text| text.starts_with("-----BEGIN")).ok_or_else(invalid)?;
    let secret = format!("{}\n", text.trim());
    let (public, fingerprint) = derive(&secret).ok_or_else(invalid)?;
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

impl State {
    /// The numeric id of a key, or Coolify's 404.
    pub(super) fn private_key_id(&self, uuid: &str) -> Result<i64, Reply> {
        let found = self.keys.iter().find(|key| key.uuid == uuid);
        found.map(|key| key.id).ok_or_else(|| errors::not_found("Private Key"))
    }
}
