//! The wants of a run: replacements beyond ensuring that everything exists.

use covibe_domain::entities::Rotate;
use covibe_store::ProvisionRun;
use serde::{Deserialize, Serialize};

/// The text in the journal of a run that removes the workspace.
pub(super) const REMOVAL: &str = "removal";

/// The replacements of a run, as the journal of runs stores them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wants(Vec<Want>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Want {
    /// A credential is replaced.
    Rotate(Rotate),
    Other(Other),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Other {
    /// A workspace that was in use without one gets a network of its own.
    #[serde(rename = "network")]
    Network,
}

impl Wants {
    /// Creates wants that replace these credentials.
    pub(crate) fn rotating(what: impl IntoIterator<Item = Rotate>) -> Self {
        Self(what.into_iter().map(Want::Rotate).collect())
    }

    /// Creates wants that give a workspace in use a network of its own.
    pub(super) fn network() -> Self {
        Self(vec![Want::Other(Other::Network)])
    }

    /// Returns the wants that a run leaves to the next one: all of its own, unless it has succeeded.
    pub(super) fn left_by(run: &ProvisionRun) -> Self {
        let has_succeeded = run.ended_at.is_some() && run.outcome.is_none();
        if has_succeeded { Self::default() } else { Self::from_text(&run.wants) }
    }

    /// Returns whether a workspace in use gets a network of its own.
    pub(super) fn has_network(&self) -> bool {
        self.0.contains(&Want::Other(Other::Network))
    }

    /// Returns whether this credential is to be replaced.
    pub(crate) fn rotates(&self, what: Rotate) -> bool {
        self.0.contains(&Want::Rotate(what))
    }

    /// Returns the credentials that are to be replaced.
    pub(super) fn rotations(&self) -> impl Iterator<Item = Rotate> + '_ {
        self.0.iter().filter_map(|want| match want {
            Want::Rotate(what) => Some(*what),
            Want::Other(_) => None,
        })
    }

    /// Returns whether any credential is to be replaced.
    pub(super) fn rotates_any(&self) -> bool {
        self.rotations().next().is_some()
    }

    /// Returns whether a run with this text in the journal does everything that this one wants.
    /// Runs that remove the workspace and texts of other releases do not.
    pub(super) fn is_served_by(&self, text: &str) -> bool {
        let serves = |other: Self| self.0.iter().all(|want| other.0.contains(want));
        serde_json::from_str::<Self>(text).is_ok_and(serves)
    }

    /// Adds the unfinished wants of an earlier run.
    pub(super) fn merged_with(mut self, left: Self) -> Self {
        let missing: Vec<_> = left.0.into_iter().filter(|want| !self.0.contains(want)).collect();
        self.0.extend(missing);
        self
    }

    /// Returns the text for the journal.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Parses a text of the journal; one of another release wants nothing.
    pub(super) fn from_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_the_rotations_of_an_interrupted_one() {
        let (pat, none) = (Wants::rotating([Rotate::Pat]), Wants::default());
        let both = Wants::rotating([Rotate::Keypair]).merged_with(Wants::from_text(&pat.to_text()));
        assert!(both.rotates(Rotate::Pat) && both.rotates(Rotate::Keypair));
        assert!(pat.is_served_by(&both.to_text()) && none.is_served_by(&pat.to_text()));
        assert!(!pat.is_served_by(&none.to_text()) && !both.is_served_by(&pat.to_text()));
        let network = Wants::network();
        let left = Wants::from_text(&network.clone().merged_with(pat.clone()).to_text());
        assert!(left.has_network() && left.rotates(Rotate::Pat) && !network.rotates_any());
        assert!(network.is_served_by(&left.to_text()) && !network.is_served_by(&pat.to_text()));
        for text in [REMOVAL, "of another release"] {
            assert!(Wants::from_text(text) == none && !none.is_served_by(text));
        }
    }
}
