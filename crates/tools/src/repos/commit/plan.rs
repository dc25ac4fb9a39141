//! Converts the edits of a call into the changes for Gitea, by comparing them with the files of a commit.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use covibe_gitea::{FileChange, TreeEntry, blob_hash};
use covibe_repository::Mode;

use super::edit::Edit;
use crate::repos::errors::PathProblem;
use crate::repos::files::{File, folders};

/// The changes to make.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The changes, by the hashes of the current files.
    pub(super) changes: Vec<FileChange>,
    /// The edits that can't be made.
    pub(super) problems: Vec<PathProblem>,
}

/// A tree by its paths.
pub(super) struct PresentFiles<'a>(HashMap<&'a str, &'a TreeEntry>);

impl<'a> PresentFiles<'a> {
    pub(super) fn from_entries(entries: &'a [TreeEntry]) -> Self {
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

    /// Returns the new executable bit of a file; `None` if it does not change.
    fn mode_change(&self, path: &str, wanted: Option<bool>) -> Option<bool> {
        let is_executable = self.0.get(path).is_some_and(|entry| entry.is_executable());
        wanted.filter(|wanted| *wanted != is_executable)
    }

    /// Returns the reason why nothing can be written at a path.
    fn obstacle(&self, path: &str) -> Option<PathProblem> {
        let problem = |problem| {
            let fix = "Choose another path, or first delete what is there in an earlier commit.";
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
pub(super) fn plan(
    edits: &[Edit],
    present: &PresentFiles<'_>,
    contents: &HashMap<String, Arc<[u8]>>,
    sibling: &str,
) -> Plan {
    let mut plan = Plan::default();
    // A file that is absent already is a mistake only if something else is to be done.
    let mut absent = Vec::new();
    for edit in edits {
        match edit {
            Edit::Write(file) => plan.write(present, file, sibling),
            Edit::Delete(path) => match (present.file(path), present.obstacle(path)) {
                (Some(hash), _) => {
                    let (path, hash) = (path.clone(), hash.to_owned());
                    plan.changes.push(FileChange::Delete { path, hash });
                }
                (None, Some(obstacle)) if present.mode(path).is_some() => {
                    plan.problems.push(obstacle);
                }
                (None, _) => absent.push(path.as_str()),
            },
            Edit::Move { path, from, content, executable } => match present.file(from) {
                Some(hash) => {
                    let content = content.as_ref().or_else(|| contents.get(from));
                    let executable = present.mode_change(from, *executable);
                    plan.move_file(present, (path, from), content, hash, executable);
                }
                None => absent.push(from.as_str()),
            },
            Edit::Mode { path, executable } => match present.file(path) {
                Some(hash) if present.mode_change(path, Some(*executable)).is_some() => {
                    let executable = Some(*executable);
                    plan.move_file(present, (path, path), contents.get(path), hash, executable);
                }
                Some(_) => {}
                None => absent.push(path.as_str()),
            },
        }
    }
    let kept = edits.iter().filter(|edit| matches!(edit, Edit::Move { .. } | Edit::Mode { .. }));
    let targets: BTreeSet<_> = kept.map(Edit::path).collect();
    let is_done = plan.changes.is_empty()
        && plan.problems.is_empty()
        && targets.iter().all(|path| present.file(path).is_some());
    if !is_done {
        let fix = "Check with repos.tree, or leave it out.";
        let missing = |path: &str| PathProblem::new(path, "does not exist as a file", fix);
        plan.problems.extend(absent.into_iter().map(missing));
    }
    plan
}

impl Plan {
    fn write(&mut self, present: &PresentFiles<'_>, file: &File, sibling: &str) {
        let File { path, bytes: content, executable } = file;
        let executable = present.mode_change(path, *executable);
        match (present.file(path), present.obstacle(path)) {
            (_, Some(obstacle)) => self.problems.push(obstacle),
            (Some(hash), None) => {
                if executable.is_some() || blob_hash(content, sibling) != hash {
                    self.changes.push(file_update((path, path), content, hash, executable));
                }
            }
            (None, None) => {
                let (path, content) = (path.clone(), Arc::clone(content));
                let executable = file.is_executable();
                self.changes.push(FileChange::Create { path, content, executable });
            }
        }
    }

    /// Moves a file, or writes it where it is.
    fn move_file(
        &mut self,
        present: &PresentFiles<'_>,
        (path, from): (&str, &str),
        content: Option<&Arc<[u8]>>,
        hash: &str,
        executable: Option<bool>,
    ) {
        let exists = present.file(path).filter(|_| path != from).map(|_| {
            let fix = "Choose another path, or write and delete instead of moving.";
            PathProblem::new(path, "exists already", fix)
        });
        match (exists.or_else(|| present.obstacle(path)), content) {
            (Some(problem), _) => self.problems.push(problem),
            (None, None) => self.problems.push(PathProblem::new(
                from,
                "is too large to be moved or made executable without git",
                "Do it with git: gitea.credentials gives access.",
            )),
            (None, Some(content)) => {
                self.changes.push(file_update((path, from), content, hash, executable));
            }
        }
    }
}

fn file_update(
    (path, from): (&str, &str),
    content: &Arc<[u8]>,
    hash: &str,
    executable: Option<bool>,
) -> FileChange {
    FileChange::Update {
        path: path.to_owned(),
        from: from.to_owned(),
        content: Arc::clone(content),
        hash: hash.to_owned(),
        executable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let (path, bytes) = (path.to_owned(), text.as_bytes().into());
        Edit::Write(File { path, bytes, executable: None })
    }

    fn delete(path: &str) -> Edit {
        Edit::Delete(path.to_owned())
    }

    fn shift(from: &str, path: &str) -> Edit {
        let (path, from) = (path.to_owned(), from.to_owned());
        Edit::Move { path, from, content: None, executable: None }
    }

    /// The numbers of changes and of problems.
    fn count_planned(edits: &[Edit]) -> (usize, usize) {
        let moved: (String, Arc<[u8]>) = ("a".to_owned(), b"a".as_slice().into());
        let (entries, contents) = (entries(), HashMap::from([moved]));
        let plan = plan(edits, &PresentFiles::from_entries(&entries), &contents, SIBLING);
        (plan.changes.len(), plan.problems.len())
    }

    #[test]
    fn only_files_that_differ_are_changed() {
        assert_eq!(
            count_planned(&[write("a", "a"), write("src/b", "c"), write("new", "x")]),
            (2, 0)
        );
        assert_eq!(count_planned(&[delete("a"), write("src/c", "x")]), (2, 0));
        assert_eq!(count_planned(&[shift("a", "src/a")]), (1, 0));
    }

    #[test]
    fn edits_that_are_already_applied_plan_no_changes() {
        assert_eq!(count_planned(&[write("a", "a"), delete("gone")]), (0, 0));
        assert_eq!(count_planned(&[shift("gone", "a")]), (0, 0));
        assert_eq!(count_planned(&[shift("gone", "nowhere")]), (0, 1));
        assert_eq!(count_planned(&[write("a", "other"), delete("gone")]), (1, 1));
    }

    #[test]
    fn modes_change_only_on_request_and_new_scripts_become_executable() {
        let mode = |path: &str, executable| {
            let path = path.to_owned();
            Edit::Mode { path, executable }
        };
        assert_eq!(count_planned(&[mode("a", true)]), (1, 0));
        assert_eq!(count_planned(&[mode("src/b", true)]), (0, 0));
        assert_eq!(count_planned(&[mode("gone", true)]), (0, 1));
        assert_eq!(count_planned(&[mode("src/b", false)]), (0, 1), "nobody has read it");
        let (entries, contents) = (entries(), HashMap::new());
        let executable = |path: &str, text: &str, wanted| {
            let (path, bytes) = (path.to_owned(), text.as_bytes().into());
            let edits = [Edit::Write(File { path, bytes, executable: wanted })];
            let plan = plan(&edits, &PresentFiles::from_entries(&entries), &contents, SIBLING);
            plan.changes.first().map(|change| match *change {
                FileChange::Create { executable, .. } => Some(executable),
                FileChange::Update { executable, .. } => executable,
                FileChange::Delete { .. } => None,
            })
        };
        let script = "#!/bin/sh\n";
        assert_eq!(executable("new", script, None), Some(Some(true)));
        assert_eq!(executable("new", script, Some(false)), Some(Some(false)));
        assert_eq!(executable("new", "text", None), Some(Some(false)));
        assert_eq!(executable("a", script, None), Some(None), "as before");
        assert_eq!(executable("src/b", script, Some(true)), Some(None), "it is so already");
        assert_eq!(executable("a", "a", Some(true)), Some(Some(true)));
    }

    #[test]
    fn folders_links_and_submodules_are_not_overwritten() {
        for path in ["src", "link", "module", "a/b", "link/x", "module/x"] {
            assert_eq!(count_planned(&[write(path, "x")]), (0, 1), "{path}");
        }
        for path in ["src", "link", "module"] {
            assert_eq!(count_planned(&[delete(path)]), (0, 1), "{path}");
        }
        assert_eq!(count_planned(&[shift("a", "src/b")]), (0, 1));
        assert_eq!(count_planned(&[shift("src/b", "c")]), (0, 1), "nobody has read it");
    }
}
