//! `repos.commit`.
//!
//! The commit is made by Gitea's API, without git. `plan` turns the wishes of a call into changes by the hashes of
//! the branch's files, which Gitea checks again. The commit is sent once. Gitea ends a push at the same moment with
//! an error, and it may not answer at all, so the branch decides: a commit with the same parent, message and
//! content is the call's own. `with_branch_claimed` lets one call at a time look at a branch and commit to it, by a
//! claim in the journal like that of hosts.

mod apply;
mod edit;
mod plan;

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::apply::{AppliedCommit, RequestedCommit, apply};
pub(crate) use self::edit::Edit;
use self::edit::{FileEdit, edits};
use super::errors::archived_repository;
use super::files::{MAX_FILES, remarks};
use super::named_repository::{MAX_REFERENCE, MAX_REPOSITORY, Urls, find};
use crate::resource_names::{REPOSITORY, whole};

/// The longest message, in characters.
const MAX_MESSAGE: u32 = 5_000;

/// Commit files to a branch, without git.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CommitFiles {
    /// The repository's name, such as `shop`.
    #[schemars(length(min = 1, max = MAX_REPOSITORY))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    repo: String,
    /// The branch to commit to. Default: the default branch.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_REFERENCE))]
    #[schemars(example = &"main")]
    branch: Option<String>,
    /// The commit message, such as `Add a page`.
    #[schemars(length(min = 1, max = MAX_MESSAGE))]
    #[schemars(example = &"Add a page")]
    message: String,
    /// Files to write, delete or move.
    #[schemars(length(min = 1, max = MAX_FILES))]
    files: Vec<FileEdit>,
    /// The full hash of the last commit you saw; fails if the branch has moved on. Default: unchecked.
    #[serde(default)]
    #[schemars(regex(pattern = r"^([0-9a-f]{40}|[0-9a-f]{64})$"))]
    #[schemars(extend("x-rule" = "the full hash of a commit: 40 or 64 digits of 0-9 and a-f"))]
    #[schemars(example = &"0123456789abcdef0123456789abcdef01234567")]
    base: Option<String>,
}

/// The commit that was made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommitMade {
    /// The repository.
    #[schemars(example = &"shop")]
    repo: String,
    /// The branch.
    #[schemars(example = &"main")]
    branch: String,
    /// The commit, which is on the branch.
    #[schemars(example = &"0123456789abcdef0123456789abcdef01234567")]
    commit: String,
    /// The commit before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"fedcba9876543210fedcba9876543210fedcba98")]
    parent: Option<String>,
    /// The number of changed files; 0 if all files already matched, and no commit was made.
    #[schemars(example = 3)]
    changed: usize,
    /// The page of the commit.
    #[schemars(example = &"https://git.example.com/vibn-mark/shop/commit/0123456789abcdef0123456789abcdef01234567")]
    url: String,
    /// Concurrent changes, or the next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Nothing was committed: all files already match.")]
    hint: Option<String>,
}

impl Operation<Workspace> for CommitFiles {
    const SPEC: Spec = Spec::write("repos.commit", Route::post("/repos/{repo}/commits"))
        .creates()
        .audits(&["repo", "branch", "base"]);

    type Output = CommitMade;

    async fn run(self, cx: &Workspace) -> Result<CommitMade, Failure> {
        let edits = edits(&self.files)?;
        let gitea = cx.gitea().await?;
        let repo = find(&gitea, &self.repo).await?;
        if repo.archived {
            return Err(archived_repository(&repo.name));
        }
        let wanted = RequestedCommit {
            branch: self.branch.as_deref(),
            message: self.message.trim(),
            base: self.base.as_deref(),
            edits: &edits,
            only_first: false,
        };
        let applied = apply(cx, &gitea, &repo, wanted).await?;
        let url = Urls::for_repository(cx.gitea_address()?, &repo).commit(&applied.commit);
        let AppliedCommit { branch, commit, parent, changed, hint } = applied;
        let told = remarks(edits.iter().map(|edit| (edit.path(), edit.bytes())));
        let hints: Vec<_> = hint.into_iter().chain(told).collect();
        let hint = (!hints.is_empty()).then(|| hints.join(" "));
        Ok(CommitMade { repo: repo.name.clone(), branch, commit, parent, changed, url, hint })
    }
}
