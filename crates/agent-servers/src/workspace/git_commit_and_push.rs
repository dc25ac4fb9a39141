//! `git_commit_and_push`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::WorkspaceContext;
use super::files::Inside;
use super::push::{Change, Pushed};

/// Commit and push to `origin` on Gitea. Refuses the default branch, protected ones, and files like keys, tokens or .env.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) struct GitCommitAndPush {
    /// The commit's message.
    #[schemars(length(min = 1, max = 10_000), example = &"Show the price with tax")]
    message: String,
    /// Files and folders; default: all but ignored ones.
    #[serde(default)]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 4096)), example = vec!["src"])]
    paths: Option<Vec<String>>,
    /// Created if missing; default: the checked-out branch.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200), example = &"fix/price")]
    branch: Option<String>,
}

/// The outcome of a commit and push.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommitAndPush {
    /// The repository, as Gitea names it.
    #[schemars(example = &"ada/shop")]
    repository: String,
    /// The branch on Gitea.
    #[schemars(example = &"fix/price")]
    branch: String,
    /// True if there was something to commit.
    committed: bool,
    /// The new commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// The number of files that it changes.
    files: usize,
    /// True if commits were sent.
    pushed: bool,
    /// The branch's commit on Gitea, as it was read afterwards; missing if Gitea has no such branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_head: Option<String>,
    /// A sentence about the outcome.
    #[schemars(example = &"Committed and pushed.")]
    summary: &'static str,
}

impl Operation<WorkspaceContext> for GitCommitAndPush {
    const SPEC: Spec = Spec::write("git_commit_and_push", Route::NONE);

    type Output = CommitAndPush;

    async fn run(self, cx: &WorkspaceContext) -> Result<CommitAndPush, Failure> {
        if self.message.trim().is_empty() || self.message.contains('\0') {
            return Err(Failure::invalid("The commit message is empty, or has a NUL character.")
                .hint("Nothing was committed. Pass a message that describes the change."));
        }
        let paths = self.paths.unwrap_or_default();
        let paths =
            paths.iter().map(|path| cx.root().read_path(path)).collect::<Result<Vec<_>, _>>()?;
        if paths.iter().any(Inside::has_git) {
            return Err(Failure::forbidden("Files in `.git` can't be committed."));
        }
        let change = Change { message: self.message, paths, branch: self.branch };
        Ok(answer(cx.pushing().commit_and_push(&change).await?))
    }
}

fn answer(pushed: Pushed) -> CommitAndPush {
    let summary = match (&pushed.commit, pushed.sent) {
        (Some(_), _) => "Committed and pushed.",
        (None, true) => "There was nothing to commit. Earlier commits were pushed.",
        (None, false) => "There is nothing to commit, and nothing to push.",
    };
    let Pushed { repository, branch, commit, files, sent, remote_head } = pushed;
    CommitAndPush {
        repository,
        branch,
        committed: commit.is_some(),
        commit,
        files,
        pushed: sent,
        remote_head,
        summary,
    }
}
