//! Brings the schemas of types into the form that the document has.

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use super::leaf_examples::leaf;
use crate::schema::{DOCUMENTED_PATTERN, describe_in_one_line, normalize, publish, visit};

/// Where the components are in the document.
pub(super) const PLACE: &str = "#/components/schemas/";

/// Formats of JSON Schema; the others are names of Rust's types.
const FORMATS: [&str; 2] = ["date-time", "uri"];

/// Returns a generator of schemas that refer to types by name.
pub(super) fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = PLACE.trim_start_matches('#').into();
        settings.contract = contract;
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// Returns the schemas of the types that a generator has seen, by their names.
pub(super) fn definitions(mut generator: SchemaGenerator) -> Map<String, Value> {
    let mut definitions = generator.take_definitions(true);
    definitions.values_mut().for_each(refine);
    definitions
}

/// Returns the name that a reference contains.
pub(super) fn referenced(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(PLACE)
}

/// Returns a reference to the component with this name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

fn refine(schema: &mut Value) {
    normalize(schema);
    publish(schema);
    visit(schema, &mut |object| {
        describe(object);
        let pattern = object.remove(DOCUMENTED_PATTERN);
        object.extend(pattern.map(|pattern| ("pattern".to_owned(), pattern)));
        if object.get("format").is_some_and(|it| !FORMATS.iter().any(|known| it == known)) {
            object.remove("format");
        }
        if object.contains_key("$ref") || object.contains_key("examples") {
            return;
        }
        let example = match object.get("items") {
            Some(items) => items["examples"].get(0).cloned().or_else(|| leaf(items)),
            None => leaf(&Value::Object(object.clone())),
        };
        let in_list = object.contains_key("items");
        let example = example.map(|it| if in_list { json!([it]) } else { it });
        object.extend(example.map(|example| ("examples".to_owned(), json!([example]))));
    });
}

/// Describes what has a title alone, such as an id, by that.
fn describe(object: &mut Map<String, Value>) {
    if let Some(title) = object.remove("title") {
        object.entry("description").or_insert(title);
    }
    describe_in_one_line(object);
}
