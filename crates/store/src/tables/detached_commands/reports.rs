//! The records of a command as the server that runs it writes them.

use covibe_domain::{CommandId, WorkspaceId, boxed};
use diesel::prelude::*;

use super::{DetachedLimits, KEPT, NewDetachedCommand};
use crate::error::Result;
use crate::schema::detached_commands as table;
use crate::tables::leases::Now;
use crate::tx::{RunQueryDsl, Tx};

/// The answer to a report of a running command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetachedReport {
    /// It runs on.
    Recorded,
    /// It is to be ended: somebody requested it, or the tenant is suspended.
    CancelRequested,
    /// It no longer has a record, or its end is recorded.
    Removed,
}

impl Tx {
    /// Records that a command is about to be started, and removes records in excess of the limits, the oldest first.
    /// Returns false, and records nothing, if the maximum number of commands of the workspace run.
    #[boxed]
    pub async fn insert_detached_command(
        &mut self,
        new: &NewDetachedCommand,
        limits: DetachedLimits,
    ) -> Result<bool> {
        self.lock_workspace(&new.workspace).await?;
        let now = self.lease_clock().await?;
        let lost = now.before(limits.lost_after);
        let running: i64 = on!(self, conn => own!(self, new.workspace)
            .filter(table::ended_at.is_null().and(table::seen_at.ge(lost)))
            .count()
            .get_result(conn).await)?;
        if running >= i64::from(limits.running) {
            return Ok(false);
        }
        self.make_room_for_detached(&new.workspace, now, limits).await?;
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(new.workspace.as_str()),
            table::id.eq(new.id.as_str()),
            table::resource.eq(&new.resource),
            table::container.eq(&new.container),
            table::service.eq(&new.service),
            table::command.eq(&new.command),
            (table::started_at.eq(now.millis()), table::seen_at.eq(now.millis())),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(true)
    }

    /// Removes the records of commands that do not run: the old ones, and the oldest above the limit.
    async fn make_room_for_detached(
        &mut self,
        workspace: &WorkspaceId,
        now: Now,
        limits: DetachedLimits,
    ) -> Result<()> {
        let lost = now.before(limits.lost_after);
        let rows: Vec<(String, i64)> = on!(self, conn => own!(self, workspace)
            .filter(table::ended_at.is_not_null().or(table::seen_at.lt(lost)))
            .order(table::seen_at.desc())
            .select((table::id, table::seen_at))
            .load(conn).await)?;
        let (old, kept) = (now.before(KEPT), usize::try_from(limits.kept).unwrap_or(usize::MAX));
        let excess = rows.into_iter().enumerate();
        let excess = excess.filter(|(place, (_, seen))| place + 1 >= kept || *seen < old);
        let excess: Vec<String> = excess.map(|(_, (id, _))| id).collect();
        on!(self, conn => diesel::delete(own!(self, workspace))
            .filter(table::id.eq_any(&excess))
            .execute(conn).await)?;
        Ok(())
    }

    /// Records that a command runs, and its output if that is given.
    #[boxed]
    pub async fn note_detached_command(
        &mut self,
        workspace: &WorkspaceId,
        id: &CommandId,
        output: Option<&str>,
    ) -> Result<DetachedReport> {
        self.note_secrets_keys([&output.map(str::to_owned)]).await?;
        let now = self.lease_clock().await?;
        let changes = (table::seen_at.eq(now.millis()), output.map(|text| table::output.eq(text)));
        let requested: Option<bool> = on!(self, conn => diesel::update(own!(self, workspace))
            .filter(table::id.eq(id.as_str()).and(table::ended_at.is_null()))
            .set(changes)
            .returning(table::cancel_requested_at.is_not_null())
            .get_result(conn).await.optional())?;
        Ok(match requested {
            None => DetachedReport::Removed,
            Some(true) => DetachedReport::CancelRequested,
            Some(false) if self.is_suspended().await? => DetachedReport::CancelRequested,
            Some(false) => DetachedReport::Recorded,
        })
    }

    /// Records the end of a command. Returns false if it has no record, or has ended.
    #[boxed]
    pub async fn end_detached_command(
        &mut self,
        workspace: &WorkspaceId,
        id: &CommandId,
        result: &str,
        output: Option<&str>,
    ) -> Result<bool> {
        self.note_secrets_keys([&output.map(str::to_owned)]).await?;
        let now = self.lease_clock().await?.millis();
        let changes = (
            table::seen_at.eq(now),
            table::ended_at.eq(now),
            table::result.eq(result),
            table::output.eq(output),
        );
        let ended = on!(self, conn => diesel::update(own!(self, workspace))
            .filter(table::id.eq(id.as_str()).and(table::ended_at.is_null()))
            .set(changes)
            .execute(conn).await)?;
        Ok(ended == 1)
    }

    /// Removes the record of a command.
    #[boxed]
    pub async fn delete_detached_command(
        &mut self,
        workspace: &WorkspaceId,
        id: &CommandId,
    ) -> Result<()> {
        on!(self, conn => diesel::delete(own!(self, workspace))
            .filter(table::id.eq(id.as_str()))
            .execute(conn).await)?;
        Ok(())
    }
}
