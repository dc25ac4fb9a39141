//! `DELETE …/keys/{keyId}`.

use covibe_domain::{Failure, KeyId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{RevokedKey, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::people::OUTLIVES;

/// Revoke an API key of this workspace, and all keys that were minted with it, directly or through other keys. They
/// stop working on every server within two seconds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokeKey {
    /// The id, as keys.list returns it.
    key_id: KeyId,
}

/// The key that was revoked, and those that ended with it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RevokedKey")]
pub(crate) struct Revocation {
    revoked: KeyId,
    /// The keys that were minted with it, directly or through other keys, in any workspace of the tenant.
    also_revoked: Vec<Descendant>,
    /// The credentials that its holder may still know.
    #[schemars(example = &OUTLIVES)]
    hint: &'static str,
}

/// A key that ended because it was minted with a key that was revoked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlsoRevokedKey")]
struct Descendant {
    /// Its id.
    id: KeyId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"laptop")]
    name: Option<String>,
}

impl Operation<Workspace> for RevokeKey {
    const SPEC: Spec =
        Spec::destroy("keys.revoke", Route::delete("/keys/{keyId}")).rest_only().early();

    type Output = Revocation;

    async fn run(self, cx: &Workspace) -> Result<Revocation, Failure> {
        let others = cx.keys().revoke(&self.key_id).await?;
        let descendant = |other: RevokedKey| Descendant { id: other.id, name: other.name };
        let also_revoked = others.into_iter().map(descendant).collect();
        Ok(Revocation { revoked: self.key_id, also_revoked, hint: OUTLIVES })
    }
}
