//! Admins whom the operator appoints, at the server's command line.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, Secret, TenantId, Timestamp, UserId};
use covibe_store::{Membership, Tx, User, UserCredentials};

use super::credentials::email_digest;
use super::ownership::{new_user, taken_address};
use crate::identity::Identity;

impl Identity {
    /// Makes the person with this email address an admin of a tenant, and creates the person if nobody has the
    /// address. Safe to repeat.
    pub async fn adopt_admin(
        &self,
        tenant: &TenantId,
        email: &Email,
        name: &str,
    ) -> Result<User, Failure> {
        let known = self.known(email).await?.map(|(user, _)| user);
        let user = known.clone().unwrap_or_else(|| new_user(email, name));
        let mut tx = self.store.tenant_and_person(tenant, &user.id).await?;
        tx.lock_tenant().await?;
        if known.is_none() {
            insert(&mut tx, &user, None).await?;
        }
        make_admin(&mut tx, tenant, &user.id).await?;
        tx.commit().await?;
        Ok(user)
    }
}

async fn insert(tx: &mut Tx, user: &User, password: Option<Secret>) -> Result<(), Failure> {
    let by = UserCredentials { email: email_digest(&user.email), provider: None, password };
    tx.insert_user(user, &by).await.map_err(taken_address)
}

/// Makes a person an admin of the tenant, whatever they are there, which voids the links for them.
async fn make_admin(tx: &mut Tx, tenant: &TenantId, user: &UserId) -> Result<(), Failure> {
    tx.lock_person().await?;
    tx.delete_links().await?;
    if !tx.set_role(user, Role::Admin).await? {
        let (user, tenant, created_at) = (user.clone(), tenant.clone(), Timestamp::now());
        tx.insert_membership(&Membership { user, tenant, role: Role::Admin, created_at }).await?;
    }
    Ok(())
}
