//! The outcome of a patch, field by field.
//!
//! A patch accepts members that its operation does not know (`Spec::open`). They are reported as
//! ignored, with a reason, or as rerouted, with the tool to use; the other members are applied. The
//! operation's type holds them in `#[serde(flatten)] #[schemars(skip)] others: Others`. Known
//! members may be written in snake_case.

use std::collections::BTreeMap;
use std::fmt;

use covibe_domain::names;
use covibe_operation::SPELLED;
use schemars::JsonSchema;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// The maximum length of a member's name in the outcome, in characters.
const MAX_NAME_LENGTH: usize = 64;

/// The names of the members that the operation does not know, and the caller's spellings of those that it knows, by their
/// declared names. The number of members is limited by the input check. Their values, which have no limit of their own,
/// are not kept, because a call can wait for long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Others {
    names: Vec<String>,
    spelled: BTreeMap<String, String>,
}

impl Others {
    /// Returns the names of the members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Returns an outcome that names members as the caller spelled them.
    pub(crate) fn outcome(&self) -> PatchOutcome {
        PatchOutcome { spelled: self.spelled.clone(), ..PatchOutcome::default() }
    }
}

impl<'de> Deserialize<'de> for Others {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OthersVisitor)
    }
}

struct OthersVisitor;

impl<'de> Visitor<'de> for OthersVisitor {
    type Value = Others;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Others, A::Error> {
        let mut others = Others::default();
        while let Some(name) = members.next_key::<String>()? {
            if name == SPELLED {
                others.spelled = members.next_value()?;
            } else {
                members.next_value::<IgnoredAny>()?;
                others.names.push(name);
            }
        }
        Ok(others)
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
    spelled: BTreeMap<String, String>,
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
        let spelled = self.spelled.get(field).map_or(field, String::as_str);
        names::displayable(spelled, MAX_NAME_LENGTH)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_patch_keeps_the_names_of_unknown_members_without_their_values() {
        let read = |zzz: Value| {
            let patch = json!({ "zzz": zzz, " spelled": { "startCommand": "start_command" } });
            serde_json::from_value::<Others>(patch).unwrap()
        };
        let kept = read(json!(vec![json!({ "": 0 }); 4_000]));
        assert_eq!(kept, read(json!(7)));
        assert_eq!(kept.names().collect::<Vec<_>>(), ["zzz"]);
        assert_eq!(kept.outcome().spelled_name("startCommand"), "start_command");
    }

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
