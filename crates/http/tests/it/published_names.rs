//! The names that clients use: tools, routes, parameters, members of answers and enumerated values.
//!
//! `names.txt` beside this file lists them. A name in it stays for ever, because somebody's agent uses
//! it. `COVIBE_ADD_NAMES=1 cargo test -p covibe-http --test it names` adds new ones, and removes none.

use std::collections::BTreeSet;
use std::path::Path;

use covibe_dispatch::Tool;
use serde_json::Value;

fn list() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/names.txt")
}

/// Adds the names in a schema, below `at`.
fn collect(schema: &Value, at: &str, names: &mut BTreeSet<String>) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        names.insert(format!("{at}.{name}"));
        collect(member, &format!("{at}.{name}"), names);
    }
    for word in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        names.insert(format!("{at} = {word}"));
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(inner) {
            collect(inner, &format!("{at}[]"), names);
        }
    }
    for several in ["anyOf", "oneOf", "allOf"] {
        schema[several].as_array().into_iter().flatten().for_each(|each| collect(each, at, names));
    }
}

fn of_tool(tool: &Tool, names: &mut BTreeSet<String>) {
    let (name, route) = (tool.spec.name, tool.spec.route);
    names.insert(format!("{name}: {} {}", route.method.as_str(), route.full_path()));
    collect(&tool.input, &format!("{name} takes "), names);
    collect(&tool.output, &format!("{name} answers "), names);
}

#[test]
fn published_names_of_tools_are_never_removed() {
    let mut current = BTreeSet::new();
    let everything = covibe_tools::registry_for(covibe_tools::Allowed::EVERYTHING);
    everything.operations().for_each(|tool| of_tool(tool, &mut current));
    let text = std::fs::read_to_string(list()).unwrap_or_default();
    let known: BTreeSet<_> = text.lines().map(str::to_owned).collect();
    let removed: Vec<_> = known.difference(&current).collect();
    assert!(removed.is_empty(), "clients use these names: {removed:#?}");
    let added: Vec<_> = current.difference(&known).collect();
    if !added.is_empty() && std::env::var_os("COVIBE_ADD_NAMES").is_some() {
        let lines = current.iter().map(|name| format!("{name}\n"));
        std::fs::write(list(), lines.collect::<String>()).expect("written");
        return;
    }
    assert!(
        added.is_empty(),
        "new names; set COVIBE_ADD_NAMES=1 to add them to names.txt: {added:#?}"
    );
}
