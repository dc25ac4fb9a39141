//! The names that the workspaces' organisations should have, by their ids in Gitea.

use covibe_domain::{CellName, TenantId, boxed};
use diesel::prelude::*;

use crate::connect::shares::ShareOf;
use crate::error::Result;
use crate::schema::gitea_organisations as table;
use crate::store::Store;
use crate::tx::{Access, RunQueryDsl, Scope};

impl Store {
    /// Returns the name that an organisation should have; `None` if it is not a workspace's.
    #[boxed]
    pub async fn organisation_name(&self, cell: &CellName, id: i64) -> Result<Option<String>> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let name: Option<String> = on!(tx, conn => table::table
            .find((cell.as_str(), id))
            .select(table::name)
            .first(conn).await.optional())?;
        tx.commit().await?;
        Ok(name)
    }

    /// Records the name that the organisation of a workspace of this tenant should have.
    #[boxed]
    pub async fn put_organisation(
        &self,
        tenant: &TenantId,
        cell: &CellName,
        id: i64,
        name: &str,
    ) -> Result<()> {
        let share = ShareOf::Tenant(tenant);
        let mut tx = self.begin_in_share(share, Scope::Shared, Access::Write).await?;
        let row = (table::cell.eq(cell.as_str()), table::id.eq(id), table::name.eq(name));
        on!(tx, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::cell, table::id))
            .do_update()
            .set(table::name.eq(name))
            .execute(conn).await)?;
        tx.commit().await
    }

    /// Forgets an organisation of this tenant that was deleted.
    #[boxed]
    pub async fn forget_organisation(
        &self,
        tenant: &TenantId,
        cell: &CellName,
        id: i64,
    ) -> Result<()> {
        let share = ShareOf::Tenant(tenant);
        let mut tx = self.begin_in_share(share, Scope::Shared, Access::Write).await?;
        on!(tx, conn => diesel::delete(table::table.find((cell.as_str(), id)))
            .execute(conn).await)?;
        tx.commit().await
    }
}
