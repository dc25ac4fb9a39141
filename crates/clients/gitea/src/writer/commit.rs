//! One commit that changes several files.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::boxed;
use covibe_upstream::{Bounds, LongText};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Writer;
use crate::Error;

/// The longest answer, in bytes. Gitea repeats up to 30 of the files in it, in Base64, and omits
/// the others without a notice (1.25.2).
const BODY: usize = 16 << 20;

/// The longest text of it that is kept, in bytes: no hash is longer, and no file is read.
const TEXT: usize = 1 << 10;

/// The maximum number of bytes of it beside files.
const KEPT: usize = 1 << 20;

/// The content of a new commit on a branch.
#[derive(Clone, Debug)]
pub struct NewCommit {
    /// The branch, which becomes the first one in an empty repository.
    pub branch: String,
    /// The message.
    pub message: String,
    /// The changes. Without any, Gitea makes an empty commit.
    pub files: Vec<FileChange>,
}

/// A change of one file. The hashes are those of the current blobs: Gitea refuses (422) a change of
/// a file that has another one by then. A clone shares the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// A file at a path that does not exist yet.
    Create {
        /// The path from the root.
        path: String,
        /// The content.
        content: Arc<[u8]>,
        /// True if it can be executed.
        executable: bool,
    },
    /// Another content of a file.
    Update {
        /// The path from the root.
        path: String,
        /// The path that the file has now.
        from: String,
        /// The content.
        content: Arc<[u8]>,
        /// The hash of its blob.
        hash: String,
        /// True if it can be executed from now on; `None` keeps that as before.
        executable: Option<bool>,
    },
    /// The removal of a file.
    Delete {
        /// The path from the root.
        path: String,
        /// The hash of its blob.
        hash: String,
    },
}

impl FileChange {
    /// Returns the paths that it touches; a file that stays at its path has it twice.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let (path, from) = match self {
            Self::Update { path, from, .. } => (path, Some(from)),
            Self::Create { path, .. } | Self::Delete { path, .. } => (path, None),
        };
        std::iter::once(path).chain(from).map(String::as_str)
    }

    /// Returns whether it gives a file another mode than Gitea's API does.
    const fn sets_mode(&self) -> bool {
        matches!(
            self,
            Self::Create { executable: true, .. } | Self::Update { executable: Some(_), .. }
        )
    }

    fn body(&self) -> Value {
        match self {
            Self::Create { path, content, .. } => {
                json!({ "operation": "create", "path": path, "content": STANDARD.encode(content) })
            }
            Self::Update { path, from, content, hash, .. } => {
                let content = STANDARD.encode(content);
                let mut body = json!({ "operation": "update", "path": path, "content": content,
                                       "sha": hash });
                if from != path {
                    body["from_path"] = json!(from);
                }
                body
            }
            Self::Delete { path, hash } => {
                json!({ "operation": "delete", "path": path, "sha": hash })
            }
        }
    }
}

impl NewCommit {
    /// Returns whether it gives a file a mode that only a push can give: Gitea's API has none.
    pub fn sets_modes(&self) -> bool {
        self.files.iter().any(FileChange::sets_mode)
    }
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its whole hash.
    pub hash: String,
    /// The hashes of the commits before it.
    pub parents: Vec<String>,
}

/// The answer; the files in it are left out.
#[derive(Deserialize)]
struct Answer {
    commit: Commit,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
    parents: Option<Vec<Parent>>,
}

#[derive(Deserialize)]
struct Parent {
    sha: String,
}

impl Writer<'_> {
    /// Makes a commit on top of the branch's newest one, without the modes of its files: see
    /// [`NewCommit::sets_modes`] and [`Writer::push`]. A push at the same moment is a conflict
    /// (409, or 500), and so is a new path that exists by then; a file that changed meanwhile is
    /// refused (422).
    ///
    /// Ten files take a second, a hundred up to 3.5, 300 up to nine (seen with 1.25.2 on two loaded
    /// cores). It is never sent twice.
    #[boxed]
    pub async fn commit(&self, org: &str, repo: &str, new: &NewCommit) -> Result<Committed, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/contents";
        let files: Vec<_> = new.files.iter().map(FileChange::body).collect();
        let body = json!({ "branch": new.branch, "message": new.message, "files": files });
        let request = self.client.transport.post(PATH).segment(org).segment(repo);
        let bounds = Bounds { body: BODY, kept: KEPT, text: TEXT, long: LongText::Length };
        let Answer { commit } = self.authorize(request).body(body).streamed(bounds).await?;
        let parents = commit.parents.unwrap_or_default().into_iter().map(|each| each.sha);
        Ok(Committed { hash: commit.sha, parents: parents.collect() })
    }
}
