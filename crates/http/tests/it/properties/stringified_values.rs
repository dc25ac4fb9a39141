//! The values of parameters and their texts: a valid value stays as it is, and what a client writes it as,
//! such as a text of JSON, means the same. Computed from the registry.

use covibe_dispatch::Tool;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value, json};

use super::openapi_document::Document;
use crate::support::schema_validation;

/// Returns every member of the parameters as a text.
fn stringified(params: &Value, text: fn(&Value) -> Value) -> Value {
    let members = params.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), text(value))).collect::<Map<_, _>>().into()
}

/// Returns a value as a text of JSON.
fn outside(value: &Value) -> Value {
    if value.is_string() { value.clone() } else { json!(value.to_string()) }
}

/// Returns a value as a text of JSON in which the values are such texts, too.
fn inside_out(value: &Value) -> Value {
    outside(&members_as_texts(value))
}

/// Returns a value with each member and each item as a text of JSON.
fn members_as_texts(value: &Value) -> Value {
    match value {
        Value::Object(_) => stringified(value, inside_out),
        Value::Array(items) => items.iter().map(inside_out).collect(),
        other => other.clone(),
    }
}

/// Returns a value in which the texts that read as a number or a boolean are one.
fn scalars(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let read = serde_json::from_str::<Value>(text).ok();
            let scalar = read.filter(|read| read.is_i64() || read.is_boolean());
            // JSON may have spaces around it, which are part of the text.
            scalar.filter(|_| text.trim() == text).unwrap_or_else(|| value.clone())
        }
        Value::Object(_) => stringified(value, scalars),
        Value::Array(items) => items.iter().map(scalars).collect(),
        other => other.clone(),
    }
}

fn check_params(tool: &Tool, mut params: Value) -> Result<Value, TestCaseError> {
    match tool.check(&mut params) {
        Ok(()) => Ok(params),
        Err(failure) => Err(TestCaseError::fail(format!("{}: {failure} {params}", tool.spec.name))),
    }
}

fn check(tool: &Tool, params: &Value) -> Result<(), TestCaseError> {
    let mut declared = params.clone();
    schema_validation::without_absent(&tool.input, &mut declared);
    prop_assert_eq!(&check_params(tool, params.clone())?, &declared, "a valid value stays");
    for spelling in [outside, inside_out, members_as_texts, scalars] {
        let spelled = stringified(params, spelling);
        prop_assert_eq!(&check_params(tool, spelled)?, &declared, "of {}", tool.spec.name);
    }
    Ok(())
}

#[test]
fn valid_values_sent_as_strings_are_read_as_the_same_values() {
    let (document, mut members) = (Document(Value::Null), 0);
    for tool in covibe_tools::registry().tools() {
        let oracle = schema_validation::oracle(&tool.input);
        let valid = |params: &Value| oracle.is_valid(params);
        let params = document.values(&tool.input).prop_filter("it is valid", valid);
        let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(&params, |params| check(tool, &params));
        outcome.unwrap_or_else(|why| panic!("{why}"));
        members += tool.input["properties"].as_object().map_or(0, Map::len);
    }
    assert!(members > 100, "{members} parameters");
}
