//! Tenants.

use covibe_domain::{Secret, TenantId, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::connect::postgres::Target;
use crate::error::{Error, Result};
use crate::row::parse;
use crate::schema::{audit_heads, tenants};
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

    /// Returns the id of the organisation that the transaction's tenant is at the provider of identities.
    pub async fn tenant_provider(&mut self) -> Result<Option<String>> {
        let id: Option<Option<String>> = on!(self, conn => tenants::table
            .filter(tenants::id.eq(self.scope.tenant()))
            .select(tenants::provider_id)
            .first(conn).await.optional())?;
        Ok(id.flatten())
    }

    /// Records the organisation that the transaction's tenant is at the provider of identities. Returns false
    /// if it is another one already, or the tenant does not exist.
    pub async fn set_tenant_provider(&mut self, id: &str) -> Result<bool> {
        let is_free = tenants::provider_id.is_null().or(tenants::provider_id.eq(id.to_owned()));
        let set = on!(self, conn => diesel::update(tenants::table)
            .filter(tenants::id.eq(self.scope.tenant()))
            .filter(is_free)
            .set(tenants::provider_id.eq(id))
            .execute(conn).await)?;
        Ok(set == 1)
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
    tenants_seen(&mut target.connect().await?).await
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Whether there is a table of tenants where the connection's names are looked up.
pub(crate) async fn has_tenants(conn: &mut AsyncPgConnection) -> Result<bool> {
    let query = "SELECT to_regclass('tenants') IS NOT NULL AS found";
    let Found { found } = diesel::sql_query(query).get_result(conn).await?;
    Ok(found)
}

/// Returns all tenants like [`postgres_tenants`], on a connection of the owner.
pub(crate) async fn tenants_seen(conn: &mut AsyncPgConnection) -> Result<Vec<TenantId>> {
    let query = "SELECT pg_has_role(tableowner, 'USAGE') AS owner FROM pg_tables \
                 WHERE schemaname = current_schema() AND tablename = 'tenants'";
    let row: Option<Owner> = diesel::sql_query(query).get_result(conn).await.optional()?;
    if !row.is_some_and(|row| row.owner) {
        // Another role would see no tenants, as if there were none.
        return Err(Error::Isolation {
            problem: "The role of COVIBE_POSTGRES_ADMIN_URL does not own the tables".to_owned(),
            fix: "Set the role that ran `covibe-server migrate`".to_owned(),
        });
    }
    let ids: Vec<String> = tenants::table.select(tenants::id).order(tenants::id).load(conn).await?;
    ids.into_iter().map(id).collect()
}

fn id(text: String) -> Result<TenantId> {
    parse(text, "tenants.id")
}
