//! The numbers of replaced tokens that are still to be deleted, as the workspace's record keeps them:
//! a run that dies leaves them to the next one.

use covibe_store::WorkspaceRecord;
use serde::{Deserialize, Serialize};

/// The replaced tokens of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Replaced {
    /// Those that no application clones with: PATs.
    #[serde(default)]
    pub(super) unused: Vec<i64>,
    /// Those that applications may clone with until they have another clone URL.
    #[serde(default)]
    pub(super) in_clone_urls: Vec<i64>,
}

impl Replaced {
    /// Reads them from a record; a text of another release names none.
    pub(super) fn from_record(record: &WorkspaceRecord) -> Self {
        let text = record.gitea_replaced_tokens.as_deref().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Writes them to a record.
    pub(super) fn put(&self, record: &mut WorkspaceRecord) {
        let text = (*self != Self::default()).then(|| serde_json::to_string(self).ok());
        record.gitea_replaced_tokens = text.flatten();
    }

    /// Returns all of them, oldest first.
    pub(super) fn all(&self) -> Vec<i64> {
        self.unused.iter().chain(&self.in_clone_urls).copied().collect()
    }
}
