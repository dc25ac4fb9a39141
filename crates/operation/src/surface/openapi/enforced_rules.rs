//! Rules of the checker that the schema of a type alone does not state.

use serde_json::{Map, Value, json};

use super::leaf_examples::kind;
use super::schema_refinement::referenced;
use crate::erased_operation::Declaration;
use crate::parameter_rules;
use crate::schema::visit;

/// The schemas of the types in requests, by their names.
pub(super) type Definitions = Map<String, Value>;

/// The maximum number of members of an open object.
const MAX_MEMBERS: u32 = 40;

/// Adds the rules of a tool's declaration to the schema of its parameters and to the schemas that this refers to.
pub(super) fn declare(tool: &Declaration, root: &mut Value, definitions: &mut Definitions) {
    withhold(root, &tool.input, definitions);
    for name in tool.spec.open {
        if let Some(object) = member(root, name, definitions) {
            object["additionalProperties"] = json!(true);
            object["maxProperties"] = json!(MAX_MEMBERS);
        }
    }
    for name in tool.spec.ignores {
        let (object, name) = match name.split_once('.') {
            Some((list, name)) => (member(root, list, definitions), name),
            None => (Some(&mut *root), *name),
        };
        // A generated type can't have two members that differ in case or underscores only.
        if let Some(object) = object.filter(|it| !has_other_spelling(it, name)) {
            object["properties"][name] = ignored();
        }
    }
    for schema in definitions.values_mut().chain([root]) {
        for name in tool.spec.switches {
            schema.pointer_mut(&format!("/properties/{name}")).into_iter().for_each(switch);
        }
    }
}

/// Declares the rules of every request: optional members may be `null`, and no text contains NUL.
pub(super) fn common(schema: &mut Value) {
    visit(schema, &mut |object| {
        let required = object.get("required").cloned().unwrap_or_default();
        let required =
            |name: &String| required.as_array().is_some_and(|it| it.contains(&json!(name)));
        if let Some(Value::Object(members)) = object.get_mut("properties") {
            members.iter_mut().filter(|(name, _)| !required(name)).for_each(|(_, it)| nullable(it));
        }
        say_rule(object);
        let bounded = ["pattern", "enum", "format"].iter().any(|word| object.contains_key(*word));
        if !bounded && kind(&Value::Object(object.clone())) == "string" {
            object.insert("pattern".to_owned(), json!(r"^[^\u0000]*$"));
        }
    });
}

/// Adds the words of its rule to the description of an object. The rule that one of the members must be given also gets
/// their names.
fn say_rule(object: &mut Map<String, Value>) {
    let Some(words) =
        object.get(parameter_rules::RULES).and_then(|rule| rule["description"].as_str())
    else {
        return;
    };
    let described = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let described = format!("{described} {words}").trim().to_owned();
    if object.get(parameter_rules::RULES) == Some(&parameter_rules::at_least_one()) {
        let members = object.get("properties").and_then(Value::as_object);
        let names: Vec<_> = members.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let absent = parameter_rules::without_members(&names)["properties"].take();
        object[parameter_rules::RULES]["properties"] = absent;
    }
    object.insert("description".to_owned(), json!(described));
}

/// Returns whether an object has a member whose name differs from this one in case or underscores only.
fn has_other_spelling(object: &Value, name: &str) -> bool {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let members = object["properties"].as_object();
    members.into_iter().flatten().any(|(it, _)| plain(it) == plain(name))
}

/// Replaces enumerations that the operator restricts by the published words.
fn withhold(root: &mut Value, published: &Value, definitions: &mut Definitions) {
    let members = root.get_mut("properties").and_then(Value::as_object_mut);
    for (name, member) in members.into_iter().flatten() {
        let words = &published["properties"][name]["enum"];
        let declared = match referenced(member).map(str::to_owned) {
            Some(name) => definitions.get_mut(&name),
            None => Some(member),
        };
        if let Some(declared) = declared.filter(|it| words.is_array() && it["enum"] != *words) {
            declared["enum"] = words.clone();
            declared["examples"] = json!([words[0]]);
        }
    }
}

/// Returns the schema of a parameter that is an object or a list of objects.
fn member<'a>(
    root: &'a mut Value,
    name: &str,
    definitions: &'a mut Definitions,
) -> Option<&'a mut Value> {
    let schema = root["properties"].get_mut(name)?;
    let schema = if schema.get("items").is_some() { &mut schema["items"] } else { schema };
    match referenced(schema).map(str::to_owned) {
        Some(name) => definitions.get_mut(&name),
        None => Some(schema),
    }
}

fn ignored() -> Value {
    json!({ "description": "Accepted without effect.", "deprecated": true, "examples": [true] })
}

/// Lets an object be `false` too.
fn switch(schema: &mut Value) {
    if schema.get("anyOf").is_none() {
        let off = json!({ "type": "boolean", "enum": [false] });
        choose(schema, &off);
    }
}

/// Lets a value be `null` too.
fn nullable(schema: &mut Value) {
    let null = json!({ "type": "null" });
    if schema.get("$ref").is_some() {
        choose(schema, &null);
    } else if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.push(null);
    } else if let Some(one) = schema["type"].as_str().map(str::to_owned) {
        schema["type"] = json!([one, "null"]);
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.push(Value::Null);
        }
    }
}

/// Makes a schema one of two choices. The description stays outside.
fn choose(schema: &mut Value, other: &Value) {
    let mut one = schema.take();
    let description = one.as_object_mut().and_then(|object| object.remove("description"));
    *schema = json!({ "anyOf": [one, other] });
    if let Some(description) = description {
        schema["description"] = description;
    }
}
