//! Rules for several parameters together, as the OpenAPI document states them.
//!
//! A rule is a value of the extension [`RULES`]: the schema of the objects that break it, and the rule in words. The
//! document adds the words to the description of the object. Generators of clients ignore extensions; they fail on the
//! keyword `not`, and another keyword would turn a type into a union.

use serde_json::{Map, Value, json};

/// The extension of the schema of an object whose members depend on each other: no object that the extension's
/// schema permits is valid.
pub const RULES: &str = "x-not";

/// Returns the rule that exactly one of these members is given.
pub fn exactly_one(names: &[&str]) -> Value {
    let none = json!({ "properties": every(names, &json!({ "type": "null" })) });
    let choices: Vec<_> = [none].into_iter().chain(pairs(names)).collect();
    rule_in_words(
        json!({ "anyOf": choices }),
        &format!("Give exactly one of {}.", list_names(names)),
    )
}

/// Returns the rule that either a list is given, or all of `members`. None of these and of `further` may be given with
/// the list.
pub fn list_or_members(list: &str, members: &[&str], further: &[&str]) -> Value {
    let neither = members
        .iter()
        .map(|name| json!({ "properties": every(&[list, name], &json!({ "type": "null" })) }));
    let both = members.iter().chain(further).map(|name| having_all(&[list, name]));
    let choices: Vec<_> = neither.chain(both).collect();
    let words = format!(
        "Give either `{list}` or {}; {} can be used only without `{list}`.",
        list_names(members),
        list_names(further)
    );
    rule_in_words(json!({ "anyOf": choices }), &words)
}

/// Returns the rule that at least one member is given. The document adds the names of the members.
pub fn at_least_one() -> Value {
    rule_in_words(json!({ "additionalProperties": false }), "Give at least one field.")
}

/// Returns the schema of an object without any of these members and without others.
pub fn without_members(names: &[&str]) -> Value {
    let members = every(names, &json!({ "type": "null" }));
    json!({ "properties": members, "additionalProperties": false })
}

/// Returns the rule that no object matches this schema, in these words.
pub fn rule_in_words(broken: Value, words: &str) -> Value {
    let mut rule = broken;
    rule["description"] = json!(words);
    rule
}

/// Returns what an object is that has each of these members.
pub fn having_all(names: &[&str]) -> Value {
    json!({ "required": names, "properties": every(names, &json!({ "not": { "type": "null" } })) })
}

/// Returns what an object is that has two of these members, for each two of them.
fn pairs<'a>(names: &'a [&'a str]) -> impl Iterator<Item = Value> + 'a {
    let others = |index: usize, name| names[..index].iter().map(move |it| having_all(&[name, it]));
    names.iter().enumerate().flat_map(move |(index, name)| others(index, name))
}

fn every(names: &[&str], schema: &Value) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), schema.clone())).collect()
}

/// Returns the names in backticks, as a sentence lists them.
fn list_names(names: &[&str]) -> String {
    let mut quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let end = quoted.pop().unwrap_or_default();
    if quoted.is_empty() { end } else { format!("{} and {end}", quoted.join(", ")) }
}
