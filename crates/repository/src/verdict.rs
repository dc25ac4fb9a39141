//! What was found out about a commit.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::submodules::Submodule;
use crate::places::Places;
use crate::problem::{Problem, Problems};

/// What was found out about a commit. It depends on nothing but the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub(crate) links: BTreeSet<String>,
    /// What is wrong with Dockerfiles, by their paths; it counts for an app that is built by one of them.
    pub(crate) dockerfiles: BTreeMap<String, Problem>,
    pub(crate) submodules: Vec<Submodule>,
    pub(crate) problems: Problems,
}

impl Verdict {
    /// Returns a verdict of problems alone.
    pub fn of(problems: Problems) -> Self {
        Self { problems, ..Self::default() }
    }

    /// Returns what is wrong with the commit itself.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Returns the submodules, whose commits have to be judged too.
    pub fn submodules(&self) -> &[Submodule] {
        &self.submodules
    }

    /// Returns what is wrong if an app with these paths is built from the commit.
    pub fn problems_at(&self, places: &Places<'_>) -> Problems {
        let mut problems = self.problems.clone();
        problems.extend(places.through(&self.links));
        let dockerfile = places.dockerfile().and_then(|path| self.dockerfiles.get(&path));
        problems.extend(dockerfile.cloned());
        problems
    }

    /// Adds that there are more submodules than are judged.
    #[must_use]
    pub fn with_too_many_submodules(mut self, limit: usize) -> Self {
        self.problems.add(Problem::new(
            ".gitmodules",
            format!("has more than {limit} submodules, including those within submodules"),
            "Copy the files into the repository, or publish them as packages.",
        ));
        self
    }

    /// Adds the verdict on a submodule.
    #[must_use]
    pub fn with_submodule(mut self, at: &Submodule, other: &Self) -> Self {
        self.problems.add_below(&at.path, &other.problems);
        let below = other.dockerfiles.values().map(|problem| problem.below(&at.path));
        self.dockerfiles.extend(below.map(|problem| (problem.path.clone(), problem)));
        self
    }
}
