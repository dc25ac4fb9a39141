//! Accepting an invitation, by the person with its address.

use covibe_crypto::{Password, digest};
use covibe_domain::entities::Role;
use covibe_domain::{Failure, Secret, TenantId, Timestamp, UserId, boxed};
use covibe_store::{Error, Invitation, Membership, Tx, User, UserCredentials, WorkspaceMember};

use super::SignedIn;
use super::accounts::{Origin, email_digest, new_user, taken_address};
use super::address_proof::may_join;
use super::admin_check::is_admin;
use super::people_errors::ended_invitation;
use super::session::{BrowserOrigin, end_other_sessions, hold, start_in};
use crate::authentication_state::Identity;
use crate::suspended_tenants::refuse_suspended;

/// An invitation that can be accepted, with what its page shows.
#[derive(Clone, Debug)]
pub struct OpenInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The name of its tenant.
    pub company: String,
    /// True if somebody with its address has an account.
    pub is_known: bool,
    /// The names of other tenants of theirs, if the operator made the invitation.
    pub elsewhere: Vec<String>,
}

impl OpenInvitation {
    /// Refuses it for an account that has to prove its address before it joins another company.
    ///
    /// # Errors
    ///
    /// Forbidden, with what to do.
    pub fn check(&self, user: &User) -> Result<(), Failure> {
        if self.is_appointment() { Ok(()) } else { may_join(user, &self.invitation.tenant) }
    }

    /// Returns whether the operator made it: it makes somebody an admin by [`Identity::accept_appointment`].
    pub fn is_appointment(&self) -> bool {
        self.invitation.invited_by.is_none()
    }
}

/// A person whose account was created with their acceptance of an invitation.
#[derive(Debug)]
pub struct Newcomer {
    /// Their id.
    pub user: UserId,
    /// The token of their session.
    pub session: Secret,
}

impl Identity {
    /// Returns the open invitation with this token.
    ///
    /// # Errors
    ///
    /// Not found if it was never made, has expired or has ended, or its maker is no longer an admin; forbidden while
    /// its tenant is suspended, which also forbids its acceptance.
    #[boxed]
    pub async fn invitation(&self, token: &str) -> Result<OpenInvitation, Failure> {
        let invitation = self.open_invitation(token).await?;
        let mut tx = self.store.tenant_read(&invitation.tenant).await?;
        let company = tx.tenant_name().await?.unwrap_or_default();
        tx.commit().await?;
        let known = self.find_by_email(&invitation.email).await?;
        let elsewhere = match &known {
            Some((user, _)) if invitation.invited_by.is_none() => {
                self.company_names_beside(&user.id, Some(&invitation.tenant)).await?
            }
            _ => Vec::new(),
        };
        Ok(OpenInvitation { invitation, company, is_known: known.is_some(), elsewhere })
    }

    /// Accepts an invitation for a person who is signed in, and returns the tenant. Links for them are void from then
    /// on, and their other sessions end.
    ///
    /// # Errors
    ///
    /// Not found if it is not open; forbidden if it is for another address, if the account has to prove its address
    /// first, or if it is by the operator and to be accepted with a new password.
    #[boxed]
    pub async fn accept_invitation(&self, token: &str, of: &SignedIn) -> Result<TenantId, Failure> {
        let invitation = self.open_invitation(token).await?;
        if invitation.email != of.user.email {
            return Err(Failure::forbidden("This invitation is for another email address.")
                .hint("Sign out, and open the link again."));
        }
        if invitation.invited_by.is_none() {
            return self.accept_appointment_signed_in(invitation, of).await;
        }
        self.by_passwords()?;
        let user = &of.user.id;
        let mut tx = self.store.tenant_and_person(&invitation.tenant, user).await?;
        tx.lock_tenant().await?;
        tx.lock_person().await?;
        hold(&mut tx, user, &of.session).await?;
        join(&mut tx, &invitation, user).await?;
        // One of them may have begun with a link of an admin of another tenant.
        end_other_sessions(&mut tx, of).await?;
        tx.commit().await?;
        Ok(invitation.tenant)
    }

    /// Accepts an invitation for a person who has no account yet, and starts their session.
    ///
    /// # Errors
    ///
    /// Not found if it is not open; conflict if somebody with its address has an account; limited after such
    /// conflicts with too many addresses of the tenant, whose admins have seen the links.
    #[boxed]
    pub async fn accept_as_newcomer(
        &self,
        token: &str,
        name: &str,
        password: Password,
        from: BrowserOrigin,
    ) -> Result<Newcomer, Failure> {
        self.by_passwords()?;
        let invitation = self.open_invitation(token).await?;
        let run = self.join_as_newcomer(&invitation, name, password, from);
        let joined = self.create_unless_taken(&invitation.tenant, &invitation.email, run).await?;
        joined.ok_or_else(|| taken_address(Error::Conflict))
    }

    /// Accepts an invitation likewise; returns `None` if somebody with its address has an account.
    async fn join_as_newcomer(
        &self,
        invitation: &Invitation,
        name: &str,
        password: Password,
        from: BrowserOrigin,
    ) -> Result<Option<Newcomer>, Failure> {
        if self.find_by_email(&invitation.email).await?.is_some() {
            return Ok(None);
        }
        let password = self.hash_chosen(password, &from).await?;
        // An admin has seen the link, too.
        let user = new_user(&invitation.email, name, Origin::MadeIn(&invitation.tenant));
        let by = UserCredentials {
            email: email_digest(&invitation.email),
            provider: None,
            password: Some(password),
        };
        let mut tx = self.store.tenant_and_person(&invitation.tenant, &user.id).await?;
        tx.lock_tenant().await?;
        match tx.insert_user(&user, &by).await {
            Ok(()) => {}
            Err(Error::Conflict) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        join(&mut tx, invitation, &user.id).await?;
        let session = start_in(&mut tx, from, Some(&invitation.tenant)).await?;
        tx.commit().await?;
        Ok(Some(Newcomer { user: user.id, session }))
    }

    /// Returns the open invitation with this token.
    pub(super) async fn open_invitation(&self, token: &str) -> Result<Invitation, Failure> {
        let mut tx = self.store.credential(&digest(token)).await?;
        let invitation = tx.presented_invitation().await?;
        tx.commit().await?;
        let is_open = |invitation: &Invitation| {
            invitation.ended_at.is_none() && invitation.expires_at > Timestamp::now()
        };
        let invitation = invitation.filter(is_open).ok_or_else(ended_invitation)?;
        let mut tx = self.store.tenant_read(&invitation.tenant).await?;
        let counts = counts(&mut tx, &invitation).await?;
        refuse_suspended(&mut tx).await?;
        tx.commit().await?;
        if counts { Ok(invitation) } else { Err(ended_invitation()) }
    }

    /// Returns the names of a person's tenants.
    pub(super) async fn company_names(&self, user: &UserId) -> Result<Vec<String>, Failure> {
        self.company_names_beside(user, None).await
    }

    /// Returns the names of a person's tenants but for one.
    pub(super) async fn company_names_beside(
        &self,
        user: &UserId,
        tenant: Option<&TenantId>,
    ) -> Result<Vec<String>, Failure> {
        let all = self.memberships(user).await?.into_iter();
        Ok(all.filter(|one| Some(&one.tenant) != tenant).map(|one| one.name).collect())
    }
}

/// Returns whether the maker of an invitation may still make it.
async fn counts(tx: &mut Tx, invitation: &Invitation) -> Result<bool, Failure> {
    match &invitation.invited_by {
        Some(inviter) => is_admin(tx, inviter).await,
        None => Ok(true),
    }
}

/// Makes a person a member as an invitation says, and ends the invitation. The tenant and the person are locked.
async fn join(tx: &mut Tx, invitation: &Invitation, user: &UserId) -> Result<(), Failure> {
    let now = Timestamp::now();
    refuse_suspended(tx).await?;
    if !counts(tx, invitation).await? {
        return Err(ended_invitation());
    }
    let (person, _) = tx.person().await?.ok_or_else(ended_invitation)?;
    may_join(&person, &invitation.tenant)?;
    if !tx.end_invitation(&invitation.id, Some(user), now).await? {
        return Err(ended_invitation());
    }
    // An admin of another tenant may have made one.
    tx.delete_links().await?;
    let membership = Membership {
        user: user.clone(),
        tenant: invitation.tenant.clone(),
        role: invitation.role,
        created_at: now,
        made_by: invitation.invited_by.clone(),
    };
    match tx.insert_membership(&membership).await {
        Ok(()) => {}
        Err(Error::Conflict) => return Err(Failure::conflict("You are already a member.")),
        Err(error) => return Err(error.into()),
    }
    if let Some(workspace) = invitation.workspace.clone() {
        let member = WorkspaceMember { workspace, user: user.clone(), role: Role::Member };
        tx.put_workspace_member(&member, now).await?;
    }
    Ok(())
}
