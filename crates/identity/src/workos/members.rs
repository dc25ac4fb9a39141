//! The changes of an admin to people, made at WorkOS first: otherwise the next sign-in would undo them.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, TenantId, Timestamp, UserId};
use covibe_workos::{
    Cause, Conflict, InvitationId, NewInvitation, NewUser, OrganizationId, UserId as Account,
};

use super::companies::slug;
use crate::identity_provider::Provider;
use crate::people::is_last_admin;

/// The time for which an invitation is valid, in days, as ours are.
const DAYS: u8 = 7;

impl Provider {
    /// Invites somebody to a tenant's organisation, by an email of WorkOS, and returns the invitation's id. An
    /// earlier open one of the address is taken back.
    pub(crate) async fn invite(
        &self,
        tenant: &TenantId,
        email: &Email,
        role: Role,
        inviter: &UserId,
    ) -> Result<String, Failure> {
        let (organization, inviter) =
            (self.company(tenant).await?, self.account(tenant, inviter).await?);
        let new = NewInvitation {
            email: email.as_str(),
            organization: &organization,
            role: slug(role),
            days: DAYS,
            inviter: inviter.as_ref(),
        };
        let outcome = match self.client.invite(new.clone()).await {
            Err(error) if error.cause == Cause::Conflict(Conflict::Exists) => {
                self.revoke_earlier(&organization, email).await?;
                self.client.invite(new).await
            }
            outcome => outcome,
        };
        Ok(outcome?.id.as_str().to_owned())
    }

    async fn revoke_earlier(
        &self,
        organization: &OrganizationId,
        email: &Email,
    ) -> Result<(), Failure> {
        if let Some(open) = self.client.open_invitation(organization, email.as_str()).await? {
            self.client.revoke_invitation(&open.id).await?;
        }
        Ok(())
    }

    /// Takes an invitation back.
    pub(crate) async fn revoke_invitation(&self, id: &str) -> Result<(), Failure> {
        if let Ok(id) = id.parse::<InvitationId>() {
            self.client.revoke_invitation(&id).await?;
        }
        Ok(())
    }

    /// Takes the open invitations back that a person made to a tenant as an admin, before they stop being one. The
    /// last admin of a tenant stays one.
    pub(crate) async fn revoke_invitations_of(
        &self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let stays = is_last_admin(&mut tx, user).await?;
        let open = tx.invitations(Timestamp::now()).await?;
        tx.commit().await?;
        let theirs = open.into_iter().filter(|one| !stays && one.invited_by.as_ref() == Some(user));
        for id in theirs.filter_map(|one| one.provider) {
            self.revoke_invitation(&id).await?;
        }
        Ok(())
    }

    /// Creates an account with a membership of a tenant's organisation, or makes the account with the address a
    /// member, and returns the account's id. WorkOS asks them to verify the address when they first sign in.
    pub(crate) async fn create_account(
        &self,
        tenant: &TenantId,
        email: &Email,
        name: &str,
        role: Role,
    ) -> Result<String, Failure> {
        let organization = self.company(tenant).await?;
        let (first_name, last_name) = split_name(name);
        let new = NewUser {
            email: email.as_str(),
            first_name: Some(first_name).filter(|part| !part.is_empty()),
            last_name: Some(last_name).filter(|part| !part.is_empty()),
        };
        let account = match self.client.create_user(new).await {
            Ok(made) => made.id,
            Err(error) if error.cause == Cause::Conflict(Conflict::Exists) => {
                self.client.user_by_email(email.as_str()).await?.ok_or(error)?.id
            }
            Err(error) => return Err(error.into()),
        };
        self.join(&account, &organization, role).await?;
        Ok(account.as_str().to_owned())
    }

    /// Changes the name of a member, if they have an account.
    pub(crate) async fn rename(
        &self,
        tenant: &TenantId,
        user: &UserId,
        name: &str,
    ) -> Result<(), Failure> {
        if let Some(account) = self.account(tenant, user).await? {
            self.client.rename_user(&account, split_name(name)).await?;
        }
        Ok(())
    }

    /// Changes the role of a member of a tenant's organisation.
    pub(crate) async fn set_role(
        &self,
        tenant: &TenantId,
        user: &UserId,
        role: Role,
    ) -> Result<(), Failure> {
        if let Some(account) = self.account(tenant, user).await? {
            let organization = self.company(tenant).await?;
            self.join(&account, &organization, role).await?;
        }
        Ok(())
    }

    /// Ends the membership of a tenant's organisation.
    pub(crate) async fn remove(&self, tenant: &TenantId, user: &UserId) -> Result<(), Failure> {
        let Some(account) = self.account(tenant, user).await? else { return Ok(()) };
        let organization = self.company(tenant).await?;
        if let Some(membership) = self.client.membership(&account, &organization).await? {
            self.client.delete_membership(&membership.id).await?;
        }
        Ok(())
    }

    /// Returns the organisation that a tenant is.
    async fn company(&self, tenant: &TenantId) -> Result<OrganizationId, Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let id = tx.tenant_provider().await?;
        tx.commit().await?;
        id.and_then(|id| id.parse().ok()).ok_or_else(|| {
            Failure::unready("The company is not an organisation at WorkOS yet.")
                .hint("Sign out and in again: that creates the organisation.")
        })
    }

    /// Returns the account of a member at WorkOS, if they have one.
    async fn account(&self, tenant: &TenantId, user: &UserId) -> Result<Option<Account>, Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let id = tx.provider_of(user).await?;
        tx.commit().await?;
        Ok(id.and_then(|id| id.parse().ok()))
    }
}

/// Splits a name as WorkOS has it, at the first space.
fn split_name(name: &str) -> (&str, &str) {
    name.split_once(' ').unwrap_or((name, ""))
}
