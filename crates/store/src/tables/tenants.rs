//! Tenants, people, and who is a member of what.

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

    /// Whether the tenant in whose scope this transaction is has been added.
    pub async fn tenant_exists(&mut self) -> Result<bool> {
        let found: Option<String> = on!(self, conn => tenants::table
            .filter(tenants::id.eq(self.scope.tenant()))
            .select(tenants::id)
            .first(conn).await.optional())?;
        Ok(found.is_some())
    }

    /// Adds a person, who belongs to no tenant yet. [`Error::Conflict`]
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

impl Store {
    /// The ids of all tenants in the embedded database, those that are known from their audit only
    /// too. On PostgreSQL no role of the server may list them: [`postgres_tenants`].
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

/// The ids of all tenants in a PostgreSQL database, as the owner of the tables may list them; the
/// one thing of the tenants that it sees.
pub async fn postgres_tenants(admin_url: &Secret) -> Result<Vec<TenantId>> {
    let target = Target::parse(admin_url)?;
    let mut conn = target.connect().await.map_err(|error| Error::Unavailable(error.to_string()))?;
    let query = "SELECT pg_has_role(tableowner, 'USAGE') AS owner FROM pg_tables \
                 WHERE schemaname = current_schema() AND tablename = 'tenants'";
    let found: Option<Owner> = diesel::sql_query(query).get_result(&mut conn).await.optional()?;
    if !found.is_some_and(|found| found.owner) {
        // Another role would see no tenant, which reads as if there were none.
        return Err(Error::Isolation {
            problem: "The role of COVIBE_POSTGRES_ADMIN_URL does not own the tables".to_owned(),
            fix: "Name the role that ran `covibe-server migrate`".to_owned(),
        });
    }
    let ids: Vec<String> =
        tenants::table.select(tenants::id).order(tenants::id).load(&mut conn).await?;
    ids.into_iter().map(id).collect()
}

fn id(text: String) -> Result<TenantId> {
    parse(text, "tenants.id")
}
