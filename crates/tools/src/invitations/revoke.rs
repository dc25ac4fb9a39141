//! `DELETE …/invitations/{invitationId}`.

use covibe_domain::{Failure, InvitationId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Revoke an open invitation. Its link no longer works.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokeInvitation {
    /// The id, as invitations.list returns it.
    #[schemars(example = &"inv_0123456789abcdef")]
    invitation_id: InvitationId,
}

/// The invitation that was revoked.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RevokedInvitation {
    /// The invitation's id.
    #[schemars(example = &"inv_0123456789abcdef")]
    revoked: InvitationId,
}

impl Operation<Workspace> for RevokeInvitation {
    const SPEC: Spec =
        Spec::destroy("invitations.revoke", Route::delete("/invitations/{invitationId}"))
            .for_admins()
            .early();

    type Output = RevokedInvitation;

    async fn run(self, cx: &Workspace) -> Result<RevokedInvitation, Failure> {
        cx.people().revoke_invitation(&self.invitation_id).await?;
        Ok(RevokedInvitation { revoked: self.invitation_id })
    }
}
