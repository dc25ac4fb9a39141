//! Random input, of which much is nearly right: an answer as JSON, no failure of the server's own.

mod forwarded_fields;
mod invalid_queries;
mod openapi_document;
mod stringified_values;

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use covibe_dispatch::Tool;
use covibe_testkit_http::{AgentAnswer, World};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::support::{CallStyle, all_calls, schema_validation};

/// A world and the runtime that it lives on.
struct Lab {
    runtime: Runtime,
    world: World,
}

impl Lab {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let world = runtime.block_on(World::embedded());
        Self { runtime, world }
    }

    /// Holds a property for so many random inputs.
    fn check<S, F>(&self, cases: u32, inputs: &S, property: impl Fn(S::Value) -> F)
    where
        S: Strategy,
        F: Future<Output = AgentAnswer>,
    {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(inputs, |input| {
            let answer =
                async { tokio::time::timeout(Duration::from_secs(20), property(input)).await };
            let answer = self.runtime.block_on(answer);
            sound(&answer.map_err(|_| TestCaseError::fail("it hangs"))?)
        });
        outcome.unwrap_or_else(|why| panic!("{why}"));
    }
}

/// Nothing is wrong with the upstreams, so nothing may be wrong with the answer.
fn sound(answer: &AgentAnswer) -> Result<(), TestCaseError> {
    let AgentAnswer { status, text, .. } = answer;
    // 405: a path with an empty parameter is another path.
    let known = [200, 201, 202, 400, 403, 404, 405, 409, 413, 422, 429].contains(status);
    prop_assert!(known, "{status}: {text}");
    let is = |media_type| answer.headers.get("content-type").is_some_and(|it| it == media_type);
    let is_json = is("application/json") && answer.json().is_object();
    let is_text =
        ["text/x-shellscript; charset=utf-8", "text/plain; charset=utf-8"].into_iter().any(is);
    let is_text = *status == 200 && is_text;
    prop_assert!(is_json || is_text || *status == 202, "{status}: {text}");
    Ok(())
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "apps[._](list|get|deploy)|workspace_describe|2\\.0|tools/(list|call)|initialize|ping|2026-07-28"
            .prop_map(Value::from),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 32, 5, |inner| {
        let name =
            "jsonrpc|id|method|params|tool|action|name|arguments|_meta|cursor|uuid|[a-z]{1,6}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Bodies that begin like an envelope, with anything behind it.
fn envelopes() -> impl Strategy<Value = Value> {
    let members = |known: Value| {
        any_json().prop_map(move |value| {
            let mut members = known.as_object().cloned().unwrap_or_default();
            match value {
                Value::Object(more) => members.extend(more),
                other => drop(members.insert("params".to_owned(), other)),
            }
            Value::Object(members)
        })
    };
    let request = |method: &str| serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": method });
    prop_oneof![
        any_json(),
        members(serde_json::json!({ "tool": "apps.list" })),
        members(request("tools/call")),
        members(request("tools/list")),
        members(request("initialize")),
        members(request("notifications/cancelled")),
    ]
}

/// A value of the schema's type, within or near its bounds.
fn values_near(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(words) = schema["enum"].as_array() {
        return prop::sample::select(words.clone()).boxed();
    }
    match schema["type"].as_str() {
        Some("object") => params(schema).boxed(),
        Some("array") => {
            prop::collection::vec(values_near(&schema["items"]), 0..3).prop_map(Value::from).boxed()
        }
        Some("integer") => prop_oneof![(0_i64..70_000).prop_map(Value::from), leaf()].boxed(),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        _ => match schema["pattern"].as_str().and_then(|pattern| {
            // The strategy's dialect has no anchors.
            prop::string::string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).ok()
        }) {
            Some(matching) => prop_oneof![4 => matching.prop_map(Value::from), 1 => leaf()].boxed(),
            None => prop_oneof!["[A-Za-z0-9._/:-]{1,40}".prop_map(Value::from), leaf()].boxed(),
        },
    }
}

/// Parameters, most of them near what a schema says, each there or not.
fn params(schema: &Value) -> impl Strategy<Value = Value> + use<> {
    let members = schema["properties"].as_object().into_iter().flatten();
    let members: Vec<_> = members
        .map(|(name, schema)| {
            let value = prop_oneof![6 => values_near(schema), 1 => any_json()];
            (Just(name.clone()), prop::option::weighted(0.6, value))
        })
        .collect();
    let stray = prop::option::weighted(0.1, ("[a-zA-Z]{1,8}", any_json()));
    (members, stray).prop_map(|(members, stray)| {
        let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Value::Object(given.chain(stray).collect::<Map<_, _>>())
    })
}

#[test]
fn any_mcp_body_is_answered_without_a_server_error() {
    let lab = Lab::new();
    let agent = &lab.world.mark.agent;
    lab.check(200, &envelopes(), |body| async move { agent.json("POST", "/api/mcp", &body).await });
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    lab.check(50, &bytes, |bytes| async move {
        crate::support::raw_requests::send(
            agent,
            &crate::support::raw_requests::post(agent, "", &bytes),
        )
        .await
    });
}

#[test]
fn any_parameters_of_any_tool_are_answered_without_a_server_error() {
    let lab = Lab::new();
    let agent = &lab.world.mark.agent;
    let pairs = all_calls(&lab.world).into_iter().filter(|(_, via)| *via != CallStyle::Action);
    for (tool, via) in pairs {
        let tool: &Arc<Tool> = &tool;
        lab.check(12, &params(&tool.input), |params| async move {
            via.call(agent, tool, &params).await.answer
        });
    }
}

/// Removes the objects, at any depth, that are `false`, which the published schema does not have.
fn without_switches(names: &[&str], given: &mut Value) {
    let Value::Object(members) = given else { return };
    members.retain(|name, value| !(names.contains(&name.as_str()) && *value == false));
    members.values_mut().for_each(|value| without_switches(names, value));
}

/// The published schema is the one that is enforced, as an independent reading of it says.
#[test]
fn parameters_that_break_their_schema_are_refused() {
    let lab = Lab::new();
    let agent = &lab.world.mark.agent;
    let broken = Cell::new(0);
    for tool in lab.world.dispatcher.registry().tools() {
        let oracle = &schema_validation::oracle(&tool.input);
        lab.check(12, &params(&tool.input), |params| {
            let (broken, mut given) = (&broken, params.clone());
            schema_validation::as_declared(&tool.input, &mut given);
            schema_validation::without_absent(&tool.input, &mut given);
            without_switches(tool.spec.switches, &mut given);
            for name in tool.spec.open {
                // Such a parameter also takes members that it does not declare.
                let declared = &tool.input["properties"][name]["properties"];
                if let Some(members) = given.get_mut(name).and_then(Value::as_object_mut) {
                    members.retain(|name, _| declared.get(name).is_some());
                }
            }
            async move {
                let answer = agent.compact_raw(tool.spec.name, &params).await;
                if !oracle.is_valid(&given) {
                    broken.set(broken.get() + 1);
                    assert_eq!(answer.status, 400, "{} {params}: {}", tool.spec.name, answer.text);
                }
                answer
            }
        });
    }
    assert!(broken.get() > 100, "{} broke their schema", broken.get());
}
