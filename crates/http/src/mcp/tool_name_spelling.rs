//! The names of tools in texts. Texts that are written for every surface name tools with dots; MCP's
//! names have underscores.

use covibe_dispatch::Registry;
use covibe_domain::Failure;
use covibe_operation::JsonAnswer;
use serde_json::Value;

/// The members of an answer whose texts are ours and may name tools.
const OF_ANSWERS: &[&str] = &["error", "fix", "hint", "hints", "note", "problem", "why"];

/// The members of a schema that are texts.
const OF_SCHEMAS: &[&str] = &["description"];

/// The names of tools with dots, the longest first.
#[derive(Debug)]
pub(super) struct Spelling(Vec<&'static str>);

impl Spelling {
    /// Creates the spelling for the tools of a registry.
    pub(super) fn new(registry: &Registry) -> Self {
        let mut names: Vec<_> = registry.tools().map(|tool| tool.spec.name).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self(names)
    }

    /// Returns the text with the names of tools as MCP calls them.
    pub(super) fn text(&self, text: &str) -> String {
        let mut spelled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let name = self.name_at(&spelled, rest);
            match name {
                Some(name) => spelled += &name.replace('.', "_"),
                None => spelled.push(next),
            }
            rest = &rest[name.map_or(next.len_utf8(), str::len)..];
        }
        spelled
    }

    /// Returns the name that begins after `before`, if it is a word of its own.
    fn name_at(&self, before: &str, rest: &str) -> Option<&'static str> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
        if before.chars().next_back().is_some_and(is_part) {
            return None;
        }
        self.0.iter().copied().find(|name| {
            let after = rest.strip_prefix(name);
            after.is_some_and(|after| {
                let mut after = after.chars();
                let next = after.next();
                let goes_on = next == Some('.') && after.next().is_some_and(char::is_alphanumeric);
                !goes_on && !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
            })
        })
    }

    /// Returns the result of MCP, and whether it is an error.
    ///
    /// # Errors
    ///
    /// Those of [`JsonAnswer::from_output`].
    pub(super) fn outcome(
        &self,
        outcome: Result<JsonAnswer, Failure>,
    ) -> serde_json::Result<(JsonAnswer, bool)> {
        let (mut value, is_error) = match outcome {
            Ok(answer) if has_texts(answer.text()) => (answer.value(), false),
            Ok(answer) => return Ok((answer, false)),
            Err(failure) => (failure.coded_body(), true),
        };
        self.answer(&mut value);
        Ok((JsonAnswer::from_output(&value)?, is_error))
    }

    /// Spells the names in our own texts of an answer; names that callers have given stay as they
    /// are.
    fn answer(&self, value: &mut Value) {
        self.members(value, OF_ANSWERS);
    }

    /// Spells the names in the descriptions of a schema.
    pub(super) fn schema(&self, value: &mut Value) {
        self.members(value, OF_SCHEMAS);
    }

    fn members(&self, value: &mut Value, texts: &[&str]) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.members(item, texts)),
            Value::Object(members) => {
                for (name, member) in members {
                    if texts.contains(&name.as_str()) {
                        self.texts(member);
                    }
                    self.members(member, texts);
                }
            }
            _ => {}
        }
    }

    fn texts(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.texts(item)),
            _ => {}
        }
    }
}

/// Returns whether one of the members of an answer has texts that are ours. Most have none.
fn has_texts(answer: &str) -> bool {
    OF_ANSWERS.iter().any(|name| {
        let mut found = answer.match_indices(name).map(|(at, _)| answer.split_at(at));
        found.any(|(before, from)| before.ends_with('"') && from[name.len()..].starts_with("\":"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spelling() -> Spelling {
        Spelling(vec!["apps.envs.upsert", "apps.deploy", "apps.get"])
    }

    #[test]
    fn dots_in_tool_names_become_underscores_in_texts() {
        for (text, expected) in [
            ("Poll apps.get. Then `apps.deploy`.", "Poll apps_get. Then `apps_deploy`."),
            ("apps.envs.upsert, apps.envs", "apps_envs_upsert, apps.envs"),
            ("GET /apps.get and my-apps.get stay", "GET /apps.get and my-apps.get stay"),
            ("apps.getter and apps.get.x stay", "apps.getter and apps.get.x stay"),
            ("Größe: apps.get", "Größe: apps_get"),
        ] {
            assert_eq!(spelling().text(text), expected);
        }
    }

    #[test]
    fn tool_names_in_hints_are_rewritten_at_any_depth_of_an_answer() {
        for (answer, expected) in [
            (
                json!({ "apps": [{ "hint": "See apps.get" }] }),
                json!({ "apps": [{ "hint": "See apps_get" }] }),
            ),
            (
                json!({ "name": "hint", "repo": "apps.get" }),
                json!({ "name": "hint", "repo": "apps.get" }),
            ),
            (json!({ "name": "\"hint\": apps.get" }), json!({ "name": "\"hint\": apps.get" })),
            (json!(["hint", { "why": "apps.get" }]), json!(["hint", { "why": "apps_get" }])),
        ] {
            let outcome =
                spelling().outcome(Ok(JsonAnswer::from_output(&answer).unwrap())).unwrap();
            assert_eq!((outcome.0.value(), outcome.1), (expected, false));
        }
    }

    #[test]
    fn tool_names_are_rewritten_only_in_the_servers_own_texts() {
        let mut answer = json!({ "hint": "See apps.get", "value": "apps.get",
                                 "changes": [{ "why": "apps.deploy" }], "hints": ["apps.get"],
                                 "description": "apps.get" });
        spelling().answer(&mut answer);
        let expected = json!({ "hint": "See apps_get", "value": "apps.get",
                               "changes": [{ "why": "apps_deploy" }], "hints": ["apps_get"],
                               "description": "apps.get" });
        assert_eq!(answer, expected);
    }
}
