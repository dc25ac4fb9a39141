//! The OpenAPI 3.1 document.

mod enforced_rules;
mod example;
mod failure;
mod leaf_examples;
mod operation;
mod schema_refinement;
mod schemas;

use serde_json::{Map, Value, json};

use self::schemas::Schemas;
use super::VERSION;
use crate::erased_operation::Declaration;
use crate::registry::Registry;

/// Returns the description of every REST route, with its parameters, its answer and its failures.
pub fn openapi<Cx>(registry: &Registry<Cx>) -> Value {
    let tools: Vec<&Declaration> = registry.operations().map(|tool| &***tool).collect();
    let mut schemas = Schemas::collect(&tools);
    schemas.insert("Failure", failure::schema());
    schemas.insert("FailureDetails", failure::details());
    let mut paths = Map::new();
    for tool in tools {
        let path = paths.entry(tool.spec.route.full_path()).or_insert_with(|| json!({}));
        let method = tool.spec.route.method.as_str().to_lowercase();
        path[method] = operation::operation_object(tool, &schemas);
    }
    let responses = failure::responses();
    let used = schemas.used_by(&format!("{}{}", json!(paths), json!(responses)));
    let tags = registry.families().iter();
    let tags = tags.map(|(name, text)| json!({ "name": name, "description": text }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Co-Vibe",
            "version": VERSION,
            "description": "One API key, one workspace: build, deploy, inspect and repair apps.\n\n\
                The schemas describe the declared forms of parameters. Other common spellings are also accepted: \
                a number or boolean as a string (1 and 0 are true and false), a string as a number or boolean, \
                50.0 for 50, an array or object as a string of JSON, a word in another case, with other \
                separators or as a common synonym, an object of names and values for a list of such pairs, \
                snake_case for the members of a patch, and an empty string instead of leaving an optional parameter \
                out, unless an empty string has a meaning of its own. A variable's `is_build_time` has no \
                effect.\n\n\
                If the members of an object depend on each other, its description says how. Its `x-not` is then \
                a schema of the objects that are refused for this reason.",
            "license": { "name": "All rights reserved", "identifier": "LicenseRef-Co-Vibe" },
        },
        "servers": [{ "url": "/", "description": "The server that this document comes from." }],
        "tags": tags.collect::<Vec<_>>(),
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, such as vibn_sk_….",
            } },
            "parameters": { "WorkspaceSlug": operation::workspace() },
            "responses": responses,
            "schemas": used,
        },
    })
}
