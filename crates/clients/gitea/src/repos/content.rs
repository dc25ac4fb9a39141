//! The content of a path of a repository at a branch, tag or commit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::boxed;
use covibe_upstream::{Bounds, Cause, LongText, optional};
use serde::Deserialize;
use serde_json::Value;

use crate::{Client, Error};

/// The longest answer, in bytes: Gitea answers with a file's content up to 10 MiB, in Base64.
const BODY: usize = 16 << 20;

/// The maximum number of bytes of a file that are read.
const MAX_FILE: usize = 1 << 20;

/// The content of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file.
    File {
        /// Its size, in bytes.
        size: u64,
        /// The hash of its object.
        hash: String,
        /// Its bytes; `None` above 1 MiB.
        bytes: Option<Vec<u8>>,
    },
    /// A folder.
    Folder(Vec<Entry>),
    /// A symbolic link, with its target.
    Link(String),
    /// Another repository.
    Submodule,
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// The size of a file, in bytes.
    #[serde(default)]
    pub size: u64,
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Symlink,
    /// Another repository.
    Submodule,
}

/// Gitea's answer: an object, or a list for a folder.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Folder(Vec<Entry>),
    One(One),
}

#[derive(Deserialize)]
struct One {
    #[serde(rename = "type")]
    kind: EntryKind,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    sha: String,
    /// Base64; its length if it is too long, and null above 10 MiB.
    #[serde(default)]
    content: Value,
    #[serde(default)]
    target: Option<String>,
}

impl Client {
    /// Returns the content of a path at a branch, tag or commit, without one at the default branch;
    /// an empty path is the root. `None` where there is no such path or reference.
    #[boxed]
    pub async fn content(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        reference: Option<&str>,
    ) -> Result<Option<Content>, Error> {
        const ROOT: &str = "/repos/{owner}/{repo}/contents";
        const PATH: &str = "/repos/{owner}/{repo}/contents/{path*}";
        let template = if path.is_empty() { ROOT } else { PATH };
        let mut request = self.transport.get(template).segment(owner).segment(repo);
        if !path.is_empty() {
            request = request.segment(path);
        }
        if let Some(reference) = reference {
            request = request.query("ref", reference);
        }
        let text = MAX_FILE / 2 * 3;
        let bounds = Bounds { body: BODY, kept: BODY, text, long: LongText::Length };
        match optional(request.streamed::<Answer>(bounds).await) {
            Ok(answer) => Ok(answer.map(Content::from)),
            // A repository without a commit has no paths (409).
            Err(Error { cause: Cause::Conflict(_), .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<Answer> for Content {
    fn from(answer: Answer) -> Self {
        let one = match answer {
            Answer::Folder(entries) => return Self::Folder(entries),
            Answer::One(one) => one,
        };
        match one.kind {
            EntryKind::File => {
                let bytes = one.content.as_str().and_then(|text| decode_file(text, one.size));
                Self::File { size: one.size, hash: one.sha, bytes }
            }
            EntryKind::Symlink => Self::Link(one.target.unwrap_or_default()),
            EntryKind::Submodule => Self::Submodule,
            EntryKind::Dir => Self::Folder(Vec::new()),
        }
    }
}

/// Returns a file's bytes; `None` if they are incomplete or too many.
fn decode_file(text: &str, size: u64) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text.replace('\n', "")).ok()?;
    (bytes.len() as u64 == size && bytes.len() <= MAX_FILE).then_some(bytes)
}
