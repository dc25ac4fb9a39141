//! The repositories that machines keep private.

use std::time::Duration;

use covibe_domain::companion::ActivityKey;
use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::{activity_forgotten as table, activity_states as states};
use crate::tx::{RunQueryDsl, Tx};

impl Tx {
    /// Removes what a machine sent of a repository, and notes that it is forgotten, for this long.
    #[boxed]
    pub async fn forget_activity(
        &mut self,
        workspace: &WorkspaceId,
        machine: &ActivityKey,
        repo: &ActivityKey,
        kept: Duration,
    ) -> Result<usize> {
        let now = Timestamp::now();
        let changed = (
            table::forgotten_at.eq(now.as_millis()),
            table::expires_at.eq(now.after(kept).as_millis()),
        );
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.as_str()),
            table::machine.eq(machine.as_str()),
            table::repo.eq(repo.as_str()),
            changed,
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::tenant_id, table::workspace_id, table::machine, table::repo))
            .do_update()
            .set(changed)
            .execute(conn).await)?;
        on!(self, conn => diesel::delete(states::table)
            .filter(states::tenant_id.eq(self.scope.tenant()))
            .filter(states::workspace_id.eq(workspace.as_str()))
            .filter(states::machine.eq(machine.as_str()))
            .filter(states::repo.eq(repo.as_str()))
            .execute(conn).await)
    }

    /// Returns when a machine had a repository forgotten last.
    #[boxed]
    pub async fn activity_forgotten_at(
        &mut self,
        workspace: &WorkspaceId,
        machine: &ActivityKey,
        repo: &ActivityKey,
    ) -> Result<Option<Timestamp>> {
        let at: Option<i64> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::machine.eq(machine.as_str()))
            .filter(table::repo.eq(repo.as_str()))
            .select(table::forgotten_at)
            .first(conn).await.optional())?;
        Ok(at.map(Timestamp::from_millis))
    }
}
