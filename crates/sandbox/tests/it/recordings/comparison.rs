//! The differences between an answer of a simulator and the recorded one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::recording::Step;

/// Answers whose content depends on the objects of an instance: only their status is compared.
const CONTENT: [&str; 6] =
    ["/resources", "?tag=", "/destinations", "/s3-storages", "/admin/users?limit", "as above"];

/// Members deeper than this belong to objects that have an answer of their own.
const MAX_DEPTH: usize = 4;

/// The kinds of JSON at each place of a document, such as `.errors[]`.
type Shape = BTreeMap<String, BTreeSet<String>>;

/// Describes the differences of status, members and types.
///
/// Members that only the recorded answer has do not count as a difference: a client must not rely
/// on a member that a simulator lacks. A server error is not imitated.
pub(super) fn differences(step: &Step, status: u16, answer: &Value) -> Vec<String> {
    if step.status >= 500 || step.is_status_elsewhere(status) {
        return Vec::new();
    }
    if step.status != status {
        let recorded = step.status;
        return vec![format!("status: {recorded} recorded, {status} simulated: {answer:.160}")];
    }
    if step.response == "as above" || CONTENT.iter().any(|part| step.path.contains(part)) {
        return Vec::new();
    }
    of_shapes(&recorded_shape(step), &simulated_shape(answer))
}

fn of_shapes(recorded: &Shape, simulated: &Shape) -> Vec<String> {
    let mut found = Vec::new();
    for (place, kinds) in simulated {
        match recorded.get(place) {
            None => found.push(format!("{place}: only simulated")),
            Some(known) if !are_like(kinds, known) => {
                found.push(format!("{place}: {known:?} recorded, {kinds:?} simulated"));
            }
            Some(_) => {}
        }
    }
    found
}

/// Returns whether the kinds except null are among the recorded ones. If only null was recorded,
/// every kind is.
fn are_like(kinds: &BTreeSet<String>, recorded: &BTreeSet<String>) -> bool {
    let is_only_null = recorded.len() == 1 && recorded.contains("null");
    is_only_null || kinds.iter().all(|kind| kind == "null" || recorded.contains(kind))
}

fn recorded_shape(step: &Step) -> Shape {
    let split = |(place, kinds): (&String, &String)| {
        (place.clone(), kinds.split('|').map(str::to_owned).collect())
    };
    match &step.shape {
        Some(shape) => shape.iter().map(split).collect(),
        None => shape_of(&step.response),
    }
}

fn simulated_shape(answer: &Value) -> Shape {
    let mut shape = shape_of(answer);
    shape.retain(|place, _| place.matches('.').count() <= MAX_DEPTH);
    shape
}

fn shape_of(value: &Value) -> Shape {
    let mut shape = Shape::new();
    add(value, "", &mut shape);
    shape
}

fn add(value: &Value, place: &str, shape: &mut Shape) {
    let name = if place.is_empty() { "." } else { place };
    shape.entry(name.to_owned()).or_default().insert(kind(value).to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| add(value, &format!("{place}.{name}"), shape));
        }
        Value::Array(items) => {
            items.iter().take(20).for_each(|item| add(item, &format!("{place}[]"), shape));
        }
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

#[test]
fn an_unknown_member_or_another_type_counts_as_a_difference() {
    let recorded = shape_of(&serde_json::json!({ "a": 1, "b": null, "c": [{ "d": "x" }] }));
    let like = shape_of(&serde_json::json!({ "a": null, "b": true, "c": [] }));
    assert!(of_shapes(&recorded, &like).is_empty());
    let unlike = shape_of(&serde_json::json!({ "a": "1", "e": 0, "c": [{ "d": "x" }] }));
    let found = of_shapes(&recorded, &unlike).join("\n");
    assert!(found.contains(".a: ") && found.contains(".e: only simulated"), "{found}");
    assert_eq!(found.lines().count(), 2, "{found}");
}
