//! `DELETE …/people/links/{linkId}`.

use covibe_domain::{Failure, LinkId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Revoke a link by which a member can choose another password. It no longer works.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokeLink {
    /// The id, as people.links.list returns it.
    #[schemars(example = &"lnk_0123456789abcdef")]
    link_id: LinkId,
}

/// The link that was revoked.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RevokedLink {
    /// The link's id.
    #[schemars(example = &"lnk_0123456789abcdef")]
    revoked: LinkId,
}

impl Operation<Workspace> for RevokeLink {
    const SPEC: Spec =
        Spec::destroy("people.links.revoke", Route::delete("/people/links/{linkId}"))
            .for_admins()
            .early();

    type Output = RevokedLink;

    async fn run(self, cx: &Workspace) -> Result<RevokedLink, Failure> {
        cx.people().revoke_link(&self.link_id).await?;
        Ok(RevokedLink { revoked: self.link_id })
    }
}
