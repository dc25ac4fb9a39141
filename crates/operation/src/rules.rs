//! Rules for several parameters together, as the OpenAPI document states them.
//!
//! They are values of the keyword `not`, which generators of clients ignore: another keyword would make
//! a union of a type.

use serde_json::{Map, Value, json};

/// Returns what no object is of which exactly one of these members must be given.
pub fn none_or_several(names: &[&str]) -> Value {
    let pairs = names
        .iter()
        .enumerate()
        .flat_map(|(index, name)| names[..index].iter().map(move |other| together(&[name, other])));
    let none = json!({ "properties": every(names, &json!({ "type": "null" })) });
    let choices: Vec<_> = [none].into_iter().chain(pairs).collect();
    json!({ "anyOf": choices })
}

/// Returns what no object is that must have a list, or instead of it each of `members`. None of these and
/// of `further` goes with the list.
pub fn list_or_members(list: &str, members: &[&str], further: &[&str]) -> Value {
    let neither = members
        .iter()
        .map(|name| json!({ "properties": every(&[list, name], &json!({ "type": "null" })) }));
    let both = members.iter().chain(further).map(|name| together(&[list, name]));
    let choices: Vec<_> = neither.chain(both).collect();
    json!({ "anyOf": choices })
}

/// Returns what no object is of which these members can't be combined.
pub fn together(names: &[&str]) -> Value {
    json!({ "required": names, "properties": every(names, &json!({ "not": { "type": "null" } })) })
}

/// Returns what no object is of which at least one member must be given. The document adds the names of
/// the members.
pub fn nothing() -> Value {
    json!({ "additionalProperties": false })
}

/// Returns what only an object is of which none of these members is given, and no other.
pub fn absent(names: &[&str]) -> Value {
    let members = every(names, &json!({ "type": "null" }));
    json!({ "properties": members, "additionalProperties": false })
}

fn every(names: &[&str], schema: &Value) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), schema.clone())).collect()
}
