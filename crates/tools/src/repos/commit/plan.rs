//! From what a call wants to what Gitea is asked for, by what the commit has that was looked at.

use std::collections::{BTreeSet, HashMap};

use covibe_gitea::{FileChange, TreeEntry, blob_hash};
use covibe_repository::Mode;

use super::edit::Edit;
use crate::repos::errors::PathProblem;
use crate::repos::files::folders;

/// What has to be changed.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// The changes, by the hashes of what is there.
    pub(super) changes: Vec<FileChange<'a>>,
    /// What can't be done.
    pub(super) problems: Vec<PathProblem>,
}

/// A tree by its paths.
pub(super) struct Present<'a>(HashMap<&'a str, &'a TreeEntry>);

impl<'a> Present<'a> {
    pub(super) fn of(entries: &'a [TreeEntry]) -> Self {
        Self(entries.iter().map(|entry| (entry.path.as_str(), entry)).collect())
    }

    fn mode(&self, path: &str) -> Option<Mode> {
        self.0.get(path).map(|entry| Mode::parse(&entry.mode))
    }

    /// Returns the hash of the file at a path; `None` if there is no plain file.
    pub(super) fn file(&self, path: &str) -> Option<&'a str> {
        let entry = self.0.get(path)?;
        (Mode::parse(&entry.mode) == Mode::File).then_some(entry.hash.as_str())
    }

    /// Returns why nothing can be written at a path.
    fn obstacle(&self, path: &str) -> Option<PathProblem> {
        let problem = |problem| {
            let fix = "Choose another path, or delete what is there in a commit before.";
            Some(PathProblem::new(path, problem, fix))
        };
        match self.mode(path) {
            Some(Mode::Folder) => return problem("is a folder"),
            Some(Mode::Link | Mode::Other) => return problem("is a symbolic link"),
            Some(Mode::Submodule) => return problem("is a submodule"),
            Some(Mode::File) => return None,
            None => {}
        }
        let blocks = |folder: &str| self.mode(folder).is_some_and(|mode| mode != Mode::Folder);
        if folders(path).any(blocks) { problem("leads through a file") } else { None }
    }
}

/// Plans the changes that make a commit's tree as a call wants it. `contents` has the contents of the
/// files that are moved, by their paths; `sibling` is the hash of any object of the repository.
pub(super) fn plan<'a>(
    edits: &'a [Edit],
    present: &Present<'a>,
    contents: &'a HashMap<String, Vec<u8>>,
    sibling: &str,
) -> Plan<'a> {
    let mut plan = Plan::default();
    // What is absent already is a mistake only if something else is to be done.
    let mut absent = Vec::new();
    for edit in edits {
        match edit {
            Edit::Write(file) => plan.write(present, &file.path, &file.bytes, sibling),
            Edit::Delete(path) => match (present.file(path), present.obstacle(path)) {
                (Some(hash), _) => plan.changes.push(FileChange::Delete { path, hash }),
                (None, Some(obstacle)) if present.mode(path).is_some() => {
                    plan.problems.push(obstacle);
                }
                (None, _) => absent.push(path.as_str()),
            },
            Edit::Move { path, from, content } => match present.file(from) {
                Some(hash) => {
                    let content = content.as_ref().or_else(|| contents.get(from));
                    plan.shift(present, path, from, content, hash);
                }
                None => absent.push(from.as_str()),
            },
        }
    }
    let moved = edits.iter().filter(|edit| matches!(edit, Edit::Move { .. }));
    let targets: BTreeSet<_> = moved.map(Edit::path).collect();
    let is_done = plan.changes.is_empty()
        && plan.problems.is_empty()
        && targets.iter().all(|path| present.file(path).is_some());
    if !is_done {
        let fix = "Look with repos.tree, or leave it out.";
        let missing = |path: &str| PathProblem::new(path, "does not exist as a file", fix);
        plan.problems.extend(absent.into_iter().map(missing));
    }
    plan
}

impl<'a> Plan<'a> {
    fn write(&mut self, present: &Present<'a>, path: &'a str, content: &'a [u8], sibling: &str) {
        match (present.file(path), present.obstacle(path)) {
            (_, Some(obstacle)) => self.problems.push(obstacle),
            (Some(hash), None) if blob_hash(content, sibling) == hash => {}
            (Some(hash), None) => {
                self.changes.push(FileChange::Update { path, from: path, content, hash });
            }
            (None, None) => self.changes.push(FileChange::Create { path, content }),
        }
    }

    fn shift(
        &mut self,
        present: &Present<'a>,
        path: &'a str,
        from: &'a str,
        content: Option<&'a Vec<u8>>,
        hash: &'a str,
    ) {
        let exists = present.file(path).map(|_| {
            let fix = "Choose another path, or write and delete instead of moving.";
            PathProblem::new(path, "exists already", fix)
        });
        match (exists.or_else(|| present.obstacle(path)), content) {
            (Some(problem), _) => self.problems.push(problem),
            (None, None) => self.problems.push(PathProblem::new(
                from,
                "is too large to be moved without git",
                "Move it with git.",
            )),
            (None, Some(content)) => {
                self.changes.push(FileChange::Update { path, from, content, hash });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repos::files::File;

    const SIBLING: &str = "0123456789abcdef0123456789abcdef01234567";

    fn entry(path: &str, mode: &str, content: &str) -> TreeEntry {
        let hash = blob_hash(content.as_bytes(), SIBLING);
        TreeEntry { path: path.to_owned(), mode: mode.to_owned(), hash, size: None }
    }

    fn entries() -> Vec<TreeEntry> {
        vec![
            entry("a", "100644", "a"),
            entry("src", "040000", ""),
            entry("src/b", "100755", "b"),
            entry("link", "120000", "a"),
            entry("module", "160000", ""),
        ]
    }

    fn write(path: &str, text: &str) -> Edit {
        Edit::Write(File { path: path.to_owned(), bytes: text.as_bytes().to_vec() })
    }

    fn delete(path: &str) -> Edit {
        Edit::Delete(path.to_owned())
    }

    fn shift(from: &str, path: &str) -> Edit {
        Edit::Move { path: path.to_owned(), from: from.to_owned(), content: None }
    }

    /// The numbers of changes and of problems.
    fn planned(edits: &[Edit]) -> (usize, usize) {
        let (entries, contents) = (entries(), HashMap::from([("a".to_owned(), b"a".to_vec())]));
        let plan = plan(edits, &Present::of(&entries), &contents, SIBLING);
        (plan.changes.len(), plan.problems.len())
    }

    #[test]
    fn only_what_differs_is_changed() {
        assert_eq!(planned(&[write("a", "a"), write("src/b", "c"), write("new", "x")]), (2, 0));
        assert_eq!(planned(&[delete("a"), write("src/c", "x")]), (2, 0));
        assert_eq!(planned(&[shift("a", "src/a")]), (1, 0));
    }

    #[test]
    fn a_repeated_call_finds_nothing_to_do() {
        assert_eq!(planned(&[write("a", "a"), delete("gone")]), (0, 0));
        assert_eq!(planned(&[shift("gone", "a")]), (0, 0));
        assert_eq!(planned(&[shift("gone", "nowhere")]), (0, 1));
        assert_eq!(planned(&[write("a", "other"), delete("gone")]), (1, 1));
    }

    #[test]
    fn what_is_no_plain_file_is_not_overwritten() {
        for path in ["src", "link", "module", "a/b", "link/x", "module/x"] {
            assert_eq!(planned(&[write(path, "x")]), (0, 1), "{path}");
        }
        for path in ["src", "link", "module"] {
            assert_eq!(planned(&[delete(path)]), (0, 1), "{path}");
        }
        assert_eq!(planned(&[shift("a", "src/b")]), (0, 1));
        assert_eq!(planned(&[shift("src/b", "c")]), (0, 1), "nobody has read it");
    }
}
