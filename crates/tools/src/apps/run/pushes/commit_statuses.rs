//! The statuses of commits that Gitea gets for deployments; its pages and clients of git show them.

use std::time::Duration;

use covibe_coolify::Application;
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure, Kind, Timestamp};
use covibe_gitea::{CommitState, NewStatus, Repo};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Gitea, PushStatus, Workspace};

/// The longest time after the queueing in which the end of a deployment is reported.
const LONGEST: Duration = Duration::from_hours(2);

/// Sets the status of a queued deployment in Gitea, and records that its end has to be reported. A failure here is
/// not a failure of the deployment.
pub(super) async fn report_queued(
    cx: &Workspace,
    gitea: &Gitea<'_>,
    repo: &Owned<Repo>,
    app: &Owned<Application>,
    (commit, deployment): (&str, DeploymentUuid),
) {
    let status = PushStatus {
        deployment,
        app: app.uuid.clone(),
        repository: repo.id,
        commit: commit.to_owned(),
        context: format!("co-vibe / {}", app.name),
        link: app.domains().first().map(|host| format!("https://{host}")),
        since: Timestamp::now(),
    };
    // The end is reported after this, so that it counts.
    let told =
        set_commit_status(gitea, repo, &status, CommitState::Pending, "The deployment was queued.")
            .await;
    let noted = cx.following().put_status(&status).await;
    if let Err(failure) = told.and(noted) {
        tracing::warn!(app = %app.uuid, %failure, "the status of a commit could not be set");
    }
}

/// Reports the deployments that have ended to Gitea. Returns whether some have not.
pub(super) async fn report_ended(cx: &Workspace) -> Result<bool, Failure> {
    let (coolify, gitea, following) = (cx.coolify().await?, cx.gitea().await?, cx.following());
    let mut is_open = false;
    for status in following.statuses().await? {
        let told = report_end(&coolify, &gitea, &status).await;
        if let Err(failure) = &told {
            tracing::warn!(app = %status.app, %failure, "the outcome of a deployment could not be reported to Gitea");
        }
        if told.unwrap_or(false) || is_old(&status) {
            following.end_status(&status.deployment).await?;
        } else {
            is_open = true;
        }
    }
    Ok(is_open)
}

fn is_old(status: &PushStatus) -> bool {
    let age = Timestamp::now().as_millis().saturating_sub(status.since.as_millis());
    age > i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX)
}

/// Reports the end of a deployment to Gitea. Returns whether it no longer needs to be reported.
async fn report_end(
    coolify: &Coolify,
    gitea: &Gitea<'_>,
    status: &PushStatus,
) -> Result<bool, Failure> {
    let (deployment, _) = match coolify.deployment(&status.deployment).await {
        Ok(found) => found,
        // The app was deleted, and its deployments with it.
        Err(failure) if failure.kind == Kind::NotFound => return Ok(true),
        Err(failure) => return Err(failure),
    };
    let (state, description) = match deployment.status {
        DeploymentStatus::Queued | DeploymentStatus::InProgress => return Ok(false),
        DeploymentStatus::Finished => (CommitState::Success, "The app was deployed."),
        DeploymentStatus::Failed => {
            (CommitState::Failure, "The deployment failed: deployments.logs returns the reason.")
        }
        DeploymentStatus::Cancelled => (CommitState::Error, "The deployment was cancelled."),
        DeploymentStatus::Unknown => {
            (CommitState::Error, "The outcome of the deployment is unknown.")
        }
    };
    let Some(repo) = gitea.repository_numbered(status.repository).await? else { return Ok(true) };
    set_commit_status(gitea, &repo, status, state, description).await?;
    Ok(true)
}

async fn set_commit_status(
    gitea: &Gitea<'_>,
    repo: &Owned<Repo>,
    status: &PushStatus,
    state: CommitState,
    description: &str,
) -> Result<(), Failure> {
    let (context, address) = (status.context.as_str(), status.link.as_deref());
    let new = NewStatus { state, context, description, address };
    gitea.set_status(repo, &status.commit, new).await
}
