//! Differences between the compose file that a caller passed and the one that is sent to Coolify,
//! as answers show them.

use std::collections::BTreeSet;

use covibe_compose::{Change, NeededVariables, Placeholders};
use schemars::JsonSchema;
use serde::Serialize;

/// The maximum number of names of one kind in an answer.
const LISTED: usize = 30;

/// A change of a compose file: its path, the change and the reason.
#[derive(Serialize, JsonSchema)]
pub(in crate::apps) struct FileChange {
    /// The path in the file.
    #[schemars(example = &"services.web.ports")]
    path: String,
    /// The change.
    #[schemars(example = &"removed")]
    change: String,
    /// The reason.
    #[schemars(example = &"Ports of the host belong to no app.")]
    why: String,
}

impl From<&Change> for FileChange {
    fn from(change: &Change) -> Self {
        let Change { path, change, why } = change.clone();
        Self { path, change, why: why.to_owned() }
    }
}

/// Returns the changes of a file as hints.
pub(in crate::apps) fn hints(changes: &[Change]) -> Vec<String> {
    let hint = |Change { path, change, why }: &Change| format!("{path}: {change} ({why}).");
    changes.iter().map(hint).collect()
}

/// Returns the hints about values of a compose file that look like placeholders.
pub(in crate::apps) fn placeholder_hints(placeholders: &Placeholders) -> Vec<String> {
    let listed = |names: &BTreeSet<String>| {
        names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let Placeholders { variables, literals } = placeholders;
    let of_variables = (!variables.is_empty()).then(|| {
        format!(
            "{}: the default looks like a placeholder. Set a generated value with apps.envs.upsert \
             (`isShownOnce: true`) before the first start, then call apps.deploy.",
            listed(variables)
        )
    });
    let of_literals = (!literals.is_empty()).then(|| {
        format!(
            "{}: the value looks like a placeholder. Replace it with \
             ${{SERVICE_PASSWORD_64_NAME}}, a value that Coolify generates, and pass the file with \
             apps.update as `composeRaw`.",
            listed(literals)
        )
    });
    of_variables.into_iter().chain(of_literals).collect()
}

/// The variables of a compose file that the call does not set: those that a left-out part needs, those that are empty,
/// and the number of others.
#[derive(Serialize, JsonSchema)]
pub(in crate::apps) struct NeededEnvs {
    /// The variables that are missing; the parts that need them were left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["LICENSE_KEY"])]
    required: Vec<String>,
    /// The variables that are empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["SMTP_HOST"])]
    empty: Vec<String>,
    /// The number of other variables that are not set.
    optional: usize,
}

impl NeededEnvs {
    /// Returns the needed variables; `None` if there are none.
    pub(in crate::apps) fn from_needed(needed: &NeededVariables) -> Option<Self> {
        let NeededVariables { required, empty, optional } = needed;
        let listed =
            |names: &BTreeSet<String>| names.iter().take(LISTED).cloned().collect::<Vec<_>>();
        (*needed != NeededVariables::default()).then(|| Self {
            required: listed(required),
            empty: listed(empty),
            optional: *optional,
        })
    }
}
