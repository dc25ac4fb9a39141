//! The branches that apps follow.

use covibe_domain::{AppUuid, DeploymentUuid, TenantId, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use super::{FollowedBranch, Row};
use crate::error::Result;
use crate::schema::followed_branches as table;
use crate::store::Store;
use crate::tx::{RunQueryDsl, Tx};

/// The maximum number of branches that are read of a workspace: more than it has apps.
const MOST: i64 = 1_000;

impl Store {
    /// Returns the tenants with an app that is deployed by pushes, or with a deployment whose end has to be
    /// reported, sorted.
    #[boxed]
    pub async fn tenants_that_follow_branches(&self) -> Result<Vec<TenantId>> {
        let query = "SELECT tenant_id FROM followed_branches WHERE auto_deploy = 1 \
                     UNION SELECT tenant_id FROM push_statuses";
        self.tenants_by("tenants_that_follow_branches", query).await
    }
}

impl Tx {
    /// Returns the branches that the apps of a workspace follow, by the apps' uuids.
    #[boxed]
    pub async fn followed_branches(
        &mut self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<FollowedBranch>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .order(table::app)
            .limit(MOST)
            .select(Row::as_select())
            .load(conn).await)?;
        let now = self.lease_clock().await?;
        rows.into_iter().map(|row| row.into_branch(now)).collect()
    }

    /// Returns the branch that an app follows.
    #[boxed]
    pub async fn followed_branch(
        &mut self,
        workspace: &WorkspaceId,
        app: &AppUuid,
    ) -> Result<Option<FollowedBranch>> {
        let row: Option<Row> = on!(self, conn => one!(self, workspace, app)
            .select(Row::as_select())
            .first(conn).await.optional())?;
        let Some(row) = row else { return Ok(None) };
        let now = self.lease_clock().await?;
        row.into_branch(now).map(Some)
    }

    /// Writes down the branch that an app follows. What was seen of an app that follows the branch already stays,
    /// and so does its lease.
    #[boxed]
    pub async fn follow_branch(&mut self, new: &FollowedBranch) -> Result<()> {
        let present = self.followed_branch(&new.workspace, &new.app).await?;
        let watched = new.watch_paths.join("\n");
        // The caller that says which repository is followed may have that one made again too.
        let is_left = |it: &FollowedBranch| it.repository == new.repository && it.remade;
        let remade = new.remade || present.as_ref().is_some_and(is_left);
        let settings = (
            table::repository.eq(new.repository),
            table::branch.eq(&new.branch),
            table::auto_deploy.eq(i64::from(new.auto_deploy)),
            table::watch_paths.eq(&watched),
            table::remade.eq(i64::from(remade)),
        );
        let seen = new.seen.as_ref();
        let pushed = (
            table::seen_commit.eq(seen.map(|it| &it.commit)),
            table::seen_message.eq(seen.and_then(|it| it.message.as_ref())),
            table::seen_at.eq(seen.map(|it| it.at.as_millis())),
            table::deployment
                .eq(seen.and_then(|it| it.deployment.as_ref()).map(ToString::to_string)),
            table::skipped.eq(seen.and_then(|it| it.skipped.as_ref())),
            table::warnings.eq(new.warnings.join("\n")),
        );
        if let Some(present) = present {
            let of = one!(self, new.workspace, new.app);
            let same = present.repository == new.repository && present.branch == new.branch;
            if same && present.auto_deploy == new.auto_deploy {
                on!(self, conn => diesel::update(of).set(settings).execute(conn).await)?;
            } else {
                on!(self, conn => diesel::update(of).set((settings, pushed)).execute(conn).await)?;
            }
            return Ok(());
        }
        let row = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(new.workspace.as_str()),
            table::app.eq(new.app.as_str()),
            settings,
            pushed,
            table::deployed_commit.eq(&new.deployed),
            table::lease_until.eq(0_i64),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::tenant_id, table::workspace_id, table::app))
            .do_nothing()
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets the branch that an app follows, and the deployments of it whose end has to be reported.
    #[boxed]
    pub async fn unfollow_branch(&mut self, workspace: &WorkspaceId, app: &AppUuid) -> Result<()> {
        on!(self, conn => diesel::delete(one!(self, workspace, app)).execute(conn).await)?;
        self.delete_push_statuses(workspace, app).await
    }

    /// Records that an app was deployed by a call: a push of the same commit that arrives later deploys nothing.
    /// `tip` says whether the commit is the one at the branch's tip. Does nothing for an app that follows no
    /// branch.
    #[boxed]
    pub async fn note_deployed_commit(
        &mut self,
        workspace: &WorkspaceId,
        app: &AppUuid,
        commit: &str,
        tip: Option<(&DeploymentUuid, Timestamp)>,
    ) -> Result<()> {
        on!(self, conn => diesel::update(one!(self, workspace, app))
            .set(table::deployed_commit.eq(commit))
            .execute(conn).await)?;
        let Some((deployment, at)) = tip else { return Ok(()) };
        let is_news = table::seen_commit.is_null().or(table::seen_commit.ne(commit));
        on!(self, conn => diesel::update(one!(self, workspace, app))
            .filter(is_news.assume_not_null())
            .set((
                table::seen_commit.eq(commit),
                table::seen_message.eq(None::<String>),
                table::seen_at.eq(at.as_millis()),
                table::deployment.eq(deployment.as_str()),
                table::skipped.eq(None::<String>),
                table::warnings.eq(""),
            ))
            .execute(conn).await)?;
        Ok(())
    }
}
