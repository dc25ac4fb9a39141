//! Parameters are held to the very schema that is published for them.
//!
//! serde would stop at the first mistake, in its own words, and knows nothing of lengths; this
//! check names every mistake, the unknown parameter's nearest known one, and what is expected.

mod check;
mod words;

use std::collections::BTreeMap;

use covibe_domain::Failure;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

pub(crate) use words::{nearest, shown};

/// A schema made ready for checking.
#[derive(Debug)]
pub(crate) struct Checker(Node);

/// Other names in camelCase, and the declared name of each.
type Spellings = &'static [(&'static str, &'static str)];

#[derive(Debug)]
enum Node {
    Object {
        members: BTreeMap<String, Node>,
        required: Vec<String>,
        /// Where it takes members that it does not declare: what else declared ones are called.
        open: Option<Spellings>,
    },
    Array {
        items: Box<Node>,
        min: u64,
        max: u64,
    },
    Text {
        min: u64,
        max: u64,
        pattern: Option<Regex>,
        words: Vec<String>,
    },
    /// A moment in RFC 3339.
    Moment,
    Integer {
        min: i64,
        max: i64,
    },
    Boolean,
    Any,
}

impl Checker {
    /// Makes a published schema ready.
    ///
    /// # Panics
    ///
    /// When a pattern in it is no regular expression: a mistake in an operation's declaration,
    /// which the registry's test meets first.
    pub(crate) fn new(schema: &Value) -> Self {
        Self(compile(schema))
    }

    /// The same, these object parameters taking members that they do not declare; declared ones may
    /// be spelled in snake_case there, and in these other ways.
    pub(crate) fn opened(mut self, names: &[&str], spellings: Spellings) -> Self {
        if let Node::Object { members, .. } = &mut self.0 {
            for name in names {
                if let Some(Node::Object { open, .. }) = members.get_mut(*name) {
                    *open = Some(spellings);
                }
            }
        }
        self
    }

    /// Checks `params`; an optional member that is `null` counts as absent and is taken out.
    pub(crate) fn check(&self, params: &mut Value) -> Result<(), Failure> {
        check::check(&self.0, params)
    }

    /// Reads texts of a URL as what the schema expects of the member: integers and booleans.
    pub(crate) fn coerce(&self, name: &str, text: String) -> Value {
        let Node::Object { members, .. } = &self.0 else { return Value::String(text) };
        match members.get(name) {
            Some(Node::Integer { .. }) => {
                text.parse::<i64>().map_or(Value::String(text), Value::from)
            }
            Some(Node::Boolean) if text == "true" || text == "1" => Value::Bool(true),
            Some(Node::Boolean) if text == "false" || text == "0" => Value::Bool(false),
            _ => Value::String(text),
        }
    }
}

fn compile(schema: &Value) -> Node {
    let number = |name: &str| schema.get(name).and_then(Value::as_i64);
    let size = |name: &str| schema.get(name).and_then(Value::as_u64);
    match schema["type"].as_str() {
        Some("object") => object(schema),
        Some("array") => Node::Array {
            items: Box::new(compile(&schema["items"])),
            min: size("minItems").unwrap_or(0),
            max: size("maxItems").unwrap_or(u64::MAX),
        },
        Some("string") if schema["format"] == "date-time" => Node::Moment,
        Some("string") => Node::Text {
            min: size("minLength").unwrap_or(0),
            max: size("maxLength").unwrap_or(u64::MAX),
            pattern: schema["pattern"].as_str().map(pattern),
            words: strings(&schema["enum"]),
        },
        Some("integer") => Node::Integer {
            min: number("minimum").unwrap_or(i64::MIN),
            max: number("maximum").unwrap_or(i64::MAX),
        },
        Some("boolean") => Node::Boolean,
        _ => Node::Any,
    }
}

/// As ECMA reads a pattern, which is what clients do: `\d` and `\w` are ASCII.
#[expect(clippy::expect_used, reason = "patterns are part of the declarations, not input")]
fn pattern(text: &str) -> Regex {
    let ascii = RegexBuilder::new(text).unicode(false).build();
    ascii.expect("a declared pattern is a regular expression")
}

fn object(schema: &Value) -> Node {
    let members = schema["properties"].as_object().into_iter().flatten();
    Node::Object {
        members: members.map(|(name, member)| (name.clone(), compile(member))).collect(),
        required: strings(&schema["required"]),
        open: None,
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn checker() -> Checker {
        Checker::new(&json!({
            "type": "object",
            "required": ["uuid"],
            "properties": {
                "uuid": { "type": "string", "pattern": "^[a-z0-9]{7,36}$" },
                "lines": { "type": "integer", "minimum": 1, "maximum": 5000 },
                "force": { "type": "boolean" },
                "until": { "type": "string", "format": "date-time" },
                "buildPack": { "type": "string", "enum": ["nixpacks", "static"] },
                "envs": { "type": "array", "maxItems": 2, "items": {
                    "type": "object", "required": ["key"],
                    "properties": { "key": { "type": "string", "maxLength": 3 } }
                } }
            }
        }))
    }

    fn refused(mut params: Value) -> Failure {
        checker().check(&mut params).unwrap_err()
    }

    #[test]
    fn names_the_nearest_known_parameter() {
        let failure = refused(json!({ "uuid": "abcdefg", "build_pack": "static" }));
        assert_eq!(failure.message, "Unknown parameter `build_pack`.");
        assert_eq!(failure.hint.as_deref(), Some("Did you mean `buildPack`?"));
        let failure = refused(json!({ "uuid": "abcdefg", "zzz": 1 }));
        assert_eq!(
            failure.hint.as_deref(),
            Some("Known: buildPack, envs, force, lines, until, uuid.")
        );
    }

    #[test]
    fn enforces_what_is_advertised() {
        for (params, message) in [
            (json!({}), "`uuid` is missing."),
            (json!([]), "`params` must be an object; got an array."),
            (json!({ "uuid": 7 }), "`uuid` must be a string; got a number."),
            (json!({ "uuid": "../x" }), "`uuid` must match ^[a-z0-9]{7,36}$."),
            (
                json!({ "uuid": "abcdefg", "lines": 0 }),
                "`lines` must be a whole number from 1 to 5000.",
            ),
            (
                json!({ "uuid": "abcdefg", "until": "tomorrow" }),
                "`until` must be a time like 2026-11-20T08:00:00Z.",
            ),
            (
                json!({ "uuid": "abcdefg", "buildPack": "x" }),
                "`buildPack` must be one of: nixpacks, static.",
            ),
            (
                json!({ "uuid": "abcdefg", "envs": [{ "key": "ABCD" }] }),
                "`envs[0].key` must have 0 to 3 characters; it has 4.",
            ),
        ] {
            assert_eq!(refused(params).message, message);
        }
    }

    #[test]
    fn patterns_mean_what_they_mean_to_clients() {
        let checker = Checker::new(&json!({
            "type": "object", "properties": { "ports": { "type": "string", "pattern": r"^\d+$" } }
        }));
        checker.check(&mut json!({ "ports": "3000" })).unwrap();
        assert!(checker.check(&mut json!({ "ports": "\u{0663}\u{0660}" })).is_err());
    }

    #[test]
    fn an_open_object_takes_strangers_and_checks_what_it_knows() {
        let checker = Checker::new(&json!({
            "type": "object",
            "properties": { "patch": { "type": "object", "properties": {
                "publicPort": { "type": "integer", "minimum": 1024, "maximum": 65535 }
            } } }
        }))
        .opened(&["patch"], &[]);
        let mut params = json!({ "patch": { "public_port": 5432, "type": "mysql", "x": null } });
        checker.check(&mut params).unwrap();
        assert_eq!(params["patch"], json!({ "publicPort": 5432, "type": "mysql", "x": null }));
        let mut both = json!({ "patch": { "public_port": 80, "publicPort": 5432 } });
        checker.check(&mut both).unwrap();
        assert_eq!(both["patch"]["publicPort"], 5432);
        for wrong in [json!({ "public_port": 80 }), json!({ "publicPort": "5432" })] {
            let failure = checker.check(&mut json!({ "patch": wrong })).unwrap_err();
            assert!(failure.message.starts_with("`patch.publicPort` must be"), "{failure}");
        }
        let many: serde_json::Map<_, _> = (0..41).map(|n| (n.to_string(), json!(1))).collect();
        assert!(checker.check(&mut json!({ "patch": many })).is_err());
        assert!(checker.check(&mut json!({ "stranger": 1 })).is_err());
    }

    #[test]
    fn names_every_mistake_and_forgives_null() {
        let failure = refused(json!({ "lines": "x", "force": 1 }));
        assert_eq!(failure.details["problems"].as_array().map(Vec::len), Some(3));
        let mut params = json!({ "uuid": "abcdefg", "force": null });
        checker().check(&mut params).unwrap();
        assert_eq!(params, json!({ "uuid": "abcdefg" }));
    }

    #[test]
    fn reads_urls_by_the_schema() {
        assert_eq!(checker().coerce("lines", "7".to_owned()), json!(7));
        assert_eq!(checker().coerce("force", "true".to_owned()), json!(true));
        assert_eq!(checker().coerce("uuid", "7".to_owned()), json!("7"));
        assert_eq!(checker().coerce("lines", "x".to_owned()), json!("x"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("uuid|envs|lines|key|[a-z]{1,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_checked_without_panic(mut params in any_json()) {
            if let Err(failure) = checker().check(&mut params) {
                prop_assert_eq!(failure.kind.status(), 400);
            }
        }
    }
}
