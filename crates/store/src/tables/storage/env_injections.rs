//! The resources that got a workspace's key of object storage as variables.

use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;
// The prelude has `filter` for queries; this trait has it for upserts.
use diesel::query_dsl::methods::FilterDsl;

use crate::error::{Error, Result};
use crate::schema::storage_injections as table;
use crate::tx::{RunQueryDsl, Tx};

/// A resource that got a key as variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageInjection {
    /// The uuid of the app.
    pub resource: String,
    /// The prefix of the names of its variables.
    pub prefix: String,
    /// The id of the key.
    pub access_key_id: String,
    /// When it got it.
    pub injected_at: Timestamp,
}

type Row = (String, String, String, i64);

impl From<Row> for StorageInjection {
    fn from((resource, prefix, access_key_id, at): Row) -> Self {
        Self { resource, prefix, access_key_id, injected_at: Timestamp::from_millis(at) }
    }
}

impl Tx {
    /// Returns the resources that got a key of the workspace, by their uuids and prefixes.
    #[boxed]
    pub async fn storage_injections(
        &mut self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<StorageInjection>> {
        let rows: Vec<Row> = on!(self, conn => QueryDsl::filter(
            QueryDsl::filter(table::table, table::workspace_id.eq(workspace.as_str())),
            table::tenant_id.eq(self.scope.tenant()))
            .order((table::resource, table::prefix))
            .select((table::resource, table::prefix, table::access_key_id, table::injected_at))
            .load(conn).await)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Writes down that a resource gets a key, in place of an earlier one with the same prefix.
    #[boxed]
    pub async fn put_storage_injection(
        &mut self,
        workspace: &WorkspaceId,
        injection: &StorageInjection,
    ) -> Result<()> {
        let changes = (
            table::access_key_id.eq(&injection.access_key_id),
            table::injected_at.eq(injection.injected_at.as_millis()),
        );
        let row = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(workspace.as_str()),
            table::resource.eq(&injection.resource),
            table::prefix.eq(&injection.prefix),
            changes,
        );
        let put = on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::tenant_id, table::workspace_id, table::resource, table::prefix))
            .do_update()
            .set(changes)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .execute(conn).await)?;
        if put == 1 { Ok(()) } else { Err(Error::OtherTenant) }
    }

    /// Forgets that a resource got keys, because it was deleted.
    #[boxed]
    pub async fn delete_storage_injections(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
    ) -> Result<()> {
        let one = table::workspace_id.eq(workspace.as_str()).and(table::resource.eq(resource));
        on!(self, conn => diesel::delete(table::table)
            .filter(one.and(table::tenant_id.eq(self.scope.tenant())))
            .execute(conn).await)?;
        Ok(())
    }
}
