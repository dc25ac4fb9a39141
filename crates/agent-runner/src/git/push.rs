//! Pushing an agent's commits.

use covibe_agent_servers::guard::Unprotected;

use super::collect::{Collected, TAKEN};
use super::run::{Call, GitError};
use crate::gitea::Gitea;
use crate::job::JobId;
use crate::repository::Repository;

/// Pushes the commits of a job to the branch of that job, and nothing else. A branch that has other commits stays as it is,
/// and no redirect is followed, so that a repository that was renamed meanwhile gets nothing.
pub(crate) async fn push(
    collected: &Collected,
    repository: &Unprotected<Repository>,
    gitea: &Gitea,
    job: &JobId,
) -> Result<(), GitError> {
    tracing::info!(%job, repository = repository.full_name, "pushing");
    let (url, what) = (repository.url(gitea), format!("{TAKEN}:refs/heads/{}", job.branch()));
    let arguments = ["push", "--quiet", "--no-verify", "--no-follow-tags", &url, &what];
    Call::new(&collected.repository, arguments).with_server(gitea).run().await.map(drop)
}
