//! How a compose file that is sent differs from the one that was passed, in answers.

use covibe_compose::{Change, NeededVariables};
use schemars::JsonSchema;
use serde::Serialize;

/// The most names of one kind that an answer lists.
const LISTED: usize = 30;

/// A change of a compose file: where, what, and why.
#[derive(Serialize, JsonSchema)]
pub(super) struct FileChange {
    path: String,
    change: String,
    why: String,
}

impl From<&Change> for FileChange {
    fn from(change: &Change) -> Self {
        let Change { path, change, why } = change.clone();
        Self { path, change, why: why.to_owned() }
    }
}

/// Returns the changes of a file as hints.
pub(super) fn hints(changes: &[Change]) -> Vec<String> {
    let hint = |Change { path, change, why }: &Change| format!("{path}: {change} ({why}).");
    changes.iter().map(hint).collect()
}

/// The variables of a compose file that the call does not set: those without which a part was left
/// out, those that are empty, and the number of others.
#[derive(Serialize, JsonSchema)]
pub(super) struct NeededEnvs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    empty: Vec<String>,
    optional: usize,
}

impl NeededEnvs {
    /// Returns the needed variables; `None` if there are none.
    pub(super) fn of(needed: &NeededVariables) -> Option<Self> {
        let NeededVariables { required, empty, optional } = needed;
        let listed = |names: &std::collections::BTreeSet<String>| {
            names.iter().take(LISTED).cloned().collect::<Vec<_>>()
        };
        (*needed != NeededVariables::default()).then(|| Self {
            required: listed(required),
            empty: listed(empty),
            optional: *optional,
        })
    }
}
