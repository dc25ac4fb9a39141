//! The commands in containers that run on without their client, and the results of those that ended in the last day.

use std::time::Duration;

use covibe_domain::{CommandId, Located, Location, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::leases::Now;
use crate::error::Result;
use crate::row::{moment, parse};
use crate::schema::detached_commands as table;
use crate::store::Store;
use crate::tx::{Access, Conn, Scope, Tx};

/// The time for which a record is kept after its command ended, or was last seen to run.
const KEPT: Duration = Duration::from_hours(24);

/// A command that is about to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDetachedCommand {
    /// Its id.
    pub id: CommandId,
    /// The workspace that it runs in.
    pub workspace: WorkspaceId,
    /// Coolify's id of the app, database or auth provider.
    pub resource: String,
    /// The name of the container.
    pub container: String,
    /// The service of a compose file; `None` for a resource with one container.
    pub service: Option<String>,
}

/// The limits of a workspace's commands.
#[derive(Clone, Copy, Debug)]
pub struct DetachedLimits {
    /// The maximum number of those that run.
    pub running: u32,
    /// The maximum number of records of those that have ended.
    pub kept: u32,
    /// The time after which a command that its server no longer reports does not run.
    pub lost_after: Duration,
}

/// A command that runs without its client, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetachedCommand {
    /// Its id.
    pub id: CommandId,
    /// The workspace that it runs in.
    pub workspace: WorkspaceId,
    /// Coolify's id of the app, database or auth provider.
    pub resource: String,
    /// The name of the container.
    pub container: String,
    /// The service of a compose file; `None` for a resource with one container.
    pub service: Option<String>,
    /// The time between its start and the last report of its server.
    pub ran_for: Duration,
    /// The time since that report.
    pub unseen_for: Duration,
    /// When it ended; `None` if it runs, or its server ended first.
    pub ended_at: Option<Timestamp>,
    /// The way in which it ended, as the caller encodes it.
    pub result: Option<String>,
    /// Its output as it was reported last, sealed by the caller; `None` without output.
    pub output: Option<String>,
}

impl Located for DetachedCommand {
    const NOUN: &'static str = "Command";

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn location(&self) -> Location<'_> {
        Location::Workspace(&self.workspace)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    resource: String,
    container: String,
    service: Option<String>,
    started_at: i64,
    seen_at: i64,
    ended_at: Option<i64>,
    result: Option<String>,
    output: Option<String>,
}

impl Row {
    fn into_command(self, workspace: &WorkspaceId, now: Now) -> Result<DetachedCommand> {
        let ran_for = self.seen_at.saturating_sub(self.started_at).max(0).unsigned_abs();
        Ok(DetachedCommand {
            id: parse(self.id, "detached_commands.id")?,
            workspace: workspace.clone(),
            resource: self.resource,
            container: self.container,
            service: self.service,
            ran_for: Duration::from_millis(ran_for),
            unseen_for: now.since(self.seen_at),
            ended_at: moment(self.ended_at),
            result: self.result,
            output: self.output,
        })
    }
}

/// The commands of the tenant in a workspace, to be filtered further.
macro_rules! own {
    ($tx:expr, $workspace:expr) => {
        table::table
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
    };
}

impl Store {
    /// Removes the records of all tenants that are older than a day.
    #[boxed]
    pub async fn remove_old_detached_commands(&self) -> Result<usize> {
        let mut tx = self.begin(Scope::Shared, Access::Write).await?;
        let now = tx.lease_clock().await?;
        let removed = match tx.conn {
            // A policy says which rows are old: the role that removes them does not see them.
            Some(Conn::Postgres(_)) => {
                on!(tx, conn => diesel::delete(table::table).execute(conn).await)?
            }
            _ => on!(tx, conn => diesel::delete(table::table)
                .filter(table::seen_at.lt(now.before(KEPT)))
                .execute(conn).await)?,
        };
        tx.commit().await?;
        Ok(removed)
    }
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

    /// Returns a command of a resource, unless it is older than a day.
    #[boxed]
    pub async fn detached_command(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
        id: &CommandId,
    ) -> Result<Option<DetachedCommand>> {
        let now = self.lease_clock().await?;
        let row: Option<Row> = on!(self, conn => own!(self, workspace)
            .filter(table::resource.eq(resource))
            .filter(table::id.eq(id.as_str()))
            .filter(table::seen_at.ge(now.before(KEPT)))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(|row| row.into_command(workspace, now)).transpose()
    }

    /// Returns whether a command of a resource runs: it has not ended, and its server reported it within `lost_after`.
    #[boxed]
    pub async fn detached_command_runs(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
        id: &CommandId,
        lost_after: Duration,
    ) -> Result<bool> {
        let lost = self.lease_clock().await?.before(lost_after);
        let running: i64 = on!(self, conn => own!(self, workspace)
            .filter(table::resource.eq(resource))
            .filter(table::id.eq(id.as_str()))
            .filter(table::ended_at.is_null().and(table::seen_at.ge(lost)))
            .count()
            .get_result(conn).await)?;
        Ok(running == 1)
    }

    /// Records that a command runs, and its output if that is given. Returns false if it has no record, or has ended.
    #[boxed]
    pub async fn note_detached_command(
        &mut self,
        workspace: &WorkspaceId,
        id: &CommandId,
        output: Option<&str>,
    ) -> Result<bool> {
        self.note_secrets_keys([&output.map(str::to_owned)]).await?;
        let now = self.lease_clock().await?;
        let changes = (table::seen_at.eq(now.millis()), output.map(|text| table::output.eq(text)));
        let noted = on!(self, conn => diesel::update(own!(self, workspace))
            .filter(table::id.eq(id.as_str()).and(table::ended_at.is_null()))
            .set(changes)
            .execute(conn).await)?;
        Ok(noted == 1)
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

    /// Removes the records of a resource's commands, because it is gone.
    #[boxed]
    pub async fn delete_detached_commands(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
    ) -> Result<()> {
        on!(self, conn => diesel::delete(own!(self, workspace))
            .filter(table::resource.eq(resource))
            .execute(conn).await)?;
        Ok(())
    }

    /// Returns the sealed outputs of a workspace's commands, each with the id of its command.
    #[boxed]
    pub async fn detached_outputs(
        &mut self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<(CommandId, String)>> {
        let rows: Vec<(String, Option<String>)> = on!(self, conn => own!(self, workspace)
            .filter(table::output.is_not_null())
            .order(table::id)
            .select((table::id, table::output))
            .load(conn).await)?;
        let filled = rows.into_iter().filter_map(|(id, output)| Some((id, output?)));
        filled.map(|(id, output)| Ok((parse(id, "detached_commands.id")?, output))).collect()
    }

    /// Replaces the sealed output of a command, if it has not changed; `None` removes it.
    #[boxed]
    pub async fn reseal_detached_output(
        &mut self,
        workspace: &WorkspaceId,
        id: &CommandId,
        sealed: &str,
        renewed: Option<String>,
    ) -> Result<()> {
        self.note_secrets_keys([&renewed]).await?;
        on!(self, conn => diesel::update(own!(self, workspace))
            .filter(table::id.eq(id.as_str()).and(table::output.eq(sealed)))
            .set(table::output.eq(&renewed))
            .execute(conn).await)?;
        Ok(())
    }
}
