//! Tenants, people, and memberships.

use covibe_domain::{Secret, TenantId, Timestamp, UserId};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use crate::connect::postgres::Target;
use crate::error::{Error, Result};
use crate::row::parse;
use crate::schema::{audit_heads, memberships, tenants, users};
use crate::store::{Pools, Store};
use crate::tx::Tx;

/// A tenant: one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their email address, in lower case; unique.
    pub email: String,
    /// Their name.
    pub name: String,
    /// When the record was created.
    pub created_at: Timestamp,
}

/// A person's membership of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The person.
    pub user: UserId,
    /// The tenant.
    pub tenant: TenantId,
    /// The person's role.
    pub role: String,
    /// When the membership began.
    pub created_at: Timestamp,
}

impl Tx {
    /// Inserts the transaction's tenant.
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

    /// Whether the transaction's tenant exists.
    pub async fn tenant_exists(&mut self) -> Result<bool> {
        Ok(self.tenant_name().await?.is_some())
    }

    /// Returns the name of the transaction's tenant, if it exists.
    pub async fn tenant_name(&mut self) -> Result<Option<String>> {
        let name: Option<String> = on!(self, conn => tenants::table
            .filter(tenants::id.eq(self.scope.tenant()))
            .select(tenants::name)
            .first(conn).await.optional())?;
        Ok(name)
    }

    /// Waits until no other transaction that called this for the transaction's tenant is open, as
    /// [`Tx::lock_workspace`] does for a workspace.
    pub async fn lock_tenant(&mut self) -> Result<()> {
        on!(self, conn => diesel::update(tenants::table)
            .filter(tenants::id.eq(self.scope.tenant()))
            .set(tenants::created_at.eq(tenants::created_at))
            .execute(conn).await)?;
        Ok(())
    }

    /// Inserts a person without memberships.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the email address is taken.
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

    /// Makes a person a member of the transaction's tenant.
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

impl Store {
    /// Returns the ids of all tenants in the embedded database, including those of which only the
    /// audit is left. On PostgreSQL the server's role may not list them; use [`postgres_tenants`].
    pub async fn embedded_tenants(&self) -> Result<Vec<TenantId>> {
        let Pools::Sqlite { readers, .. } = &self.pools else {
            return Err(Error::Isolation {
                problem: "The role of DATABASE_URL may not list the tenants".to_owned(),
                fix: "Use the role of COVIBE_POSTGRES_ADMIN_URL".to_owned(),
            });
        };
        let mut conn = readers.get().await?;
        let known = tenants::table.select(tenants::id);
        let audited = audit_heads::table.select(audit_heads::tenant_id);
        let ids: Vec<String> = known.union(audited).load(&mut *conn).await?;
        let mut ids = ids.into_iter().map(id).collect::<Result<Vec<_>>>()?;
        ids.sort();
        Ok(ids)
    }
}

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Bool)]
    owner: bool,
}

/// Returns the ids of all tenants in a PostgreSQL database. The owner of the tables may list them,
/// and sees nothing else of the tenants.
pub async fn postgres_tenants(admin_url: &Secret) -> Result<Vec<TenantId>> {
    let target = Target::parse(admin_url)?;
    let mut conn = target.connect().await?;
    let query = "SELECT pg_has_role(tableowner, 'USAGE') AS owner FROM pg_tables \
                 WHERE schemaname = current_schema() AND tablename = 'tenants'";
    let row: Option<Owner> = diesel::sql_query(query).get_result(&mut conn).await.optional()?;
    if !row.is_some_and(|row| row.owner) {
        // Another role would see no tenants, as if there were none.
        return Err(Error::Isolation {
            problem: "The role of COVIBE_POSTGRES_ADMIN_URL does not own the tables".to_owned(),
            fix: "Set the role that ran `covibe-server migrate`".to_owned(),
        });
    }
    let ids: Vec<String> =
        tenants::table.select(tenants::id).order(tenants::id).load(&mut conn).await?;
    ids.into_iter().map(id).collect()
}

fn id(text: String) -> Result<TenantId> {
    parse(text, "tenants.id")
}
