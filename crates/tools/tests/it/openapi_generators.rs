//! The OpenAPI document has nothing at which the usual generators of clients fail.
//!
//! openapi-generator (7.25) makes types of keywords such as `not`, and types of all of a type's members, where names that
//! differ in case or underscores only are the same. In Go, a type brings functions along that have its name in theirs.

use std::collections::{BTreeMap, BTreeSet};

use covibe_operation::surface;
use covibe_tools::{Allowed, registry_for};
use serde_json::{Map, Value, json};

/// Keywords that make types which have no name, or members that depend on each other.
const HARD: [&str; 11] = [
    "not",
    "if",
    "then",
    "else",
    "oneOf",
    "allOf",
    "dependentSchemas",
    "dependentRequired",
    "patternProperties",
    "prefixItems",
    "const",
];

fn document() -> Value {
    surface::openapi(&registry_for(Allowed::EVERYTHING))
}

/// Visits the schemas in a part of the document, those in parameters and bodies included. What examples and extensions
/// have in them is no schema.
fn schemas<'a>(value: &'a Value, at: &str, visit: &mut dyn FnMut(&str, &'a Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            visit(at, members);
            for (word, member) in members {
                let at = format!("{at}/{word}");
                match word.as_str() {
                    "example" | "examples" | "enum" => {}
                    _ if word.starts_with("x-") => {}
                    // The names of members are no keywords.
                    "properties" => {
                        for (name, member) in member.as_object().expect("an object") {
                            schemas(member, &format!("{at}/{name}"), visit);
                        }
                    }
                    _ => schemas(member, &at, visit),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                schemas(item, &format!("{at}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// The places in a document where a rule of this test is broken.
fn unreadable_schemas(document: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    schemas(document, "", &mut |at, schema| {
        broken.extend(
            HARD.iter().filter(|it| schema.contains_key(**it)).map(|it| format!("{at}: {it}")),
        );
        // `null` is one choice of a member beside another, and never all of a type.
        let is_choice = at.contains("/anyOf/");
        if schema.get("type") == Some(&json!("null")) && !is_choice {
            broken.push(format!("{at}: null"));
        }
        let members = schema.get("properties").and_then(Value::as_object);
        let names = members.into_iter().flatten().map(|(name, _)| name.as_str());
        broken.extend(alike(names).map(|(one, other)| format!("{at}: {one}, {other}")));
    });
    let names = document["components"]["schemas"].as_object().expect("schemas").keys();
    let names: BTreeSet<_> = names.map(String::as_str).collect();
    broken.extend(alike(names.iter().copied()).map(|(one, other)| format!("{one}, {other}")));
    for name in &names {
        let made = [format!("New{name}"), format!("Nullable{name}"), format!("{name}WithDefaults")];
        broken.extend(
            made.iter().filter(|it| names.contains(it.as_str())).map(|it| format!("{name}: {it}")),
        );
    }
    broken
}

/// Names that differ in case, hyphens or underscores only.
fn alike<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut seen = BTreeMap::new();
    names.filter_map(move |name| {
        let plain = name.replace(['_', '-'], "").to_lowercase();
        seen.insert(plain, name).map(|other| (other, name))
    })
}

#[test]
fn openapi_generators_can_read_every_schema() {
    assert_eq!(unreadable_schemas(&document()), Vec::<String>::new());
}

/// Each is a cause for which one of them failed.
#[test]
fn every_known_cause_of_a_generator_failure_is_detected() {
    let named = |name: &str, schema: Value| {
        let mut document = document();
        document["components"]["schemas"][name] = schema;
        unreadable_schemas(&document)
    };
    let member = |name: &str| json!({ "properties": { "isBuildTime": {}, name: {} } });
    for (name, schema) in [
        ("A", json!({ "not": { "properties": { "x": { "type": "null" } } } })),
        ("A", json!({ "properties": { "not": { "type": "null" } } })),
        ("A", member("is_build_time")),
        ("NewLink", json!({ "type": "object" })),
        ("applogs", json!({ "type": "object" })),
    ] {
        assert!(!named(name, schema.clone()).is_empty(), "{name}: {schema}");
    }
    let harmless =
        json!({ "properties": { "not": { "anyOf": [{ "type": "string" }, { "type": "null" }] } } });
    assert_eq!(named("A", harmless), Vec::<String>::new());
}

#[test]
fn rules_for_several_members_are_described_in_words() {
    let document = document();
    let mut found = BTreeSet::new();
    let is_said = |schema: &Map<String, Value>, rule: &Value| {
        let said = schema["description"].as_str().expect("a text");
        rule["description"].as_str().is_some_and(|words| said.ends_with(words))
    };
    schemas(&document["components"]["schemas"], "", &mut |at, schema| {
        if let Some(rule) = schema.get("x-not") {
            assert!(is_said(schema, rule), "{at}: {rule}");
            found.insert(at.trim_start_matches('/').to_owned());
        }
    });
    for name in
        ["CreateApp", "UpsertEnvs", "AppPatch", "UpdateDatabase", "AttachDomain", "FileEdit"]
    {
        assert!(found.contains(name), "{name}: {found:?}");
    }
    let create = &document["components"]["schemas"]["CreateApp"]["description"];
    let words = "Give exactly one of `repo`, `template`, `image`, `composeRaw` and `files`.";
    assert!(create.as_str().is_some_and(|text| text.ends_with(words)), "{create}");
}

#[test]
fn openapi_components_of_different_kinds_have_different_names() {
    // oapi-codegen (2.8) makes a type of each component, whatever it is, and fails where two have one name.
    let document = document();
    let kinds = document["components"].as_object().expect("components");
    let with_types = ["schemas", "parameters", "responses", "requestBodies", "headers"];
    let components = with_types.iter().filter_map(|kind| kinds.get(*kind)?.as_object());
    let mut seen = BTreeSet::new();
    let repeated: Vec<_> =
        components.flat_map(Map::keys).filter(|name| !seen.insert(*name)).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
}
