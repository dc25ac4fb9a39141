//! The hook of a workspace's organisation that was made for it last.

use covibe_domain::{WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::vibn_workspaces as table;
use crate::tx::{RunQueryDsl, Tx};

/// The tenant's workspace, to be filtered further.
macro_rules! one {
    ($self:expr, $workspace:expr) => {
        table::table
            .filter(table::id.eq($workspace.as_str()))
            .filter(table::tenant_id.eq($self.scope.tenant()))
    };
}

impl Tx {
    /// Returns the id in Gitea of the hook that was made last for the tenant's workspace.
    #[boxed]
    pub async fn gitea_hook(&mut self, workspace: &WorkspaceId) -> Result<Option<i64>> {
        let found: Option<Option<i64>> = on!(self, conn => one!(self, workspace)
            .select(table::gitea_hook_id)
            .first(conn).await.optional())?;
        Ok(found.flatten())
    }

    /// Replaces the id of the hook of the tenant's workspace. Returns whether it was replaced: not if the former id
    /// is another one by now, because another server has made a hook too.
    #[boxed]
    pub async fn replace_gitea_hook(
        &mut self,
        workspace: &WorkspaceId,
        former: Option<i64>,
        made: i64,
    ) -> Result<bool> {
        let set = table::gitea_hook_id.eq(made);
        let replaced = match former {
            Some(former) => on!(self, conn => diesel::update(one!(self, workspace))
                .filter(table::gitea_hook_id.eq(former))
                .set(set)
                .execute(conn).await)?,
            None => on!(self, conn => diesel::update(one!(self, workspace))
                .filter(table::gitea_hook_id.is_null())
                .set(set)
                .execute(conn).await)?,
        };
        Ok(replaced == 1)
    }
}
