//! What became of each member of a patch.
//!
//! A patch takes members that its operation does not know (`Spec::open`): they come back as ignored
//! or rerouted, each with a word on what to do instead, so that the rest of the patch still counts.
//! In the operation's type they are what `#[serde(flatten)] #[schemars(skip)] others: Others` holds;
//! a known member may be spelled in snake_case.

use covibe_domain::names;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest name of a member that is shown back.
const MAX_SHOWN: usize = 64;

/// The members that the operation does not know; their number is bounded before they come here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Others(Map<String, Value>);

impl Others {
    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A member that was not applied.
#[derive(Debug, Serialize, JsonSchema)]
struct Ignored {
    field: String,
    reason: String,
}

/// A member that another tool is for.
#[derive(Debug, Serialize, JsonSchema)]
struct Rerouted {
    field: String,
    #[serde(rename = "use")]
    tool: &'static str,
}

/// What became of each member; to be flattened into the operation's answer.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Fates {
    applied: Vec<String>,
    ignored: Vec<Ignored>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rerouted: Vec<Rerouted>,
}

impl Fates {
    /// It persisted.
    pub(crate) fn applied(&mut self, field: &str) {
        self.applied.push(names::shown(field, MAX_SHOWN));
    }

    /// It did not, and this is why.
    pub(crate) fn ignored(&mut self, field: &str, reason: impl Into<String>) {
        let field = names::shown(field, MAX_SHOWN);
        self.ignored.push(Ignored { field, reason: reason.into() });
    }

    /// That tool is for it.
    pub(crate) fn rerouted(&mut self, field: &str, tool: &'static str) {
        self.rerouted.push(Rerouted { field: names::shown(field, MAX_SHOWN), tool });
    }

    /// Compares what was asked for with what was read back: a member that is not the same was taken
    /// by Coolify and not kept.
    pub(crate) fn compared(&mut self, field: &str, kept: bool) {
        if kept {
            self.applied(field);
        } else {
            self.ignored(field, "Coolify did not keep it");
        }
    }

    /// Whether it was told already why this one is not applied.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.ignored.iter().any(|each| each.field == field)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_member_is_told_once_and_in_few_letters() {
        let mut fates = Fates::default();
        fates.compared("name", true);
        fates.compared("image", false);
        fates.rerouted("fqdn", "apps.domains.set");
        fates.ignored(&"x\n".repeat(100), "not supported");
        assert!(fates.has("image") && !fates.has("name"));
        let told = serde_json::to_value(&fates).unwrap();
        assert_eq!(told["applied"], json!(["name"]));
        let image = json!({ "field": "image", "reason": "Coolify did not keep it" });
        assert_eq!(told["ignored"][0], image);
        assert_eq!(told["ignored"][1]["field"], "x".repeat(64));
        assert_eq!(told["rerouted"], json!([{ "field": "fqdn", "use": "apps.domains.set" }]));
    }
}
