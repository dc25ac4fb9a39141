//! The queue of deployments and starts: those that were accepted, and their outcomes.
//!
//! | module | what it contains |
//! |---|---|
//! | `open_deployments` | what is not over, of all tenants: who is next depends on it |
//! | `state_changes` | what becomes of a deployment |

use std::time::Duration;

use covibe_domain::{
    AppUuid, CellName, Deployable, DeploymentUuid, HostedUuid, Timestamp, WorkspaceId, boxed,
};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::{millis, moment, parse, parse_some, word};
use crate::schema::queued_deployments as table;
use crate::tx::{RunQueryDsl, Tx};

/// The deployments of the tenant in a workspace, to be filtered further.
macro_rules! own {
    ($tx:expr, $workspace:expr) => {
        table::table
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
    };
}

mod open_deployments;
mod state_changes;

pub use self::open_deployments::OpenDeployment;
pub use self::state_changes::HandOver;

/// The number of deployments of a resource that are read, the newest first.
const NEWEST: i64 = 50;

/// The number of deployments that are read of those that have waited for long.
const LONGEST: i64 = 5;

/// The states by their names in the table.
const STATES: [(&str, QueueState); 6] = [
    ("waiting", QueueState::Waiting),
    ("handing", QueueState::Handing),
    ("handed", QueueState::Handed),
    ("superseded", QueueState::Superseded),
    ("cancelled", QueueState::Cancelled),
    ("failed", QueueState::Failed),
];

/// The state of a deployment that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueState {
    /// It waits.
    Waiting,
    /// A process hands it over to Coolify, or was killed while it did.
    Handing,
    /// Coolify has it.
    Handed,
    /// A newer one of the same resource took its place while it waited.
    Superseded,
    /// It was cancelled while it waited.
    Cancelled,
    /// It could not be handed over.
    Failed,
}

impl QueueState {
    fn as_str(self) -> &'static str {
        STATES.iter().find(|(_, state)| *state == self).map_or("", |(name, _)| name)
    }

    fn parse(name: &str) -> Result<Self> {
        let found = STATES.iter().find(|(known, _)| *known == name).map(|(_, state)| *state);
        word(found, "queued_deployments.state")
    }
}

/// The time for which a start holds its place; zero for a deployment of an application, whose end Coolify reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HoldTimes {
    /// The time for which the state of the started resource may still be that from before the start. If it equals
    /// `longest`, the state is ignored.
    pub notice: Duration,
    /// The time after which the start is over, whatever its state.
    pub longest: Duration,
}

impl HoldTimes {
    /// Reads it from two columns in milliseconds.
    fn from_millis(notice: i64, longest: i64) -> Self {
        let read = |millis: i64| Duration::from_millis(u64::try_from(millis).unwrap_or_default());
        Self { notice: read(notice), longest: read(longest) }
    }
}

/// A deployment that was accepted, or a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedDeployment {
    /// The id that callers know.
    pub id: DeploymentUuid,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The cell whose Coolify builds it.
    pub cell: CellName,
    /// The app, database or auth provider.
    pub resource: Deployable,
    /// The whole hash of the commit that is built; `None` for an image, and for a start.
    pub commit: Option<String>,
    /// True if the app follows its branch again afterwards.
    pub follows_branch: bool,
    /// True if it builds without cache, or pulls the images again.
    pub is_forced: bool,
    /// Its state.
    pub state: QueueState,
    /// True if the answer to its caller said that it waits, so that the caller knows it by this id alone.
    pub waited: bool,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// The time for which it holds its place, if it is a start.
    pub hold: HoldTimes,
    /// The time since when it is being handed over, if it is.
    pub handing_since: Option<Timestamp>,
    /// Coolify's id of it; `None` for a start.
    pub deployment: Option<DeploymentUuid>,
    /// When it was handed over.
    pub handed_at: Option<Timestamp>,
    /// When it was over, as far as the queue is concerned.
    pub ended_at: Option<Timestamp>,
    /// The newer deployment that replaced it while it waited.
    pub replaced_by: Option<DeploymentUuid>,
    /// The reason why it could not be handed over.
    pub reason: Option<String>,
    /// The volumes that it may take from where they are mounted.
    pub confirmed: Vec<String>,
}

impl QueuedDeployment {
    /// Returns the application, if it is a deployment of one.
    pub const fn application(&self) -> Option<&AppUuid> {
        match &self.resource {
            Deployable::Application(app) => Some(app),
            Deployable::Service(_) | Deployable::Database(_) => None,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    id: String,
    workspace_id: String,
    cell: String,
    kind: String,
    resource: String,
    hash: Option<String>,
    follows_branch: i64,
    is_forced: i64,
    state: String,
    waited: i64,
    asked_at: i64,
    stale_for: i64,
    holds_for: i64,
    not_before: i64,
    deployment: Option<String>,
    handed_at: Option<i64>,
    ended_at: Option<i64>,
    replaced_by: Option<String>,
    reason: Option<String>,
    confirmed: String,
}

impl Row {
    fn new(queued: &QueuedDeployment) -> Self {
        Self {
            id: queued.id.to_string(),
            workspace_id: queued.workspace.to_string(),
            cell: queued.cell.to_string(),
            kind: queued.resource.kind().to_owned(),
            resource: queued.resource.uuid().to_string(),
            hash: queued.commit.clone(),
            follows_branch: queued.follows_branch.into(),
            is_forced: queued.is_forced.into(),
            state: queued.state.as_str().to_owned(),
            waited: queued.waited.into(),
            asked_at: queued.asked_at.as_millis(),
            stale_for: millis(queued.hold.notice),
            holds_for: millis(queued.hold.longest),
            not_before: 0,
            deployment: queued.deployment.as_ref().map(ToString::to_string),
            handed_at: queued.handed_at.map(Timestamp::as_millis),
            ended_at: queued.ended_at.map(Timestamp::as_millis),
            replaced_by: queued.replaced_by.as_ref().map(ToString::to_string),
            reason: queued.reason.clone(),
            confirmed: queued.confirmed.join("\n"),
        }
    }

    fn into_deployment(self) -> Result<QueuedDeployment> {
        let state = QueueState::parse(&self.state)?;
        let is_handing = state == QueueState::Handing && self.not_before > 0;
        Ok(QueuedDeployment {
            id: parse(self.id, "queued_deployments.id")?,
            workspace: parse(self.workspace_id, "queued_deployments.workspace_id")?,
            cell: parse(self.cell, "queued_deployments.cell")?,
            resource: resource(&self.kind, &self.resource)?,
            commit: self.hash,
            follows_branch: self.follows_branch == 1,
            is_forced: self.is_forced == 1,
            state,
            waited: self.waited == 1,
            asked_at: Timestamp::from_millis(self.asked_at),
            hold: HoldTimes::from_millis(self.stale_for, self.holds_for),
            handing_since: is_handing.then(|| Timestamp::from_millis(self.not_before)),
            deployment: parse_some(self.deployment, "queued_deployments.deployment")?,
            handed_at: moment(self.handed_at),
            ended_at: moment(self.ended_at),
            replaced_by: parse_some(self.replaced_by, "queued_deployments.replaced_by")?,
            reason: self.reason,
            confirmed: self.confirmed.lines().map(str::to_owned).collect(),
        })
    }
}

fn resource(kind: &str, uuid: &str) -> Result<Deployable> {
    word(Deployable::parse(kind, uuid), "queued_deployments.resource")
}

impl Tx {
    /// Writes a deployment down that was accepted, and which waits or, with a lease, is handed over at once.
    #[boxed]
    pub async fn put_queued_deployment(
        &mut self,
        new: &QueuedDeployment,
        lease: Duration,
    ) -> Result<()> {
        let now = self.lease_clock().await?;
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::lease_until.eq(now.end_of(lease)),
            Row::new(new),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns a deployment of a workspace by the id that its caller knows.
    #[boxed]
    pub async fn queued_deployment(
        &mut self,
        workspace: &WorkspaceId,
        id: &DeploymentUuid,
    ) -> Result<Option<QueuedDeployment>> {
        let row: Option<Row> = on!(self, conn => own!(self, workspace)
            .filter(table::id.eq(id.as_str()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(Row::into_deployment).transpose()
    }

    /// Returns the deployments of a workspace that have waited for longer than this, the oldest first, at most 5.
    #[boxed]
    pub async fn long_waiting_deployments(
        &mut self,
        workspace: &WorkspaceId,
        longer_than: Duration,
    ) -> Result<Vec<QueuedDeployment>> {
        let now = self.lease_clock().await?;
        let rows: Vec<Row> = on!(self, conn => own!(self, workspace)
            .filter(table::state.eq(QueueState::Waiting.as_str()))
            .filter(table::ended_at.is_null())
            .filter(table::asked_at.lt(now.before(longer_than)))
            .order((table::asked_at, table::id))
            .limit(LONGEST)
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(Row::into_deployment).collect()
    }

    /// Returns the newest deployments of a resource, the newest first.
    #[boxed]
    pub async fn queued_deployments(
        &mut self,
        workspace: &WorkspaceId,
        resource: &HostedUuid,
    ) -> Result<Vec<QueuedDeployment>> {
        let rows: Vec<Row> = on!(self, conn => own!(self, workspace)
            .filter(table::resource.eq(resource.as_str()))
            .order((table::asked_at.desc(), table::id.desc()))
            .limit(NEWEST)
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(Row::into_deployment).collect()
    }
}
