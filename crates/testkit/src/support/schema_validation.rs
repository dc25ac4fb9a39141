//! Validation of a value by a schema of ours, in the portable subset that they are written in.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use covibe_operation::parameter_rules::RULES;
use regex::Regex;
use serde_json::{Map, Value, json};

/// Values that are compiled from texts, by these texts: most tests check many answers by few schemas, and compiling one
/// takes longer than a check.
type Compiled<T> = LazyLock<Mutex<HashMap<String, Arc<T>>>>;

/// Returns the violations of the schema in `value`, each with its place.
pub fn complaints(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return vec![format!("{at} is none of {}: {value}", schema["enum"])];
    }
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(_)) => object(schema, value, at),
        (Some("array"), Value::Array(items)) => {
            let each = |item| complaints(&schema["items"], item, &format!("{at}[]"));
            items.iter().flat_map(each).collect()
        }
        (Some("string"), Value::String(text)) => string(schema, text, at),
        (Some("integer"), Value::Number(number)) if number.is_i64() => range(schema, number, at),
        (Some("boolean"), Value::Bool(_)) => Vec::new(),
        _ => vec![format!("{at} is no {}: {value}", schema["type"])],
    }
}

fn object(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let required = schema["required"].as_array().into_iter().flatten();
    let missing = required.filter_map(Value::as_str).filter(|name| value.get(name).is_none());
    let missing = missing.map(|name| format!("{at}.{name} is missing"));
    let members = value.as_object().into_iter().flatten();
    let wrong = members.flat_map(|(name, member)| match schema["properties"].get(name) {
        Some(schema) => complaints(schema, member, &format!("{at}.{name}")),
        None => vec![format!("{at}.{name} is not described")],
    });
    missing.chain(wrong).collect()
}

fn string(schema: &Value, text: &str, at: &str) -> Vec<String> {
    let matches = schema["pattern"].as_str().is_none_or(|it| pattern(it).is_match(text));
    let length = text.chars().count() as u64;
    let low = schema["minLength"].as_u64().is_none_or(|least| least <= length);
    let high = schema["maxLength"].as_u64().is_none_or(|most| length <= most);
    if matches && low && high { Vec::new() } else { vec![format!("{at} is out of bounds: {text}")] }
}

/// Returns the expression of a pattern, which is compiled once.
fn pattern(text: &str) -> Arc<Regex> {
    static PATTERNS: Compiled<Regex> = LazyLock::new(Mutex::default);
    let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || Arc::new(Regex::new(text).expect("a pattern"));
    Arc::clone(patterns.entry(text.to_owned()).or_insert_with(compile))
}

fn range(schema: &Value, number: &serde_json::Number, at: &str) -> Vec<String> {
    let number = number.as_i64();
    let low = schema["minimum"].as_i64().is_none_or(|least| Some(least) <= number);
    let high = schema["maximum"].as_i64().is_none_or(|most| number <= Some(most));
    if low && high { Vec::new() } else { vec![format!("{at} is out of range: {number:?}")] }
}

/// Panics unless the value matches the schema.
pub fn assert_valid(schema: &Value, value: &Value, what: &str) {
    let complaints = complaints(schema, value, what);
    assert!(complaints.is_empty(), "{complaints:#?}");
    let oracle = shared_oracle(schema);
    let errors: Vec<_> = oracle.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

/// Compiles a schema with the `jsonschema` crate, which reads it independently of our own checks.
pub fn oracle(schema: &Value) -> jsonschema::Validator {
    jsonschema::draft202012::new(schema).expect("a schema of JSON Schema 2020-12")
}

/// Returns the same validator as [`oracle`]; equal schemas are compiled once.
fn shared_oracle(schema: &Value) -> Arc<jsonschema::Validator> {
    static ORACLES: Compiled<jsonschema::Validator> = LazyLock::new(Mutex::default);
    let mut oracles = ORACLES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(oracles.entry(schema.to_string()).or_insert_with(|| Arc::new(oracle(schema))))
}

/// Returns a schema of an OpenAPI document, beside the components that it refers to. A document has many others, which
/// take long to compile.
pub fn with_components(document: &Value, schema: &Value) -> Value {
    let mut used = Map::new();
    collect_components(&document["components"]["schemas"], schema, &mut used);
    json!({ "components": { "schemas": used }, "allOf": [schema] })
}

/// Collects the components that a value refers to, also through others.
fn collect_components(all: &Value, value: &Value, used: &mut Map<String, Value>) {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix("#/components/schemas/");
            if let Some(name) = name.filter(|name| !used.contains_key(*name)) {
                used.insert(name.to_owned(), all[name].clone());
                collect_components(all, &all[name], used);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_components(all, item, used)),
        Value::Object(members) => {
            members.values().for_each(|member| collect_components(all, member, used));
        }
        _ => {}
    }
}

/// Returns a schema of the OpenAPI document with rules for several members together, which the document states as an
/// extension, as conditions that validators enforce.
pub fn with_rules(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let name = |name: &String| if name == RULES { "not".to_owned() } else { name.clone() };
            members.iter().map(|(word, it)| (name(word), with_rules(it))).collect()
        }
        Value::Array(items) => items.iter().map(with_rules).collect(),
        other => other.clone(),
    }
}

/// Removes what counts as absent: declared, optional members that are null, or an empty string that the
/// schema has no use for.
pub fn without_absent(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(members) => {
            let required = |name: &str| {
                let mut names = schema["required"].as_array().into_iter().flatten();
                names.any(|each| each == name)
            };
            let properties = &schema["properties"];
            let is_empty = |name: &str, member: &Value| {
                *member == "" && !complaints(&properties[name], member, name).is_empty()
            };
            members.retain(|name, member| {
                let is_absent = member.is_null() || is_empty(name, member);
                !is_absent || properties.get(name).is_none() || required(name)
            });
            for (name, member) in members {
                without_absent(&properties[name.as_str()], member);
            }
        }
        Value::Array(items) => {
            for item in items {
                without_absent(&schema["items"], item);
            }
        }
        _ => {}
    }
}

/// Converts a number or a boolean to its text; leaves every other value as it is.
pub fn as_text(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other.clone(),
    }
}

/// Replaces other spellings of the declared types: numbers and booleans where the schema has a text, and texts
/// that are JSON of an array or an object where it has one.
pub fn as_declared(schema: &Value, value: &mut Value) {
    let unpacked = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    match (schema["type"].as_str(), unpacked) {
        (Some("string"), _) => *value = as_text(value),
        (Some("array"), Some(list)) if list.is_array() => *value = list,
        (Some("object"), Some(object)) if object.is_object() => *value = object,
        _ => {}
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                as_declared(&schema["properties"][name.as_str()], member);
            }
        }
        Value::Array(items) => {
            for item in items {
                as_declared(&schema["items"], item);
            }
        }
        _ => {}
    }
}

#[test]
fn violations_of_the_schema_are_found() {
    let schema = json!({ "type": "object", "required": ["id"], "properties": {
        "id": { "type": "string", "pattern": "^[a-z]+$" },
        "tags": { "type": "array", "items": { "type": "integer", "maximum": 3 } },
    }});
    let count = |value: Value| complaints(&schema, &value, "it").len();
    assert_eq!(count(json!({ "id": "a", "tags": [1, 3] })), 0);
    assert_eq!(count(json!({ "id": "A", "tags": [4, "x"], "more": 1 })), 4);
    assert_eq!(count(json!({ "id": null })), 1);
    assert_eq!(count(json!({})), 1);
}
