//! The files that a compose file is among: those of a commit, or those of a call that are to become one.

use std::sync::Arc;

use covibe_compose::{CommittedFile, MAX_NAMED, NamedFiles, Repository, named_files};
use covibe_domain::Failure;
use covibe_gitea::{Repo, TreeEntry};
use covibe_policy::Owned;
use covibe_workspace::{RepoTree, Workspace};

use crate::repos::files::File;

/// The size limit of a compose file, in bytes.
const MAX_FILE: usize = 256 << 10;

/// The size limit of all files that become part of it, in bytes.
const MAX_TEXTS: usize = 128 << 10;

/// The mode of a file in a tree.
const FILE: &str = "100644";

/// The mode of a symbolic link in a tree.
const LINK: &str = "120000";

/// The files that a compose file is among.
pub(in crate::apps) struct Files<'a> {
    entries: Arc<[TreeEntry]>,
    source: Source<'a>,
}

/// The source of the contents of files.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// A repository.
    Repository(&'a Owned<Repo>),
    /// A call with these files, in the order of the entries.
    Call(&'a [File]),
}

impl<'a> Files<'a> {
    /// Returns the files of a commit of a repository with this tree.
    pub(in crate::apps) fn from_commit(repo: &'a Owned<Repo>, tree: RepoTree) -> Self {
        Self { entries: tree.entries, source: Source::Repository(repo) }
    }

    /// Returns the files of a call.
    pub(in crate::apps) fn from_call(files: &'a [File]) -> Self {
        let entry = |file: &File| TreeEntry {
            path: file.path.clone(),
            mode: FILE.to_owned(),
            hash: String::new(),
            size: Some(file.bytes.len() as u64),
        };
        Self { entries: files.iter().map(entry).collect(), source: Source::Call(files) }
    }

    /// Returns the text of the compose file.
    ///
    /// # Errors
    ///
    /// Rejected if there is no such file, or none that can be a compose file.
    pub(in crate::apps) async fn compose_file(
        &self,
        cx: &Workspace,
        path: &str,
    ) -> Result<String, Failure> {
        let is_it = |entry: &TreeEntry| entry.path == path && is_plain_file(entry);
        let found = self.entries.iter().position(is_it);
        let text = self.text(cx, found.ok_or_else(|| no_compose_file(path))?, MAX_FILE).await?;
        text.ok_or_else(|| {
            Failure::rejected(format!("{path} exceeds 256 KiB or is not UTF-8 text."))
                .hint("Split the app, or write the file in UTF-8.")
        })
    }

    /// Returns the surroundings of a compose file, with what it names there: the texts of files, as far as they can
    /// become part of it. Also returns the index of all files. What the compose file names is found away from the
    /// threads that answer calls, because this takes long for files that are made for it.
    ///
    /// # Errors
    ///
    /// Rejected if the file names too much; unready if the server stops.
    pub(in crate::apps) async fn surroundings(
        &self,
        cx: &Workspace,
        repository: Repository,
        text: &str,
    ) -> Result<(Repository, FileIndex), Failure> {
        let (entries, text) = (Arc::clone(&self.entries), text.to_owned());
        let find = move || {
            let index = FileIndex::new(entries);
            let named = index.named_files(&text, repository);
            (index, named)
        };
        let (index, named) = cx.run_judgement(find).await?;
        let NamedFiles { mut repository, to_read } = named.ok_or_else(names_too_much)?;
        let mut left = MAX_TEXTS;
        for position in to_read {
            let position = index.positions[position];
            let text = self.text(cx, position, left).await?;
            left -= text.as_ref().map_or(0, String::len);
            let file = text.map_or(CommittedFile::Other, CommittedFile::Text);
            repository.add(&self.entries[position].path, file);
        }
        Ok((repository, index))
    }

    /// Returns the text of a file; `None` if it has more bytes than that, or is not text.
    async fn text(
        &self,
        cx: &Workspace,
        position: usize,
        most: usize,
    ) -> Result<Option<String>, Failure> {
        let entry = &self.entries[position];
        if entry.size.is_some_and(|size| size > most as u64) {
            return Ok(None);
        }
        let text = match self.source {
            Source::Repository(repo) => {
                let bytes = cx.gitea().await?.blob(repo, &entry.hash, most).await?;
                bytes.and_then(|bytes| String::from_utf8(bytes).ok())
            }
            Source::Call(files) => {
                std::str::from_utf8(&files[position].bytes).ok().map(str::to_owned)
            }
        };
        Ok(text.filter(|text| !text.contains('\0')))
    }
}

/// The plain files among some entries, by their paths.
pub(in crate::apps) struct FileIndex {
    entries: Arc<[TreeEntry]>,
    /// The positions of the files, sorted by their paths.
    positions: Vec<usize>,
}

impl FileIndex {
    fn new(entries: Arc<[TreeEntry]>) -> Self {
        let files = entries.iter().enumerate().filter(|(_, entry)| is_plain_file(entry));
        let mut positions: Vec<_> = files.map(|(position, _)| position).collect();
        positions.sort_by(|one, other| entries[*one].path.cmp(&entries[*other].path));
        Self { entries, positions }
    }

    /// Returns whether there is a file at this path.
    pub(in crate::apps) fn has(&self, path: &str) -> bool {
        let compare = |position: &usize| self.entries[*position].path.as_str().cmp(path);
        self.positions.binary_search_by(compare).is_ok()
    }

    /// Returns the files that a compose file names, by their places in the index; `None` if it names too much.
    fn named_files(&self, text: &str, repository: Repository) -> Option<NamedFiles> {
        let files = self.positions.iter().map(|position| &self.entries[*position]);
        let files: Vec<_> = files.map(|entry| entry.path.as_str()).collect();
        let links = self.entries.iter().filter(|entry| entry.mode == LINK);
        let mut links: Vec<_> = links.map(|entry| entry.path.as_str()).collect();
        links.sort_unstable();
        named_files(text, repository, &files, &links)
    }
}

fn is_plain_file(entry: &TreeEntry) -> bool {
    entry.mode.starts_with("100")
}

/// 422: there is no such compose file.
fn no_compose_file(path: &str) -> Failure {
    Failure::rejected(format!("The repository has no file {path}."))
        .hint("Commit it, or pass the right `dockerComposeLocation`, relative to `baseDirectory`.")
}

/// 422: reading everything that the file names would take too many calls.
fn names_too_much() -> Failure {
    let message = format!(
        "The compose file refers to more than {MAX_NAMED} paths or files of its repository."
    );
    Failure::rejected(message).hint("Split the app, or build images that contain the files.")
}
