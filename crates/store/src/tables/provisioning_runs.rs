//! Provisioning runs: one at a time for each workspace, across all instances.

use std::time::Duration;

use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
// The prelude has `filter` for queries; this trait has it for upserts.
use diesel::query_dsl::methods::FilterDsl;

use super::leases::{Now, SERVER_TIME};
use crate::error::Result;
use crate::prepare_once::prepare_once;
use crate::row::{millis, moment};
use crate::schema::provision_runs as table;
use crate::tx::{Conn, RunQueryDsl, Tx};

/// A provisioning run that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// The run's id, a random text that the caller chooses.
    pub id: String,
    /// The workspace that it provisions.
    pub workspace: WorkspaceId,
    /// The parts that it is to provision, as the caller encodes them.
    pub wants: String,
    /// When it begins.
    pub started_at: Timestamp,
}

/// A provisioning run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionRun {
    /// The run's id, a random text that the caller chooses.
    pub id: String,
    /// The workspace that it provisions.
    pub workspace: WorkspaceId,
    /// The parts that it is to provision, as the caller encodes them.
    pub wants: String,
    /// When its lease expires, by the clock of the database: compare it with no other.
    pub lease_until: Timestamp,
    /// The time that was left of its lease when this was read; zero if it has expired.
    pub lease_left: Duration,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// The failure that it ended with, as the caller encodes it; `None` after a success.
    pub outcome: Option<String>,
}

/// All columns except the owner; `None` writes NULL. A changeset omits a column named `id` unless
/// another primary key is declared.
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

impl Row {
    fn new(run: &NewRun, lease_until: i64) -> Self {
        Self {
            id: run.id.clone(),
            wants: run.wants.clone(),
            lease_until,
            started_at: run.started_at.as_millis(),
            ended_at: None,
            outcome: None,
        }
    }

    fn into_run(self, workspace: &WorkspaceId, now: Now) -> ProvisionRun {
        let (lease_until, lease_left) = now.read_lease(self.lease_until);
        ProvisionRun {
            id: self.id,
            workspace: workspace.clone(),
            wants: self.wants,
            lease_until,
            lease_left,
            started_at: Timestamp::from_millis(self.started_at),
            ended_at: moment(self.ended_at),
            outcome: self.outcome,
        }
    }
}

impl ProvisionRun {
    /// Returns whether it was in progress when this was read: it has not ended, and its lease has not expired.
    pub const fn is_in_progress(&self) -> bool {
        self.ended_at.is_none() && !self.lease_left.is_zero()
    }
}

/// Changes the workspace's run if it is still this one and has not ended.
macro_rules! change {
    ($tx:expr, $workspace:expr, $id:expr, $changes:expr) => {{
        let this = table::workspace_id.eq($workspace.as_str()).and(table::id.eq($id));
        diesel::update(table::table)
            .filter(this.and(table::ended_at.is_null()))
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .set($changes)
    }};
}

impl Tx {
    /// Returns the latest run of a workspace.
    #[boxed]
    pub async fn provision_run(&mut self, workspace: &WorkspaceId) -> Result<Option<ProvisionRun>> {
        let own = table::workspace_id.eq(workspace.as_str());
        let row: Option<Row> = on!(self, conn => QueryDsl::filter(table::table,
            own.and(table::tenant_id.eq(self.scope.tenant())))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        let Some(row) = row else { return Ok(None) };
        let now = self.lease_clock().await?;
        Ok(Some(row.into_run(workspace, now)))
    }

    /// Inserts a workspace's run with a lease that lasts this long, or replaces one that has ended or whose
    /// lease has expired or is further ahead than a lease lasts, by the clock of the database. Of concurrent
    /// calls, one succeeds. Returns the run if this one did.
    #[boxed]
    pub async fn begin_provision_run(
        &mut self,
        run: &NewRun,
        lease: Duration,
    ) -> Result<Option<ProvisionRun>> {
        let now = self.lease_clock().await?;
        let changes = Row::new(run, now.end_of(lease));
        let place = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(run.workspace.as_str()),
        );
        let passed = table::lease_until.le(now.millis());
        let impossible = table::lease_until.gt(now.farthest());
        let free = table::ended_at.is_not_null().or(passed).or(impossible);
        let begun = on!(self, conn => prepare_once(diesel::insert_into(table::table)
            .values((place, changes.clone()))
            .on_conflict(table::workspace_id)
            .do_update()
            .set(changes.clone())
            .filter(free.and(table::tenant_id.eq(self.scope.tenant()))))
            .execute(conn).await)?;
        Ok((begun == 1).then(|| changes.into_run(&run.workspace, now)))
    }

    /// Renews the lease of a run, which then lasts this long, and returns the time by the clock of the database.
    /// Returns `None` if it has ended or another one has replaced it; then the work must stop.
    #[boxed]
    pub async fn renew_provision_run(
        &mut self,
        workspace: &WorkspaceId,
        id: &str,
        lease: Duration,
    ) -> Result<Option<Timestamp>> {
        let Some(Conn::Postgres(session)) = self.conn.as_mut() else {
            let now = self.lease_clock().await?;
            let until = table::lease_until.eq(now.end_of(lease));
            let renewed = on!(self, conn => prepare_once(change!(self, workspace, id, until))
                .execute(conn).await)?;
            return Ok((renewed == 1).then(|| now.timestamp()));
        };
        // One statement, because a run renews its lease with each thing that it notes.
        let end = sql::<BigInt>(SERVER_TIME).sql(" + ").bind::<BigInt, _>(millis(lease));
        let renewal = change!(self, workspace, id, table::lease_until.eq(end));
        let renewal = prepare_once(renewal.returning(table::lease_until));
        let until = on_postgres!(session, conn => renewal.get_result::<i64>(conn).await.optional());
        let until = self.track(until)?;
        Ok(until.map(|until| Now::of_end(until, lease).timestamp()))
    }

    /// Ends a run. Returns false if it has ended or another one has replaced it.
    #[boxed]
    pub async fn end_provision_run(
        &mut self,
        workspace: &WorkspaceId,
        id: &str,
        ended_at: Timestamp,
        outcome: Option<&str>,
    ) -> Result<bool> {
        let end = (table::ended_at.eq(ended_at.as_millis()), table::outcome.eq(outcome));
        let ended = on!(self, conn => prepare_once(change!(self, workspace, id, end))
            .execute(conn).await)?;
        Ok(ended == 1)
    }
}
