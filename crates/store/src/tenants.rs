//! Tenants, people, and who is a member of what.

use covibe_domain::{TenantId, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::{memberships, tenants, users};
use crate::{Result, Tx};

/// The company boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address, unique as it is written (callers hand it in lower case).
    pub email: String,
    /// Their name.
    pub name: String,
    /// When they first came.
    pub created_at: Timestamp,
}

/// A person's place in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub user: UserId,
    /// Where.
    pub tenant: TenantId,
    /// As what.
    pub role: String,
    /// Since when.
    pub created_at: Timestamp,
}

impl Tx {
    /// Adds the tenant in whose scope this transaction is.
    pub async fn insert_tenant(&mut self, tenant: &Tenant) -> Result<()> {
        self.admit(&tenant.id)?;
        let row = (
            tenants::id.eq(tenant.id.as_str()),
            tenants::name.eq(&tenant.name),
            tenants::created_at.eq(tenant.created_at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(tenants::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Adds a person, who belongs to no tenant yet. [`Error::Conflict`](crate::Error::Conflict)
    /// when the address is known.
    pub async fn insert_user(&mut self, user: &User) -> Result<()> {
        let row = (
            users::id.eq(user.id.as_str()),
            users::email.eq(&user.email),
            users::name.eq(&user.name),
            users::created_at.eq(user.created_at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(users::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Makes a person a member of this transaction's tenant.
    pub async fn insert_membership(&mut self, membership: &Membership) -> Result<()> {
        self.admit(&membership.tenant)?;
        let row = (
            memberships::tenant_id.eq(membership.tenant.as_str()),
            memberships::user_id.eq(membership.user.as_str()),
            memberships::role.eq(&membership.role),
            memberships::created_at.eq(membership.created_at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(memberships::table).values(row).execute(conn).await)?;
        Ok(())
    }
}
