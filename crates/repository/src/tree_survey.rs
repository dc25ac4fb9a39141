//! Looking at a tree, entry by entry, and then at the few blobs that matter.

use std::collections::{BTreeSet, HashMap};

use crate::build_pack_detection::Folders;
use crate::commit_verdict::Verdict;
use crate::files::{dockerfile, exposed_port, gitattributes, nixpacks, submodules};
use crate::git_folders::GitFolders;
use crate::repository_problem::{Problem, Problems};
use crate::reserved_file_names::{is_acted_on, is_nixpacks};
use crate::symbolic_links::{self, MAX_LINKS, too_many, too_many_links};
use crate::tree_entry::{Entry, Mode, OVERHEAD};

/// The maximum number of blobs that are read for a verdict.
pub const MAX_BLOBS: usize = 1_000;

/// The size limit of a blob that is read for a verdict, in bytes.
pub const MAX_BLOB: usize = 1 << 20;

/// The most Dockerfiles that are read. The labels of what others build are seen when it runs.
const MAX_DOCKERFILES: usize = 20;

/// The maximum number of bytes of all paths of a tree.
pub const MAX_PATHS: usize = 32 << 20;

/// The longest path, in bytes: what Linux takes.
const MAX_PATH: usize = 4_096;

/// The first bytes of a file that Git LFS manages, as the repository contains it.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// A tree that is being looked at.
#[derive(Debug, Default)]
pub struct Survey {
    /// The entries whose content matters: links, attributes, plans, `.gitmodules`.
    read: Vec<Entry>,
    dockerfiles: Vec<Entry>,
    submodules: Vec<Entry>,
    links: BTreeSet<String>,
    /// The bytes of the paths of all entries.
    path_bytes: usize,
    /// The bytes of memory that the paths of links take.
    link_weight: usize,
    git_folders: GitFolders,
    folders: Folders,
    problems: Problems,
    wanted: BTreeSet<String>,
    /// The bytes of those whose size is known.
    wanted_bytes: u64,
}

impl Survey {
    /// Looks at one more entry.
    pub fn add(&mut self, entry: Entry) {
        self.path_bytes += entry.path.len();
        if entry.path.len() > MAX_PATH {
            let problem = format!("is a path of more than {MAX_PATH} bytes");
            let start = entry.path.floor_char_boundary(MAX_PATH);
            return self.problems.add(Problem::new(&entry.path[..start], problem, "Shorten it."));
        }
        self.git_folders.note(&entry);
        self.folders.note(&entry);
        match entry.mode {
            Mode::Folder => {}
            Mode::File => self.add_file(entry),
            Mode::Link => self.add_link(entry),
            Mode::Submodule => self.add_submodule(entry),
            Mode::Other => self.problems.add(Problem::new(
                entry.path,
                "is of a kind that git does not write",
                "Commit it again as a file.",
            )),
        }
    }

    fn add_file(&mut self, entry: Entry) {
        let matters = is_nixpacks(entry.name())
            || entry.name() == ".gitattributes"
            || entry.path == ".gitmodules";
        if matters {
            self.want(entry);
        } else if dockerfile::is_name(entry.name()) {
            self.add_dockerfile(entry);
        }
    }

    fn add_dockerfile(&mut self, entry: Entry) {
        let size = entry.size.unwrap_or_default();
        let is_read = size <= MAX_BLOB as u64
            && self.dockerfiles.len() < MAX_DOCKERFILES
            && self.wanted.len() < MAX_BLOBS;
        if is_read {
            self.note_wanted(&entry, size);
            self.dockerfiles.push(entry);
        }
    }

    fn note_wanted(&mut self, entry: &Entry, size: u64) {
        if self.wanted.insert(entry.id.clone()) {
            self.wanted_bytes += size;
        }
    }

    /// Returns the bytes of all paths so far, which must not exceed [`MAX_PATHS`].
    pub fn path_bytes(&self) -> usize {
        self.path_bytes
    }

    fn add_link(&mut self, entry: Entry) {
        self.link_weight += entry.path.len() + OVERHEAD;
        if self.link_weight > MAX_LINKS {
            return self.problems.add(too_many_links(entry.path));
        }
        self.links.insert(entry.path.clone());
        match symbolic_links::misplaced(&entry) {
            Some(problem) => self.problems.add(problem),
            None => self.want(entry),
        }
    }

    /// Git reads attributes from the object of an entry, whatever the entry is (2.39,
    /// `read_blob_data_from_index`), so that a submodule's hash may be that of a file.
    fn add_submodule(&mut self, entry: Entry) {
        if is_acted_on(entry.name()) {
            return self.problems.add(Problem::new(
                entry.path,
                "is a submodule with the name of a file that the build reads or writes",
                "Commit a file with the content, or delete the entry.",
            ));
        }
        self.submodules.push(entry);
    }

    fn want(&mut self, entry: Entry) {
        let size = entry.size.unwrap_or_default();
        if size > MAX_BLOB as u64 {
            return self.problems.add(too_large(&entry));
        }
        if self.wanted.contains(&entry.id) || self.wanted.len() < MAX_BLOBS {
            self.note_wanted(&entry, size);
            self.read.push(entry);
        } else {
            let what = format!("more than {MAX_BLOBS} files that would have to be checked");
            self.problems.add(too_many(entry.path, &what));
        }
    }

    /// Returns the hashes of the blobs that the verdict needs, at most [`MAX_BLOBS`].
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(String::as_str)
    }

    /// Returns the bytes of those blobs whose size is known.
    pub fn wanted_bytes(&self) -> u64 {
        self.wanted_bytes
    }

    /// Returns the verdict. `blobs` has the content of those that are wanted by their hashes; one that
    /// is missing is too large to be checked.
    pub fn verdict(mut self, blobs: &HashMap<String, Vec<u8>>) -> Verdict {
        let modules = self.judge_contents(blobs);
        self.problems.extend(self.git_folders.problems());
        let (submodules, problems) = match self.submodules.as_slice() {
            [] => (Vec::new(), Vec::new()),
            entries => submodules::read(entries, modules),
        };
        self.problems.extend(problems);
        let read = || {
            let of = |entry: &Entry| Some((entry.path.clone(), blobs.get(&entry.id)?));
            self.dockerfiles.iter().filter_map(of)
        };
        let judged = read().filter_map(|(path, content)| {
            let problem = dockerfile::problem(&path, content)?;
            Some((path, problem))
        });
        let dockerfiles = judged.collect();
        let exposed = read()
            .map(|(path, content)| (path, exposed_port::read_exposed_port(content)))
            .collect();
        let Self { links, folders, problems, .. } = self;
        Verdict { links, dockerfiles, exposed, folders, submodules, problems }
    }

    /// Adds the problems of the content that was read, and returns that of `.gitmodules`.
    ///
    /// A tree may have one blob at all of its paths. The judgement of a file depends only on its name and
    /// content, so each blob is judged once for each name.
    fn judge_contents<'b>(&mut self, blobs: &'b HashMap<String, Vec<u8>>) -> &'b [u8] {
        let mut modules: &[u8] = &[];
        let mut judged = HashMap::new();
        for entry in &self.read {
            match blobs.get(&entry.id) {
                None => self.problems.add(too_large(entry)),
                Some(target) if entry.mode == Mode::Link => {
                    self.problems.extend(symbolic_links::misdirected(entry, target));
                }
                Some(content) if entry.path == ".gitmodules" => modules = content,
                Some(content) => {
                    let file = (entry.name(), entry.id.as_str());
                    let found = judged.entry(file).or_insert_with(|| judge(entry, content));
                    self.problems.extend(found.iter().map(|problem| problem.at(&entry.path)));
                }
            }
        }
        modules
    }
}

impl Extend<Entry> for Survey {
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, entries: I) {
        for entry in entries {
            self.add(entry);
        }
    }
}

/// Returns what is wrong with a file of one of the names whose content matters, given one of its paths.
fn judge(entry: &Entry, content: &[u8]) -> Vec<Problem> {
    if content.starts_with(POINTER) {
        return vec![Problem::new(
            &entry.path,
            "is in Git LFS, so its content is not in the commit",
            "Commit the file itself: exclude it from Git LFS in .gitattributes.",
        )];
    }
    if entry.name() == ".gitattributes" {
        gitattributes::problems(&entry.path, content)
    } else {
        nixpacks::problems(&entry.path, content)
    }
}

fn too_large(entry: &Entry) -> Problem {
    Problem::new(&entry.path, "is too large to be checked", "Make it smaller than 1 MiB.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(path: String) -> Entry {
        Entry { path, mode: Mode::Link, id: "c0ffee".to_owned(), size: None }
    }

    fn problems(entries: impl IntoIterator<Item = Entry>) -> usize {
        let mut survey = Survey::default();
        survey.extend(entries);
        survey.verdict(&HashMap::from([("c0ffee".to_owned(), b"b".to_vec())])).problems().count()
    }

    #[test]
    fn refuses_a_path_above_4096_bytes() {
        assert_eq!(problems([link("a".repeat(4_096))]), 0);
        assert_eq!(problems([link("a".repeat(4_097))]), 1);
        let entry = Entry { mode: Mode::File, ..link("\u{e4}".repeat(3_000)) };
        assert_eq!(problems([entry]), 1);
    }

    #[test]
    fn rejects_submodules_at_paths_of_configuration_files() {
        let submodule = |path: &str| Entry { mode: Mode::Submodule, ..link(path.to_owned()) };
        for path in [".gitattributes", "web/.gitattributes", ".gitmodules", "a/nixpacks.toml"] {
            assert_eq!(problems([submodule(path)]), 1, "{path}");
        }
        assert_eq!(problems([submodule("lib")]), 0);
    }

    #[test]
    fn requests_each_blob_once_and_none_above_1_mib() {
        let sized = |path: &str, id: &str, size: usize| Entry {
            path: format!("{path}/.gitattributes"),
            mode: Mode::File,
            id: id.to_owned(),
            size: Some(size as u64),
        };
        let mut survey = Survey::default();
        survey.extend([sized("a", "1", MAX_BLOB), sized("b", "1", MAX_BLOB), sized("c", "2", 7)]);
        survey.add(sized("d", "3", MAX_BLOB + 1));
        assert!(survey.wanted().eq(["1", "2"]));
        assert_eq!(survey.wanted_bytes(), (MAX_BLOB + 7) as u64);
        assert_eq!(problems([sized("d", "c0ffee", MAX_BLOB + 1)]), 1);
    }

    #[test]
    fn refuses_links_whose_paths_take_more_than_1_mib() {
        let links = |count: usize| (0..count).map(|at| link(format!("{at:0896}")));
        assert_eq!(problems(links(1_024)), 0);
        assert_eq!(problems(links(1_025)), 1);
    }
}
