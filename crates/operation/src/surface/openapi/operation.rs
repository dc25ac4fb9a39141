//! One operation of the document.

use serde_json::{Value, json};

use super::example::{Members, example};
use super::failure;
use super::schemas::{Schemas, Shape};
use crate::erased_operation::Declaration;
use crate::parameter_rules::RULES;

/// Returns the operation of a path and method.
pub(super) fn operation_object(tool: &Declaration, schemas: &Schemas) -> Value {
    let shape = schemas.shape(tool);
    let family = tool.spec.name.split('.').next().unwrap_or_default();
    let mut operation = json!({
        // Generators make functions of it, and most languages have no dots in names.
        "operationId": tool.spec.mcp_name(),
        "summary": tool.summary(),
        "description": tool.description,
        "tags": [family],
        "parameters": parameters(tool, shape, schemas),
        "responses": responses(tool, shape, schemas),
    });
    if let Some(body) = &shape.body {
        let example = example(body, schemas, Members::Required);
        operation["requestBody"] = json!({
            "required": !permits_nothing(schemas.resolve(body)),
            "content": { "application/json": { "schema": body, "example": example } },
        });
    }
    operation
}

/// Returns whether an object without members follows a schema, whose rules are values of
/// [`crate::parameter_rules`].
fn permits_nothing(schema: &Value) -> bool {
    fn is_of_nothing(rule: &Value) -> bool {
        match rule["anyOf"].as_array() {
            Some(choices) => choices.iter().any(is_of_nothing),
            None => rule.get("required").is_none(),
        }
    }
    schema.get("required").is_none() && !schema.get(RULES).is_some_and(is_of_nothing)
}

/// Returns the parameter that names the workspace.
pub(super) fn workspace() -> Value {
    json!({
        "name": "slug",
        "in": "path",
        "required": true,
        "description": "The slug of the key's workspace.",
        "schema": { "type": "string", "pattern": "^[a-z][a-z0-9-]{1,30}[a-z0-9]$" },
        "example": "mark",
    })
}

fn parameters(tool: &Declaration, shape: &Shape, schemas: &Schemas) -> Vec<Value> {
    let slug = tool.spec.route.full_path().contains("{slug}");
    let workspace = json!({ "$ref": "#/components/parameters/WorkspaceSlug" });
    let path = tool.spec.route.parameters().map(|name| (name, "path"));
    let in_path: Vec<_> = tool.spec.route.parameters().collect();
    let members = shape.parameters["properties"].as_object().into_iter().flatten();
    let query = members.map(|(name, _)| name.as_str()).filter(|name| !in_path.contains(name));
    let query = query.filter(|_| !tool.spec.route.method.has_body()).map(|name| (name, "query"));
    let others = path.chain(query).map(|(name, place)| parameter(shape, name, place, schemas));
    slug.then_some(workspace).into_iter().chain(others).collect()
}

/// The pattern of a text in a list that is one text with commas. Spaces around it are no part of it.
const LISTED: &str = "^[^,]*[^, ][^,]*$";

fn parameter(shape: &Shape, name: &str, place: &str, schemas: &Schemas) -> Value {
    let mut schema = shape.parameters["properties"][name].clone();
    let required = shape.parameters["required"].as_array();
    let required = required.is_some_and(|names| names.iter().any(|each| each == name));
    let mut parameter = json!({ "name": name, "in": place, "required": required });
    if schema["type"] == "array" {
        // A list is one text with commas: a name may be given only once.
        parameter["style"] = json!("form");
        parameter["explode"] = json!(false);
        let is_bounded = ["enum", "pattern"].iter().any(|name| schema["items"].get(name).is_some());
        if !is_bounded && schema["items"]["type"] == "string" {
            schema["items"]["pattern"] = json!(LISTED);
        }
    }
    parameter["example"] = example(&schema, schemas, Members::Required);
    if let Some(object) = schema.as_object_mut() {
        object.remove("examples");
        parameter["description"] = object.remove("description").unwrap_or_default();
    }
    parameter["schema"] = schema;
    parameter
}

/// The stream by which a client hears of a long call before it ends. It is no type of content of the answer, because
/// generated clients would read each type that is declared.
const STREAM: &str = "With `Accept: text/event-stream`, the answer is a stream of server-sent events: `progress` and \
    `part` while the call runs, then `result` or `error`.";

fn responses(tool: &Declaration, shape: &Shape, schemas: &Schemas) -> Value {
    let media_type = match tool.spec.document {
        // Without its parameters: they are no part of a media range.
        Some(document) => document.media_type.split(';').next().unwrap_or_default(),
        None => "application/json",
    };
    let example = example(&shape.answer, schemas, Members::All);
    let mut description = schemas.resolve(&shape.answer)["description"].clone();
    if let (Some(text), true) = (description.as_str(), tool.spec.may_take_long()) {
        description = json!(format!("{text} {STREAM}"));
    }
    let content = json!({ media_type: { "schema": shape.answer, "example": example } });
    let mut responses = json!({
        tool.spec.status().to_string(): { "description": description, "content": content }
    });
    for (status, name) in failure::statuses() {
        responses[status] = json!({ "$ref": format!("#/components/responses/{name}") });
    }
    responses
}
