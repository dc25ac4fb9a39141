//! A repository as Gitea has noticed it.

use covibe_domain::Timestamp;

use super::bare_repository::BareRepository;

impl BareRepository {
    /// Returns when it was changed last, as far as Gitea has noticed; none without any push.
    pub(crate) fn updated_at(&self) -> Option<Timestamp> {
        self.pushes().updated_at()
    }

    /// Returns the branches that Gitea has noticed, sorted by name.
    pub(crate) fn noticed_branches(&self) -> Vec<(String, String)> {
        self.pushes().unnoticed().map_or_else(|| self.branches(), |old| old.branches)
    }

    /// Returns whether it has no branch that Gitea has noticed.
    pub(crate) fn is_empty(&self) -> bool {
        self.noticed_branches().is_empty()
    }

    /// Returns the default branch that Gitea shows: it follows a first push of `main` or `master` at
    /// once, and of another name late.
    pub(crate) fn noticed_default_branch(&self) -> String {
        let present = self.default_branch();
        match self.pushes().unnoticed() {
            Some(old) if !matches!(present.as_str(), "main" | "master") => old.default_branch,
            _ => present,
        }
    }

    /// Returns the branches and the default branch that Gitea has noticed.
    pub(super) fn noticed(&self) -> (Vec<(String, String)>, String) {
        (self.noticed_branches(), self.noticed_default_branch())
    }
}
