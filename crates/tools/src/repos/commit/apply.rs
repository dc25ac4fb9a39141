//! Makes a commit on a branch while no other call of the workspace changes it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::Failure;
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{
    CommitPosition, Gitea, LandedCommit, RepoTree, WantedCommit, Workspace, branch_name,
    with_branch_claimed,
};

use super::edit::Edit;
use super::plan::{Plan, PresentFiles, plan};
use crate::repos::errors::{moved_on, rejected_files, too_large, too_many_bytes, unknown_base};
use crate::repos::files::MAX_BYTES;

/// The time before the deadline from which a commit whose answer is missing is no longer looked for.
const MARGIN: Duration = Duration::from_secs(3);

/// The hash of any object, in a repository without one: git makes hashes of this length by default.
const NO_OBJECT: &str = "0000000000000000000000000000000000000000";

/// The hint if there was nothing to do.
const UNCHANGED: &str = "Nothing was committed: all files already match.";

/// A commit that a call asks for.
#[derive(Clone, Copy)]
pub(crate) struct RequestedCommit<'a> {
    /// The branch; by default, the default branch.
    pub(crate) branch: Option<&'a str>,
    pub(crate) message: &'a str,
    /// The commit that the caller has seen.
    pub(crate) base: Option<&'a str>,
    pub(crate) edits: &'a [Edit],
    /// True to do nothing on a branch that has a commit.
    pub(crate) only_first: bool,
}

/// A commit that was seen on its branch.
#[derive(Clone, Debug)]
pub(crate) struct AppliedCommit {
    pub(crate) branch: String,
    pub(crate) commit: String,
    pub(crate) parent: Option<String>,
    /// The number of files that it changes; 0 if no commit was made.
    pub(crate) changed: usize,
    pub(crate) hint: Option<String>,
}

/// Writes the files of a branch as a call wants them. If they are so already, nothing is committed.
///
/// # Errors
///
/// Conflict if the branch is not at `base`, or another call or a push changes it at the same time;
/// rejected with every problem.
pub(crate) async fn apply(
    cx: &Workspace,
    gitea: &Gitea<'_>,
    repo: &Owned<Repo>,
    wanted: RequestedCommit<'_>,
) -> Result<AppliedCommit, Failure> {
    let act = async {
        let head = gitea.head(repo, wanted.branch).await?;
        Attempt { cx, gitea, repo, wanted, head }.run().await
    };
    with_branch_claimed(cx, &repo.full_name, branch_name(repo, wanted.branch), act).await
}

/// A commit on top of the tip of a branch.
struct Attempt<'a> {
    cx: &'a Workspace,
    gitea: &'a Gitea<'a>,
    repo: &'a Owned<Repo>,
    wanted: RequestedCommit<'a>,
    head: CommitPosition,
}

impl Attempt<'_> {
    async fn run(&self) -> Result<AppliedCommit, Failure> {
        if let (true, Some(commit)) = (self.wanted.only_first, self.head.commit()) {
            return Ok(self.applied_commit(commit.to_owned(), None, 0, None));
        }
        let tree = self.tree(self.head.commit()).await?;
        let is_base = self.wanted.base.is_none_or(|base| self.head.commit() == Some(base));
        if !is_base {
            return self.answer_other_base(&tree).await;
        }
        let contents = self.moved_contents(&tree).await?;
        let plan = self.plan(&tree, &contents)?;
        if plan.changes.is_empty()
            && let Some(commit) = self.head.commit()
        {
            return Ok(self.applied_commit(commit.to_owned(), None, 0, Some(UNCHANGED.to_owned())));
        }
        let end = self.cx.deadline().checked_sub(MARGIN).unwrap_or_else(Instant::now);
        let commit = self.commit(self.head.commit(), &tree, &plan);
        let landed = self.gitea.commit_files(self.repo, commit, end).await?;
        Ok(self.landed_commit(landed, plan.changes.len()))
    }

    /// Answers a call whose base is not the branch's tip: with the commit that an earlier call made of the same
    /// changes on this base, or with the changes since.
    async fn answer_other_base(&self, tree: &RepoTree) -> Result<AppliedCommit, Failure> {
        let base = self.wanted.base.unwrap_or_default();
        let is_known = self.gitea.commit_at(self.repo, Some(base)).await;
        is_known.map_err(|_| unknown_base(base))?;
        let before = self.tree(Some(base)).await?;
        let contents = self.moved_contents(&before).await?;
        if let Ok(plan) = self.plan(&before, &contents)
            && !plan.changes.is_empty()
            && let Some(found) = self
                .gitea
                .find_committed(self.repo, self.commit(Some(base), &before, &plan))
                .await?
        {
            return Ok(self.landed_commit(found, plan.changes.len()));
        }
        Err(moved_on(self.head.branch(), self.head.commit(), &differing_paths(&before, tree)))
    }

    async fn tree(&self, commit: Option<&str>) -> Result<RepoTree, Failure> {
        let Some(commit) = commit else { return Ok(RepoTree::default()) };
        let tree = self.gitea.tree(self.repo, commit).await?;
        if tree.is_whole() { Ok(tree) } else { Err(too_large(&self.repo.name)) }
    }

    fn plan(
        &self,
        tree: &RepoTree,
        contents: &HashMap<String, Arc<[u8]>>,
    ) -> Result<Plan, Failure> {
        let sibling = self.head.commit().unwrap_or(NO_OBJECT);
        let plan =
            plan(self.wanted.edits, &PresentFiles::from_entries(&tree.entries), contents, sibling);
        if plan.problems.is_empty() { Ok(plan) } else { Err(rejected_files(&plan.problems)) }
    }

    /// Reads the files that are moved without a new content.
    async fn moved_contents(&self, tree: &RepoTree) -> Result<HashMap<String, Arc<[u8]>>, Failure> {
        let present = PresentFiles::from_entries(&tree.entries);
        let (mut contents, mut bytes) = (HashMap::new(), 0);
        for edit in self.wanted.edits {
            let (Edit::Move { from, content: None, .. } | Edit::Mode { path: from, .. }) = edit
            else {
                continue;
            };
            let Some(hash) = present.file(from) else { continue };
            let Some(content) = self.gitea.blob(self.repo, hash, MAX_BYTES).await? else {
                continue;
            };
            bytes += content.len();
            if bytes > MAX_BYTES {
                return Err(too_many_bytes());
            }
            contents.insert(from.clone(), content.into());
        }
        Ok(contents)
    }

    fn commit<'a>(
        &'a self,
        parent: Option<&'a str>,
        tree: &'a RepoTree,
        plan: &'a Plan,
    ) -> WantedCommit<'a> {
        let (branch, message) = (self.head.branch(), self.wanted.message);
        WantedCommit { branch, parent, message, files: &plan.changes, tree }
    }

    fn landed_commit(&self, landed: LandedCommit, changed: usize) -> AppliedCommit {
        let LandedCommit { commit, parent, is_tip } = landed;
        let is_on_top = parent.as_deref() == self.wanted.base.or(self.head.commit());
        let hint = if !is_on_top {
            Some("Somebody pushed other files at the same moment: the commit is on top of theirs.")
        } else if !is_tip {
            Some("The branch already has newer commits.")
        } else {
            None
        };
        self.applied_commit(commit, parent, changed, hint.map(str::to_owned))
    }

    fn applied_commit(
        &self,
        commit: String,
        parent: Option<String>,
        changed: usize,
        hint: Option<String>,
    ) -> AppliedCommit {
        AppliedCommit { branch: self.head.branch().to_owned(), commit, parent, changed, hint }
    }
}

/// Returns the paths of files that differ between two trees.
fn differing_paths(before: &RepoTree, after: &RepoTree) -> Vec<String> {
    let hashes = |tree: &RepoTree| -> HashMap<String, String> {
        let files = tree.entries.iter().filter(|entry| !entry.mode.ends_with("40000"));
        files.map(|entry| (entry.path.clone(), entry.hash.clone())).collect()
    };
    let (before, after) = (hashes(before), hashes(after));
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let new = after.iter().filter(|(path, hash)| before.get(*path) != Some(hash));
    let mut differing: Vec<_> = gone.chain(new.map(|(path, _)| path)).cloned().collect();
    differing.sort_unstable();
    differing
}
