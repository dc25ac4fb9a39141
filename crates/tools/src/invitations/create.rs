//! `POST …/invitations`.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, Revealed, Secret};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{InvitationWithToken, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::list::Invitation;

/// Invite somebody to the company and to this workspace. The link is shown once; earlier links for the same address
/// become void.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = json!({ "email": "ada@example.com" }))]
pub(crate) struct CreateInvitation {
    /// The email address of the person, such as `ada@example.com`.
    email: Email,
    /// Their role in the company; default: `member`.
    #[serde(default)]
    #[schemars(example = &"member")]
    role: Option<Role>,
}

/// The invitation and its link.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CreatedInvitation {
    #[serde(flatten)]
    invitation: Invitation,
    /// The link, which is shown once: pass it to that person alone. Absent if WorkOS sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://co-vibe.example/auth/invitation/example")]
    link: Option<Revealed>,
}

impl Operation<Workspace> for CreateInvitation {
    const SPEC: Spec = Spec::write("invitations.create", Route::post("/invitations"))
        .for_admins()
        .early()
        .creates();

    type Output = CreatedInvitation;

    async fn run(self, cx: &Workspace) -> Result<CreatedInvitation, Failure> {
        let origin = cx.settings().origin()?;
        let role = self.role.unwrap_or(Role::Member);
        let InvitationWithToken { invitation, token } =
            cx.people().invite(self.email, role).await?;
        let link = Secret::new(format!("{origin}/auth/invitation/{}", token.expose()));
        // An invitation of WorkOS is accepted there.
        let link = invitation.provider.is_none().then(|| Revealed::new(link));
        Ok(CreatedInvitation { invitation: invitation.into(), link })
    }
}
