//! The deployments that pushes cause.
//!
//! | module | what it contains |
//! |---|---|
//! | `branch_deployment` | looks at the branch of an app, and acts on what it finds |
//! | `recreated_repositories` | a repository that was deleted and created again under its name |
//! | `commit_statuses` | the statuses of commits that Gitea gets for deployments |

mod branch_deployment;
mod commit_statuses;
mod recreated_repositories;

use std::time::Duration;

use covibe_domain::Failure;
use covibe_workspace::{FollowedBranch, PushWorker, Workspace};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

/// The longest time of a look at the branch of one app: less than the right to act on it lasts.
const LONGEST: Duration = Duration::from_secs(100);

/// Acts on pushes: each deploys the apps that follow its branch, in the same way as `apps.deploy`.
#[derive(Clone, Copy, Debug)]
pub struct Pushes;

impl PushWorker for Pushes {
    fn settle(&self, cx: Workspace, repository: i64) -> BoxFuture<'static, Result<(), Failure>> {
        async move { settle(&cx, repository).await }.boxed()
    }

    fn report(&self, cx: Workspace) -> BoxFuture<'static, Result<bool, Failure>> {
        async move { commit_statuses::report_ended(&cx).await }.boxed()
    }
}

/// Brings all apps that follow a branch of this repository to its tip. A failure of one does not hold up the others.
async fn settle(cx: &Workspace, repository: i64) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for branch in cx.following().for_repository(repository).await? {
        if let Err(failure) = settle_app(cx, &branch).await {
            outcome = Err(failure);
        }
    }
    outcome
}

async fn settle_app(cx: &Workspace, branch: &FollowedBranch) -> Result<(), Failure> {
    let held = cx.following().hold(branch).await?;
    let mut held = held.ok_or_else(|| Failure::unready("Another server is handling the push."))?;
    let looked = timeout(LONGEST, Box::pin(branch_deployment::follow_branch(cx, &mut held))).await;
    let ended = held.release().await;
    looked.unwrap_or_else(|_| Err(Failure::unready("The push could not be handled in time.")))?;
    ended
}
