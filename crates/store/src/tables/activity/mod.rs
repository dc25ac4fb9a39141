//! The activity that companions on developers' machines sent: the latest state of each worktree and each session.

mod forgotten_repositories;
mod states;

use std::time::Duration;

use covibe_domain::companion::ActivityKey;
use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

pub use self::states::{ActivityKind, ActivityState};
use crate::error::Result;
use crate::schema::{activity_items, activity_salts, activity_states};
use crate::store::Store;
use crate::tx::{Access, Conn, RunQueryDsl, Scope, Tx};

use crate::schema::activity_forgotten;

impl Store {
    /// Removes what is past its end, of all tenants.
    #[boxed]
    pub async fn remove_old_activity(&self) -> Result<usize> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let now = tx.lease_clock().await?.millis();
        // On PostgreSQL, a policy says which rows are old: the role that removes them does not see them.
        let is_postgres = matches!(tx.conn, Some(Conn::Postgres(_)));
        macro_rules! remove_old {
            ($table:ident) => {
                if is_postgres {
                    on!(tx, conn => diesel::delete($table::table).execute(conn).await)?
                } else {
                    on!(tx, conn => diesel::delete($table::table)
                        .filter($table::expires_at.lt(now))
                        .execute(conn).await)?
                }
            };
        }
        let states = remove_old!(activity_states);
        let others = remove_old!(activity_items) + remove_old!(activity_forgotten);
        tx.commit().await?;
        Ok(states + others)
    }
}

impl Tx {
    /// Returns the salt of a workspace, which becomes `fresh` if it has none: 64 hexadecimal digits.
    #[boxed]
    pub async fn activity_salt(&mut self, workspace: &WorkspaceId, fresh: &str) -> Result<String> {
        let row = (
            activity_salts::tenant_id.eq(self.scope.tenant().to_owned()),
            activity_salts::workspace_id.eq(workspace.as_str()),
            activity_salts::salt.eq(fresh),
        );
        on!(self, conn => diesel::insert_into(activity_salts::table)
            .values(row)
            .on_conflict((activity_salts::tenant_id, activity_salts::workspace_id))
            .do_nothing()
            .execute(conn).await)?;
        on!(self, conn => activity_salts::table
            .filter(activity_salts::tenant_id.eq(self.scope.tenant()))
            .filter(activity_salts::workspace_id.eq(workspace.as_str()))
            .select(activity_salts::salt)
            .first(conn).await)
    }

    /// Notes that an item is stored, for this long. Returns false if it was stored before.
    #[boxed]
    pub async fn claim_activity_item(
        &mut self,
        workspace: &WorkspaceId,
        machine: &ActivityKey,
        item: &str,
        kept: Duration,
    ) -> Result<bool> {
        let row = (
            activity_items::tenant_id.eq(self.scope.tenant().to_owned()),
            activity_items::workspace_id.eq(workspace.as_str()),
            activity_items::machine.eq(machine.as_str()),
            activity_items::item.eq(item),
            activity_items::expires_at.eq(Timestamp::now().after(kept).as_millis()),
        );
        let key = (
            activity_items::tenant_id,
            activity_items::workspace_id,
            activity_items::machine,
            activity_items::item,
        );
        let inserted = on!(self, conn => diesel::insert_into(activity_items::table)
            .values(row)
            .on_conflict(key)
            .do_nothing()
            .execute(conn).await)?;
        Ok(inserted == 1)
    }
}
