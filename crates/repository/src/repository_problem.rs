//! Problems of a repository, and how to correct them.

/// A reason for which a repository is not built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The path of the file.
    pub path: String,
    /// The problem, as the rest of a sentence that begins with the path.
    pub problem: String,
    /// The correction, as a sentence in the imperative.
    pub fix: String,
}

impl Problem {
    /// Creates a problem of the file at this path.
    pub(crate) fn new(
        path: impl Into<String>,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), problem: problem.into(), fix: fix.into() }
    }

    /// Returns the bytes of its texts.
    pub(crate) fn text_bytes(&self) -> usize {
        self.path.len() + self.problem.len() + self.fix.len()
    }

    /// Returns the same of the file at this path.
    pub(crate) fn at(&self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self.clone() }
    }

    /// Returns the same of a file in a submodule, whose path follows the submodule's.
    pub(crate) fn below(&self, folder: &str) -> Self {
        self.at(&format!("{folder}/{}", self.path))
    }
}

/// The maximum number of problems that are kept; the others are counted.
const KEPT: usize = 20;

/// The problems of a repository: the first 20, and the number of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    kept: Vec<Problem>,
    count: usize,
}

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, problem: Problem) {
        self.count += 1;
        if self.kept.len() < KEPT {
            self.kept.push(problem);
        }
    }

    /// Adds the problems of a submodule, whose paths follow its own.
    pub fn add_below(&mut self, folder: &str, others: &Self) {
        self.count += others.count - others.kept.len();
        for each in &others.kept {
            self.add(each.below(folder));
        }
    }

    /// Returns the first 20 of them.
    pub fn first_problems(&self) -> &[Problem] {
        &self.kept
    }

    /// Returns the number of all.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns whether there are no problems.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        problems.into_iter().for_each(|problem| self.add(problem));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_twenty_problems_and_counts_all() {
        let mut problems = Problems::default();
        problems.extend((0..50).map(|at| Problem::new(at.to_string(), "is wrong", "Delete it.")));
        assert_eq!((problems.first_problems().len(), problems.count()), (20, 50));
        let mut outer = Problems::default();
        outer.add_below("lib", &problems);
        assert_eq!((outer.first_problems()[1].path.as_str(), outer.count()), ("lib/1", 50));
    }
}
