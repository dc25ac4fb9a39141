//! The resources that were deleted on Coolify, whose volumes may be on a docker host still.

use covibe_domain::{Located, Location, ServerUuid, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::parse_some;
use crate::schema::{created_resources, deleted_resources as table};
use crate::tx::{RunQueryDsl, Tx};

/// A resource of a workspace that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedResource {
    /// The workspace that it was deleted in.
    pub workspace: WorkspaceId,
    /// Coolify's id.
    pub uuid: String,
    /// The server that it ran on, if Coolify reported it.
    pub server: Option<ServerUuid>,
}

impl Located for DeletedResource {
    const NOUN: &'static str = "Resource";

    fn id(&self) -> &str {
        &self.uuid
    }

    fn location(&self) -> Location<'_> {
        Location::Workspace(&self.workspace)
    }
}

impl Tx {
    /// Records that a resource is about to be deleted. A row is smaller than the audit entries of the
    /// deletion, and stays as long as the workspace.
    #[boxed]
    pub async fn insert_deleted_resource(
        &mut self,
        deleted: &DeletedResource,
        at: Timestamp,
    ) -> Result<()> {
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(deleted.workspace.to_string()),
            table::uuid.eq(deleted.uuid.clone()),
            table::server.eq(deleted.server.as_ref().map(ToString::to_string)),
            table::deleted_at.eq(at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        Ok(())
    }

    /// Returns the resource with this id that the workspace deleted; or that it created, for when somebody
    /// else deleted it.
    #[boxed]
    pub async fn deleted_resource(
        &mut self,
        workspace: &WorkspaceId,
        uuid: &str,
    ) -> Result<Option<DeletedResource>> {
        let server: Option<Option<String>> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::uuid.eq(uuid))
            .select(table::server)
            .first(conn).await.optional())?;
        let server = match server {
            Some(server) => server,
            None if self.has_created(workspace, uuid).await? => None,
            None => return Ok(None),
        };
        let server = parse_some(server, "deleted_resources.server")?;
        Ok(Some(DeletedResource { workspace: workspace.clone(), uuid: uuid.to_owned(), server }))
    }

    /// Returns whether a creation in the workspace ended with the resource of this id.
    async fn has_created(&mut self, workspace: &WorkspaceId, uuid: &str) -> Result<bool> {
        let found: Option<String> = on!(self, conn => created_resources::table
            .filter(created_resources::tenant_id.eq(self.scope.tenant()))
            .filter(created_resources::workspace_id.eq(workspace.as_str()))
            .filter(created_resources::uuid.eq(uuid))
            .select(created_resources::uuid)
            .first(conn).await.optional())?;
        Ok(found.is_some())
    }
}
