//! What Gitea is told of deployments: a status of their commit, which its pages and clients of git show.

use std::time::Duration;

use covibe_coolify::Application;
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure, Kind, Timestamp};
use covibe_gitea::{CommitState, NewStatus, Repo};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Gitea, PushStatus, Workspace};

/// How long after it was queued the end of a deployment is told at most.
const LONGEST: Duration = Duration::from_hours(2);

/// Tells Gitea that a deployment was queued, and has its end told. What fails is not the deployment's failure.
pub(super) async fn begin(
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
    // The end is told after this, so that it counts.
    let told = set(gitea, repo, &status, CommitState::Pending, "The deployment was queued.").await;
    let noted = cx.following().put_status(&status).await;
    if let Err(failure) = told.and(noted) {
        tracing::warn!(app = %app.uuid, %failure, "the status of a commit could not be set");
    }
}

/// Tells Gitea the end of the deployments that have ended. Returns whether some have not.
pub(super) async fn report(cx: &Workspace) -> Result<bool, Failure> {
    let (coolify, gitea, following) = (cx.coolify().await?, cx.gitea().await?, cx.following());
    let mut is_open = false;
    for status in following.statuses().await? {
        let told = end(&coolify, &gitea, &status).await;
        if let Err(failure) = &told {
            tracing::warn!(app = %status.app, %failure, "the end of a deployment could not be told");
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

/// Tells Gitea the end of a deployment. Returns whether it need not be told any more.
async fn end(coolify: &Coolify, gitea: &Gitea<'_>, status: &PushStatus) -> Result<bool, Failure> {
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
    set(gitea, &repo, status, state, description).await?;
    Ok(true)
}

async fn set(
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
