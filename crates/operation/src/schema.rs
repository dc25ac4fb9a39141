//! JSON Schemas of parameters and answers, in the subset that every client accepts.
//!
//! Gemini, OpenAI, Cursor and Claude each reject some of: type arrays, `const`, `$ref`, `oneOf` at
//! the root. The output of schemars is reduced to what all of them accept.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Returns the schema of an operation's parameters.
pub fn input<T: JsonSchema>() -> Value {
    portable(SchemaSettings::draft2020_12().for_deserialize(), T::json_schema)
}

/// Returns the schema of an operation's answer without descriptions, bounds and formats, since every
/// listing carries it.
pub(crate) fn output<T: JsonSchema>() -> Value {
    let mut schema = portable(SchemaSettings::draft2020_12().for_serialize(), T::json_schema);
    bare(&mut schema);
    schema
}

/// Removes and returns the documentation of a type, each paragraph on one line.
pub(crate) fn description(schema: &mut Value) -> String {
    let text = schema.as_object_mut().and_then(|object| object.remove("description"));
    let text = text.as_ref().and_then(Value::as_str).unwrap_or_default();
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn portable(
    settings: SchemaSettings,
    schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
) -> Value {
    let settings = settings.with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut schema = schema(&mut settings.into_generator()).to_value();
    simplify(&mut schema);
    let root = schema.as_object_mut().filter(|root| root.get("type") != Some(&json!("string")));
    if let Some(root) = root.filter(|root| !root.contains_key("properties")) {
        root.insert("type".to_owned(), json!("object"));
        root.insert("additionalProperties".to_owned(), json!(false));
    }
    schema
}

fn simplify(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    single_type(object);
    for word in ["title", "$schema", "default"] {
        object.remove(word);
    }
    let format = object.get("format").and_then(Value::as_str);
    if format.is_some_and(|format| format != "date-time") {
        object.remove("format");
    }
    if let Some(word) = object.remove("const") {
        object.insert("enum".to_owned(), json!([word]));
    }
    if object.contains_key("properties") {
        object.entry("additionalProperties").or_insert(json!(false));
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(simplify);
    }
    if let Some(items) = object.get_mut("items") {
        simplify(items);
        // The list has a description of its own or a name that says it.
        items.as_object_mut().map(|items| items.remove("description"));
    }
}

/// An optional value is one that may be left out; `null` is no type of its own.
fn single_type(object: &mut Map<String, Value>) {
    if let Some(Value::Array(choices)) = object.remove("anyOf") {
        let some = choices.into_iter().find(|choice| choice["type"] != "null");
        if let Some(Value::Object(some)) = some {
            let described = object.remove("description");
            object.extend(some);
            object.extend(described.map(|text| ("description".to_owned(), text)));
        }
    }
    if let Some(Value::Array(types)) = object.get("type") {
        let some = types.iter().find(|each| *each != "null").cloned();
        object.insert("type".to_owned(), some.unwrap_or_default());
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
}

/// What bounds a value.
const BOUNDS: [&str; 7] =
    ["pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

fn bare(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    for word in BOUNDS.into_iter().chain(["description", "format"]) {
        object.remove(word);
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(bare);
    }
    if let Some(items) = object.get_mut("items") {
        bare(items);
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::AgentType;

    use super::*;

    /// What it does.
    #[derive(JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Sample {
        /// A count.
        #[schemars(range(max = 10))]
        line_count: Option<u32>,
        /// An agent.
        agent: Option<AgentType>,
    }

    #[test]
    fn reduces_to_the_portable_subset() {
        let mut schema = input::<Sample>();
        assert_eq!(description(&mut schema), "What it does.");
        assert_eq!(
            schema,
            json!({
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "lineCount": { "type": "integer", "minimum": 0, "maximum": 10, "description": "A count." },
                    "agent": { "type": "string", "enum": ["claude-code", "codex", "cursor", "other"], "description": "An agent." }
                }
            })
        );
    }
}
