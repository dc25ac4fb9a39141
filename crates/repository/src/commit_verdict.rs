//! The verdict on a commit.

use std::collections::{BTreeMap, BTreeSet};

use crate::app_paths::{Places, joined};
use crate::build_pack_detection::{Detected, Folders};
use crate::files::exposed_port::Exposed;
use crate::files::submodules::{Submodule, too_many_submodules};
use crate::repository_problem::{Problem, Problems};
use crate::symbolic_links::{MAX_LINKS, too_many_links};
use crate::tree_entry::OVERHEAD;

/// The verdict on a commit. It depends on nothing but the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub(crate) links: BTreeSet<String>,
    /// The problems of Dockerfiles, by their paths. One counts only for an app that is built by that Dockerfile.
    pub(crate) dockerfiles: BTreeMap<String, Problem>,
    /// The ports that Dockerfiles expose, by the paths of the files.
    pub(crate) exposed: BTreeMap<String, Exposed>,
    pub(crate) folders: Folders,
    pub(crate) submodules: Vec<Submodule>,
    pub(crate) problems: Problems,
}

impl Verdict {
    /// Creates a verdict that consists of problems.
    pub fn from_problems(problems: Problems) -> Self {
        Self { problems, ..Self::default() }
    }

    /// Returns about how many bytes of memory the verdict takes. For a commit without its submodules, these are little
    /// more than 2 MiB at most.
    pub fn weight(&self) -> usize {
        let paths = self.links.iter().chain(self.dockerfiles.keys()).chain(self.exposed.keys());
        let problems = self.problems.first_problems().iter().chain(self.dockerfiles.values());
        let submodules = self
            .submodules
            .iter()
            .map(|each| each.path.len() + each.repository.len() + each.commit.len());
        let texts =
            paths.map(String::len).chain(problems.map(Problem::text_bytes)).chain(submodules);
        let weights = texts.map(|bytes| bytes + OVERHEAD);
        size_of::<Self>() + self.folders.weight() + weights.sum::<usize>()
    }

    /// Returns the problems of the commit itself, which count for every app.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Returns the submodules, whose commits have to be judged too.
    pub fn submodules(&self) -> &[Submodule] {
        &self.submodules
    }

    /// Returns the problems that count if an app with these paths is built from the commit.
    pub fn problems_at(&self, places: &Places<'_>) -> Problems {
        let mut problems = self.problems.clone();
        problems.extend(places.through(&self.links));
        let dockerfiles = places.dockerfiles().filter_map(|path| self.dockerfiles.get(&path));
        problems.extend(dockerfiles.cloned());
        problems
    }

    /// Returns the way in which a folder can be built.
    pub fn detect_build(&self, folder: &str) -> Detected {
        self.folders.detect_build(&joined(folder, ""))
    }

    /// Returns the name of a folder's compose file.
    pub fn compose_file(&self, folder: &str) -> Option<&'static str> {
        self.folders.compose(&joined(folder, ""))
    }

    /// Returns whether a folder has a file named `Dockerfile`.
    pub fn has_dockerfile(&self, folder: &str) -> bool {
        self.folders.has_dockerfile(&joined(folder, ""))
    }

    /// Returns the port that the Dockerfile at this path from a folder exposes; `None` if it was not read.
    pub fn exposed_port(&self, folder: &str, dockerfile: &str) -> Option<Exposed> {
        self.exposed.get(&joined(folder, dockerfile)).copied()
    }

    /// Adds the problem that there are more submodules than [`crate::MAX_SUBMODULES`].
    #[must_use]
    pub fn with_too_many_submodules(mut self) -> Self {
        self.problems.add(too_many_submodules());
        self
    }

    /// Adds the verdict on a submodule.
    #[must_use]
    pub fn with_submodule(mut self, at: &Submodule, other: &Self) -> Self {
        self.problems.add_below(&at.path, &other.problems);
        self.add_links_below(&at.path, &other.links);
        let below = other.dockerfiles.values().map(|problem| problem.below(&at.path));
        self.dockerfiles.extend(below.map(|problem| (problem.path.clone(), problem)));
        let below = other.exposed.iter().map(|(path, port)| (joined(&at.path, path), *port));
        self.exposed.extend(below);
        self.folders.add_below(&at.path, &other.folders);
        self
    }

    /// Adds the links of a submodule, whose paths follow its own, within the limit of a commit's links.
    fn add_links_below(&mut self, path: &str, links: &BTreeSet<String>) {
        let mut weight = self.links.iter().map(|link| link.len() + OVERHEAD).sum::<usize>();
        for link in links {
            let below = joined(path, link);
            weight += below.len() + OVERHEAD;
            if weight > MAX_LINKS {
                return self.problems.add(too_many_links(below));
            }
            self.links.insert(below);
        }
    }
}
