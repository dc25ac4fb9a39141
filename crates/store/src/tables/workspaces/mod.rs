//! Workspaces.

mod record;
mod webhook;

use covibe_domain::{Slug, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

pub use self::record::WorkspaceRecord;
use self::record::{Mutable, Row};
use super::key_revocation::RevokedKey;
use crate::error::{Error, Result};
use crate::prepare_once::prepare_once;
use crate::schema::{self, vibn_workspaces as table};
use crate::store::Store;
use crate::tx::{RunQueryDsl, Scope, Tx};

/// Deletes the rows of a workspace of the transaction's tenant from these tables.
macro_rules! delete_of {
    ($tx:expr, $id:expr, $($table:ident),+) => {
        $(on!($tx, conn => diesel::delete(schema::$table::table)
            .filter(schema::$table::workspace_id.eq($id.as_str()))
            .filter(schema::$table::tenant_id.eq($tx.scope.tenant()))
            .execute(conn).await)?;)+
    };
}

impl Store {
    /// Returns the workspace of any tenant with this slug.
    #[boxed]
    pub async fn workspace_of_slug(&self, slug: &Slug) -> Result<Option<WorkspaceRecord>> {
        let mut tx = self.begin_read(Scope::Slug(slug.clone())).await?;
        let row: Option<Row> = on!(tx, conn => table::table
            .filter(table::slug.eq(slug.as_str()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        tx.commit().await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the workspace of any tenant whose organisation has this number in Gitea.
    #[boxed]
    pub async fn workspace_of_organisation(&self, id: i64) -> Result<Option<WorkspaceRecord>> {
        let mut tx = self.begin_read(Scope::Organisation(id)).await?;
        let row: Option<Row> = on!(tx, conn => table::table
            .filter(table::gitea_org_id.eq(id))
            .order(table::id)
            .select(Row::as_select())
            .first(conn).await.optional())?;
        tx.commit().await?;
        row.map(TryInto::try_into).transpose()
    }
}

impl Tx {
    /// Inserts a workspace.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if any tenant has its slug, or it is reserved.
    #[boxed]
    pub async fn insert_workspace(&mut self, record: &WorkspaceRecord) -> Result<()> {
        self.admit(&record.tenant)?;
        if self.is_reserved(&record.slug).await? {
            return Err(Error::Conflict);
        }
        let row = Row::from(record);
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns the tenant's workspace with this id.
    #[boxed]
    pub async fn workspace(&mut self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::id.eq(id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the tenant's workspace with this slug.
    #[boxed]
    pub async fn workspace_by_slug(&mut self, slug: &Slug) -> Result<Option<WorkspaceRecord>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::slug.eq(slug.as_str()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the tenant's workspaces, by slug.
    #[boxed]
    pub async fn workspaces(&mut self) -> Result<Vec<WorkspaceRecord>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .order(table::slug)
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Updates all columns except id, tenant, cell, slug and creation time. Returns whether it
    /// exists.
    #[boxed]
    pub async fn update_workspace(&mut self, record: &WorkspaceRecord) -> Result<bool> {
        self.admit(&record.tenant)?;
        self.note_secrets_keys([&record.gitea_bot_token, &record.gitea_clone_token]).await?;
        let columns = Mutable::from(record);
        let changed = on!(self, conn => prepare_once(diesel::update(table::table)
            .filter(table::id.eq(record.id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .set(columns))
            .execute(conn).await)?;
        Ok(changed == 1)
    }

    /// Waits until no other transaction that called this for the workspace is open. Rows that are read
    /// afterwards stay as they are until this transaction ends, as far as others call this too:
    /// PostgreSQL would otherwise let two transactions count or change the same rows by the state that
    /// both read before.
    #[boxed]
    pub async fn lock_workspace(&mut self, id: &WorkspaceId) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .set(table::created_at.eq(table::created_at))
            .execute(conn).await)?;
        Ok(())
    }

    /// Deletes a workspace with its keys, steps, runs, projects and journal entries; the audit
    /// stays. Returns the keys of other workspaces that were minted with its keys and are revoked now; `None` if it did
    /// not exist.
    ///
    /// # Errors
    ///
    /// Conflict if it has domains, or is buying them, or has object storage.
    #[boxed]
    pub async fn delete_workspace(
        &mut self,
        id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Option<Vec<RevokedKey>>> {
        self.delete_lost_domains(id).await?;
        if self.storage(id).await?.is_some() {
            return Err(Error::Conflict);
        }
        let revoked = self.revoke_keys_minted_in(id, now).await?;
        delete_of!(self, id, api_keys, provision_steps, provision_runs, projects, creations);
        delete_of!(self, id, created_resources, deleted_resources, unlisted_databases);
        delete_of!(self, id, followed_branches, push_statuses, rejections, device_grants);
        delete_of!(self, id, public_variables, clone_keys, queued_deployments, detached_commands);
        delete_of!(self, id, workspace_memberships, invitations);
        delete_of!(self, id, activity_salts, activity_states, activity_items, activity_forgotten);
        let deleted = on!(self, conn => diesel::delete(table::table)
            .filter(table::id.eq(id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .execute(conn).await)?;
        Ok((deleted == 1).then_some(revoked))
    }
}
