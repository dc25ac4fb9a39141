//! The deployments whose end has to be reported to Gitea, as a status of their commit.

use covibe_domain::{AppUuid, DeploymentUuid, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::parse;
use crate::schema::push_statuses as table;
use crate::tx::{RunQueryDsl, Tx};

/// A deployment whose end has to be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushStatus {
    /// The deployment.
    pub deployment: DeploymentUuid,
    /// Its app.
    pub app: AppUuid,
    /// The number of the repository in Gitea.
    pub repository: i64,
    /// The whole hash of the commit.
    pub commit: String,
    /// The name under which Gitea shows the status (its `context`).
    pub context: String,
    /// The address that the status leads to.
    pub link: Option<String>,
    /// When the deployment was queued.
    pub since: Timestamp,
}

type Row = (String, String, i64, String, String, Option<String>, i64);

fn read_status(
    (deployment, app, repository, commit, context, link, since): Row,
) -> Result<PushStatus> {
    Ok(PushStatus {
        deployment: parse(deployment, "push_statuses.deployment")?,
        app: parse(app, "push_statuses.app")?,
        repository,
        commit,
        context,
        link,
        since: Timestamp::from_millis(since),
    })
}

impl Tx {
    /// Returns at most this many deployments of a workspace whose end has to be reported, the oldest
    /// first.
    #[boxed]
    pub async fn push_statuses(
        &mut self,
        workspace: &WorkspaceId,
        take: u32,
    ) -> Result<Vec<PushStatus>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .order((table::since, table::deployment))
            .limit(take.into())
            .select((
                table::deployment,
                table::app,
                table::repository,
                table::hash,
                table::context,
                table::link,
                table::since,
            ))
            .load(conn).await)?;
        rows.into_iter().map(read_status).collect()
    }

    /// Records that the end of a deployment has to be reported. A repetition has no effect.
    #[boxed]
    pub async fn put_push_status(
        &mut self,
        workspace: &WorkspaceId,
        status: &PushStatus,
    ) -> Result<()> {
        let row = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(workspace.as_str()),
            table::deployment.eq(status.deployment.as_str()),
            table::app.eq(status.app.as_str()),
            table::repository.eq(status.repository),
            table::hash.eq(&status.commit),
            (table::context.eq(&status.context), table::link.eq(&status.link)),
            table::since.eq(status.since.as_millis()),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::tenant_id, table::workspace_id, table::deployment))
            .do_nothing()
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets a deployment whose end was reported, or no longer needs to be reported.
    #[boxed]
    pub async fn delete_push_status(
        &mut self,
        workspace: &WorkspaceId,
        deployment: &DeploymentUuid,
    ) -> Result<()> {
        let one = table::workspace_id
            .eq(workspace.as_str())
            .and(table::deployment.eq(deployment.as_str()));
        on!(self, conn => diesel::delete(table::table)
            .filter(one.and(table::tenant_id.eq(self.scope.tenant())))
            .execute(conn).await)?;
        Ok(())
    }

    pub(super) async fn delete_push_statuses(
        &mut self,
        workspace: &WorkspaceId,
        app: &AppUuid,
    ) -> Result<()> {
        let of = table::workspace_id.eq(workspace.as_str()).and(table::app.eq(app.as_str()));
        on!(self, conn => diesel::delete(table::table)
            .filter(of.and(table::tenant_id.eq(self.scope.tenant())))
            .execute(conn).await)?;
        Ok(())
    }
}
