//! Folders that git would take for a repository of their own.
//!
//! Coolify runs git in the folder that it builds, and Docker runs it in the build context. If that
//! folder has the parts of a bare repository, git reads the configuration in it, which may name
//! programs to run (git 2.39, `is_git_directory`).

use std::collections::{BTreeMap, BTreeSet};

use crate::repository_problem::Problem;
use crate::tree_entry::Entry;

/// The names of a repository's parts.
const PARTS: [&str; 4] = ["HEAD", "commondir", "objects", "refs"];

/// The parts of a repository that were found in each folder.
#[derive(Debug, Default)]
pub(crate) struct GitFolders(BTreeMap<String, BTreeSet<&'static str>>);

impl GitFolders {
    /// Notes an entry.
    pub(crate) fn note(&mut self, entry: &Entry) {
        let part = PARTS.into_iter().find(|part| *part == entry.name());
        // git asks only whether `objects` and `refs` can be searched or run, so that they may be files.
        if let Some(part) = part {
            self.0.entry(entry.folder().to_owned()).or_default().insert(part);
        }
    }

    /// Returns a problem for each such folder.
    pub(crate) fn problems(&self) -> impl Iterator<Item = Problem> {
        self.0.iter().filter(|(_, parts)| are_whole(parts)).map(|(folder, _)| {
            let path = if folder.is_empty() { "HEAD".to_owned() } else { format!("{folder}/HEAD") };
            Problem::new(
                path,
                "makes its folder a git repository within the repository",
                "Delete the folder, or rename its HEAD; pack it as an archive if tests need it.",
            )
        })
    }
}

fn are_whole(parts: &BTreeSet<&str>) -> bool {
    let has = |part| parts.contains(part);
    has("HEAD") && (has("commondir") || has("objects") && has("refs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_entry::Mode;

    fn problems(entries: &[(&str, Mode)]) -> usize {
        let mut folders = GitFolders::default();
        for (path, mode) in entries {
            let entry =
                Entry { path: (*path).to_owned(), mode: *mode, id: String::new(), size: None };
            folders.note(&entry);
        }
        folders.problems().count()
    }

    #[test]
    fn recognizes_a_git_folder_by_its_parts() {
        let bare = [
            ("a/HEAD", Mode::File),
            ("a/config", Mode::File),
            ("a/objects", Mode::Folder),
            ("a/refs", Mode::Folder),
        ];
        assert_eq!(problems(&bare), 1);
        assert_eq!(problems(&bare[..3]), 0);
        assert_eq!(problems(&[("HEAD", Mode::Link), ("commondir", Mode::File)]), 1);
        assert_eq!(
            problems(&[("HEAD", Mode::File), ("objects", Mode::Link), ("refs", Mode::Link)]),
            1
        );
        assert_eq!(
            problems(&[("x/HEAD", Mode::File), ("x/objects", Mode::File), ("x/refs", Mode::File)]),
            1,
            "git asks only whether they can be searched or run"
        );
        assert_eq!(
            problems(&[("a/HEAD", Mode::File), ("objects", Mode::Folder), ("refs", Mode::Folder)]),
            0
        );
    }
}
