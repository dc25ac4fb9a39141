//! The commands in containers that run on without their client, and the results of those that ended in the last day.

use std::time::Duration;

use covibe_domain::{CommandId, Located, Location, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use super::leases::Now;
use crate::error::Result;
use crate::row::{moment, parse};
use crate::schema::detached_commands as table;
use crate::store::Store;
use crate::tx::{Access, Conn, RunQueryDsl, Scope, Tx};

/// The commands of the tenant in a workspace, to be filtered further.
macro_rules! own {
    ($tx:expr, $workspace:expr) => {
        table::table
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
    };
}

mod reports;

pub use self::reports::DetachedReport;

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
    /// Its text, as it may be recorded.
    pub command: String,
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
    /// Its text, as it may be recorded; `None` if an earlier version of the server started it.
    pub command: Option<String>,
    /// When it was started.
    pub started_at: Timestamp,
    /// The time between its start and the last report of its server.
    pub ran_for: Duration,
    /// The time since that report.
    pub unseen_for: Duration,
    /// When it ended; `None` if it runs, or its server ended first.
    pub ended_at: Option<Timestamp>,
    /// The way in which it ended, as the caller encodes it.
    pub result: Option<String>,
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
    command: Option<String>,
    started_at: i64,
    seen_at: i64,
    ended_at: Option<i64>,
    result: Option<String>,
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
            command: self.command,
            started_at: Timestamp::from_millis(self.started_at),
            ran_for: Duration::from_millis(ran_for),
            unseen_for: now.since(self.seen_at),
            ended_at: moment(self.ended_at),
            result: self.result,
        })
    }
}

impl Store {
    /// Removes the records of all tenants that are older than a day.
    #[boxed]
    pub async fn remove_old_detached_commands(&self) -> Result<usize> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
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
    /// Returns the commands of a resource that are not older than a day, the newest first.
    #[boxed]
    pub async fn detached_commands(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
    ) -> Result<Vec<DetachedCommand>> {
        let now = self.lease_clock().await?;
        let rows: Vec<Row> = on!(self, conn => own!(self, workspace)
            .filter(table::resource.eq(resource))
            .filter(table::seen_at.ge(now.before(KEPT)))
            .order((table::started_at.desc(), table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(|row| row.into_command(workspace, now)).collect()
    }

    /// Returns a command of a resource, unless it is older than a day, and its output as it was reported last, sealed
    /// by the caller; `None` without output.
    #[boxed]
    pub async fn detached_command(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
        id: &CommandId,
    ) -> Result<Option<(DetachedCommand, Option<String>)>> {
        let now = self.lease_clock().await?;
        let row: Option<(Row, Option<String>)> = on!(self, conn => own!(self, workspace)
            .filter(table::resource.eq(resource))
            .filter(table::id.eq(id.as_str()))
            .filter(table::seen_at.ge(now.before(KEPT)))
            .select((Row::as_select(), table::output))
            .first(conn).await.optional())?;
        row.map(|(row, output)| Ok((row.into_command(workspace, now)?, output))).transpose()
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

    /// Requests that the server of a resource's command ends it. Returns false, and does nothing, if it has ended or has
    /// no record.
    #[boxed]
    pub async fn cancel_detached_command(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
        id: &CommandId,
    ) -> Result<bool> {
        let now = self.lease_clock().await?.millis();
        let changed = on!(self, conn => diesel::update(own!(self, workspace))
            .filter(table::resource.eq(resource))
            .filter(table::id.eq(id.as_str()).and(table::ended_at.is_null()))
            .set(table::cancel_requested_at.eq(now))
            .execute(conn).await)?;
        Ok(changed == 1)
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
