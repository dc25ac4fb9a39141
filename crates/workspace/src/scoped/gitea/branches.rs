//! Resolves a branch, as callers write it, to the commit at its tip.

use std::time::Duration;

use covibe_domain::{Failure, boxed};
use covibe_gitea::{Reference, ReferenceKind, Repo};
use covibe_policy::Owned;
use tokio::time::{Instant, sleep};

use super::Gitea;
use super::repository_errors::{
    branch_is_commit, branch_is_tag, empty_repository, missing_branch, missing_commit,
};

/// The interval at which the default branch is read while a push is not noticed yet.
const PAUSE: Duration = Duration::from_millis(250);

/// Prefixes of branches that Git uses in other contexts.
const PREFIXES: [&str; 4] = ["refs/heads/", "refs/remotes/origin/", "remotes/origin/", "origin/"];

/// A branch and the commit at its tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchTip {
    /// The branch's name, without a prefix.
    pub branch: String,
    /// The commit's full hash.
    pub commit: String,
}

impl Gitea<'_> {
    /// Returns a branch of a repository with the commit at its tip; without a name, the default
    /// branch. `refs/heads/x` and `origin/x` are accepted for `x`.
    ///
    /// It reads references, which show a push at once. Gitea may set the default branch some time
    /// after a first push, so this waits for it.
    ///
    /// # Errors
    ///
    /// Rejected if there is no such branch, with similar ones, or no commit at all; see also
    /// [`Gitea::repository`].
    #[boxed]
    pub async fn resolve(
        &self,
        repo: &Owned<Repo>,
        branch: Option<&str>,
    ) -> Result<BranchTip, Failure> {
        match branch {
            Some(written) => self.resolve_named(&repo.name, written).await,
            None => self.default_tip(repo).await,
        }
    }

    /// Returns the full hash of a repository's commit, given by it or by its first digits.
    ///
    /// # Errors
    ///
    /// Rejected if the repository has no such commit.
    #[boxed]
    pub async fn commit(&self, repo: &Owned<Repo>, hash: &str) -> Result<String, Failure> {
        let found = self.commit_of(&repo.name, hash).await?;
        found.ok_or_else(|| missing_commit(&repo.name, hash))
    }

    async fn resolve_named(&self, repo: &str, written: &str) -> Result<BranchTip, Failure> {
        // A branch may have such a prefix in its name.
        for name in [Some(written), without_prefix(written)].into_iter().flatten() {
            if let Some(tip) = self.tip(repo, name).await? {
                return Ok(tip);
            }
        }
        Err(self.why_not(repo, without_prefix(written).unwrap_or(written)).await?)
    }

    /// Returns the failure for a branch that does not exist.
    async fn why_not(&self, repo: &str, name: &str) -> Result<Failure, Failure> {
        let branches = self.branches(repo).await?;
        if branches.is_empty() {
            return Ok(empty_repository(self.organisation, repo));
        }
        let tag = name.strip_prefix("refs/tags/").unwrap_or(name);
        let read = self.reader().reference(self.organisation, repo, ReferenceKind::Tags, tag).await;
        if self.reword_failure(read).await?.is_some() {
            return Ok(branch_is_tag(repo, tag));
        }
        if is_hash(name) && self.commit_of(repo, name).await?.is_some() {
            return Ok(branch_is_commit(repo, name));
        }
        Ok(missing_branch(repo, name, &branches))
    }

    async fn default_tip(&self, repo: &Owned<Repo>) -> Result<BranchTip, Failure> {
        let until = Instant::now() + self.notice;
        let mut default = repo.default_branch.clone();
        loop {
            if let Some(tip) = self.tip(&repo.name, &default).await? {
                return Ok(tip);
            }
            let branches = self.branches(&repo.name).await?;
            if branches.is_empty() {
                return Err(empty_repository(self.organisation, &repo.name));
            }
            if Instant::now() >= until {
                return Err(missing_branch(&repo.name, &default, &branches));
            }
            sleep(PAUSE.min(self.notice / 4)).await;
            default.clone_from(&self.repository(&repo.name).await?.default_branch);
        }
    }

    pub(super) async fn tip(&self, repo: &str, branch: &str) -> Result<Option<BranchTip>, Failure> {
        if branch.is_empty() {
            return Ok(None);
        }
        let read =
            self.reader().reference(self.organisation, repo, ReferenceKind::Heads, branch).await;
        let commit = self.reword_failure(read).await?;
        Ok(commit.map(|commit| BranchTip { branch: branch.to_owned(), commit }))
    }

    pub(super) async fn branches(&self, repo: &str) -> Result<Vec<String>, Failure> {
        let read = self.reader().branches(self.organisation, repo).await;
        let name = |each: &Reference| each.name.strip_prefix("refs/heads/").map(str::to_owned);
        Ok(self.reword_failure(read).await?.iter().filter_map(name).collect())
    }

    pub(super) async fn commit_of(
        &self,
        repo: &str,
        hash: &str,
    ) -> Result<Option<String>, Failure> {
        self.reword_failure(self.reader().commit(self.organisation, repo, hash).await).await
    }
}

/// Returns a branch's name without such a prefix.
fn without_prefix(written: &str) -> Option<&str> {
    PREFIXES.iter().find_map(|prefix| written.strip_prefix(prefix)).filter(|name| !name.is_empty())
}

/// Returns whether a text may be the hash of a commit, or its first digits.
fn is_hash(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_prefixes_of_refs_and_origin_are_removed() {
        for written in ["refs/heads/a/b", "origin/a/b", "refs/remotes/origin/a/b"] {
            assert_eq!(without_prefix(written), Some("a/b"), "{written}");
        }
        for written in ["a/b", "origin", "origin/", "upstream/a", "refs/tags/a"] {
            assert_eq!(without_prefix(written), None, "{written}");
        }
    }
}
