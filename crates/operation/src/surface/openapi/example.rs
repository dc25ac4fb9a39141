//! Examples: those that a type declares, and those that follow from a schema.

use serde_json::{Map, Value, json};

use super::leaf_examples::{kind, leaf};
use super::schemas::Schemas;

/// The members that the example of an object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// The required members.
    Required,
    /// Every member.
    All,
}

/// Returns the example of a schema; `null` if a text declares none.
pub(super) fn example(schema: &Value, schemas: &Schemas, members: Members) -> Value {
    if let Some(declared) = schema["examples"].get(0) {
        return declared.clone();
    }
    if schema.get("$ref").is_some() {
        return example(schemas.resolve(schema), schemas, members);
    }
    if let Some(choice) = schema["anyOf"].get(0) {
        return example(choice, schemas, members);
    }
    match kind(schema) {
        "object" => object(schema, schemas, members),
        "array" => json!([example(&schema["items"], schemas, members)]),
        _ => leaf(schema).unwrap_or_default(),
    }
}

fn object(schema: &Value, schemas: &Schemas, members: Members) -> Value {
    let required = |name: &String| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|each| each == name))
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    let shown = properties.filter(|(name, _)| members == Members::All || required(name));
    let values = shown.map(|(name, member)| (name.clone(), example(member, schemas, members)));
    Value::Object(values.collect::<Map<_, _>>())
}
