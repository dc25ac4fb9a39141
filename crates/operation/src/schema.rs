//! JSON Schemas of parameters and answers, in the subset that every client accepts.
//!
//! Gemini, OpenAI, Cursor and Claude each reject some keywords: type arrays, `const`, `$ref`, `oneOf` at the root. The
//! output of schemars is reduced to the keywords that all of them accept.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::parameter_rules::RULES;

/// The types of an operation's parameters and answer, for documents that refer to types by name.
#[derive(Clone, Copy)]
pub(crate) struct Types {
    /// Returns the schema of the parameters, a reference if the type has a name.
    pub(crate) parameters: fn(&mut SchemaGenerator) -> Schema,
    /// Returns the schema of the answer, a reference if the type has a name.
    pub(crate) answer: fn(&mut SchemaGenerator) -> Schema,
}

impl Types {
    /// Returns the types of an operation.
    pub(crate) fn for_operation<Parameters: JsonSchema, Answer: JsonSchema>() -> Self {
        Self {
            parameters: SchemaGenerator::subschema_for::<Parameters>,
            answer: SchemaGenerator::subschema_for::<Answer>,
        }
    }
}

/// The extension of an enumeration's schema with the aliases of its words: an object from aliases to the declared
/// words.
pub(crate) const ALIASES: &str = "x-aliases";

/// The extension of the schema of a uuid that may be given by name: the kind of resource.
pub(crate) const NAMES: &str = "x-names";

/// The extension of an optional parameter that restricts something, so that an empty string is an error
/// instead of the wider default.
pub(crate) const EXPLICIT: &str = "x-explicit";

/// The extension of a list of objects that may also be given as one object: the names of two members of an item. The
/// object's names become the one, its values the other.
pub(crate) const KEYED: &str = "x-keyed";

/// The extension of a text with a pattern that states the same in words, with an example: the rest of a sentence that
/// begins with `must be`.
pub(crate) const RULE: &str = "x-rule";

/// The extensions for the checker.
const FOR_CHECKER: [&str; 5] = [ALIASES, NAMES, EXPLICIT, KEYED, RULE];

/// Returns the schema of an operation's parameters.
pub fn input<T: JsonSchema>() -> Value {
    let mut schema = declared_input::<T>();
    publish(&mut schema);
    schema
}

/// Returns the schema of an operation's parameters with the extensions for the checker.
pub(crate) fn declared_input<T: JsonSchema>() -> Value {
    portable(SchemaSettings::draft2020_12().for_deserialize(), T::json_schema)
}

/// Removes the extensions for the checker, which no client needs.
pub(crate) fn publish(schema: &mut Value) {
    visit(schema, &mut |object| object.retain(|word, _| !FOR_CHECKER.contains(&word.as_str())));
}

/// Returns the schema of an operation's answer without descriptions, bounds and formats, and without
/// lists of words if the operation is listed for agents: every listing carries it.
pub(crate) fn output<T: JsonSchema>(is_listed: bool) -> Value {
    let mut schema = portable(SchemaSettings::draft2020_12().for_serialize(), T::json_schema);
    remove_details(&mut schema);
    if is_listed {
        visit(&mut schema, &mut |object| drop(object.remove("enum")));
    }
    schema
}

/// Returns the schema of an answer as clients get it. It allows further members in every object, because
/// clients keep lists that are older than the server. The answer itself requires none: Gemini CLI (0.61)
/// parses the text of a failure too, holds it against this schema, and hides a failure that does not fit. A failure
/// has a `code`, too, so that of an answer is listed without its type.
pub(crate) fn output_for_clients(mut schema: Value) -> Value {
    visit(&mut schema, &mut |object| drop(object.remove("additionalProperties")));
    if let Some(answer) = schema.as_object_mut() {
        answer.remove("required");
    }
    if let Some(Value::Object(code)) = schema.pointer_mut("/properties/code") {
        code.remove("type");
    }
    schema
}

/// Removes and returns the documentation of a type, each paragraph on one line.
pub(crate) fn description(schema: &mut Value) -> String {
    let text = schema.as_object_mut().and_then(|object| object.remove("description"));
    let text = text.as_ref().and_then(Value::as_str).unwrap_or_default();
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// A keyword for a pattern that only the OpenAPI document has. The type of the value enforces it, with
/// a failure that is clearer than a pattern.
pub(crate) const DOCUMENTED_PATTERN: &str = "x-pattern";

/// Keywords of types that only the OpenAPI document has.
const DOCUMENTED: [&str; 4] = ["title", "examples", RULES, DOCUMENTED_PATTERN];

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
    normalize(schema);
    visit(schema, &mut |object| {
        object.retain(|word, _| !DOCUMENTED.contains(&word.as_str()));
        if object.get("format").is_some_and(|format| format != "date-time") {
            object.remove("format");
        }
        if let Some(Value::Object(members)) = object.get_mut("properties") {
            members.values_mut().filter_map(Value::as_object_mut).for_each(describe_in_one_line);
        }
        // The list has a description of its own or a name that says it.
        let items = object.get_mut("items").and_then(Value::as_object_mut);
        items.and_then(|items| items.remove("description"));
    });
}

/// Makes one line of the description of a schema, which its source wraps.
pub(crate) fn describe_in_one_line(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

/// Reduces what schemars writes to closed objects and values of one type. An optional value is one that
/// may be left out.
pub(crate) fn normalize(schema: &mut Value) {
    visit(schema, &mut |object| {
        single_type(object);
        for word in ["$schema", "default"] {
            object.remove(word);
        }
        if let Some(word) = object.remove("const") {
            object.insert("enum".to_owned(), json!([word]));
        }
        if object.contains_key("properties") {
            object.entry("additionalProperties").or_insert(json!(false));
        }
    });
}

/// Changes a schema, its members and its items, from the outside in.
pub(crate) fn visit(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Some(object) = schema.as_object_mut() else { return };
    change(object);
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(|member| visit(member, change));
    }
    if let Some(items) = object.get_mut("items") {
        visit(items, change);
    }
}

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

/// Keywords that bound a value.
const BOUNDS: [&str; 7] =
    ["pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

fn remove_details(schema: &mut Value) {
    visit(schema, &mut |object| {
        for word in BOUNDS.into_iter().chain(["description", "format"]) {
            object.remove(word);
        }
    });
    publish(schema);
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::AgentType;

    use super::*;

    /// A sample.
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
    fn a_derived_schema_is_reduced_to_the_portable_subset() {
        let mut schema = input::<Sample>();
        assert_eq!(description(&mut schema), "A sample.");
        assert_eq!(
            schema,
            json!({
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "lineCount": { "type": "integer", "minimum": 0, "maximum": 10, "description": "A count." },
                    "agent": { "type": "string", "enum": ["claude-code", "codex", "cursor", "companion", "other"], "description": "An agent." }
                }
            })
        );
    }
}
