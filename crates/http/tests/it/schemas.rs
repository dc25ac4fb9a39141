//! The schemas that are published: portable, small, and enforced.

use std::time::Duration;

use covibe_dispatch::Tool;
use covibe_domain::{Failure, Kind};
use covibe_testkit_http::World;
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::support::tool_name_spelling::dotted;
use crate::support::{CallStyle, Estate, parameter_samples, schema_validation};

/// The entries of `tools/list`, as a client gets them.
async fn list_tools(world: &World) -> Vec<Value> {
    let answer = world.mark.agent.rpc_modern("tools/list", &json!({})).await;
    let list = answer.json()["result"]["tools"].as_array().cloned();
    list.unwrap_or_else(|| panic!("{}", answer.text))
}

/// Every schema below this one, itself included, with its place.
fn walk<'a>(schema: &'a Value, at: &str, visit: &mut dyn FnMut(&str, &'a Map<String, Value>)) {
    let Some(object) = schema.as_object() else { panic!("{at} is no schema: {schema}") };
    visit(at, object);
    for (name, member) in object.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        walk(member, &format!("{at}.{name}"), visit);
    }
    if let Some(items) = object.get("items") {
        walk(items, &format!("{at}[]"), visit);
    }
}

/// The keywords that all of Claude, Cursor, Gemini and OpenAI accept.
const KEYWORDS: [&str; 15] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "description",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
];

fn check_portable(at: &str, schema: &Map<String, Value>) {
    for word in schema.keys() {
        assert!(KEYWORDS.contains(&word.as_str()), "{at} has {word}");
    }
    let kind = schema.get("type").and_then(Value::as_str);
    let kinds = ["object", "array", "string", "integer", "boolean"];
    assert!(kind.is_some_and(|kind| kinds.contains(&kind)), "{at}: type {:?}", schema.get("type"));
    if kind == Some("object") {
        assert_eq!(schema.get("additionalProperties"), Some(&json!(false)), "{at}");
    }
    assert_eq!(kind == Some("array"), schema.contains_key("items"), "{at}");
    let words = schema.get("enum").map(|words| words.as_array().expect("a list"));
    if let Some(words) = words {
        assert!(kind == Some("string") && !words.is_empty(), "{at}");
        assert!(words.iter().all(Value::is_string), "{at}: {words:?}");
    }
    assert!(schema.get("format").is_none_or(|format| format == "date-time"), "{at}");
    let names = schema.get("properties").and_then(Value::as_object);
    for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let known =
            names.is_some_and(|names| names.contains_key(required.as_str().expect("a text")));
        assert!(known, "{at} requires {required}, which it lacks");
    }
}

fn check_bounded(at: &str, schema: &Map<String, Value>) {
    let has = |words: &[&str]| words.iter().any(|word| schema.contains_key(*word));
    match schema["type"].as_str() {
        Some("string") => assert!(has(&["maxLength", "pattern", "enum", "format"]), "{at}"),
        Some("array") => assert!(has(&["maxItems"]), "{at}"),
        Some("integer") => assert!(has(&["minimum"]) && has(&["maximum"]), "{at}"),
        _ => {}
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{at}: {pattern}");
        let endless = pattern.contains(['*', '+']) && !schema.contains_key("maxLength");
        let literal = Regex::new(r"\[[^]]*\]|\\.").expect("a pattern").replace_all(pattern, "");
        assert!(!(endless && literal.contains(['*', '+'])), "{at}: {pattern} has no end");
    }
}

#[tokio::test]
async fn tool_schemas_use_only_portable_and_bounded_constructs() {
    let world = World::embedded().await;
    for tool in world.dispatcher.registry().operations() {
        let name = tool.spec.name;
        walk(&tool.input, name, &mut check_portable);
        walk(&tool.input, name, &mut check_bounded);
        walk(&tool.output, &format!("{name} answers"), &mut check_portable);
        let kind = if tool.spec.document.is_some() { "string" } else { "object" };
        assert_eq!(tool.output["type"], kind, "{name} answers");
        assert!(!tool.description.is_empty() && tool.input.get("description").is_none(), "{name}");
    }
}

/// Returns a schema of answers as it is listed: it allows further members, and the answer requires none. The `code` of
/// a failure fits, too.
fn listed_schema(schema: &Value) -> Value {
    let mut listed = open(schema);
    listed.as_object_mut().expect("a schema").remove("required");
    if let Some(code) = listed.pointer_mut("/properties/code") {
        code.as_object_mut().expect("a schema").remove("type");
    }
    listed
}

/// Returns a schema that allows further members.
fn open(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let words = members.iter().filter(|(word, _)| *word != "additionalProperties");
            words.map(|(word, value)| (word.clone(), open(value))).collect()
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn the_tool_list_matches_the_registry() {
    let world = World::embedded().await;
    let listed = list_tools(&world).await;
    let tools: Vec<_> = world.dispatcher.registry().tools().collect();
    assert_eq!(listed.len(), tools.len());
    let name = Regex::new("^[a-z][a-z0-9_]{0,39}$").expect("a pattern");
    for entry in &listed {
        let known = tools.iter().find(|tool| entry["name"] == tool.spec.mcp_name());
        let tool = known.unwrap_or_else(|| panic!("{entry}"));
        assert!(name.is_match(&tool.spec.mcp_name()), "{entry}");
        let spelled = dotted(entry.clone());
        assert_eq!(spelled["description"], tool.description.as_str());
        let schemas = (&spelled["inputSchema"], &spelled["outputSchema"]);
        assert_eq!(schemas, (&tool.input, &listed_schema(&tool.output)));
        for other in &tools {
            let told = entry["description"].as_str().expect("a text");
            let dots = format!(" {} ", other.spec.name);
            assert!(!told.contains(&dots), "{told}");
        }
        let access = tool.spec.access;
        let annotations = json!({
            "readOnlyHint": !access.changes(),
            "destructiveHint": access == covibe_domain::Access::Destroy,
            "idempotentHint": tool.spec.idempotent,
            "openWorldHint": false,
        });
        assert_eq!(entry["annotations"], annotations, "{}", tool.spec.name);
    }
}

/// Gemini CLI holds the text of a failure against the schema of the answer.
#[tokio::test]
async fn a_failure_is_valid_against_the_output_schema_of_every_tool() {
    let world = World::embedded().await;
    let waits = Duration::from_secs(7);
    let failure = Failure::new(Kind::Limited, "Too many.").hint("Wait.").retry_after(waits);
    let failure = failure.coded_body();
    for entry in list_tools(&world).await {
        let oracle = schema_validation::oracle(&entry["outputSchema"]);
        let errors: Vec<_> = oracle.iter_errors(&failure).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", entry["name"]);
    }
}

#[tokio::test]
async fn tool_descriptions_and_schemas_stay_within_a_byte_budget() {
    let world = World::embedded().await;
    let listed = list_tools(&world).await;
    let costs: Vec<_> = listed.iter().map(cost).collect();
    let average = |cost: fn(&(String, usize, usize)) -> usize| {
        costs.iter().map(cost).sum::<usize>() / costs.len()
    };
    let (read, whole) = (average(|cost| cost.1), average(|cost| cost.2));
    assert!(read <= 900, "a model reads {read} bytes a tool: {costs:#?}");
    // A parameter that a model misunderstands costs it a failed build, and that far more than a sentence: each has a
    // description with its form and its default, and apps.get returns every setting. That took a tenth more than
    // before. Three tools more than before answer with a verdict, and each has its whole form. Each has a title, by
    // which clients list it for people.
    assert!(whole <= 1_690, "{whole} bytes a tool: {costs:#?}");
}

/// Returns a tool's name, the bytes that a model reads of it, and those of its whole entry.
fn cost(entry: &Value) -> (String, usize, usize) {
    let text = |member: &str| entry[member].as_str().expect("a text").len();
    let read = text("name") + text("description") + entry["inputSchema"].to_string().len();
    (entry["name"].to_string(), read, entry.to_string().len())
}

/// Values that a schema refuses, each with what is wrong with it.
fn violations(schema: &Value) -> Vec<(&'static str, Value)> {
    let length = |limit: &Value, more: i64| {
        limit.as_i64().map(|limit| usize::try_from(limit + more).unwrap_or_default())
    };
    let mut bad = vec![("type", json!([[]]))];
    match schema["type"].as_str().expect("a type") {
        "string" => {
            bad.push(("an object", json!({})));
            bad.extend(length(&schema["maxLength"], 1).map(|n| ("too long", json!("a".repeat(n)))));
            let short = length(&schema["minLength"], 0).filter(|n| *n > 0);
            bad.extend(short.map(|n| ("too short", json!("a".repeat(n - 1)))));
            bad.extend(schema.get("enum").map(|_| ("no such word", json!("no-such-word"))));
            bad.extend(schema.get("format").map(|_| ("no time", json!("7 o'clock"))));
            if let Some(pattern) = schema["pattern"].as_str() {
                let pattern = Regex::new(pattern).expect("a pattern");
                let long = "a".repeat(2000);
                let tries = ["", " ", "\n", "ä", "'; DROP", "\u{0}", "../..", long.as_str()];
                let bad_texts = tries.iter().filter(|text| !pattern.is_match(text));
                bad.extend(bad_texts.map(|text| ("pattern", json!(text))));
                assert!(!pattern.is_match(&long), "{pattern} has no end");
            }
        }
        "integer" => {
            bad.extend([
                ("text", json!("seven")),
                ("a fraction", json!(1.5)),
                ("huge", json!(1e300)),
            ]);
            bad.extend(schema["maximum"].as_i64().map(|n| ("too much", json!(n + 1))));
            bad.extend(schema["minimum"].as_i64().map(|n| ("too little", json!(n - 1))));
        }
        "boolean" => bad.extend([("text", json!("yes")), ("a number", json!(1))]),
        "object" => bad.push(("a stray member", json!({ "no-such-member": 1 }))),
        "array" => {
            let most = length(&schema["maxItems"], 1);
            bad.extend(most.map(|n| ("too many", json!(vec![json!({}); n]))));
            bad[0] = ("type", json!({}));
        }
        other => panic!("{other}"),
    }
    bad
}

/// Returns whether a value is an empty string for an optional member, which counts as left out.
fn is_absent(schema: &Value, name: &str, value: &Value) -> bool {
    let required = schema["required"].as_array();
    *value == "" && !required.is_some_and(|names| names.iter().any(|each| each == name))
}

/// Every parameter with the ways to get it wrong: its name, what is wrong, and all parameters.
fn mistakes(tool: &Tool, good: &Value) -> Vec<(String, &'static str, Value)> {
    let mut all = Vec::new();
    for (name, schema) in tool.input["properties"].as_object().into_iter().flatten() {
        // An open parameter reports in its answer the outcome for a stray member.
        let is_open = tool.spec.open.contains(&name.as_str());
        let bad =
            violations(schema).into_iter().filter(|(_, bad)| !is_absent(&tool.input, name, bad));
        for (why, bad) in bad.filter(|(why, _)| !(is_open && *why == "a stray member")) {
            let mut params = good.clone();
            params[name] = bad;
            all.push((name.clone(), why, params));
        }
        let (inside, wrap): (_, fn(Value) -> Value) = match schema["type"].as_str() {
            Some("object") => (schema, |member| member),
            Some("array") => (&schema["items"], |member| json!([member])),
            _ => continue,
        };
        // A missing parameter is reported first.
        let object = good[name].as_object().cloned().unwrap_or_default();
        for (member, schema) in inside["properties"].as_object().into_iter().flatten() {
            let bad = violations(schema).into_iter();
            for (why, bad) in bad.filter(|(_, bad)| !is_absent(inside, member, bad)) {
                let mut params = good.clone();
                let mut changed = object.clone();
                changed.insert(member.clone(), bad);
                params[name] = wrap(Value::Object(changed));
                all.push((member.clone(), why, params));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_break_the_published_schema_are_refused_by_name() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let requests = world.coolify.requests().len();
    for tool in crate::support::for_keys(&world) {
        let in_path: Vec<_> = tool.spec.route.parameters().collect();
        let via = if tool.spec.rest_only { CallStyle::Rest } else { CallStyle::Tool };
        let good = parameter_samples::params(tool, &mark, "never-made");
        for (name, why, params) in mistakes(tool, &good) {
            let text = params[&name].as_str().unwrap_or_default();
            let is_path = via == CallStyle::Rest && in_path.contains(&name.as_str());
            let is_text = is_path || (via == CallStyle::Rest && !tool.spec.route.method.has_body());
            if (is_text && !params[&name].is_string())
                || (is_path && ["", "../..", "\n", "\u{0}"].contains(&text))
            {
                // A URL has texts only; and that is another path, or none.
                continue;
            }
            let told = via.call(&mark.agent, tool, &params).await;
            let what = format!("{}: {name}, {why}", tool.spec.name);
            assert_eq!(told.status, 400, "{what}: {}", told.answer.text);
            let failure = told.failure().to_string();
            assert!(failure.contains(&name), "{what} is not named: {failure}");
        }
    }
    assert_eq!(world.coolify.requests().len(), requests, "nothing of it went any further");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_parameters_are_refused_with_the_nearest_known_name() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    for (tool, via) in crate::support::all_calls(&world) {
        let mut params = parameter_samples::params(&tool, &mark, "never-made");
        params["zzUnheardOf"] = json!("x");
        let told = via.call(&mark.agent, &tool, &params).await;
        assert_eq!(told.status, 400, "{} by {via:?}: {}", tool.spec.name, told.answer.text);
        assert_eq!(told.failure()["error"], "Unknown parameter `zzUnheardOf`.", "{via:?}");
        assert!(told.failure()["hint"].is_string(), "{}", told.answer.text);
    }
    let near = json!({ "image": "nginx", "instant_deploy": false });
    let failure = mark.agent.compact("apps.create", &near).await.expect_err("a misspelt name");
    assert_eq!(failure["hint"], "Did you mean `instantDeploy`?");
}

#[tokio::test]
async fn the_description_of_variables_says_how_values_arrive_unchanged() {
    let world = World::embedded().await;
    let tool = world.dispatcher.registry().tools().find(|it| it.spec.name == "apps.envs.upsert");
    let envs = &tool.expect("the tool").input["properties"]["envs"];
    let says = envs["description"].as_str().expect("a text");
    assert!(says.contains("Leave isLiteral and isMultiline out"), "{envs}");
}
