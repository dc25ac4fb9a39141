//! Invitations: an admin invites an email address, and the person with that address accepts.
//!
//! Accepting is in [`super::invitation_acceptance`].

use std::time::Duration;

use covibe_crypto::{MintedToken, mint_token};
use covibe_domain::entities::Role;
use covibe_domain::{
    Email, Failure, InvitationId, Secret, TenantId, Timestamp, UserId, WorkspaceId, boxed,
};
use covibe_policy::Principal;
use covibe_store::{Invitation, NewInvitation, Tx};

use super::admin_check::{admin, lock_as_admin};
use crate::attempt_limits::Attempt;
use crate::authentication_state::Identity;

/// The time for which an invitation is valid.
const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// The maximum number of open invitations of a tenant.
const MAX_OPEN: usize = 200;

/// The recipient of an invitation, and the membership that they get.
#[derive(Clone, Debug)]
pub struct NewInvitationRequest {
    /// The address.
    pub email: Email,
    /// The role in the tenant.
    pub role: Role,
    /// The workspace that they become a member of.
    pub workspace: Option<WorkspaceId>,
    /// The invitation's id at the provider of identities.
    pub provider: Option<String>,
}

/// An invitation, and the token in its link.
#[derive(Debug)]
pub struct InvitationWithToken {
    /// The invitation.
    pub invitation: Invitation,
    /// The token in its link.
    pub token: Secret,
}

impl Identity {
    /// Invites somebody to the caller's tenant. An earlier open invitation of the same address is void.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant; conflict if the address is a
    /// member's, or 200 invitations are open; limited after too many that WorkOS sends, of the tenant or to the
    /// address.
    #[boxed]
    pub async fn invite(
        &self,
        by: &Principal,
        mut request: NewInvitationRequest,
    ) -> Result<InvitationWithToken, Failure> {
        let inviter = admin(by)?;
        self.check_invitation(by, &request).await?;
        let Some(provider) = self.provider_for_changes_of(&by.tenant) else {
            return self.record(by, request).await;
        };
        let NewInvitationRequest { email, role, .. } = &request;
        let counted = emailed_attempts(&by.tenant, email);
        self.attempts.make_all(&counted).await?;
        let there = match provider.invite(&by.tenant, email, *role, inviter).await {
            Err(failure) if !failure.is_in_doubt() => {
                // WorkOS has sent nothing.
                for attempt in counted {
                    self.attempts.give_back(attempt).await;
                }
                return Err(failure);
            }
            there => there?,
        };
        request.provider = Some(there.clone());
        let recorded = self.record(by, request).await;
        if recorded.is_err() {
            // It may come from a person who is no longer an admin.
            provider.revoke_invitation(&there).await?;
        }
        recorded
    }

    async fn record(
        &self,
        by: &Principal,
        request: NewInvitationRequest,
    ) -> Result<InvitationWithToken, Failure> {
        let mut tx = self.store.tenant(&by.tenant).await?;
        lock_as_admin(&mut tx, by).await?;
        may_invite(&mut tx, &request, Timestamp::now()).await?;
        let invited = put_invitation(&mut tx, &by.tenant, request, Some(admin(by)?)).await?;
        tx.commit().await?;
        Ok(invited)
    }

    /// Fails for an invitation that is not possible, before anybody else learns of it.
    async fn check_invitation(
        &self,
        by: &Principal,
        request: &NewInvitationRequest,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        may_invite(&mut tx, request, Timestamp::now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns the open invitations to the caller's tenant, newest first.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant.
    #[boxed]
    pub async fn invitations(&self, by: &Principal) -> Result<Vec<Invitation>, Failure> {
        admin(by)?;
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        let open = tx.invitations(Timestamp::now()).await?;
        tx.commit().await?;
        Ok(open)
    }

    /// Revokes an open invitation to the caller's tenant.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant; not found if it is not open.
    #[boxed]
    pub async fn revoke_invitation(
        &self,
        by: &Principal,
        id: &InvitationId,
    ) -> Result<(), Failure> {
        admin(by)?;
        if let Some(provider) = self.provider_for_changes_of(&by.tenant) {
            let open = self.invitations(by).await?.into_iter().find(|open| open.id == *id);
            if let Some(there) = open.and_then(|open| open.provider) {
                provider.revoke_invitation(&there).await?;
            }
        }
        let mut tx = self.store.tenant(&by.tenant).await?;
        let ended = tx.end_invitation(id, None, Timestamp::now()).await?;
        tx.commit().await?;
        if ended {
            Ok(())
        } else {
            Err(Failure::not_found("There is no open invitation with this id.").hint(
                "It was accepted or revoked, or has expired. invitations.list shows the open ones.",
            ))
        }
    }
}

/// Returns the attempts as which an invitation counts that WorkOS sends by email: somebody who signs up and founds a
/// company must not have it send any number of them in the operator's name.
fn emailed_attempts<'a>(tenant: &'a TenantId, email: &'a Email) -> [Attempt<'a>; 3] {
    [
        Attempt::EmailedInvitation(tenant),
        Attempt::EmailTo(email, tenant),
        Attempt::EmailToFromAll(email, tenant),
    ]
}

/// Inserts an invitation in the scope of its tenant, whose row is locked, in the place of an open one of the same
/// address.
pub(super) async fn put_invitation(
    tx: &mut Tx,
    tenant: &TenantId,
    request: NewInvitationRequest,
    inviter: Option<&UserId>,
) -> Result<InvitationWithToken, Failure> {
    let MintedToken { token, digest } = mint_token();
    let now = Timestamp::now();
    for earlier in tx.invitations(now).await? {
        if earlier.email == request.email {
            tx.end_invitation(&earlier.id, None, now).await?;
        }
    }
    let invitation = Invitation {
        id: InvitationId::from_random(covibe_crypto::random()),
        tenant: tenant.clone(),
        workspace: request.workspace,
        email: request.email,
        role: request.role,
        provider: request.provider,
        invited_by: inviter.cloned(),
        created_at: now,
        expires_at: now.after(LIFETIME),
        ended_at: None,
    };
    let new = NewInvitation { invitation, digest };
    tx.insert_invitation(&new).await?;
    Ok(InvitationWithToken { invitation: new.invitation, token })
}

/// Fails for an invitation of a member, to an unknown workspace, or beyond the maximum.
async fn may_invite(
    tx: &mut Tx,
    request: &NewInvitationRequest,
    now: Timestamp,
) -> Result<(), Failure> {
    if tx.members().await?.iter().any(|member| member.user.email == request.email) {
        return Err(Failure::conflict("Somebody with this email address is already a member."));
    }
    if let Some(workspace) = &request.workspace {
        tx.workspace(workspace).await?.ok_or_else(no_such_workspace)?;
    }
    if tx.invitations(now).await?.len() >= MAX_OPEN {
        return Err(Failure::conflict(format!(
            "{MAX_OPEN} invitations are open, which is the limit."
        ))
        .hint("Revoke those that are no longer needed."));
    }
    Ok(())
}

fn no_such_workspace() -> Failure {
    Failure::not_found("The company has no such workspace.")
        .hint("GET /api/workspaces lists the workspaces that you can access.")
}
