//! The objects of a commit: its tree, page by page, and blobs with their hashes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::boxed;
use covibe_upstream::{Bounds, Cause, Error, LongText, optional};
use ring::digest::{Algorithm, Context, Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use serde::Deserialize;
use serde_json::Value;

use super::Reader;

/// The number of entries of a page, which Gitea limits to 1,000 (1.21 to 1.25).
const PER_PAGE: usize = 1_000;

/// The longest answer with a blob, in bytes: Gitea answers with the content up to 10 MiB, in Base64.
const BLOB_BODY: usize = 16 << 20;

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
    /// The size of a file or link, in bytes.
    pub size: Option<u64>,
}

impl TreeEntry {
    /// Returns whether it is a file that can be executed.
    pub fn is_executable(&self) -> bool {
        self.mode == "100755"
    }
}

/// A page of a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreePage {
    /// The hash of the tree.
    pub tree: String,
    /// Its entries, including folders.
    pub entries: Vec<TreeEntry>,
    /// The number of entries of the whole tree.
    pub total: usize,
    /// True if there are more pages.
    pub is_cut: bool,
}

/// The answer to a request for a page; the last one may have no `tree` (Forgejo 11).
#[derive(Deserialize)]
struct Page {
    sha: String,
    tree: Option<Vec<TreeEntry>>,
    #[serde(default)]
    total_count: usize,
    #[serde(default)]
    truncated: bool,
}

/// The bytes of a blob; `None` if there are too many of them.
#[derive(Deserialize)]
#[serde(try_from = "Encoded")]
struct Blob(Option<Vec<u8>>);

/// The answer to a request for a blob.
#[derive(Deserialize)]
struct Encoded {
    size: usize,
    /// Base64; its length if it is too long; null above 10 MiB, where Gitea leaves it out.
    content: Value,
}

impl TryFrom<Encoded> for Blob {
    type Error = &'static str;

    fn try_from(encoded: Encoded) -> Result<Self, Self::Error> {
        let Value::String(content) = encoded.content else { return Ok(Self(None)) };
        let bytes = STANDARD.decode(content.replace('\n', "")).ok();
        let whole = bytes.filter(|bytes| bytes.len() == encoded.size);
        whole.map(|bytes| Self(Some(bytes))).ok_or("a blob that is not whole")
    }
}

impl Reader<'_> {
    /// Returns a page of the whole tree of a commit, counted from 1. The commit is named by its whole
    /// hash, because a tag or branch would win over a shorter one.
    ///
    /// The request names the tree as `{commit}^{tree}`, which Gitea lets git resolve. Gitea itself
    /// reads a commit differently: git takes the first line `tree`, and Gitea the last, also behind
    /// the author (sources of Gitea 1.21 to 1.25 and Forgejo 11), so that it would list another
    /// tree than a clone has.
    ///
    /// Gitea lists the tree anew for each page: 20,000 entries take two seconds, 100,000 half a minute
    /// (seen with Gitea 1.25.2).
    #[boxed]
    pub async fn tree(
        &self,
        org: &str,
        repo: &str,
        commit: &str,
        page: usize,
    ) -> Result<Option<TreePage>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/trees/{sha}";
        let tree = format!("{commit}^{{tree}}");
        let request = self.get(PATH).segment(org).segment(repo).segment(&tree);
        let request = request.query("recursive", true).query("per_page", PER_PAGE);
        let Some(answer) = optional(request.query("page", page).send().await)? else {
            return Ok(None);
        };
        let unreadable = answer.malformed();
        let page: Page = answer.json()?;
        // Gitea repeats a commit's hash where it read the commit itself.
        if page.sha == commit {
            return Err(Error { cause: Cause::Malformed, ..unreadable });
        }
        Ok(Some(TreePage {
            tree: page.sha,
            entries: page.tree.unwrap_or_default(),
            total: page.total_count,
            is_cut: page.truncated,
        }))
    }

    /// Returns the bytes of a blob; `None` if it is larger than `limit`.
    #[boxed]
    pub async fn blob(
        &self,
        org: &str,
        repo: &str,
        hash: &str,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/blobs/{sha}";
        let request = self.get(PATH).segment(org).segment(repo).segment(hash);
        // Base64 has four letters for each three bytes, and there may be line breaks.
        let (body, text) = (BLOB_BODY, limit / 2 * 3);
        let bounds = Bounds { body, kept: body, text, long: LongText::Length };
        let Blob(bytes) = request.streamed(bounds).await?;
        Ok(bytes.filter(|bytes| bytes.len() <= limit))
    }
}

/// The digits of a hash in a repository of git's newer object format.
const LONG: usize = 64;

/// Returns the hash of the blob with this content, in a repository in which `sibling` is the hash
/// of any object: git hashes by SHA-1, or by SHA-256 in a repository of the newer format
/// (gitformat-hash).
pub fn blob_hash(content: &[u8], sibling: &str) -> String {
    object_hash("blob", content, sibling)
}

/// Returns the hash of an object of this kind, like [`blob_hash`].
pub(crate) fn object_hash(kind: &str, content: &[u8], sibling: &str) -> String {
    let head = format!("{kind} {}\0", content.len());
    hex::encode(digest(&[head.as_bytes(), content], sibling))
}

/// Returns the digest of these bytes, by the function of a repository that has the hash `sibling`.
pub(crate) fn digest(parts: &[&[u8]], sibling: &str) -> Digest {
    let algorithm: &'static Algorithm =
        if sibling.len() == LONG { &SHA256 } else { &SHA1_FOR_LEGACY_USE_ONLY };
    let mut hasher = Context::new(algorithm);
    for part in parts {
        hasher.update(part);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_hashes_equal_those_of_git() {
        // `git hash-object`, in repositories of both formats.
        let short = blob_hash(b"hello\n", &"0".repeat(40));
        assert_eq!(short, "ce013625030ba8dba906f756967f9e9ca394464a");
        let long = blob_hash(b"hello\n", &"0".repeat(64));
        assert_eq!(long, "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4");
    }
}
