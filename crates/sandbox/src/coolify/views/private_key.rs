//! SSH keys.

use serde_json::{Value, json};

use crate::coolify::model::PrivateKey;

/// Shows an SSH key, its secret half included.
pub(crate) fn show(key: &PrivateKey) -> Value {
    json!({
        "id": key.id, "uuid": key.uuid, "name": key.name, "description": key.description,
        "private_key": key.secret, "public_key": key.public,
        "fingerprint": key.fingerprint, "is_git_related": false, "team_id": 0,
        "created_at": key.created, "updated_at": key.created,
    })
}
