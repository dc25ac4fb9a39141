//! Invitations to an organisation, which WorkOS sends by email.

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Error, Identified, optional};
use serde::Deserialize;
use serde_json::json;

use super::pagination;
use crate::client::WorkOs;
use crate::ids::{InvitationId, OrganizationId, UserId};

const ALL: &str = "/user_management/invitations";

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The address that it was sent to.
    pub email: String,
    /// Its state.
    pub state: InvitationState,
    /// The organisation that it is for.
    pub organization_id: Option<OrganizationId>,
    /// The token by which a sign-in accepts it. Anybody who has it can come as the invited person.
    pub token: Option<Secret>,
    /// The address of a page of WorkOS that accepts it, with the token in it.
    pub accept_invitation_url: Option<Secret>,
    /// When it ends, by RFC 3339.
    pub expires_at: String,
}

/// The state of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It can be accepted.
    Pending,
    /// The person came.
    Accepted,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// A state that this client does not know.
    #[serde(other)]
    Unknown,
}

impl Identified for Invitation {
    fn is_about(&self, segments: &[String]) -> bool {
        segments.iter().all(|id| self.id.as_str() == id)
    }
}

/// The parameters of an invitation.
#[derive(Clone, Debug)]
pub struct NewInvitation<'a> {
    /// The address that WorkOS sends it to.
    pub email: &'a str,
    /// The organisation.
    pub organization: &'a OrganizationId,
    /// The slug of the role in it.
    pub role: &'a str,
    /// Its lifetime in days, 1 to 30.
    pub days: u8,
    /// The person who invites, and is named in the email.
    pub inviter: Option<&'a UserId>,
}

impl WorkOs {
    /// Invites a person, who gets an email of WorkOS. It is sent once: a second call would send a second
    /// email, or be refused.
    ///
    /// # Errors
    ///
    /// [`crate::Conflict::Exists`] if the address has an invitation to the organisation, or is a member.
    #[boxed]
    pub async fn invite<'a>(&'a self, new: NewInvitation<'a>) -> Result<Invitation, Error> {
        let NewInvitation { email, organization, role, days, inviter } = new;
        let mut body = json!({
            "email": email,
            "organization_id": organization,
            "role_slug": role,
            "expires_in_days": days,
        });
        if let Some(inviter) = inviter {
            body["inviter_user_id"] = json!(inviter);
        }
        self.transport().post(ALL).body(body).json().await
    }

    /// Returns the open invitation of an address to an organisation. WorkOS has at most one, which is the newest: while
    /// it is open, it refuses another one. So one call suffices, however many invitations of the address have ended.
    #[boxed]
    pub async fn open_invitation(
        &self,
        organization: &OrganizationId,
        email: &str,
    ) -> Result<Option<Invitation>, Error> {
        let request = self.transport().get(ALL).query("organization_id", organization);
        let newest = pagination::newest::<Invitation>(request.query("email", email)).await?;
        Ok(newest.into_iter().find(|one| {
            one.state == InvitationState::Pending
                && one.organization_id.as_ref() == Some(organization)
                && one.email.eq_ignore_ascii_case(email)
        }))
    }

    /// Returns an invitation.
    #[boxed]
    pub async fn invitation(&self, id: &InvitationId) -> Result<Option<Invitation>, Error> {
        let request = self.transport().get("/user_management/invitations/{id}");
        optional(request.segment(id.as_str()).json_asked().await)
    }

    /// Takes an invitation back, and returns its state then: an invitation that ended in another
    /// way before is returned too.
    #[boxed]
    pub async fn revoke_invitation(&self, id: &InvitationId) -> Result<Option<Invitation>, Error> {
        let request = self.transport().post("/user_management/invitations/{id}/revoke");
        let revoked = request.segment(id.as_str()).repeatable().json_asked().await;
        match revoked {
            Ok(invitation) => Ok(Some(invitation)),
            Err(error) => match self.invitation(id).await? {
                Some(invitation) if invitation.state == InvitationState::Pending => Err(error),
                ended => Ok(ended),
            },
        }
    }
}
