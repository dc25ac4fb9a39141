//! The objects of a commit: its tree, page by page, and blobs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use covibe_upstream::{Cause, Error, optional};
use serde::Deserialize;

use super::Reader;

/// The number of entries of a page, which Gitea limits to 1,000 (1.21 to 1.25).
const PER_PAGE: usize = 1_000;

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TreeEntry {
    /// Its path from the root.
    pub path: String,
    /// Git's octal digits, such as `100644`.
    pub mode: String,
    /// The hash of its object.
    #[serde(rename = "sha")]
    pub hash: String,
}

/// A page of a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreePage {
    /// Its entries, including folders.
    pub entries: Vec<TreeEntry>,
    /// The number of entries of the whole tree.
    pub total: usize,
    /// Whether there are more pages.
    pub is_cut: bool,
}

/// The answer to a request for a page; the last one may have no `tree` (Forgejo 11).
#[derive(Deserialize)]
struct Page {
    tree: Option<Vec<TreeEntry>>,
    #[serde(default)]
    total_count: usize,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct Blob {
    size: usize,
    content: Option<String>,
}

impl Reader<'_> {
    /// Returns a page of the whole tree of a commit, counted from 1. The commit is named by its whole
    /// hash, because a tag or branch would win over a shorter one.
    ///
    /// Gitea lists the tree anew for each page: 20,000 entries take two seconds, 100,000 half a minute
    /// (seen with Gitea 1.25.2).
    pub async fn tree(
        &self,
        org: &str,
        repo: &str,
        commit: &str,
        page: usize,
    ) -> Result<Option<TreePage>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/trees/{sha}";
        let request = self.get(PATH).segment(org).segment(repo).segment(commit);
        let request = request.query("recursive", true).query("per_page", PER_PAGE);
        let found: Option<Page> = optional(request.query("page", page).json().await)?;
        Ok(found.map(|page| TreePage {
            entries: page.tree.unwrap_or_default(),
            total: page.total_count,
            is_cut: page.truncated,
        }))
    }

    /// Returns the bytes of a blob; `None` if it is larger than `limit`.
    pub async fn blob(
        &self,
        org: &str,
        repo: &str,
        hash: &str,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/blobs/{sha}";
        let request = self.get(PATH).segment(org).segment(repo).segment(hash);
        let answer = request.send().await?;
        let unreadable = answer.malformed();
        let blob: Blob = answer.json()?;
        // Gitea leaves out the content above 10 MiB.
        let Some(content) = blob.content.filter(|_| blob.size <= limit) else { return Ok(None) };
        let bytes = STANDARD.decode(content.replace('\n', "")).ok();
        let whole = bytes.filter(|bytes| bytes.len() == blob.size);
        whole.map(Some).ok_or(Error { cause: Cause::Malformed, ..unreadable })
    }
}
