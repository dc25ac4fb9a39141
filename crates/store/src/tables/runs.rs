//! The runs of a workspace's set-up: one at a time, whichever instance it is on.

use covibe_domain::{Timestamp, WorkspaceId};
use diesel::prelude::*;
// diesel's filter of queries is in scope by its prelude; this one is of upserts.
use diesel::query_dsl::methods::FilterDsl;
use diesel_async::RunQueryDsl;

use crate::error::Result;
use crate::row::moment;
use crate::schema::provision_runs as table;
use crate::tx::Tx;

/// A run that sets a workspace up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionRun {
    /// Random text of the caller.
    pub id: String,
    /// The workspace that it sets up.
    pub workspace: WorkspaceId,
    /// What it was started for.
    pub wants: String,
    /// Until when its holder is to be believed at work.
    pub lease_until: Timestamp,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<String>,
}

/// All columns but whose it is; an absent value empties its column. A changeset leaves a column
/// named `id` out unless it is told of another key.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = table, primary_key(workspace_id))]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: String,
    wants: String,
    lease_until: i64,
    started_at: i64,
    ended_at: Option<i64>,
    outcome: Option<String>,
}

impl From<&ProvisionRun> for Row {
    fn from(run: &ProvisionRun) -> Self {
        Self {
            id: run.id.clone(),
            wants: run.wants.clone(),
            lease_until: run.lease_until.as_millis(),
            started_at: run.started_at.as_millis(),
            ended_at: run.ended_at.map(Timestamp::as_millis),
            outcome: run.outcome.clone(),
        }
    }
}

impl Row {
    fn read(self, workspace: &WorkspaceId) -> ProvisionRun {
        ProvisionRun {
            id: self.id,
            workspace: workspace.clone(),
            wants: self.wants,
            lease_until: Timestamp::from_millis(self.lease_until),
            started_at: Timestamp::from_millis(self.started_at),
            ended_at: moment(self.ended_at),
            outcome: self.outcome,
        }
    }
}

/// Changes the run that is still this one and has not ended; whether there was one.
macro_rules! change {
    ($tx:expr, $workspace:expr, $id:expr, $changes:expr) => {{
        let this = table::workspace_id.eq($workspace.as_str()).and(table::id.eq($id));
        let changed = on!($tx, conn => diesel::update(table::table)
            .filter(this.and(table::ended_at.is_null()))
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .set($changes)
            .execute(conn).await)?;
        Ok(changed == 1)
    }};
}

impl Tx {
    /// The latest run of a workspace.
    pub async fn provision_run(&mut self, workspace: &WorkspaceId) -> Result<Option<ProvisionRun>> {
        let own = table::workspace_id.eq(workspace.as_str());
        let row: Option<Row> = on!(self, conn => QueryDsl::filter(table::table,
            own.and(table::tenant_id.eq(self.scope.tenant())))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        Ok(row.map(|row| row.read(workspace)))
    }

    /// Takes the workspace's one run over: inserts it, or replaces one that has ended or whose
    /// lease has passed at `now`. Of all who try, one succeeds.
    pub async fn begin_provision_run(
        &mut self,
        run: &ProvisionRun,
        now: Timestamp,
    ) -> Result<bool> {
        let changes = Row::from(run);
        let place = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(run.workspace.as_str()),
        );
        let free = table::ended_at.is_not_null().or(table::lease_until.le(now.as_millis()));
        let begun = on!(self, conn => diesel::insert_into(table::table)
            .values((place, changes.clone()))
            .on_conflict(table::workspace_id)
            .do_update()
            .set(changes)
            .filter(free.and(table::tenant_id.eq(self.scope.tenant())))
            .execute(conn).await)?;
        Ok(begun == 1)
    }

    /// Extends the lease of a run that is still this one and has not ended; false: somebody else
    /// has taken over, stop.
    pub async fn renew_provision_run(
        &mut self,
        workspace: &WorkspaceId,
        id: &str,
        lease_until: Timestamp,
    ) -> Result<bool> {
        change!(self, workspace, id, table::lease_until.eq(lease_until.as_millis()))
    }

    /// Ends a run that is still this one; false: somebody else has taken over, or it had ended.
    pub async fn end_provision_run(
        &mut self,
        workspace: &WorkspaceId,
        id: &str,
        ended_at: Timestamp,
        outcome: Option<&str>,
    ) -> Result<bool> {
        let end = (table::ended_at.eq(ended_at.as_millis()), table::outcome.eq(outcome));
        change!(self, workspace, id, end)
    }
}
