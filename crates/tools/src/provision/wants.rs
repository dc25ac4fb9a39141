//! What a run is to do beyond ensuring that everything is there.

use covibe_domain::entities::Rotate;
use serde::{Deserialize, Serialize};

/// What the journal has of a run that removes the workspace.
pub(super) const REMOVAL: &str = "removal";

/// What is to be replaced, as the journal of runs keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wants(Vec<Rotate>);

impl Wants {
    /// Wants these replaced.
    pub(crate) fn rotating(what: impl IntoIterator<Item = Rotate>) -> Self {
        Self(what.into_iter().collect())
    }

    /// Whether this is to be replaced.
    pub(crate) fn rotates(&self, what: Rotate) -> bool {
        self.0.contains(&what)
    }

    /// Whether a run of which the journal has this text does what this wants; one of a removal, or
    /// of another release, does not.
    pub(super) fn is_served_by(&self, text: &str) -> bool {
        let serves = |other: Self| self.0.iter().all(|what| other.rotates(*what));
        serde_json::from_str::<Self>(text).is_ok_and(serves)
    }

    /// The same and what an earlier run had not come to.
    pub(super) fn and(mut self, left: Self) -> Self {
        let missing: Vec<_> = left.0.into_iter().filter(|what| !self.rotates(*what)).collect();
        self.0.extend(missing);
        self
    }

    /// As the journal has it.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From the journal; a text of another release wants nothing.
    pub(super) fn of_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_interrupted_run_wanted_is_wanted_still() {
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
