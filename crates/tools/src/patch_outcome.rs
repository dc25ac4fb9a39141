//! The outcome of a patch, field by field.
//!
//! A patch accepts members that its operation does not know (`Spec::open`). They are reported as
//! ignored, with a reason, or as rerouted, with the tool to use; the other members are applied. The
//! operation's type holds them in `#[serde(flatten)] #[schemars(skip)] others: Others`. Known
//! members may be written in snake_case.

use covibe_domain::names;
use covibe_operation::SPELLED;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The maximum length of a member's name in the outcome, in characters.
const MAX_NAME_LENGTH: usize = 64;

/// The members that the operation does not know, and the caller's spellings of those that it knows.
/// Their number is limited by the input check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Others(Map<String, Value>);

impl Others {
    /// Returns the names of the members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| *name != SPELLED)
    }

    /// Returns an outcome that names members as the caller spelled them.
    pub(crate) fn outcome(&self) -> PatchOutcome {
        let spelled = self.0.get(SPELLED).and_then(Value::as_object).cloned();
        PatchOutcome { spelled: spelled.unwrap_or_default(), ..PatchOutcome::default() }
    }
}

/// A field that was not applied.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IgnoredMember")]
struct Ignored {
    /// The field.
    #[schemars(example = &"memory")]
    field: String,
    /// The reason.
    #[schemars(example = &"Coolify did not keep it.")]
    reason: String,
}

/// A field that another tool changes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReroutedMember")]
struct Rerouted {
    /// The field.
    #[schemars(example = &"memory")]
    field: String,
    /// The tool to call.
    #[serde(rename = "use")]
    #[schemars(example = &"apps.domains.set")]
    tool: &'static str,
}

/// The outcome of each field. The operation's answer flattens it.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct PatchOutcome {
    /// The fields that were saved.
    #[schemars(example = vec!["name"])]
    applied: Vec<String>,
    /// The fields that were not saved.
    ignored: Vec<Ignored>,
    /// The fields that other tools change.
    rerouted: Vec<Rerouted>,
    /// The caller's spellings of fields, by their declared names.
    #[serde(skip)]
    spelled: Map<String, Value>,
}

impl PatchOutcome {
    /// Adds a member that was saved.
    pub(crate) fn add_applied(&mut self, field: &str) {
        self.applied.push(self.spelled_name(field));
    }

    /// Adds a member that was not saved, and the reason.
    pub(crate) fn add_ignored(&mut self, field: &str, reason: impl Into<String>) {
        let field = self.spelled_name(field);
        self.ignored.push(Ignored { field, reason: reason.into() });
    }

    /// Adds a member that another tool changes.
    pub(crate) fn add_rerouted(&mut self, field: &str, tool: &'static str) {
        self.rerouted.push(Rerouted { field: self.spelled_name(field), tool });
    }

    /// Adds a member that was written, after comparing it with what was read back. Coolify accepts
    /// some members without saving them.
    pub(crate) fn add_compared(&mut self, field: &str, is_saved: bool) {
        if is_saved {
            self.add_applied(field);
        } else {
            self.add_ignored(field, "Coolify did not save it.");
        }
    }

    /// Returns whether the member was added as ignored.
    pub(crate) fn is_ignored(&self, field: &str) -> bool {
        let shown = self.spelled_name(field);
        self.ignored.iter().any(|each| each.field == shown)
    }

    /// Returns a member's name as the caller spelled it.
    fn spelled_name(&self, field: &str) -> String {
        let spelled = self.spelled.get(field).and_then(Value::as_str).unwrap_or(field);
        names::displayable(spelled, MAX_NAME_LENGTH)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reports_patch_members_as_applied_ignored_or_rerouted() {
        let others = json!({ " spelled": { "startCommand": "start_command" }, "zzz": 7 });
        let others: Others = serde_json::from_value(others).unwrap();
        assert_eq!(others.names().collect::<Vec<_>>(), ["zzz"]);
        let mut outcome = others.outcome();
        outcome.add_compared("startCommand", true);
        outcome.add_compared("name", true);
        outcome.add_compared("image", false);
        outcome.add_rerouted("fqdn", "apps.domains.set");
        outcome.add_ignored(&"x\n".repeat(100), "not supported");
        assert!(outcome.is_ignored("image") && !outcome.is_ignored("name"));
        let value = serde_json::to_value(&outcome).unwrap();
        assert_eq!(value["applied"], json!(["start_command", "name"]));
        let image = json!({ "field": "image", "reason": "Coolify did not save it." });
        assert_eq!(value["ignored"][0], image);
        assert_eq!(value["ignored"][1]["field"], "x".repeat(64));
        assert_eq!(value["rerouted"], json!([{ "field": "fqdn", "use": "apps.domains.set" }]));
    }
}
