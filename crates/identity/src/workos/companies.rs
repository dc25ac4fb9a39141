//! Organisations and tenants: which tenant an organisation is, and who is a member of it.
//!
//! An organisation that is a tenant has the tenant's id as its external id, which only the API key can set, and
//! the tenant has the organisation's id. The first of both is written first, so that one can be found by the
//! other if this process dies in between.

use covibe_domain::entities::Role;
use covibe_domain::{Failure, TenantId, UserId};
use covibe_store::User;
use covibe_workos::{self as workos, Cause, Conflict, MembershipStatus, OrganizationId};

use crate::identity_provider::Provider;
use crate::people::read_memberships;

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
}
