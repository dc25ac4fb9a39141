//! The files of a repository that a compose file names.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use super::named_paths::{MAX_NAMED, named_paths};
use crate::repository::{CommittedFile, Repository, is_placeholder};

/// The maximum number of files of one folder that become part of a compose file.
const MAX_FILES: usize = 50;

/// The files of a repository that a compose file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFiles {
    /// The surroundings of the compose file, but for the files that are to be read.
    pub repository: Repository,
    /// The positions of the files whose texts may become part of the compose file, each once, in the order in which
    /// they are to be read and added.
    pub to_read: Vec<usize>,
}

/// Returns the files that a compose file in `repository` names, among all files and symbolic links of the repository.
/// Both are given by their paths from the root, sorted. Returns `None` if the file names more than [`MAX_NAMED`] paths,
/// or so many files would have to be read for it.
///
/// A folder of more files than become part of a compose file is added without them, as is a folder that an image
/// contains. Thus folders within each other take no more time than others.
pub fn named_files(
    text: &str,
    mut repository: Repository,
    files: &[&str],
    links: &[&str],
) -> Option<NamedFiles> {
    let (files, links) = (SortedPaths::new(files), SortedPaths::new(links));
    let named = named_paths(text, &repository, |path| files.position(path).is_some())?;
    let (mut to_read, mut known) = (Vec::new(), HashSet::new());
    for (path, is_part) in &named {
        // One link is enough to refuse a folder.
        if let Some(first) = links.below(path).first() {
            repository.add(links.all[*first], CommittedFile::Link);
        }
        let below = files.below(path);
        if below.len() > MAX_FILES || (!is_part && !below.is_empty()) {
            repository.add_filled_folder(path);
        } else if *is_part {
            let own = files.position(path).into_iter().chain(below.iter().copied());
            to_read.extend(own.filter(|position| known.insert(*position)));
        }
        if to_read.len() > MAX_NAMED {
            return None;
        }
    }
    for link in links.all.iter().filter(|link| leads_through(&named, link)) {
        repository.add(link, CommittedFile::Link);
    }
    Some(NamedFiles { repository, to_read })
}

/// Returns whether one of these paths is a link, or leads through it.
fn leads_through(named: &BTreeMap<String, bool>, link: &str) -> bool {
    let start = format!("{link}/");
    let mut below = named.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
    named.contains_key(link) || below.next().is_some_and(|(path, _)| path.starts_with(&start))
}

/// Sorted paths.
struct SortedPaths<'a> {
    all: &'a [&'a str],
    /// The positions of those that are more than placeholders.
    contents: Vec<usize>,
}

impl<'a> SortedPaths<'a> {
    fn new(all: &'a [&'a str]) -> Self {
        let is_content = |position: &usize| !is_placeholder(all[*position]);
        Self { all, contents: (0..all.len()).filter(is_content).collect() }
    }

    fn position(&self, path: &str) -> Option<usize> {
        self.all.binary_search(&path).ok()
    }

    /// Returns the positions of the paths below a folder, but for placeholders.
    fn below(&self, folder: &str) -> &[usize] {
        if folder.is_empty() {
            return &self.contents;
        }
        // The character after `/` is `0`.
        let (start, end) = (format!("{folder}/"), format!("{folder}0"));
        let before = |bound: &str| self.contents.partition_point(|at| self.all[*at] < bound);
        &self.contents[before(&start)..before(&end)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the files that are to be read for a compose file in the root, and its surroundings.
    fn find<'a>(
        text: &str,
        files: &[&'a str],
        links: &[&str],
    ) -> Option<(Vec<&'a str>, Repository)> {
        let repository = Repository::new("/", "/compose.yml");
        let NamedFiles { repository, to_read } = named_files(text, repository, files, links)?;
        Some((to_read.into_iter().map(|position| files[position]).collect(), repository))
    }

    #[test]
    fn files_that_several_paths_lead_to_are_read_once() {
        let text = "services:\n  a: {image: a, volumes: ['./conf:/c', './conf/b:/b'], env_file: conf/b/x}\n\
                    configs: {c: {file: ./conf/a}}\n";
        let files = ["conf-2/a", "conf/.gitkeep", "conf/a", "conf/b/x", "conf0", "other"];
        let (read, _) = find(text, &files, &[]).unwrap();
        assert_eq!(read, ["conf/a", "conf/b/x"]);
    }

    #[test]
    fn placeholders_are_read_only_if_the_file_names_them() {
        let files = ["conf/.gitkeep", "conf/README.md"];
        let read = |source: &str| {
            let text = format!("services: {{a: {{image: a, volumes: ['{source}:/c']}}}}");
            find(&text, &files, &[]).unwrap().0
        };
        assert!(read("./conf").is_empty());
        assert_eq!(read("./conf/README.md"), ["conf/README.md"]);
    }

    #[test]
    fn folders_with_many_files_and_folders_of_images_are_added_without_their_files() {
        let names: Vec<_> = (0..=MAX_FILES).map(|n| format!("many/{n:02}")).collect();
        let mut files: Vec<_> = names.iter().map(String::as_str).collect();
        files.extend(["src/a", "src/b"]);
        let text = "services:\n  a: {image: a, volumes: ['./many:/m', './many/07:/n', './none:/o']}\n  \
                    b: {build: ., volumes: ['./src:/s', '.:/app', './empty:/e']}\n";
        let (read, repository) = find(text, &files, &[]).unwrap();
        assert_eq!(read, ["many/07"]);
        let filled = ["many", "src", ""].map(|path| repository.is_filled_folder(path));
        assert_eq!(filled, [true; 3]);
        let others = ["none", "empty", "many/07"].map(|path| repository.is_filled_folder(path));
        assert_eq!(others, [false; 3]);
        // One file less, and all are read.
        let (read, _) = find(text, &files[1..], &[]).unwrap();
        assert_eq!(read.len(), MAX_FILES);
    }

    #[test]
    fn a_file_for_which_more_than_500_files_would_be_read_is_refused() {
        let names = (0..11).flat_map(|d| (0..50).map(move |n| format!("d{d:02}/{n:02}")));
        let names: Vec<String> = names.collect();
        let files: Vec<_> = names.iter().map(String::as_str).collect();
        let read = |folders: usize| {
            let mount = |d: usize| format!("./d{d:02}:/{d}, ");
            let mounts: String = (0..folders).map(mount).collect();
            let text = format!("services: {{a: {{image: a, volumes: [{mounts}]}}}}");
            find(&text, &files, &[]).map(|(read, _)| read.len())
        };
        assert_eq!((read(10), read(11)), (Some(500), None));
    }

    #[test]
    fn links_on_a_path_and_the_first_one_below_it_are_added() {
        let text =
            "services: {a: {image: a, volumes: ['./conf:/c', './through/a:/t', './own:/o']}}";
        let links = ["conf/.gitkeep", "conf/b", "conf/c", "conf2", "own", "through", "throughout"];
        let (read, repository) = find(text, &[], &links).unwrap();
        assert!(read.is_empty());
        let known = links.map(|link| repository.file(link).is_some());
        assert_eq!(known, [false, true, false, false, true, true, false]);
    }
}
