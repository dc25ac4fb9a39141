//! Reduces an OpenAPI 3 or Swagger 2 document to the facts that requests and answers are checked
//! by.
//!
//! The result has the same form as the document, so that references stay valid. Prose, examples,
//! limits, formats and everything that no operation refers to are left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The keys under which a document holds the parts that operations refer to.
const SHARED: [&str; 4] = ["components", "definitions", "parameters", "responses"];

/// The methods of a path.
const METHODS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

/// Returns the dialect with its version, the paths, and the parts that they refer to.
pub(super) fn document(source: &Value) -> Map<String, Value> {
    let mut document = pick(source, &["openapi", "swagger"], Value::clone);
    let paths = each(&source["paths"], path);
    let mut wanted = BTreeSet::new();
    references(&paths, &mut wanted);
    document.insert("paths".to_owned(), paths);
    // These parts refer to further ones: a pointer is taken out and its own ones are added.
    let mut done = BTreeSet::new();
    while let Some(pointer) = wanted.pop_first() {
        if let Some(target) = source.pointer(&pointer) {
            let target = target_of(&pointer, target);
            references(&target, &mut wanted);
            place(&mut document, &pointer, target);
        }
        done.insert(pointer);
        wanted.retain(|pointer| !done.contains(pointer));
    }
    sort(document)
}

/// A response or a schema, by the part of the document that it stands in.
fn target_of(pointer: &str, target: &Value) -> Value {
    match pointer.rsplit('/').nth(1) {
        Some("responses") => response(target),
        Some("parameters") => parameter(target),
        Some("requestBodies") => body(target),
        _ => schema(target),
    }
}

/// Puts a value at its JSON pointer.
fn place(document: &mut Map<String, Value>, pointer: &str, value: Value) {
    let mut names: Vec<_> = pointer.trim_start_matches('/').split('/').collect();
    let Some(last) = names.pop() else { return };
    let mut at = document;
    for name in names {
        let entry = at.entry(name).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(inside) = entry else { return };
        at = inside;
    }
    at.insert(last.to_owned(), value);
}

/// Collects the pointers of a value's references to the shared parts.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let pointer = members.get("$ref").and_then(Value::as_str);
            let pointer = pointer.and_then(|name| name.strip_prefix('#'));
            let is_shared = |pointer: &&str| {
                SHARED.iter().any(|part| pointer.trim_start_matches('/').starts_with(part))
            };
            found.extend(pointer.filter(is_shared).map(str::to_owned));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn path(source: &Value) -> Value {
    let mut item = pick(source, &METHODS, operation);
    item.extend(pick(source, &["parameters"], parameters));
    item.into()
}

fn operation(source: &Value) -> Value {
    let mut operation = pick(source, &["parameters"], parameters);
    operation.extend(pick(source, &["requestBody"], body));
    operation.extend(pick(source, &["responses"], |responses| each(responses, response)));
    operation.into()
}

/// The parameters in a stable order.
fn parameters(source: &Value) -> Value {
    let mut parameters: Vec<_> = source.as_array().into_iter().flatten().map(parameter).collect();
    parameters.sort_by_key(|parameter| {
        let of = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        (of("in"), of("name"))
    });
    parameters.into()
}

/// A parameter; Swagger 2 has its type beside its name.
fn parameter(source: &Value) -> Value {
    let mut parameter = pick(source, &["in", "name"], Value::clone);
    parameter.extend(required_member(source));
    parameter.extend(pick(source, &["schema"], schema));
    if let Value::Object(own) = schema(source) {
        parameter.extend(own);
    }
    parameter.into()
}

fn body(source: &Value) -> Value {
    let mut body = pick(source, &["$ref"], Value::clone);
    body.extend(required_member(source));
    body.extend(pick(source, &["content"], content));
    body.into()
}

fn response(source: &Value) -> Value {
    let mut response = pick(source, &["$ref"], Value::clone);
    response.extend(pick(source, &["content"], content));
    response.extend(pick(source, &["schema"], schema));
    response.into()
}

/// The schemas by media type.
fn content(source: &Value) -> Value {
    each(source, |media| pick(media, &["schema"], schema).into())
}

fn schema(source: &Value) -> Value {
    if !source.is_object() {
        // `additionalProperties` may be true or false.
        return source.clone();
    }
    let mut schema = pick(source, &["$ref", "type", "enum"], Value::clone);
    if source["nullable"] == true {
        schema.insert("nullable".to_owned(), true.into());
    }
    schema.extend(pick(source, &["required"], names).into_iter().filter(|(_, v)| v.is_array()));
    schema.extend(pick(source, &["properties"], |members| each(members, self::schema)));
    schema.extend(pick(source, &["additionalProperties", "items"], self::schema));
    let all = |parts: &Value| parts.as_array().into_iter().flatten().map(self::schema).collect();
    schema.extend(pick(source, &["allOf", "anyOf", "oneOf"], all));
    schema.into()
}

/// The names of required members, sorted; a parameter has a boolean in their place.
fn names(source: &Value) -> Value {
    let Some(names) = source.as_array() else { return Value::Null };
    let mut names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    names.into()
}

/// `"required": true`; false is the default.
fn required_member(source: &Value) -> Option<(String, Value)> {
    (source["required"] == true).then(|| ("required".to_owned(), true.into()))
}

/// The members of an object that exist, each through `make`.
fn pick(source: &Value, keys: &[&str], make: impl Fn(&Value) -> Value) -> Map<String, Value> {
    let there = keys.iter().filter_map(|key| Some(((*key).to_owned(), source.get(*key)?)));
    there.map(|(key, value)| (key, make(value))).collect()
}

/// Every member of an object, through `make`.
fn each(source: &Value, make: impl Fn(&Value) -> Value) -> Value {
    let members = source.as_object().into_iter().flatten();
    Value::Object(members.map(|(name, value)| (name.clone(), make(value))).collect())
}

/// The same with the members of every object in the order of their names.
fn sort(members: Map<String, Value>) -> Map<String, Value> {
    fn sort_value(value: Value) -> Value {
        match value {
            Value::Object(members) => sort(members).into(),
            Value::Array(items) => items.into_iter().map(sort_value).collect(),
            other => other,
        }
    }
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    members.into_iter().map(|(name, value)| (name, sort_value(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_openapi_document_is_reduced_to_its_facts() {
        let thing = json!({ "$ref": "#/components/schemas/Thing", "description": "A thing." });
        let source = json!({
            "openapi": "3.1.0", "info": { "title": "Things" }, "tags": [],
            "paths": { "/things/{id}": { "summary": "s", "patch": {
                "operationId": "o", "description": "d", "deprecated": true,
                "parameters": [
                    { "name": "q", "in": "query", "required": false, "example": "x",
                      "schema": { "type": "string", "enum": ["b", "a"], "default": "a" } },
                    { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                ],
                "requestBody": { "required": true, "content": { "application/json": {
                    "schema": thing, "example": {} } } },
                "responses": { "404": { "$ref": "#/components/responses/404" } },
            } } },
            "components": {
                "responses": { "404": { "description": "None.", "content": { "application/json": {
                    "schema": { "type": "object", "properties": {
                        "message": { "type": "string", "example": "Not found." } } } } } } },
                "schemas": { "Unused": {}, "Inner": { "type": "string" }, "Thing": {
                    "type": "object", "required": ["name", "description"], "title": "Thing",
                    "properties": {
                        "description": { "type": "string", "nullable": true, "maxLength": 9 },
                        "name": { "$ref": "#/components/schemas/Inner" },
                        "thing": { "$ref": "#/components/schemas/Thing" } } } },
                "securitySchemes": {},
            },
        });
        let expected = json!({
            "openapi": "3.1.0",
            "paths": { "/things/{id}": { "patch": {
                "parameters": [
                    { "in": "path", "name": "id", "required": true, "schema": { "type": "string" } },
                    { "in": "query", "name": "q", "schema": { "type": "string", "enum": ["b", "a"] } },
                ],
                "requestBody": { "required": true, "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Thing" } } } },
                "responses": { "404": { "$ref": "#/components/responses/404" } },
            } } },
            "components": {
                "responses": { "404": { "content": { "application/json": { "schema": {
                    "type": "object", "properties": { "message": { "type": "string" } } } } } } },
                "schemas": { "Inner": { "type": "string" }, "Thing": {
                    "type": "object", "required": ["description", "name"],
                    "properties": {
                        "description": { "type": "string", "nullable": true },
                        "name": { "$ref": "#/components/schemas/Inner" },
                        "thing": { "$ref": "#/components/schemas/Thing" } } } },
            },
        });
        assert_eq!(Value::from(document(&source)), expected);
    }

    #[test]
    fn a_swagger_document_is_reduced_to_its_facts() {
        let source = json!({
            "swagger": "2.0", "basePath": "/api/v1",
            "paths": { "/tags": { "post": { "consumes": ["application/json"],
                "parameters": [
                    { "name": "sort", "in": "query", "type": "string", "description": "d" },
                    { "name": "body", "in": "body", "schema": { "$ref": "#/definitions/Tag" } },
                ],
                "responses": { "201": { "$ref": "#/responses/Tag" }, "204": { "description": "d" } },
            } } },
            "definitions": { "Tag": { "type": "object", "additionalProperties": true,
                "x-go-name": "Tag" } },
            "responses": { "Tag": { "description": "d", "headers": {},
                "schema": { "type": "array", "items": { "$ref": "#/definitions/Tag" } } } },
        });
        let expected = json!({
            "swagger": "2.0",
            "paths": { "/tags": { "post": {
                "parameters": [
                    { "in": "body", "name": "body", "schema": { "$ref": "#/definitions/Tag" } },
                    { "in": "query", "name": "sort", "type": "string" },
                ],
                "responses": { "201": { "$ref": "#/responses/Tag" }, "204": {} },
            } } },
            "definitions": { "Tag": { "type": "object", "additionalProperties": true } },
            "responses": { "Tag": {
                "schema": { "type": "array", "items": { "$ref": "#/definitions/Tag" } } } },
        });
        assert_eq!(Value::from(document(&source)), expected);
    }

    #[test]
    fn reduced_members_are_sorted_by_name() {
        let source = json!({ "paths": { "/b": { "put": {}, "get": {} }, "/a": {} } });
        let text = Value::from(document(&source)).to_string();
        assert_eq!(text, r#"{"paths":{"/a":{},"/b":{"get":{},"put":{}}}}"#);
    }
}
