//! The deployments that are not over, of all tenants in a cell.

use std::time::Duration;

use covibe_domain::{
    CellName, Deployable, DeploymentUuid, TenantId, Timestamp, WorkspaceId, boxed,
};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::{HoldTimes, QueueState, resource};
use crate::error::Result;
use crate::row::{moment, parse, parse_some};
use crate::schema::paused_deployment_queues as paused;
use crate::store::Store;
use crate::tables::leases::Now;
use crate::tx::{Access, Conn, RunQueryDsl, Scope, Tx};

/// A deployment or start of any tenant that is not over, as the choice of the next one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDeployment {
    /// The tenant.
    pub tenant: TenantId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The id that its caller knows.
    pub id: DeploymentUuid,
    /// The app, database or auth provider.
    pub resource: Deployable,
    /// Waiting, handing or handed.
    pub state: QueueState,
    /// The time for which it holds its place, if it is a start.
    pub hold: HoldTimes,
    /// Coolify's id of it; `None` for a start.
    pub deployment: Option<DeploymentUuid>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// The time since it was asked for.
    pub waits_for: Duration,
    /// True if it may be handed over now, if it waits. Deployments of a suspended tenant may not.
    pub is_due: bool,
    /// True if the process that hands it over has lost its lease.
    pub is_left: bool,
    /// The time since it was handed over.
    pub handed_for: Option<Duration>,
    /// When the tenant had its last turn: when a deployment of it was handed over.
    pub tenant_turn: Option<Timestamp>,
    /// When the workspace had its last turn.
    pub workspace_turn: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = Text)]
    tenant_id: String,
    #[diesel(sql_type = Text)]
    workspace_id: String,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    resource: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    deployment: Option<String>,
    #[diesel(sql_type = BigInt)]
    asked_at: i64,
    #[diesel(sql_type = BigInt)]
    stale_for: i64,
    #[diesel(sql_type = BigInt)]
    holds_for: i64,
    #[diesel(sql_type = BigInt)]
    not_before: i64,
    #[diesel(sql_type = BigInt)]
    lease_until: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    handed_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    tenant_turn: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    workspace_turn: Option<i64>,
    #[diesel(sql_type = Bool)]
    is_suspended: bool,
}

impl OpenRow {
    fn into_deployment(self, now: Now) -> Result<OpenDeployment> {
        let state = QueueState::parse(&self.state)?;
        Ok(OpenDeployment {
            tenant: parse(self.tenant_id, "queued_deployments.tenant_id")?,
            workspace: parse(self.workspace_id, "queued_deployments.workspace_id")?,
            id: parse(self.id, "queued_deployments.id")?,
            resource: resource(&self.kind, &self.resource)?,
            state,
            hold: HoldTimes::from_millis(self.stale_for, self.holds_for),
            deployment: parse_some(self.deployment, "queued_deployments.deployment")?,
            asked_at: Timestamp::from_millis(self.asked_at),
            waits_for: now.since(self.asked_at),
            is_due: !self.is_suspended
                && (self.not_before <= now.millis() || self.not_before > now.farthest()),
            is_left: state == QueueState::Handing && now.read_lease(self.lease_until).1.is_zero(),
            handed_for: self.handed_at.map(|at| now.since(at)),
            tenant_turn: moment(self.tenant_turn),
            workspace_turn: moment(self.workspace_turn),
        })
    }
}

impl Store {
    /// Returns the deployments of all tenants in this cell that are not over, in the order of asking.
    #[boxed]
    pub async fn open_deployments(&self, cell: &CellName) -> Result<Vec<OpenDeployment>> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let open = tx.open_deployments(cell).await?;
        tx.commit().await?;
        Ok(open)
    }

    /// Stops or resumes handing over in this cell.
    #[boxed]
    pub async fn pause_deployment_queue(&self, cell: &CellName, is_paused: bool) -> Result<()> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        on!(tx, conn => diesel::delete(paused::table.find(cell.as_str())).execute(conn).await)?;
        if is_paused {
            let row = (
                paused::cell.eq(cell.as_str()),
                paused::paused_at.eq(Timestamp::now().as_millis()),
            );
            on!(tx, conn => diesel::insert_into(paused::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(conn).await)?;
        }
        tx.commit().await
    }

    /// Returns whether handing over is paused in this cell.
    #[boxed]
    pub async fn deployment_queue_is_paused(&self, cell: &CellName) -> Result<bool> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let is_paused = tx.deployment_queue_is_paused(cell).await?;
        tx.commit().await?;
        Ok(is_paused)
    }
}

impl Tx {
    /// Waits until no other transaction changes what is handed over in this cell: who is next depends on all.
    #[boxed]
    pub async fn lock_deployment_queue(&mut self, cell: &CellName) -> Result<()> {
        // On SQLite there is one transaction that changes anything.
        let Some(Conn::Postgres(session)) = self.conn.as_mut() else { return Ok(()) };
        let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext($1))")
            .bind::<Text, _>(format!("deployment queue of {cell}"));
        let locked = on_postgres!(session, conn => lock.execute(conn).await);
        self.track(locked).map(drop)
    }

    /// Returns the deployments of all tenants in this cell that are not over, in the order of asking.
    #[boxed]
    pub async fn open_deployments(&mut self, cell: &CellName) -> Result<Vec<OpenDeployment>> {
        let query = match self.conn {
            // The role of the server sees one tenant at a time; the function returns ids and times.
            Some(Conn::Postgres(_)) => {
                "SELECT o.*, o.tenant_id IN (SELECT suspended_tenants()) AS is_suspended \
                 FROM open_deployments_of_cell($1) o ORDER BY o.asked_at, o.id"
            }
            _ => {
                "SELECT q.tenant_id, q.workspace_id, q.id, q.kind, q.resource, q.state, q.deployment, \
                 q.asked_at, q.stale_for, q.holds_for, q.not_before, q.lease_until, q.handed_at, \
                 (SELECT max(o.handed_at) FROM queued_deployments o WHERE o.tenant_id = q.tenant_id) \
                 AS tenant_turn, \
                 (SELECT max(o.handed_at) FROM queued_deployments o \
                 WHERE o.tenant_id = q.tenant_id AND o.workspace_id = q.workspace_id) AS workspace_turn, \
                 EXISTS (SELECT 1 FROM tenants t WHERE t.id = q.tenant_id AND t.suspended_at IS NOT NULL) \
                 AS is_suspended \
                 FROM queued_deployments q WHERE q.cell = ? AND q.ended_at IS NULL \
                 ORDER BY q.asked_at, q.id LIMIT 10000"
            }
        };
        let rows: Vec<OpenRow> = on!(self, conn => diesel::sql_query(query)
            .bind::<Text, _>(cell.as_str())
            .load(conn).await)?;
        let now = self.lease_clock().await?;
        rows.into_iter().map(|row| row.into_deployment(now)).collect()
    }

    /// Returns whether handing over is paused in this cell.
    #[boxed]
    pub async fn deployment_queue_is_paused(&mut self, cell: &CellName) -> Result<bool> {
        let count: i64 = on!(self, conn => paused::table
            .filter(paused::cell.eq(cell.as_str()))
            .select(count_star())
            .first(conn).await)?;
        Ok(count > 0)
    }
}
