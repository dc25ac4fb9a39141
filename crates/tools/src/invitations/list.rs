//! `GET …/invitations`, and invitations as answers show them.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, InvitationId, Timestamp, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the open invitations to the company.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListInvitations {}

/// The open invitations, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Invitations {
    /// The invitations.
    invitations: Vec<Invitation>,
}

impl Operation<Workspace> for ListInvitations {
    const SPEC: Spec =
        Spec::read("invitations.list", Route::get("/invitations")).for_admins().early();

    type Output = Invitations;

    async fn run(self, cx: &Workspace) -> Result<Invitations, Failure> {
        let open = cx.people().invitations().await?;
        Ok(Invitations { invitations: open.into_iter().map(Invitation::from).collect() })
    }
}

/// An open invitation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invitation {
    /// The invitation's id.
    #[schemars(example = &"inv_0123456789abcdef")]
    id: InvitationId,
    email: Email,
    /// The role that the person gets in the company.
    #[schemars(example = &"member")]
    role: Role,
    /// The admin who invited them; absent for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"usr_0123456789abcdef")]
    invited_by: Option<UserId>,
    /// The time of the invitation.
    #[schemars(example = &"2026-11-23T10:00:00.000Z")]
    created_at: Timestamp,
    /// The time at which the invitation expires.
    #[schemars(example = &"2026-11-30T10:00:00.000Z")]
    expires_at: Timestamp,
}

impl From<covibe_workspace::Invitation> for Invitation {
    fn from(of: covibe_workspace::Invitation) -> Self {
        Self {
            id: of.id,
            email: of.email,
            role: of.role,
            invited_by: of.invited_by,
            created_at: of.created_at,
            expires_at: of.expires_at,
        }
    }
}
