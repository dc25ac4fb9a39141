//! A schema compiled into a tree that values are checked against.

use std::collections::BTreeMap;

use covibe_domain::ResourceKind;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::schema::{ALIASES, EXPLICIT, KEYED, NAMES, RULE};

/// Other camelCase names of members, each with the declared name.
pub(super) type Spellings = &'static [(&'static str, &'static str)];

/// One node of a compiled schema.
#[derive(Debug)]
pub(super) enum Node {
    Object {
        members: BTreeMap<String, Node>,
        required: Vec<String>,
        /// Members that are accepted without effect.
        ignored: Vec<String>,
        /// For objects that accept undeclared members: other spellings of the declared ones.
        open: Option<Spellings>,
        /// True if it may also be `false`.
        is_switch: bool,
    },
    Array {
        items: Box<Node>,
        min: u64,
        max: u64,
        /// Names of two members of an item. An object may be given in place of the list: its names
        /// become the one, its values the other.
        keyed: Option<(String, String)>,
    },
    Text {
        min: u64,
        max: u64,
        pattern: Option<Pattern>,
        words: Words,
        /// The kind of resource that it may name instead of giving a uuid.
        names: Option<ResourceKind>,
        /// True if an empty string is an error.
        explicit: bool,
    },
    /// An instant in RFC 3339.
    Instant,
    Integer {
        min: i64,
        max: i64,
    },
    Boolean {
        /// True if an empty string is an error.
        explicit: bool,
    },
    Any,
}

/// A pattern that a text matches.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// The rule in words, after `must be`.
    pub(super) rule: String,
}

/// The words of an enumeration; empty if any text is allowed.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) listed: Vec<String>,
    /// Aliases, each with the declared word.
    pub(super) aliases: Vec<(String, String)>,
}

impl Words {
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl Node {
    /// Compiles a published schema.
    ///
    /// # Panics
    ///
    /// If a pattern is not a valid regular expression.
    pub(super) fn compile(schema: &Value) -> Self {
        compile(schema)
    }

    /// Accepts a member without effect; `list.member` is a member of a list's items.
    pub(super) fn ignore(&mut self, name: &str) {
        match (self, name.split_once('.')) {
            (Self::Object { members, .. }, Some((list, name))) => {
                if let Some(Self::Array { items, .. }) = members.get_mut(list) {
                    items.ignore(name);
                }
            }
            (Self::Object { ignored, .. }, None) => ignored.push(name.to_owned()),
            _ => {}
        }
    }

    /// Lets the members with these names, at any depth, be `false` too.
    pub(super) fn switch(&mut self, names: &[&str]) {
        let Self::Object { members, .. } = self else { return };
        for (name, member) in members {
            member.switch(names);
            if let Self::Object { is_switch, .. } = member {
                *is_switch |= names.contains(&name.as_str());
            }
        }
    }
}

fn compile(schema: &Value) -> Node {
    let number = |name: &str| schema.get(name).and_then(Value::as_i64);
    let size = |name: &str| schema.get(name).and_then(Value::as_u64);
    let explicit = schema[EXPLICIT] == true;
    match schema["type"].as_str() {
        Some("object") => object(schema),
        Some("array") => Node::Array {
            items: Box::new(compile(&schema["items"])),
            min: size("minItems").unwrap_or(0),
            max: size("maxItems").unwrap_or(u64::MAX),
            keyed: keyed_names(&schema[KEYED]),
        },
        Some("string") if schema["format"] == "date-time" => Node::Instant,
        Some("string") => Node::Text {
            min: size("minLength").unwrap_or(0),
            max: size("maxLength").unwrap_or(u64::MAX),
            pattern: schema["pattern"].as_str().map(|text| pattern(text, &schema[RULE])),
            words: words(schema),
            names: schema[NAMES].as_str().and_then(ResourceKind::from_word),
            explicit,
        },
        Some("integer") => Node::Integer {
            min: number("minimum").unwrap_or(i64::MIN),
            max: number("maximum").unwrap_or(i64::MAX),
        },
        Some("boolean") => Node::Boolean { explicit },
        _ => Node::Any,
    }
}

fn keyed_names(names: &Value) -> Option<(String, String)> {
    let name = |at: usize| names.get(at)?.as_str().map(str::to_owned);
    name(0).zip(name(1))
}

/// Compiles a pattern with ECMAScript semantics, as clients do: `\d` and `\w` match ASCII only.
#[expect(clippy::expect_used, reason = "patterns are part of the declarations, not input")]
fn pattern(text: &str, rule: &Value) -> Pattern {
    let ascii = RegexBuilder::new(text).unicode(false).build();
    let regex = ascii.expect("a declared pattern is a regular expression");
    // A test that builds the registry finds it.
    debug_assert!(rule.is_string(), "nothing says what {text} means");
    let rule = rule.as_str().map_or_else(|| format!("a string that matches {text}"), str::to_owned);
    Pattern { regex, rule }
}

fn object(schema: &Value) -> Node {
    let members = schema["properties"].as_object().into_iter().flatten();
    Node::Object {
        members: members.map(|(name, member)| (name.clone(), compile(member))).collect(),
        required: strings(&schema["required"]),
        ignored: Vec::new(),
        open: None,
        is_switch: false,
    }
}

fn words(schema: &Value) -> Words {
    let aliases = schema[ALIASES].as_object().into_iter().flatten();
    let pair = |(alias, word): (&String, &Value)| Some((alias.clone(), word.as_str()?.to_owned()));
    Words { listed: strings(&schema["enum"]), aliases: aliases.filter_map(pair).collect() }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
