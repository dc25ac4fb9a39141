//! `DELETE …/keys/{keyId}`.

use covibe_domain::{Failure, KeyId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::people::OUTLIVES;

/// Revoke an API key of this workspace. It stops working on every server within two seconds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokeKey {
    /// The id, as keys.list returns it.
    key_id: KeyId,
}

/// The key that was revoked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RevokedKey")]
pub(crate) struct Revoked {
    revoked: KeyId,
    /// The credentials that its holder may still know.
    #[schemars(example = &OUTLIVES)]
    hint: &'static str,
}

impl Operation<Workspace> for RevokeKey {
    const SPEC: Spec =
        Spec::destroy("keys.revoke", Route::delete("/keys/{keyId}")).rest_only().early();

    type Output = Revoked;

    async fn run(self, cx: &Workspace) -> Result<Revoked, Failure> {
        cx.keys().revoke(&self.key_id).await?;
        Ok(Revoked { revoked: self.key_id, hint: OUTLIVES })
    }
}
