//! The repository that a compose file is part of.

mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

pub(crate) use paths::{below, is_placeholder, join_paths};

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommittedFile {
    /// One of text.
    Text(String),
    /// One that is no text, or too large for a compose file.
    Other,
    /// A symbolic link, which is not followed.
    Link,
}

impl CommittedFile {
    /// Returns its text, if it has one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other | Self::Link => None,
        }
    }
}

/// The surroundings of a compose file in a repository: the folders that its services are built from, and the files that
/// they read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repository {
    /// The folder that is built, from the root; empty for the root.
    base: String,
    /// The folder of the compose file, from the root.
    folder: String,
    /// The files of the paths that the compose file names, by their paths from the root.
    files: BTreeMap<String, CommittedFile>,
    /// The folders that have files, none of which needs to be known, by their paths from the root.
    filled_folders: BTreeSet<String>,
}

impl Repository {
    /// Returns the repository of a compose file at `location` in the folder that is built, both as an app has them.
    pub fn new(base: &str, location: &str) -> Self {
        let file = join_paths("", &format!("{base}/{location}")).unwrap_or_default();
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let base = join_paths("", base).unwrap_or_default();
        Self { base, folder, files: BTreeMap::new(), filled_folders: BTreeSet::new() }
    }

    /// Adds a file by its path from the root.
    pub fn add(&mut self, path: &str, file: CommittedFile) {
        self.files.insert(path.to_owned(), file);
    }

    /// Adds a folder that has files, by its path from the root, without its files.
    pub(crate) fn add_filled_folder(&mut self, path: &str) {
        self.filled_folders.insert(path.to_owned());
    }

    /// Returns the path from the root that a path means in the compose file; `None` outside the repository, and for one
    /// that is not relative.
    pub fn resolve(&self, written: &str) -> Option<String> {
        (!written.starts_with(['/', '~', '$'])).then(|| join_paths(&self.folder, written)).flatten()
    }

    /// Returns a path from the root as one from the folder that is built; `None` outside of it.
    pub(crate) fn within_base<'a>(&self, path: &'a str) -> Option<&'a str> {
        below(path, &self.base)
    }

    /// Returns the path from the root of one from the folder that is built.
    pub(crate) fn path_from_root(&self, path: &str) -> Option<String> {
        join_paths(&self.base, path)
    }

    /// Returns the file at this path from the root, if it is known.
    pub(crate) fn file(&self, path: &str) -> Option<&CommittedFile> {
        self.files.get(path)
    }

    /// Returns the symbolic link that this path from the root is, or leads through.
    pub(crate) fn link_on<'a>(&self, path: &'a str) -> Option<&'a str> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let mut parts = ends.filter_map(|end| path.get(..end));
        parts.find(|part| self.file(part) == Some(&CommittedFile::Link))
    }

    /// Returns the known files below a folder, by their paths from it.
    pub(crate) fn files_below<'a>(
        &'a self,
        folder: &str,
    ) -> impl Iterator<Item = (&'a str, &'a CommittedFile)> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let files = self.files.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        files.map_while(move |(path, file)| Some((path.strip_prefix(start.as_str())?, file)))
    }

    /// Returns whether a folder was added without its files.
    pub(crate) fn is_filled_folder(&self, path: &str) -> bool {
        self.filled_folders.contains(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_from_the_folder_of_the_file() {
        let of = |base, location| Repository::new(base, location);
        let repository = of("/apps/shop", "/deploy/compose.yml");
        assert_eq!(repository.resolve("../web").as_deref(), Some("apps/shop/web"));
        assert_eq!(repository.resolve(".").as_deref(), Some("apps/shop/deploy"));
        assert_eq!(repository.resolve("../../../x/").as_deref(), Some("x"));
        assert_eq!(repository.resolve("../../../../x"), None);
        for absolute in ["/etc", "~/x", "$X/y", "${X}"] {
            assert_eq!(repository.resolve(absolute), None, "{absolute}");
        }
        assert_eq!(repository.within_base("apps/shop/web"), Some("web"));
        assert_eq!(repository.within_base("apps/shop"), Some(""));
        assert_eq!(repository.within_base("apps/shopping"), None);
        assert_eq!(of("", "/docker-compose.yaml").within_base("web"), Some("web"));
    }

    #[test]
    fn committed_files_are_found_by_path_and_by_folder() {
        let mut repository = Repository::new("/", "/compose.yml");
        repository.add("conf/a.conf", CommittedFile::Text("a".to_owned()));
        repository.add("conf/more/b", CommittedFile::Other);
        repository.add("config", CommittedFile::Text(String::new()));
        assert_eq!(repository.file("conf/a.conf").and_then(CommittedFile::text), Some("a"));
        assert_eq!(repository.file("conf/more/b"), Some(&CommittedFile::Other));
        assert_eq!(repository.file("conf"), None);
        let below: Vec<_> = repository.files_below("conf").map(|(path, _)| path).collect();
        assert_eq!(below, ["a.conf", "more/b"]);
        assert_eq!(repository.files_below("").count(), 3);
        assert_eq!(repository.files_below("conf/a.conf").count(), 0);
    }
}
