//! Organisations and tenants: which tenant an organisation is, and who is a member of it.
//!
//! An organisation that is a tenant has the tenant's id as its external id, which only the API key can set, and
//! the tenant has the organisation's id. The first of both is written first, so that one can be found by the
//! other if this process dies in between.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, TenantId, Timestamp, UserId};
use covibe_store::{Membership, Tx, User, WorkspaceMember};
use covibe_workos::{self as workos, Cause, Conflict, MembershipStatus, OrganizationId};

use super::workos_person::verified_address;
use crate::identity_provider::Provider;
use crate::people::{end_all_work, end_work_as_admin, is_last_admin, read_memberships};

/// The slugs of the roles that every WorkOS environment has to have.
pub(super) const fn slug(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

/// Returns the role of a slug. Everybody who is not an admin at WorkOS is a member here.
pub(super) fn role(slug: &str) -> Role {
    if slug == "admin" { Role::Admin } else { Role::Member }
}

impl Provider {
    /// Makes a person a member of the tenants whose organisations they belong to, with their role there, and
    /// ends their memberships of others. Tenants of theirs that are not an organisation yet become one first.
    /// Returns the tenants with their organisations.
    pub(super) async fn take_over(
        &self,
        user: &User,
        account: &workos::User,
    ) -> Result<Vec<(OrganizationId, TenantId)>, Failure> {
        self.found_organisations(&user.id, &account.id).await?;
        let mut tenants = Vec::new();
        for membership in self.client.memberships_of(&account.id).await? {
            if membership.status != MembershipStatus::Active {
                continue;
            }
            let organization = membership.organization_id.clone();
            let Some(tenant) = self.tenant_of(&organization).await? else { continue };
            self.admit(&tenant, (user, account), role(membership.role())).await?;
            tenants.push((organization, tenant));
        }
        for own in read_memberships(&self.store, &user.id).await? {
            if tenants.iter().all(|(_, tenant)| *tenant != own.tenant) {
                self.dismiss(&own.tenant, &user.id).await?;
            }
        }
        Ok(tenants)
    }

    /// Makes the tenants of a person who has an account at WorkOS organisations, as [`Self::found_organisations`] does.
    pub(crate) async fn found_for(&self, user: &UserId) -> Result<(), Failure> {
        for own in read_memberships(&self.store, user).await? {
            let mut tx = self.store.tenant_read(&own.tenant).await?;
            let account = tx.provider_of(user).await?;
            tx.commit().await?;
            if let Some(account) = account.and_then(|id| id.parse().ok()) {
                return self.found_organisations(user, &account).await;
            }
        }
        Ok(())
    }

    /// Makes the tenants of a person that are not an organisation yet organisations, with the person as a member.
    /// Each step can be taken twice.
    async fn found_organisations(
        &self,
        user: &UserId,
        account: &workos::UserId,
    ) -> Result<(), Failure> {
        for own in read_memberships(&self.store, user).await? {
            let mut tx = self.store.tenant_read(&own.tenant).await?;
            let (name, provider) = (tx.tenant_name().await?, tx.tenant_provider().await?);
            tx.commit().await?;
            let (Some(name), None) = (name, provider) else { continue };
            let organization = self.organization(&name, &own.tenant).await?;
            self.join(account, &organization, own.role).await?;
            let mut tx = self.store.tenant(&own.tenant).await?;
            tx.set_tenant_provider(organization.as_str()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Returns the organisation of a tenant, which is created if there is none.
    async fn organization(&self, name: &str, tenant: &TenantId) -> Result<OrganizationId, Failure> {
        let external_id = tenant.as_str();
        if let Some(found) = self.client.organization_by_external_id(external_id).await? {
            return Ok(found.id);
        }
        match self.client.create_organization(name, external_id).await {
            Ok(made) => Ok(made.id),
            // Another instance was faster, or an attempt whose answer was lost.
            Err(error) if error.cause == Cause::Conflict(Conflict::Exists) => {
                let found = self.client.organization_by_external_id(external_id).await?;
                Ok(found.ok_or(error)?.id)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a person a member of an organisation with this role, whatever they were before.
    pub(super) async fn join(
        &self,
        account: &workos::UserId,
        organization: &OrganizationId,
        role: Role,
    ) -> Result<(), Failure> {
        let role = slug(role);
        let known = match self.client.create_membership(account, organization, role).await {
            Ok(_) => return Ok(()),
            Err(error) if error.cause == Cause::Conflict(Conflict::Exists) => {
                self.client.membership(account, organization).await?.ok_or(error)?
            }
            Err(error) => return Err(error.into()),
        };
        if known.role() != role {
            self.client.set_role(&known.id, role).await?;
        }
        Ok(())
    }

    /// Makes a person an admin of the organisation that a tenant is, if it is one already.
    pub(crate) async fn seat_admin(&self, tenant: &TenantId, user: &UserId) -> Result<(), Failure> {
        let mut tx = self.store.tenant_and_person(tenant, user).await?;
        let (organization, account) = (tx.tenant_provider().await?, tx.provider().await?);
        tx.commit().await?;
        let organization = organization.and_then(|id| id.parse().ok());
        match organization.zip(account.and_then(|id| id.parse().ok())) {
            Some((organization, account)) => self.join(&account, &organization, Role::Admin).await,
            None => Ok(()),
        }
    }

    /// Returns the tenant that an organisation is; `None` for one that somebody made at WorkOS.
    async fn tenant_of(&self, organization: &OrganizationId) -> Result<Option<TenantId>, Failure> {
        let Some(found) = self.client.organization(organization).await? else { return Ok(None) };
        let tenant = found.external_id.and_then(|id| id.parse::<TenantId>().ok());
        let Some(tenant) = tenant else { return Ok(None) };
        let mut tx = self.store.tenant(&tenant).await?;
        let is_its = tx.set_tenant_provider(organization.as_str()).await?;
        tx.commit().await?;
        Ok(is_its.then_some(tenant))
    }

    /// Makes a person a member of a tenant with this role. The last admin of a tenant stays one.
    async fn admit(
        &self,
        tenant: &TenantId,
        (user, account): (&User, &workos::User),
        role: Role,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant_and_person(tenant, &user.id).await?;
        tx.lock_tenant().await?;
        if tx.membership(&user.id).await?.is_some() {
            tx.commit().await?;
            return self.change_role(tenant, &user.id, role).await;
        }
        enter(&mut tx, tenant, (user, account), role).await?;
        tx.delete_links().await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a member of a tenant this role. An admin who becomes a member loses what they made as an admin. The last
    /// admin of a tenant stays one.
    pub(super) async fn change_role(
        &self,
        tenant: &TenantId,
        user: &UserId,
        role: Role,
    ) -> Result<(), Failure> {
        if role == Role::Member {
            self.revoke_invitations_of(tenant, user).await?;
        }
        let mut tx = self.store.tenant_and_person(tenant, user).await?;
        tx.lock_tenant().await?;
        if tx.membership(user).await?.is_none_or(|known| known.role == role) {
            return Ok(());
        }
        if role == Role::Member && is_last_admin(&mut tx, user).await? {
            warn_of_kept_admin(tenant, user);
            return Ok(());
        }
        tx.set_role(user, role, None, Timestamp::now()).await?;
        let mut revoked = Vec::new();
        if role == Role::Member {
            revoked = end_work_as_admin(&mut tx, user).await?.keys;
        }
        tx.delete_links().await?;
        tx.commit().await?;
        self.forget_revoked(&revoked);
        Ok(())
    }

    /// Ends a person's membership of a tenant that is an organisation. The last admin of a tenant stays one.
    pub(super) async fn dismiss(&self, tenant: &TenantId, user: &UserId) -> Result<(), Failure> {
        self.revoke_invitations_of(tenant, user).await?;
        let mut tx = self.store.tenant_and_person(tenant, user).await?;
        tx.lock_tenant().await?;
        if tx.tenant_provider().await?.is_none() {
            return Ok(());
        }
        if is_last_admin(&mut tx, user).await? {
            warn_of_kept_admin(tenant, user);
            return Ok(());
        }
        tx.delete_membership(user).await?;
        let revoked = end_all_work(&mut tx, user).await?.keys;
        tx.delete_links().await?;
        tx.delete_sessions(Some(tenant)).await?;
        tx.commit().await?;
        self.forget_revoked(&revoked);
        Ok(())
    }
}

fn warn_of_kept_admin(tenant: &TenantId, user: &UserId) {
    tracing::warn!(
        %tenant, %user,
        "the last admin of a company is no admin at WorkOS any more, and stays one here"
    );
}

/// Makes somebody who is new a member, and ends their invitation, which may name a workspace. A person who
/// changed their address since they were invited is found by either address.
async fn enter(
    tx: &mut Tx,
    tenant: &TenantId,
    (user, account): (&User, &workos::User),
    role: Role,
) -> Result<(), Failure> {
    let (now, changed) = (Timestamp::now(), verified_address(account));
    let is_theirs = |email: &Email| *email == user.email || Some(email) == changed.as_ref();
    let mut theirs = tx.invitations(now).await?;
    theirs.retain(|one| is_theirs(&one.email));
    let made_by = theirs.first().and_then(|one| one.invited_by.clone());
    let (id, tenant) = (user.id.clone(), tenant.clone());
    let membership = Membership { user: id, tenant, role, created_at: now, made_by };
    tx.insert_membership(&membership).await?;
    for invitation in theirs {
        tx.end_invitation(&invitation.id, Some(&user.id), now).await?;
        if let Some(workspace) = invitation.workspace {
            let member = WorkspaceMember { workspace, user: user.id.clone(), role: Role::Member };
            tx.put_workspace_member(&member, now).await?;
        }
    }
    Ok(())
}
