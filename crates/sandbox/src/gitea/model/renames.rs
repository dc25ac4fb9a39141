//! The old names of renamed repositories, which lead to the new ones until something else takes them.

/// The old names of renamed repositories.
#[derive(Default)]
pub(crate) struct Renames(Vec<Rename>);

struct Rename {
    /// The organisation's id.
    org: i64,
    /// The old name.
    name: String,
    /// The repository's id.
    repo: i64,
}

impl Renames {
    /// Records that a repository has a new name.
    pub(crate) fn add(&mut self, org: i64, old: &str, new: &str, repo: i64) {
        self.take(org, new);
        self.0.push(Rename { org, name: old.to_owned(), repo });
    }

    /// Ends the redirect of a name that something else takes.
    pub(crate) fn take(&mut self, org: i64, name: &str) {
        self.0.retain(|each| each.org != org || !each.name.eq_ignore_ascii_case(name));
    }

    /// Returns the id of the repository that had the name.
    pub(crate) fn find(&self, org: i64, name: &str) -> Option<i64> {
        let mut here = self.0.iter().filter(|each| each.org == org);
        here.find(|each| each.name.eq_ignore_ascii_case(name)).map(|each| each.repo)
    }
}
