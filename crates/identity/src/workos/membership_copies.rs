//! Memberships that ended or changed at WorkOS, of people who need not return: a round over all tenants, and the
//! end of a session there.
//!
//! A person who signs in, or whose session is renewed, takes their memberships over (`companies`). Nobody else makes
//! this server look, and the keys of a person who was removed would stay valid. Only answers of WorkOS about one person
//! end or change anything here: a list that lacks somebody is a reason to ask about them, and a call that fails changes
//! nothing. Nobody becomes a member by this.

use std::time::Duration;

use covibe_domain::entities::Role;
use covibe_domain::{Failure, TenantId, Timestamp, UserId, boxed};
use covibe_store::{AttemptRate, ShareOf};
use covibe_workos::{self as workos, Membership, MembershipStatus, OrganizationId};

use super::companies::role;
use crate::authentication_state::Identity;
use crate::identity_provider::{CallReason, Provider};
use crate::people::read_memberships;

/// The interval between two looks at the members of a tenant, by whichever server.
const EVERY: AttemptRate = AttemptRate { burst: 1, every: Duration::from_mins(55) };

/// The time after which a round begins with another tenant, in milliseconds: that between two rounds that failed.
const STEP: i64 = 10 * 60 * 1000;

/// The number of tenants in a row after whose failures a round ends: WorkOS or the database can't be reached.
const MAX_FAILED: usize = 3;

impl Identity {
    /// Ends the memberships of all tenants that have ended at WorkOS, with the keys that the people minted, and changes
    /// roles as they are there. Does nothing where people sign in by passwords. Of several servers, one looks at a
    /// tenant in an hour.
    ///
    /// # Errors
    ///
    /// If some members of some tenants could not be compared or changed. The others are as at WorkOS.
    #[boxed]
    pub async fn copy_memberships(&self) -> Result<(), Failure> {
        match self.provider() {
            // Otherwise somebody who was removed could keep the round out with calls by the keys that it would end.
            Some(provider) => {
                let provider = provider.in_background().calling_for(CallReason::Round);
                provider.copy_all_memberships().await
            }
            None => Ok(()),
        }
    }
}

impl Provider {
    async fn copy_all_memberships(&self) -> Result<(), Failure> {
        let mut tenants = self.store.tenants_with_organisations().await?;
        // Otherwise a few that always fail would end each round before the same others.
        let first = first_place(Timestamp::now(), tenants.len());
        tenants.rotate_left(first);
        let (mut copied, mut in_a_row) = (Ok(()), 0);
        for tenant in tenants {
            let Err(failure) = self.copy_once_an_hour(&tenant).await else {
                in_a_row = 0;
                continue;
            };
            tracing::warn!(%tenant, %failure, "the members of a company could not be compared with WorkOS");
            copied = Err(failure);
            in_a_row += 1;
            if in_a_row == MAX_FAILED {
                break;
            }
        }
        copied
    }

    /// Copies the memberships of a tenant, unless that was done within the hour. A failed attempt does not count.
    async fn copy_once_an_hour(&self, tenant: &TenantId) -> Result<(), Failure> {
        let turn = covibe_crypto::digest(&format!("memberships:{tenant}"));
        if self.store.attempt(ShareOf::Tenant(tenant), &turn, EVERY).await?.is_err() {
            return Ok(());
        }
        let copied = self.copy_members(tenant).await;
        if copied.is_err() {
            self.store.give_attempt_back(ShareOf::Tenant(tenant), &turn, EVERY).await?;
        }
        copied
    }

    /// Changes the members of a tenant as they are in its organisation. Members without an account at WorkOS stay.
    async fn copy_members(&self, tenant: &TenantId) -> Result<(), Failure> {
        // Before WorkOS is asked: everybody is a member there first.
        let mut tx = self.store.tenant_read(tenant).await?;
        let (organization, members) =
            (tx.tenant_provider().await?, tx.members_at_provider().await?);
        tx.commit().await?;
        let organization = organization.and_then(|id| id.parse::<OrganizationId>().ok());
        let Some(organization) = organization.filter(|_| !members.is_empty()) else {
            return Ok(());
        };
        let listed = match self.client.members_of(&organization).await {
            // Then the organisation is missing, as is seen below.
            Err(error) if error.is_not_found() => Vec::new(),
            listed => listed?,
        };
        let differs = |(_, role, account): &(UserId, Role, String)| {
            active_role(listed.iter().find(|one| one.user_id.as_str() == account)) != Some(*role)
        };
        let differing: Vec<_> = members.into_iter().filter(differs).collect();
        if differing.is_empty() || !self.is_organization_of(&organization, tenant).await? {
            return Ok(());
        }
        let mut copied = Ok(());
        for (user, _, account) in differing {
            let Ok(account) = account.parse::<workos::UserId>() else { continue };
            // Somebody for whom it always fails must not keep the keys of those after them valid.
            let one = self.copy_membership(tenant, &organization, (&user, &account)).await;
            copied = one.and(copied);
        }
        copied
    }

    /// Changes the memberships of one person likewise, in all of their tenants.
    pub(super) async fn copy_memberships_of(&self, user: &UserId) -> Result<(), Failure> {
        for own in read_memberships(&self.store, user).await? {
            let mut tx = self.store.tenant_read(&own.tenant).await?;
            let (organization, account) =
                (tx.tenant_provider().await?, tx.provider_of(user).await?);
            tx.commit().await?;
            let organization = organization.and_then(|id| id.parse::<OrganizationId>().ok());
            let account = account.and_then(|id| id.parse::<workos::UserId>().ok());
            let Some((organization, account)) = organization.zip(account) else { continue };
            if self.is_organization_of(&organization, &own.tenant).await? {
                self.copy_membership(&own.tenant, &organization, (user, &account)).await?;
            }
        }
        Ok(())
    }

    /// Returns whether an organisation exists that is this tenant. If it does not, nothing is known of its members:
    /// perhaps the server was given the API key of another environment of WorkOS.
    async fn is_organization_of(
        &self,
        organization: &OrganizationId,
        tenant: &TenantId,
    ) -> Result<bool, Failure> {
        let found = self.client.organization(organization).await?;
        let is_its =
            found.is_some_and(|found| found.external_id.as_deref() == Some(tenant.as_str()));
        if !is_its {
            tracing::warn!(
                %tenant,
                "the organisation of a company no longer exists at WorkOS, so the memberships and keys of its \
                 people stay"
            );
        }
        Ok(is_its)
    }

    /// Changes one membership to the present one at WorkOS.
    async fn copy_membership(
        &self,
        tenant: &TenantId,
        organization: &OrganizationId,
        (user, account): (&UserId, &workos::UserId),
    ) -> Result<(), Failure> {
        match self.present_role(account, organization).await? {
            Some(role) => self.change_role(tenant, user, role).await,
            None => self.dismiss(tenant, user).await,
        }
    }

    /// Returns the role that an account has in an organisation now; `None` if the account or the membership has ended, or
    /// the membership is not active.
    async fn present_role(
        &self,
        account: &workos::UserId,
        organization: &OrganizationId,
    ) -> Result<Option<Role>, Failure> {
        if self.client.user(account).await?.is_none() {
            return Ok(None);
        }
        let membership = self.client.membership(account, organization).await?;
        Ok(active_role(membership.as_ref()))
    }
}

/// Returns the place of the tenant with which a round of so many tenants begins at this time.
fn first_place(now: Timestamp, count: usize) -> usize {
    let steps = usize::try_from(now.as_millis() / STEP).unwrap_or_default();
    steps.checked_rem(count).unwrap_or_default()
}

/// Returns the role of a membership that counts.
fn active_role(membership: Option<&Membership>) -> Option<Role> {
    let active = membership.filter(|one| one.status == MembershipStatus::Active);
    active.map(|one| role(one.role()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_begin_with_each_tenant_in_turn() {
        let first = |steps: i64| first_place(Timestamp::from_millis(steps * STEP), 3);
        assert_eq!([0, 1, 2, 3].map(first), [0, 1, 2, 0]);
        assert_eq!(first_place(Timestamp::from_millis(STEP), 0), 0);
    }
}
