//! Admins whom the operator appoints, at the server's command line.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, TenantId, Timestamp};
use covibe_store::{Error, Membership, User, UserCredentials};

use super::credentials::email_digest;
use super::ownership::new_user;
use crate::identity::Identity;

impl Identity {
    /// Makes the person with this email address an admin of a tenant, and creates the person if nobody has the
    /// address. Safe to repeat.
    pub async fn appoint_admin(
        &self,
        tenant: &TenantId,
        email: &Email,
        name: &str,
    ) -> Result<User, Failure> {
        let user = match self.known(email).await? {
            Some((user, _)) => user,
            None => self.create_person(email, name).await?,
        };
        let mut tx = self.store.tenant(tenant).await?;
        tx.lock_tenant().await?;
        if !tx.set_role(&user.id, Role::Admin).await? {
            let (user, tenant) = (user.id.clone(), tenant.clone());
            let created_at = Timestamp::now();
            tx.insert_membership(&Membership { user, tenant, role: Role::Admin, created_at })
                .await?;
        }
        tx.commit().await?;
        Ok(user)
    }

    async fn create_person(&self, email: &Email, name: &str) -> Result<User, Failure> {
        let user = new_user(email, name);
        let credentials =
            UserCredentials { email: email_digest(email), provider: None, password: None };
        let mut tx = self.store.person(&user.id).await?;
        match tx.insert_user(&user, &credentials).await {
            Ok(()) => {
                tx.commit().await?;
                Ok(user)
            }
            // Somebody else created them meanwhile.
            Err(Error::Conflict) => {
                drop(tx);
                let known = self.known(email).await?;
                known.map(|(user, _)| user).ok_or_else(|| Error::Conflict.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}
