//! The branches that apps follow, and the outcome of the last push to each.
//!
//! | module | what it contains |
//! |---|---|
//! | `branch_lease` | the right to act on a push, and the changes that its holder makes |
//! | `branches_followed_by_apps` | the branches that apps follow |
//! | `commit_statuses` | the deployments whose end has to be reported to Gitea |

use std::time::Duration;

use covibe_domain::{AppUuid, DeploymentUuid, Timestamp, WorkspaceId};
use diesel::prelude::*;

use super::leases::Now;
use crate::error::Result;
use crate::row::{moment, parse, parse_some};
use crate::schema::followed_branches as table;

/// The branch that an app of the tenant follows, to be filtered further.
macro_rules! one {
    ($self:expr, $workspace:expr, $app:expr) => {
        table::table
            .filter(table::tenant_id.eq($self.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
            .filter(table::app.eq($app.as_str()))
    };
}

mod branch_lease;
mod branches_followed_by_apps;
mod commit_statuses;

pub use commit_statuses::PushStatus;

/// The branch that an app follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedBranch {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The app.
    pub app: AppUuid,
    /// The number of the repository in Gitea, which survives a new name.
    pub repository: i64,
    /// The branch, without a prefix.
    pub branch: String,
    /// True if a push deploys the app.
    pub auto_deploy: bool,
    /// Paths, one of which a push must change to deploy the app. Any push deploys it if there are none.
    pub watch_paths: Vec<String>,
    /// The last push, or the tip of the branch when the app began to follow it.
    pub seen: Option<SeenPush>,
    /// The deployment that is about to be queued, or was when its process was killed.
    pub claim: Option<Claim>,
    /// The whole hash of the commit that was deployed last.
    pub deployed: Option<String>,
    /// True if the repository was made again under the name of the one that the app followed before.
    pub remade: bool,
    /// The changes for volumes by the last push that was deployed, one sentence each.
    pub warnings: Vec<String>,
    /// The expiry of the lease of the server that acts on a push, by the clock of the database: compare it with no other.
    /// 0 if nobody does.
    pub lease_until: Timestamp,
    /// The time that was left of that lease when this was read; zero if it has expired.
    pub lease_left: Duration,
}

/// A push that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPush {
    /// The whole hash of the commit at the branch's tip.
    pub commit: String,
    /// The first line of its message.
    pub message: Option<String>,
    /// When it was seen.
    pub at: Timestamp,
    /// The deployment that was queued for it.
    pub deployment: Option<DeploymentUuid>,
    /// The reason why none was queued.
    pub skipped: Option<String>,
}

/// A deployment that is about to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The whole hash of the commit.
    pub commit: String,
    /// The app's newest deployment before it; `None` if there was none.
    pub after: Option<DeploymentUuid>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    workspace_id: String,
    app: String,
    repository: i64,
    branch: String,
    auto_deploy: i64,
    watch_paths: String,
    seen_commit: Option<String>,
    seen_message: Option<String>,
    seen_at: Option<i64>,
    deployment: Option<String>,
    skipped: Option<String>,
    claimed_commit: Option<String>,
    claimed_after: Option<String>,
    deployed_commit: Option<String>,
    lease_until: i64,
    remade: i64,
    warnings: String,
}

impl Row {
    fn into_branch(self, now: Now) -> Result<FollowedBranch> {
        let (lease_until, lease_left) = now.read_lease(self.lease_until);
        let deployment = parse_some(self.deployment, "followed_branches.deployment")?;
        let after = parse_some(self.claimed_after, "followed_branches.claimed_after")?;
        let seen = self.seen_commit.map(|commit| SeenPush {
            commit,
            message: self.seen_message,
            at: moment(self.seen_at).unwrap_or(Timestamp::from_millis(0)),
            deployment,
            skipped: self.skipped,
        });
        Ok(FollowedBranch {
            workspace: parse(self.workspace_id, "followed_branches.workspace_id")?,
            app: parse(self.app, "followed_branches.app")?,
            repository: self.repository,
            branch: self.branch,
            auto_deploy: self.auto_deploy == 1,
            watch_paths: lines(&self.watch_paths),
            seen,
            claim: self.claimed_commit.map(|commit| Claim { commit, after }),
            deployed: self.deployed_commit,
            remade: self.remade == 1,
            warnings: lines(&self.warnings),
            lease_until,
            lease_left,
        })
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
