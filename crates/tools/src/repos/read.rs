//! `repos.read`.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::Failure;
use covibe_gitea::TreeEntry;
use covibe_operation::{MAX_TEXT, Operation, Route, Spec};
use covibe_repository::Mode;
use covibe_workspace::{RepoTree, Workspace};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::{missing_paths, offset_of_several};
use super::files::MAX_PATH;
use super::named_repository::{MAX_REFERENCE, MAX_REPOSITORY, find};
use crate::container_access::{Frame, Writer};
use crate::resource_names::{REPOSITORY, whole};

/// The maximum number of files of a call.
const MAX_READ: u32 = 20;

/// The largest file of which a part can be read, in bytes.
const MAX_BLOB: usize = 5_000_000;

/// The number of files that are read at the same time.
const CONCURRENCY: usize = 4;

/// Read files of a repository.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ReadFiles {
    /// The repository's name, such as `shop`.
    #[schemars(length(min = 1, max = MAX_REPOSITORY))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    repo: String,
    /// The paths of files from the root, such as `src/main.rs`.
    #[schemars(length(min = 1, max = MAX_READ), inner(length(min = 1, max = MAX_PATH)))]
    #[schemars(example = vec!["src/main.rs"])]
    paths: Vec<String>,
    /// A branch or full commit hash. Default: the default branch.
    #[serde(default, rename = "ref")]
    #[schemars(length(min = 1, max = MAX_REFERENCE))]
    #[schemars(example = &"main")]
    reference: Option<String>,
    /// The byte to begin at; only for a single path.
    #[serde(default)]
    #[schemars(range(min = 0, max = 5_000_000), example = 24_000)]
    offset: Option<u32>,
}

/// Files of a commit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FilesRead {
    /// The repository.
    #[schemars(example = &"shop")]
    repo: String,
    /// The branch, unless the call named a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"main")]
    branch: Option<String>,
    /// The commit; pass it as `base` to repos.commit.
    #[schemars(example = &"0123456789abcdef0123456789abcdef01234567")]
    commit: String,
    /// An explanation of the marks.
    #[schemars(example = &"The text between the lines with 0a1b2c is the content of a file.")]
    note: String,
    /// The files.
    files: Vec<FileRead>,
    /// The paths that do not exist at the commit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["src/lib.rs"])]
    missing: Vec<String>,
}

/// A file of a commit, or a part of it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileRead {
    /// The path from the root.
    #[schemars(example = &"src/main.rs")]
    path: String,
    /// The size of the whole file, in bytes.
    #[schemars(example = 120)]
    size: usize,
    /// The text, between two lines with the mark that `note` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"--- file 0a1b2c ---\nfn main() {}\n--- end 0a1b2c ---")]
    text: Option<String>,
    /// The bytes in Base64, if the file is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"iVBORw0KGgo=")]
    content_base64: Option<String>,
    /// `link` for a symbolic link (`text` is then its target); absent for a regular file.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"link")]
    kind: Option<&'static str>,
    /// The number of bytes that are left out after these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 4_000)]
    cut_bytes: Option<usize>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Pass this path alone with `offset` 24000 to get the rest.")]
    hint: Option<String>,
}

impl Operation<Workspace> for ReadFiles {
    const SPEC: Spec = Spec::read("repos.read", Route::get("/repos/{repo}/files"));

    type Output = FilesRead;

    async fn run(self, cx: &Workspace) -> Result<FilesRead, Failure> {
        if self.offset.is_some_and(|offset| offset > 0) && self.paths.len() > 1 {
            return Err(offset_of_several());
        }
        let gitea = cx.gitea().await?;
        let repo = find(&gitea, &self.repo).await?;
        let at = gitea.commit_at(&repo, self.reference.as_deref()).await?;
        let tree = gitea.tree(&repo, &at.commit).await?;
        let Chosen { entries, missing } = choose_files(&tree, &self.paths)?;
        let read = async |entry: TreeEntry| {
            let is_large = entry.size.is_some_and(|size| size > MAX_BLOB as u64);
            let content =
                if is_large { None } else { gitea.blob(&repo, &entry.hash, MAX_BLOB).await? };
            Ok::<_, Failure>((entry, content))
        };
        let read: Vec<_> =
            stream::iter(entries).map(read).buffered(CONCURRENCY).try_collect().await?;
        let frame = Frame::draw();
        let mut room = Room { left: MAX_TEXT, offset: self.offset.unwrap_or_default() as usize };
        let files = read.into_iter().map(|(entry, bytes)| room.read_part(&frame, entry, bytes));
        let files = files.collect();
        let (branch, commit, note) = (at.branch, at.commit, frame.note(Writer::File));
        Ok(FilesRead { repo: repo.name.clone(), branch, commit, note, files, missing })
    }
}

/// The files of a tree that a call names.
struct Chosen {
    entries: Vec<TreeEntry>,
    /// The paths that have no file.
    missing: Vec<String>,
}

/// Chooses the files with these paths.
///
/// # Errors
///
/// Not found if none of the files exists.
fn choose_files(tree: &RepoTree, paths: &[String]) -> Result<Chosen, Failure> {
    let by_path: HashMap<_, _> =
        tree.entries.iter().map(|entry| (entry.path.as_str(), entry)).collect();
    let file = |path: &str| by_path.get(path).copied().filter(|entry| is_readable(entry));
    let (mut entries, mut missing) = (Vec::new(), Vec::new());
    for path in paths.iter().map(|path| plain_path(path)) {
        match file(path) {
            Some(entry) => entries.push(entry.clone()),
            None => missing.push(path.to_owned()),
        }
    }
    if entries.is_empty() {
        let known: Vec<_> = by_path.keys().copied().collect();
        return Err(missing_paths(&missing, &known));
    }
    Ok(Chosen { entries, missing })
}

/// Returns a path as git writes it.
fn plain_path(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

fn is_readable(entry: &TreeEntry) -> bool {
    matches!(Mode::parse(&entry.mode), Mode::File | Mode::Link)
}

/// The room that an answer has for contents.
struct Room {
    left: usize,
    offset: usize,
}

impl Room {
    /// Shows as much of a file as there is room for.
    fn read_part(&mut self, frame: &Frame, entry: TreeEntry, bytes: Option<Vec<u8>>) -> FileRead {
        let kind = (Mode::parse(&entry.mode) == Mode::Link).then_some("link");
        let size = entry.size.and_then(|size| usize::try_from(size).ok());
        let file = FileRead { path: entry.path, kind, ..FileRead::default() };
        let Some(bytes) = bytes else {
            let hint =
                "The file is too large for this call: clone the repository with git.".to_owned();
            let size = size.unwrap_or_default();
            return FileRead { size, cut_bytes: Some(size), hint: Some(hint), ..file };
        };
        let is_text = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'));
        let (shown, file) = if let Some(text) = is_text {
            let (end, framed) = self.text(frame, text);
            (end, FileRead { text: Some(framed), ..file })
        } else {
            let (end, encoded) = self.base64(&bytes);
            (end, FileRead { content_base64: Some(encoded), ..file })
        };
        let cut = bytes.len() - shown;
        let hint = format!("Pass this path alone with `offset` {shown} to get the rest.");
        let (cut_bytes, hint) = ((cut > 0).then_some(cut), (cut > 0).then_some(hint));
        FileRead { size: bytes.len(), cut_bytes, hint, ..file }
    }

    /// Returns as much of a text as there is room for, framed, and where it ends.
    fn text(&mut self, frame: &Frame, text: &str) -> (usize, String) {
        let begin = text.floor_char_boundary(self.offset.min(text.len()));
        let end = text.floor_char_boundary((begin + self.left).min(text.len()));
        self.left -= end - begin;
        (end, frame.around_whole(Writer::File, &text[begin..end]))
    }

    /// Returns as many bytes as there is room for, in Base64, and where they end.
    fn base64(&mut self, bytes: &[u8]) -> (usize, String) {
        let begin = self.offset.min(bytes.len());
        let end = (begin + self.left / 4 * 3).min(bytes.len());
        let encoded = STANDARD.encode(&bytes[begin..end]);
        self.left = self.left.saturating_sub(encoded.len());
        (end, encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> TreeEntry {
        TreeEntry {
            path: path.to_owned(),
            mode: "100644".to_owned(),
            hash: "c0ffee".to_owned(),
            size: None,
        }
    }

    #[test]
    fn the_parts_of_a_text_add_up_to_the_whole() {
        let (frame, text) = (Frame::draw(), "\u{e4}b".repeat(500));
        let (mut offset, mut whole) = (0, String::new());
        loop {
            let mut room = Room { left: 100, offset };
            let shown = room.read_part(&frame, entry("a"), Some(text.clone().into_bytes()));
            let framed = shown.text.unwrap();
            let (_, rest) = framed.split_once('\n').unwrap();
            whole.push_str(rest.rsplit_once('\n').unwrap().0);
            match shown.cut_bytes {
                Some(cut) => offset = text.len() - cut,
                None => break,
            }
        }
        assert_eq!(whole, text);
    }

    #[test]
    fn files_share_the_size_limit_of_an_answer() {
        let (frame, mut room) = (Frame::draw(), Room { left: 100, offset: 0 });
        let first = room.read_part(&frame, entry("a"), Some(vec![b'x'; 60]));
        let second = room.read_part(&frame, entry("b"), Some(vec![0; 90]));
        assert_eq!((first.cut_bytes, second.cut_bytes), (None, Some(60)));
        assert!(second.content_base64.is_some() && second.hint.unwrap().contains("`offset` 30"));
        let large = room.read_part(&frame, entry("c"), None);
        assert!(large.text.is_none() && large.hint.is_some());
    }
}
