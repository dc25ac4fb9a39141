//! The OpenAPI document: valid, with one component for each type, described, and with examples.

use std::collections::BTreeSet;

use covibe_operation::surface;
use covibe_tools::{Allowed, registry_for};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::schema_validation::with_rules;

/// The schema of OpenAPI 3.1 documents, as spec.openapis.org publishes it (2022-10-07, Apache-2.0).
const OPENAPI: &str = include_str!("../openapi-3.1.json");

fn document() -> Value {
    surface::openapi(&registry_for(Allowed::EVERYTHING))
}

/// Every value of the document, with its place as a JSON pointer.
fn walk<'a>(value: &'a Value, at: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
    visit(at, value);
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, it)| (n.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    for (name, member) in below {
        let name = name.replace('~', "~0").replace('/', "~1");
        walk(member, &format!("{at}/{name}"), visit);
    }
}

/// The operations with their places.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let items = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("a path item").iter();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    items.collect()
}

/// Compiles a schema of the document, which refers to the components.
fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = with_rules(&json!({ "components": document["components"], "allOf": [schema] }));
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&whole).expect("a schema of JSON Schema 2020-12")
}

fn assert_valid(document: &Value, schema: &Value, value: &Value, what: &str) {
    let validator = validator(document, schema);
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {value}: {errors:#?}");
}

#[test]
fn the_openapi_document_is_valid_openapi_3_1() {
    let schema = serde_json::from_str(OPENAPI).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let errors: Vec<_> = validator
        .iter_errors(&document())
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn every_schema_is_valid_json_schema_2020_12() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
    }
}

#[test]
fn every_type_has_its_own_unnumbered_schema_name() {
    let document = document();
    let names = document["components"]["schemas"].as_object().expect("schemas");
    for name in names.keys() {
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "{name}: rename one of the types");
    }
    for name in ["App", "Database", "Deployment", "AuthProvider", "Workspace", "Failure"] {
        assert!(names.contains_key(name), "{name}");
    }
}

#[test]
fn every_reference_has_a_target_and_every_component_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    walk(&document, "", &mut |at, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let place = reference.strip_prefix('#').expect("a reference into the document");
            assert!(document.pointer(place).is_some(), "{at}: {reference}");
            used.insert(place.to_owned());
        }
    });
    for kind in ["schemas", "responses", "parameters"] {
        for name in document["components"][kind].as_object().expect("components").keys() {
            assert!(used.contains(&format!("/components/{kind}/{name}")), "{kind}: {name}");
        }
    }
}

#[test]
fn every_answer_and_body_is_a_component() {
    let document = document();
    for (what, operation) in operations(&document) {
        let content = |response: &Value| response["content"]["application/json"]["schema"].clone();
        let bodies = operation.get("requestBody").map(content).into_iter();
        let responses = operation["responses"].as_object().expect("responses").iter();
        let answers = responses.filter(|(status, _)| status.starts_with('2'));
        let answers = answers.map(|(_, response)| content(response)).filter(Value::is_object);
        for schema in bodies.chain(answers) {
            assert!(schema["$ref"].is_string(), "{what}: {schema}");
        }
    }
}

#[test]
fn a_request_body_is_required_exactly_if_an_empty_object_is_invalid() {
    let document = document();
    for (what, operation) in operations(&document) {
        let Some(body) = operation.get("requestBody") else { continue };
        let schema = &body["content"]["application/json"]["schema"];
        let permits_nothing = validator(&document, schema).is_valid(&json!({}));
        assert_eq!(body["required"], !permits_nothing, "{what}");
    }
}

#[test]
fn every_operation_has_a_name_a_tag_and_a_description() {
    let document = document();
    let tags: BTreeSet<_> = document["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .map(|tag| &tag["name"])
        .map(Value::to_string)
        .collect();
    let mut names = BTreeSet::new();
    let mut used = BTreeSet::new();
    for (what, operation) in operations(&document) {
        let name = operation["operationId"].as_str().expect("a name");
        let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(plain && names.insert(name.to_owned()), "{what}: {name}");
        for text in ["summary", "description"] {
            assert!(
                operation[text].as_str().is_some_and(|text| !text.is_empty()),
                "{what}: {text}"
            );
        }
        let tag = operation["tags"][0].to_string();
        assert!(tags.contains(&tag), "{what}: describe {tag} in FAMILIES");
        used.insert(tag);
    }
    assert_eq!(tags, used);
}

#[test]
fn every_property_and_parameter_is_described_and_has_a_valid_example() {
    let document = document();
    walk(&document["components"]["schemas"], "", &mut |at, schema| {
        // A member that is named `properties` has no schema as its value.
        let members = schema.get("properties").and_then(Value::as_object);
        let members = members.filter(|_| !at.contains("/x-not")).into_iter().flatten();
        for (name, member) in members {
            assert!(member["description"].is_string(), "{at}.{name}: describe it");
            assert!(example_of(member), "{at}.{name}: give an example");
        }
        for example in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
            assert_valid(&document, schema, example, at);
        }
    });
    for (what, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().expect("parameters") {
            let parameter = match parameter["$ref"].as_str() {
                Some(reference) => document.pointer(&reference[1..]).expect("a component"),
                None => parameter,
            };
            assert!(parameter["description"].is_string(), "{what}: {parameter}");
            assert_valid(&document, &parameter["schema"], &parameter["example"], &what);
        }
    }
}

/// Returns whether a schema has an example, or refers to one that has.
fn example_of(schema: &Value) -> bool {
    let has = |schema: &Value| schema["examples"].is_array() || schema["$ref"].is_string();
    has(schema) || has(&schema["items"]) || has(&schema["anyOf"][0])
}

#[test]
fn every_example_of_a_body_or_answer_is_valid() {
    let document = document();
    let mut count = 0;
    walk(&document, "", &mut |at, value| {
        if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
            assert_valid(&document, schema, example, at);
            count += 1;
        }
    });
    assert!(count > 100, "{count}");
}

#[test]
fn fixed_sets_of_values_are_published_as_enums() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let members = [
        ("App", "kind", "AppKind"),
        ("Database", "type", "Flavor"),
        ("Deployment", "status", "DeploymentStatus"),
        ("AuthProvider", "provider", "Provider"),
    ];
    for (schema, member, component) in members {
        let reference = &schemas[schema]["properties"][member]["$ref"];
        assert_eq!(*reference, format!("#/components/schemas/{component}"), "{schema}.{member}");
        assert!(schemas[component]["enum"].is_array(), "{component}");
    }
}

#[test]
fn schemas_list_only_providers_and_build_packs_that_the_operator_allows() {
    let words = |allowed: Allowed, schema: &str, member: &str| {
        let document = surface::openapi(&registry_for(allowed));
        let schemas = &document["components"]["schemas"];
        let mut member = schemas[schema]["properties"][member].clone();
        if let Some(members) = member.as_object_mut() {
            members.remove("description");
        }
        format!("{member}{}", schemas["BuildPack"])
    };
    for (allowed, is) in [(Allowed::default(), false), (Allowed::EVERYTHING, true)] {
        assert_eq!(words(allowed, "CreateApp", "buildPack").contains("dockercompose"), is);
        assert_eq!(words(allowed, "CreateAuth", "provider").contains("authentik"), is);
    }
}

/// The descriptions of all parameters, those inside others included, with their places.
fn collect_descriptions(schema: &Value, at: &str, found: &mut Vec<(String, String)>) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        found.push((at.clone(), member["description"].as_str().unwrap_or_default().to_owned()));
        collect_descriptions(member, &at, found);
        collect_descriptions(&member["items"], &at, found);
    }
}

/// A model reads nothing else of a parameter: what it is comes before its default.
#[test]
fn every_parameter_has_a_description_before_its_default() {
    let mut found = Vec::new();
    for tool in registry_for(Allowed::EVERYTHING).operations() {
        collect_descriptions(&tool.input, tool.spec.name, &mut found);
    }
    let is_riddle = |(_, text): &&(String, String)| {
        text.split("Default").next().unwrap_or_default().split_whitespace().count() < 2
    };
    let riddles: Vec<_> = found.iter().filter(is_riddle).collect();
    assert!(found.len() > 200 && riddles.is_empty(), "{riddles:#?}");
}

#[test]
fn tool_descriptions_contain_the_words_that_people_search_for() {
    let registry = registry_for(Allowed::default());
    let tools: Vec<_> = registry.tools().collect();
    let text = |name: &str| {
        let tool = tools.iter().find(|tool| tool.spec.name == name).expect("a tool");
        format!("{} {}", tool.description, tool.input)
    };
    for (name, words) in [
        ("apps.deploy", ["roll it back", "rolls back"]),
        ("apps.update", ["roll back", "memory and CPUs"]),
        ("apps.create", ["package.json", "memory and CPUs"]),
        ("auth.create", ["passkeys", "SAML"]),
    ] {
        for word in words {
            assert!(text(name).contains(word), "{name}: {word}");
        }
    }
    for tool in tools {
        let told = tool.input.to_string();
        assert!(!told.contains("for preview deployments"), "{}", tool.spec.name);
    }
}
