//! The resources that were created on Coolify, by their marks.

use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::{created_resources as table, creations};
use crate::tx::{RunQueryDsl, Tx};

/// The number of marks that a query names: SQLite limits the parameters of one.
const MARKS_AT_ONCE: usize = 1_000;

/// A resource whose creation finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedResource {
    /// The mark: the id of the journal entry of its creation.
    pub mark: String,
    /// The name that it was created under.
    pub name: String,
    /// The upstream's id.
    pub uuid: String,
    /// When its creation finished.
    pub created_at: Timestamp,
}

impl Tx {
    /// Records that a creation finished. Returns false if its mark is recorded already.
    #[boxed]
    pub async fn insert_created_resource(
        &mut self,
        workspace: &WorkspaceId,
        created: &CreatedResource,
    ) -> Result<bool> {
        let row = (
            table::mark.eq(created.mark.clone()),
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.to_string()),
            table::name.eq(created.name.clone()),
            table::uuid.eq(created.uuid.clone()),
            table::created_at.eq(created.created_at.as_millis()),
        );
        let inserted = on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        Ok(inserted == 1)
    }

    /// Returns the resources of the creations in a workspace that finished after that time, in no order.
    #[boxed]
    pub async fn created_resources(
        &mut self,
        workspace: &WorkspaceId,
        after: Timestamp,
    ) -> Result<Vec<CreatedResource>> {
        let rows: Vec<(String, String, String, i64)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::created_at.gt(after.as_millis()))
            .select((table::mark, table::name, table::uuid, table::created_at))
            .load(conn).await)?;
        let read = |(mark, name, uuid, at)| CreatedResource {
            mark,
            name,
            uuid,
            created_at: Timestamp::from_millis(at),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Returns those of these ids with which a creation in a workspace ended, in no order.
    #[boxed]
    pub async fn recorded_resources(
        &mut self,
        workspace: &WorkspaceId,
        uuids: &[String],
    ) -> Result<Vec<String>> {
        Ok(on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::uuid.eq_any(uuids.to_vec()))
            .select(table::uuid)
            .load(conn).await)?)
    }

    /// Returns the number of the creations in all workspaces of the tenant: of those in progress, and of those whose
    /// resources are not forgotten.
    #[boxed]
    pub async fn count_creations_of_tenant(&mut self) -> Result<u64> {
        let finished: i64 = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .count()
            .get_result(conn).await)?;
        let begun: i64 = on!(self, conn => creations::table
            .filter(creations::tenant_id.eq(self.scope.tenant()))
            .count()
            .get_result(conn).await)?;
        Ok(u64::try_from(finished + begun).unwrap_or_default())
    }

    /// Returns how many of these marks are those of creations in workspaces of the tenant, in progress or finished.
    #[boxed]
    pub async fn count_marks_of_tenant(&mut self, marks: &[String]) -> Result<u64> {
        let mut count = 0;
        for marks in marks.chunks(MARKS_AT_ONCE) {
            let finished: i64 = on!(self, conn => table::table
                .filter(table::tenant_id.eq(self.scope.tenant()))
                .filter(table::mark.eq_any(marks.to_vec()))
                .count()
                .get_result(conn).await)?;
            let begun: i64 = on!(self, conn => creations::table
                .filter(creations::tenant_id.eq(self.scope.tenant()))
                .filter(creations::id.eq_any(marks.to_vec()))
                .count()
                .get_result(conn).await)?;
            count += u64::try_from(finished + begun).unwrap_or_default();
        }
        Ok(count)
    }

    /// Records that a resource is being deleted, and forgets every deleted one whose creation finished
    /// before `settled`. Returns whether the resource was recorded.
    #[boxed]
    pub async fn delete_created_resource(
        &mut self,
        workspace: &WorkspaceId,
        uuid: &str,
        at: Timestamp,
        settled: Timestamp,
    ) -> Result<bool> {
        let deleted = on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::uuid.eq(uuid))
            .set(table::deleted_at.eq(Some(at.as_millis())))
            .execute(conn).await)?;
        on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::deleted_at.is_not_null())
            .filter(table::created_at.lt(settled.as_millis()))
            .execute(conn).await)?;
        Ok(deleted > 0)
    }
}
