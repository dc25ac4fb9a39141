//! The OpenAPI 3.1 document.

use covibe_domain::Kind;
use serde_json::{Map, Value, json};

use super::VERSION;
use crate::registry::Registry;
use crate::route::Method;
use crate::tool::Declaration;

/// Every REST route, with its parameters, its answer and its failures.
pub fn openapi<Cx>(registry: &Registry<Cx>) -> Value {
    let mut paths = Map::new();
    for tool in registry.operations() {
        let path = paths.entry(tool.spec.route.full_path()).or_insert_with(|| json!({}));
        path[tool.spec.route.method.as_str().to_lowercase()] = operation(tool);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Co-Vibe",
            "version": VERSION,
            "description": "One API key, one workspace: build, deploy, inspect and repair apps.",
        },
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Failure": failure() },
        },
    })
}

fn operation(tool: &Declaration) -> Value {
    let mut operation = json!({
        "operationId": tool.spec.name,
        "summary": tool.summary(),
        "description": tool.description,
        "parameters": parameters(tool),
        "responses": responses(tool),
    });
    if let Some(body) = body(tool) {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": body } } });
    }
    operation
}

fn parameters(tool: &Declaration) -> Vec<Value> {
    let slug = tool.spec.route.full_path().contains("{slug}");
    let workspace = json!({ "name": "slug", "in": "path", "required": true,
                            "schema": { "type": "string" } });
    let in_path: Vec<_> = tool.spec.route.parameters().collect();
    let path = in_path.iter().map(|name| parameter(tool, name, "path"));
    let query = members(tool).filter(|name| !in_path.contains(name));
    let query = query.filter(|_| !has_body(tool)).map(|name| parameter(tool, name, "query"));
    slug.then_some(workspace).into_iter().chain(path).chain(query).collect()
}

fn parameter(tool: &Declaration, name: &str, location: &str) -> Value {
    let required = location == "path" || is_required(tool, name);
    let schema = &tool.input["properties"][name];
    json!({ "name": name, "in": location, "required": required, "schema": schema })
}

fn members(tool: &Declaration) -> impl Iterator<Item = &str> {
    tool.input["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str())
}

fn is_required(tool: &Declaration, name: &str) -> bool {
    tool.input["required"].as_array().is_some_and(|list| list.iter().any(|each| each == name))
}

fn has_body(tool: &Declaration) -> bool {
    matches!(tool.spec.route.method, Method::Post | Method::Patch)
}

/// The parameters that the path does not carry, for methods that have a body.
fn body(tool: &Declaration) -> Option<Value> {
    let in_path: Vec<_> = tool.spec.route.parameters().collect();
    let mut schema = tool.input.clone();
    schema["properties"].as_object_mut()?.retain(|name, _| !in_path.contains(&name.as_str()));
    let nothing_left = schema["properties"].as_object()?.is_empty();
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| !in_path.iter().any(|each| name == each));
    }
    (has_body(tool) && !nothing_left).then_some(schema)
}

fn responses(tool: &Declaration) -> Value {
    let media_type = match tool.spec.document {
        // Without its parameters: they are no part of a media range.
        Some(document) => document.media_type.split(';').next().unwrap_or_default(),
        None => "application/json",
    };
    let content = json!({ media_type: { "schema": tool.output } });
    let mut responses = json!({
        tool.spec.status().to_string(): { "description": "Done.", "content": content }
    });
    let failure = json!({ "schema": { "$ref": "#/components/schemas/Failure" } });
    for kind in Kind::ALL {
        responses[kind.status().to_string()] = json!({
            "description": kind.code(), "content": { "application/json": failure }
        });
    }
    responses
}

fn failure() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": { "type": "string" },
            "hint": { "type": "string" },
            "details": { "type": "object" },
        },
    })
}
