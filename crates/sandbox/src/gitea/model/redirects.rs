//! The former names of what was renamed. A name stops redirecting when something else takes it.

/// A former name.
struct Redirect {
    /// The owner of a renamed repository; none for a user or an organisation.
    owner: Option<i64>,
    /// In lower case.
    old: String,
    /// The id of what was renamed.
    target: i64,
}

/// All former names.
#[derive(Default)]
pub(crate) struct Redirects(Vec<Redirect>);

impl Redirects {
    /// Returns the id of what had the name; `owner` is a repository's.
    pub(crate) fn target(&self, owner: Option<i64>, name: &str) -> Option<i64> {
        let name = name.to_lowercase();
        let found = self.0.iter().find(|one| one.owner == owner && one.old == name);
        found.map(|one| one.target)
    }

    /// Makes a former name lead to what was renamed.
    pub(crate) fn add(&mut self, owner: Option<i64>, old: &str, target: i64) {
        self.take(owner, old);
        self.0.push(Redirect { owner, old: old.to_lowercase(), target });
    }

    /// Ends the redirect of a name that something takes.
    pub(crate) fn take(&mut self, owner: Option<i64>, name: &str) {
        let name = name.to_lowercase();
        self.0.retain(|one| one.owner != owner || one.old != name);
    }

    /// Ends the redirects to what is deleted.
    pub(crate) fn forget(&mut self, target: i64) {
        self.0.retain(|one| one.target != target && one.owner != Some(target));
    }
}
