//! Invitations: an admin invites an email address, and the person with that address accepts.

use std::time::Duration;

use covibe_crypto::{MintedToken, Password, digest, mint_token};
use covibe_domain::entities::Role;
use covibe_domain::{
    Email, Failure, InvitationId, Kind, Secret, TenantId, Timestamp, UserId, WorkspaceId,
};
use covibe_policy::Principal;
use covibe_store::{
    Error, Invitation, Membership, NewInvitation, Tx, User, UserCredentials, WorkspaceMember,
};

use super::credentials::email_digest;
use super::ownership::{new_user, taken_address};
use super::session::{BrowserOrigin, start_in};
use crate::identity::Identity;

/// How long an invitation is valid.
const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// The maximum number of open invitations of a tenant.
const MAX_OPEN: usize = 200;

/// Whom to invite.
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
pub struct Invited {
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
    /// member's, or 200 invitations are open.
    pub async fn invite(
        &self,
        by: &Principal,
        mut request: NewInvitationRequest,
    ) -> Result<Invited, Failure> {
        let inviter = admin(by)?;
        self.check_invitation(by, &request).await?;
        if let Some(provider) = self.provider() {
            let NewInvitationRequest { email, role, .. } = &request;
            request.provider = Some(provider.invite(&by.tenant, email, *role, inviter).await?);
        }
        let MintedToken { token, digest } = mint_token();
        let now = Timestamp::now();
        let mut tx = self.store.tenant(&by.tenant).await?;
        tx.lock_tenant().await?;
        let open = may_invite(&mut tx, &request, now).await?;
        for earlier in open.iter().filter(|open| open.email == request.email) {
            tx.end_invitation(&earlier.id, None, now).await?;
        }
        let invitation = Invitation {
            id: InvitationId::from_random(covibe_crypto::random()),
            tenant: by.tenant.clone(),
            workspace: request.workspace,
            email: request.email,
            role: request.role,
            provider: request.provider,
            invited_by: inviter.clone(),
            created_at: now,
            expires_at: now.after(LIFETIME),
            ended_at: None,
        };
        let new = NewInvitation { invitation, digest };
        tx.insert_invitation(&new).await?;
        tx.commit().await?;
        Ok(Invited { invitation: new.invitation, token })
    }

    /// Refuses an invitation before anybody else learns of it.
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
    pub async fn revoke_invitation(
        &self,
        by: &Principal,
        id: &InvitationId,
    ) -> Result<(), Failure> {
        admin(by)?;
        if let Some(provider) = self.provider() {
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
            Err(Failure::not_found("There is no open invitation with this id."))
        }
    }

    /// Returns the open invitation with this token, the name of its tenant, and whether somebody with its
    /// address has an account.
    ///
    /// # Errors
    ///
    /// Not found if it was never made, has expired or has ended.
    pub async fn invitation(&self, token: &str) -> Result<(Invitation, String, bool), Failure> {
        let invitation = self.open_invitation(token).await?;
        let mut tx = self.store.tenant_read(&invitation.tenant).await?;
        let name = tx.tenant_name().await?.unwrap_or_default();
        tx.commit().await?;
        let mut tx = self.store.credential(&email_digest(&invitation.email)).await?;
        let is_known = tx.user_by_credential().await?.is_some();
        tx.commit().await?;
        Ok((invitation, name, is_known))
    }

    /// Accepts an invitation for a person who is signed in, and returns the tenant.
    ///
    /// # Errors
    ///
    /// Not found if it is not open; forbidden if it is for another address.
    pub async fn accept_invitation(&self, token: &str, user: &User) -> Result<TenantId, Failure> {
        self.by_passwords()?;
        let invitation = self.open_invitation(token).await?;
        if invitation.email != user.email {
            return Err(Failure::forbidden("This invitation is for another email address.")
                .hint("Sign out, and open the link again."));
        }
        let mut tx = self.store.tenant(&invitation.tenant).await?;
        join(&mut tx, &invitation, &user.id).await?;
        tx.commit().await?;
        Ok(invitation.tenant)
    }

    /// Accepts an invitation for a person who has no account yet, and returns the token of their session.
    ///
    /// # Errors
    ///
    /// Not found if it is not open; conflict if somebody with its address has an account.
    pub async fn accept_as_newcomer(
        &self,
        token: &str,
        name: &str,
        password: Password,
        from: BrowserOrigin,
    ) -> Result<Secret, Failure> {
        self.by_passwords()?;
        let invitation = self.open_invitation(token).await?;
        if self.known(&invitation.email).await?.is_some() {
            return Err(taken_address(Error::Conflict));
        }
        let password = self.hash_chosen(password, &from).await?;
        let user = new_user(&invitation.email, name);
        let by = UserCredentials {
            email: email_digest(&invitation.email),
            provider: None,
            password: Some(password),
        };
        let mut tx = self.store.tenant(&invitation.tenant).await?;
        tx.insert_user(&user, &by).await.map_err(taken_address)?;
        join(&mut tx, &invitation, &user.id).await?;
        tx.commit().await?;
        let mut tx = self.store.person(&user.id).await?;
        let session = start_in(&mut tx, from, Some(&invitation.tenant)).await?;
        tx.commit().await?;
        Ok(session)
    }

    async fn open_invitation(&self, token: &str) -> Result<Invitation, Failure> {
        let mut tx = self.store.credential(&digest(token)).await?;
        let invitation = tx.presented_invitation().await?;
        tx.commit().await?;
        let is_open = |invitation: &Invitation| {
            invitation.ended_at.is_none() && invitation.expires_at > Timestamp::now()
        };
        invitation.filter(is_open).ok_or_else(ended)
    }
}

/// Refuses an invitation of a member, to an unknown workspace, or beyond the maximum. Returns the open ones.
async fn may_invite(
    tx: &mut Tx,
    request: &NewInvitationRequest,
    now: Timestamp,
) -> Result<Vec<Invitation>, Failure> {
    if tx.members().await?.iter().any(|member| member.user.email == request.email) {
        return Err(Failure::conflict("Somebody with this email address is a member already."));
    }
    if let Some(workspace) = &request.workspace {
        tx.workspace(workspace).await?.ok_or_else(no_such_workspace)?;
    }
    let open = tx.invitations(now).await?;
    if open.len() >= MAX_OPEN {
        return Err(Failure::conflict(format!("{MAX_OPEN} invitations are open."))
            .hint("Revoke those that are no longer needed."));
    }
    Ok(open)
}

/// Makes a person a member as an invitation says, which ends with it.
async fn join(tx: &mut Tx, invitation: &Invitation, user: &UserId) -> Result<(), Failure> {
    let now = Timestamp::now();
    tx.lock_tenant().await?;
    if !tx.end_invitation(&invitation.id, Some(user), now).await? {
        return Err(ended());
    }
    let membership = Membership {
        user: user.clone(),
        tenant: invitation.tenant.clone(),
        role: invitation.role,
        created_at: now,
    };
    match tx.insert_membership(&membership).await {
        Ok(()) => {}
        Err(Error::Conflict) => return Err(Failure::conflict("You are a member already.")),
        Err(error) => return Err(error.into()),
    }
    if let Some(workspace) = invitation.workspace.clone() {
        let member = WorkspaceMember { workspace, user: user.clone(), role: Role::Member };
        tx.put_workspace_member(&member, now).await?;
    }
    Ok(())
}

/// Returns the person who calls, if they are an admin of the tenant.
pub(super) fn admin(by: &Principal) -> Result<&UserId, Failure> {
    let user = person(by)?;
    if by.is_admin() {
        return Ok(user);
    }
    Err(Failure::forbidden("Only an admin of the company may do this.").hint("Ask one of them."))
}

/// Returns the person who calls.
pub(super) fn person(by: &Principal) -> Result<&UserId, Failure> {
    by.person().ok_or_else(|| {
        Failure::forbidden("Only a person who is signed in may do this, not an API key.")
            .hint("Ask the user to do it in the console.")
    })
}

fn no_such_workspace() -> Failure {
    Failure::new(Kind::NotFound, "The company has no such workspace.")
}

fn ended() -> Failure {
    Failure::not_found("This invitation is not open: it was accepted or revoked, or has expired.")
        .hint("Ask whoever sent it for another one.")
}
