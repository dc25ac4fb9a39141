//! Tenants.

use covibe_domain::{TenantId, Timestamp, boxed};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::error::{Error, Result};
use crate::row::{ExistsRow, parse};
use crate::schema::{audit_heads, tenants};
use crate::store::{Pools, Store};
use crate::tx::{RunQueryDsl, Scope, Tx};

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
    #[boxed]
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

    /// Returns whether the transaction's tenant exists.
    #[boxed]
    pub async fn tenant_exists(&mut self) -> Result<bool> {
        Ok(self.tenant_name().await?.is_some())
    }

    /// Returns the name of the transaction's tenant, if it exists.
    #[boxed]
    pub async fn tenant_name(&mut self) -> Result<Option<String>> {
        let name: Option<String> = on!(self, conn => tenants::table
            .filter(tenants::id.eq(self.scope.tenant()))
            .select(tenants::name)
            .first(conn).await.optional())?;
        Ok(name)
    }

    /// Returns the id of the organisation that the transaction's tenant is at the provider of identities.
    #[boxed]
    pub async fn tenant_provider(&mut self) -> Result<Option<String>> {
        let id: Option<Option<String>> = on!(self, conn => tenants::table
            .filter(tenants::id.eq(self.scope.tenant()))
            .select(tenants::provider_id)
            .first(conn).await.optional())?;
        Ok(id.flatten())
    }

    /// Records the organisation that the transaction's tenant is at the provider of identities. Returns false
    /// if it is another one already, or the tenant does not exist.
    #[boxed]
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
    ///
    /// A transaction that also locks a person, a workspace, a device that is being set up, or keys calls this first. Two
    /// transactions that lock these rows in opposite orders otherwise wait for each other until PostgreSQL aborts one.
    #[boxed]
    pub async fn lock_tenant(&mut self) -> Result<()> {
        on!(self, conn => diesel::update(tenants::table)
            .filter(tenants::id.eq(self.scope.tenant()))
            .set(tenants::created_at.eq(tenants::created_at))
            .execute(conn).await)?;
        Ok(())
    }
}

#[derive(QueryableByName)]
struct TenantIdRow {
    #[diesel(sql_type = Text)]
    tenant_id: String,
}

impl Store {
    /// Returns the ids of the tenants, sorted, that a function of PostgreSQL or a query of SQLite finds. The server's
    /// role sees one tenant at a time; the function returns ids, and nothing else.
    pub(super) async fn tenants_by(&self, function: &str, query: &str) -> Result<Vec<TenantId>> {
        let query = match self.pools {
            Pools::Postgres(_) => {
                format!("SELECT tenant_id FROM {function}() AS tenant_id ORDER BY 1")
            }
            Pools::Sqlite { .. } => format!("{query} ORDER BY 1"),
        };
        let mut tx = self.begin_read(Scope::Shared).await?;
        let found: Vec<TenantIdRow> = on!(tx, conn => diesel::sql_query(query).load(conn).await)?;
        tx.commit().await?;
        found.into_iter().map(|found| id(found.tenant_id)).collect()
    }

    /// Returns the tenants that are organisations at the provider of identities, sorted.
    #[boxed]
    pub async fn tenants_with_organisations(&self) -> Result<Vec<TenantId>> {
        let query = "SELECT id AS tenant_id FROM tenants WHERE provider_id IS NOT NULL";
        self.tenants_by("tenants_with_organisations", query).await
    }

    /// Returns the ids of all tenants in the embedded database, including those that have only an audit left. On
    /// PostgreSQL the server's role may not list them; use [`crate::postgres_tenants`].
    #[boxed]
    pub async fn embedded_tenants(&self) -> Result<Vec<TenantId>> {
        let Pools::Sqlite { .. } = self.pools else {
            return Err(Error::Isolation {
                problem: "The role of DATABASE_URL is not allowed to list the tenants".to_owned(),
                fix: "Use the role of COVIBE_POSTGRES_ADMIN_URL".to_owned(),
            });
        };
        let known = tenants::table.select(tenants::id);
        let audited = audit_heads::table.select(audit_heads::tenant_id);
        let mut tx = self.begin_read(Scope::Shared).await?;
        let ids: Vec<String> = on!(tx, conn => known.union(audited).load(conn).await)?;
        tx.commit().await?;
        let mut ids = ids.into_iter().map(id).collect::<Result<Vec<_>>>()?;
        ids.sort();
        Ok(ids)
    }

    /// Returns whether the database has another tenant than this one, which need not exist.
    #[boxed]
    pub async fn has_other_tenants(&self, tenant: &TenantId) -> Result<bool> {
        let query = match self.pools {
            // The server's role sees one tenant at a time; the function reveals nothing else of others.
            Pools::Postgres(_) => "SELECT has_other_tenants($1) AS found",
            Pools::Sqlite { .. } => "SELECT EXISTS (SELECT 1 FROM tenants WHERE id <> ?) AS found",
        };
        let mut tx = self.begin_read(Scope::Shared).await?;
        let query = diesel::sql_query(query).bind::<Text, _>(tenant.as_str());
        let others: ExistsRow = on!(tx, conn => query.get_result(conn).await)?;
        tx.commit().await?;
        Ok(others.found)
    }
}

fn id(text: String) -> Result<TenantId> {
    parse(text, "tenants.id")
}
