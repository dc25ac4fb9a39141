//! What a run replaces besides ensuring that everything exists.

use covibe_domain::entities::Rotate;
use serde::{Deserialize, Serialize};

/// The text in the journal of a run that removes the workspace.
pub(super) const REMOVAL: &str = "removal";

/// The credentials to replace, as the journal of runs keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wants(Vec<Rotate>);

impl Wants {
    /// Replaces these.
    pub(crate) fn rotating(what: impl IntoIterator<Item = Rotate>) -> Self {
        Self(what.into_iter().collect())
    }

    /// Whether this is to be replaced.
    pub(crate) fn rotates(&self, what: Rotate) -> bool {
        self.0.contains(&what)
    }

    /// Returns what is to be replaced.
    pub(super) fn rotated(&self) -> impl Iterator<Item = Rotate> + '_ {
        self.0.iter().copied()
    }

    /// Whether anything is to be replaced.
    pub(super) fn rotates_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether a run with this text in the journal replaces everything that this one wants. Runs that
    /// remove the workspace and texts of other releases do not.
    pub(super) fn is_served_by(&self, text: &str) -> bool {
        let serves = |other: Self| self.0.iter().all(|what| other.rotates(*what));
        serde_json::from_str::<Self>(text).is_ok_and(serves)
    }

    /// Adds what an earlier run had not finished.
    pub(super) fn and(mut self, left: Self) -> Self {
        let missing: Vec<_> = left.0.into_iter().filter(|what| !self.rotates(*what)).collect();
        self.0.extend(missing);
        self
    }

    /// Returns the text for the journal.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a text of the journal; one of another release wants nothing.
    pub(super) fn of_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_an_interrupted_run_wanted() {
        let (pat, none) = (Wants::rotating([Rotate::Pat]), Wants::default());
        let both = Wants::rotating([Rotate::Keypair]).and(Wants::of_text(&pat.to_text()));
        assert!(both.rotates(Rotate::Pat) && both.rotates(Rotate::Keypair));
        assert!(pat.is_served_by(&both.to_text()) && none.is_served_by(&pat.to_text()));
        assert!(!pat.is_served_by(&none.to_text()) && !both.is_served_by(&pat.to_text()));
        for text in [REMOVAL, "of another release"] {
            assert!(Wants::of_text(text) == none && !none.is_served_by(text));
        }
    }
}
