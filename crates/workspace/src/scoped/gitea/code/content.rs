//! The content of a repository at a commit.

use std::sync::Arc;

use covibe_domain::{Failure, boxed};
use covibe_gitea::{Repo, TreeEntry};
use covibe_policy::Owned;

use super::super::repository_errors::{changing_tree, missing_commit, missing_reference};
use super::super::{BranchTip, Gitea};

/// The maximum number of pages of a tree that are read for an answer, of 1,000 entries each: Gitea lists the whole tree
/// anew for each of them.
const MAX_PAGES: usize = 20;

/// The maximum length of all paths of a tree that are kept, in bytes.
const MAX_PATHS: usize = 4 << 20;

/// The branch of an empty repository without a default branch.
const FIRST_BRANCH: &str = "main";

/// A commit, and the branch that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitAt {
    /// The branch; `None` if the commit was given by its hash.
    pub branch: Option<String>,
    /// The commit's full hash.
    pub commit: String,
}

/// The position of a future commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitPosition {
    /// After this commit.
    At(BranchTip),
    /// The first commit of an empty repository, on this branch.
    Empty(String),
}

impl CommitPosition {
    /// Returns the branch.
    pub fn branch(&self) -> &str {
        match self {
            Self::At(tip) => &tip.branch,
            Self::Empty(branch) => branch,
        }
    }

    /// Returns the commit at the branch's tip.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::At(tip) => Some(&tip.commit),
            Self::Empty(_) => None,
        }
    }
}

/// The tree of a commit.
#[derive(Clone, Debug, Default)]
pub struct RepoTree {
    /// Its hash; empty without a commit.
    pub hash: String,
    /// Its entries, including folders, sorted as git does.
    pub entries: Arc<[TreeEntry]>,
    /// The number of all entries, including those that were not read.
    pub total: usize,
}

impl RepoTree {
    /// Returns whether all of its entries were read.
    pub fn is_whole(&self) -> bool {
        self.entries.len() == self.total
    }
}

impl Gitea<'_> {
    /// Returns the commit for a full hash or a branch; without a text, the tip of the default branch. Tags are not
    /// considered.
    ///
    /// # Errors
    ///
    /// Rejected if there is no such branch or commit, or no commit at all.
    #[boxed]
    pub async fn commit_at(
        &self,
        repo: &Owned<Repo>,
        reference: Option<&str>,
    ) -> Result<CommitAt, Failure> {
        if let Some(hash) = reference.filter(|text| is_whole_hash(text)) {
            let found = self.commit_of(&repo.name, hash).await?;
            let commit = found.ok_or_else(|| missing_reference(&repo.name, hash))?;
            return Ok(CommitAt { branch: None, commit });
        }
        let BranchTip { branch, commit } = self.resolve(repo, reference).await?;
        Ok(CommitAt { branch: Some(branch), commit })
    }

    /// Returns the position of a future commit to a branch; without a name, to the default branch.
    ///
    /// # Errors
    ///
    /// Rejected if the repository has commits but not that branch.
    #[boxed]
    pub async fn head(
        &self,
        repo: &Owned<Repo>,
        branch: Option<&str>,
    ) -> Result<CommitPosition, Failure> {
        let name = branch_name(repo, branch);
        if let Some(tip) = self.tip(&repo.name, name).await? {
            return Ok(CommitPosition::At(tip));
        }
        if self.branches(&repo.name).await?.is_empty() {
            return Ok(CommitPosition::Empty(name.to_owned()));
        }
        self.resolve(repo, branch).await.map(CommitPosition::At)
    }

    /// Returns the tree of a commit, or as much of it as the limits allow.
    ///
    /// # Errors
    ///
    /// Rejected if there is no such commit.
    #[boxed]
    pub async fn tree(&self, repo: &Owned<Repo>, commit: &str) -> Result<RepoTree, Failure> {
        let first = self.page(&repo.name, commit, 1).await?;
        let (hash, total, mut is_cut) = (first.tree, first.total, first.is_cut);
        let mut entries = first.entries;
        for number in 2..=MAX_PAGES {
            let bytes: usize = entries.iter().map(|entry| entry.path.len()).sum();
            if !is_cut || entries.len() >= total || bytes > MAX_PATHS {
                break;
            }
            let page = self.page(&repo.name, commit, number).await?;
            if page.tree != hash || page.entries.is_empty() {
                return Err(changing_tree());
            }
            is_cut = page.is_cut;
            entries.extend(page.entries);
        }
        let total = total.max(entries.len());
        Ok(RepoTree { hash, entries: entries.into(), total })
    }

    /// Returns the bytes of a blob of a repository; `None` if there are more than `limit`.
    ///
    /// # Errors
    ///
    /// Rejected if the repository has no such blob.
    #[boxed]
    pub async fn blob(
        &self,
        repo: &Owned<Repo>,
        hash: &str,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let read = self.reader().blob(self.organisation, &repo.name, hash, limit).await;
        match read {
            Err(error) if error.is_not_found() => Err(missing_commit(&repo.name, hash)),
            read => self.reword_failure(read).await,
        }
    }
}

/// Returns the name of the branch in a text; without a text, the default branch.
pub fn branch_name<'a>(repo: &'a Repo, written: Option<&'a str>) -> &'a str {
    let default = Some(repo.default_branch.as_str()).filter(|name| !name.is_empty());
    let plain = |written: &'a str| written.strip_prefix("refs/heads/").unwrap_or(written);
    written.map(plain).or(default).unwrap_or(FIRST_BRANCH)
}

fn is_whole_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
