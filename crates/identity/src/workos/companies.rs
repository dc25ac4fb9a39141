//! Organisations and tenants: which tenant an organisation is, and who is a member of it.
//!
//! An organisation that is a tenant has the tenant's id as its external id, which only the API key can set, and
//! the tenant has the organisation's id. The first of both is written first, so that one can be found by the
//! other if this process dies in between.

use covibe_domain::entities::Role;
use covibe_domain::{Failure, TenantId, UserId};
use covibe_store::{Membership as Own, User};
use covibe_workos::{
    self as workos, Cause, Conflict, Membership, MembershipStatus, OrganizationId,
};

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
    /// Returns the tenants with their organisations. A tenant that fails gives no new rights until the next sign-in, and
    /// keeps the person out of no other one.
    ///
    /// # Errors
    ///
    /// If rights that have ended at WorkOS could not be ended here: the person must not go on with them. The other
    /// tenants are as at WorkOS.
    pub(super) async fn take_over(
        &self,
        user: &User,
        account: &workos::User,
    ) -> Result<Vec<(OrganizationId, TenantId)>, Failure> {
        if let Err(failure) = self.found_organisations(&user.id, &account.id).await {
            tracing::warn!(
                user = %user.id, error = %failure,
                "not all companies of a person who signs in are organisations at WorkOS yet"
            );
        }
        let mut active = self.client.memberships_of(&account.id).await?;
        active.retain(|membership| membership.status == MembershipStatus::Active);
        let (mut tenants, mut failed) = (Vec::new(), Vec::new());
        for membership in active {
            match self.admit_as_at_workos(&membership, (user, account)).await {
                Ok(Some(tenant)) => tenants.push((membership.organization_id, tenant)),
                Ok(None) => {}
                Err(failure) => {
                    tracing::warn!(
                        user = %user.id, organization = %membership.organization_id, error = %failure,
                        "a membership could not be copied from WorkOS at a sign-in"
                    );
                    failed.push(membership);
                }
            }
        }
        // Calls in the name of a company, such as those by the keys that this ends, must not keep it from ending them.
        let (background, mut ended) = (self.in_background(), Ok(()));
        for (own, organization) in self.memberships_with_organizations(&user.id).await? {
            if tenants.iter().any(|(_, tenant)| *tenant == own.tenant) {
                continue;
            }
            let is_there =
                |one: &&Membership| organization.as_deref() == Some(one.organization_id.as_str());
            let present = failed.iter().find(is_there).map(|one| role(one.role()));
            let one = background.end_rights(&own, present).await;
            ended = one.and(ended);
        }
        ended.map(|()| tenants)
    }

    /// Makes a person a member of the tenant of a membership with the role that they have at WorkOS, and returns the
    /// tenant; `None` for an organisation that is not a tenant.
    async fn admit_as_at_workos(
        &self,
        membership: &Membership,
        person: (&User, &workos::User),
    ) -> Result<Option<TenantId>, Failure> {
        let Some(tenant) = self.tenant_of(&membership.organization_id).await? else {
            return Ok(None);
        };
        self.admit(&tenant, person, role(membership.role())).await?;
        Ok(Some(tenant))
    }

    /// Ends the rights in a tenant that a member does not have with the role at WorkOS; all of them for `None`.
    async fn end_rights(&self, own: &Own, present: Option<Role>) -> Result<(), Failure> {
        match (present, own.role) {
            (None, _) => self.dismiss(&own.tenant, &own.user).await,
            (Some(Role::Member), Role::Admin) => {
                self.change_role(&own.tenant, &own.user, Role::Member).await
            }
            (Some(_), _) => Ok(()),
        }
    }

    /// Returns the memberships of a person, each with the organisation that its tenant is. This takes no place of the
    /// tenants: one whose connections are all in use must not stop it.
    async fn memberships_with_organizations(
        &self,
        user: &UserId,
    ) -> Result<Vec<(Own, Option<String>)>, Failure> {
        let mut tx = self.store.person_read(user).await?;
        let mut memberships = Vec::new();
        for own in tx.own_memberships().await? {
            tx.enter_membership(&own).await?;
            memberships.push((own, tx.tenant_provider().await?));
        }
        tx.commit().await?;
        Ok(memberships)
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
    ///
    /// # Errors
    ///
    /// If that failed for some of them. The others are organisations.
    async fn found_organisations(
        &self,
        user: &UserId,
        account: &workos::UserId,
    ) -> Result<(), Failure> {
        let mut founded = Ok(());
        for own in read_memberships(&self.store, user).await? {
            let one = self.found_organisation(&own, account).await;
            founded = one.and(founded);
        }
        founded
    }

    async fn found_organisation(&self, own: &Own, account: &workos::UserId) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(&own.tenant).await?;
        let (name, provider) = (tx.tenant_name().await?, tx.tenant_provider().await?);
        tx.commit().await?;
        let (Some(name), None) = (name, provider) else { return Ok(()) };
        let organization = self.organization(&name, &own.tenant).await?;
        self.join(account, &organization, own.role).await?;
        let mut tx = self.store.tenant(&own.tenant).await?;
        tx.set_tenant_provider(organization.as_str()).await?;
        tx.commit().await?;
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
