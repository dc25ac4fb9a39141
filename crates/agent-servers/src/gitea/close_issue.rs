//! `close_issue`.

use covibe_domain::{Failure, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::GiteaContext;
use super::repo_name::RepoName;

/// The state of a closed issue.
const CLOSED: &str = "closed";

/// Close an issue. Protected repositories are refused.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct CloseIssue {
    repo: RepoName,
    /// The issue's number, from list_issues.
    #[schemars(range(min = 1), example = 7)]
    number: i64,
}

/// The issue that is closed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClosedIssue {
    repo: String,
    repo_id: i64,
    number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    /// True if it was closed before.
    already_closed: bool,
}

impl Operation<GiteaContext> for CloseIssue {
    const SPEC: Spec = Spec::write("close_issue", Route::NONE).idempotent();

    type Output = ClosedIssue;

    async fn run(self, cx: &GiteaContext) -> Result<ClosedIssue, Failure> {
        let repository = cx.unprotected(cx.repository(&self.repo).await?)?;
        let found = cx.issue(&repository, self.number).await?;
        if found.is_pull_request() {
            let message = format!("{} of {} is a pull request.", self.number, repository.full_name);
            return Err(Failure::invalid(message).hint(
                "Nothing was changed. This tool closes issues only; list_issues lists them.",
            ));
        }
        let already_closed = found.state == CLOSED;
        let issue =
            if already_closed { found } else { cx.close_issue(&repository, self.number).await? };
        if issue.state != CLOSED {
            return Err(Failure::conflict(
                "Gitea accepted the change, but the issue is still open.",
            )
            .hint("Check with list_issues, or ask a person."));
        }
        Ok(ClosedIssue {
            repo: repository.full_name.clone(),
            repo_id: repository.id,
            number: issue.number,
            closed_at: issue.closed_at,
            already_closed,
        })
    }
}
