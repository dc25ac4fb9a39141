//! The shapes of answers, held against snapshots beside this file.
//!
//! `INSTA_UPDATE=always cargo test -p covibe-http --test it snapshots` writes them anew.

use covibe_testkit_http::World;
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::journey::Walk;
use crate::support::CallStyle;

/// Replaces the ports of the simulators, which differ from run to run.
fn without_ports(value: &Value) -> Value {
    let port = Regex::new(r"127\.0\.0\.1:\d+").expect("a pattern");
    let text = value.to_string();
    serde_json::from_str(&port.replace_all(&text, "‹host›")).expect("still JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_the_journey_matches_its_snapshot() {
    let world = World::embedded().await;
    let mut walk = Walk::new(&world, &world.mark, CallStyle::Rest);
    let (app, deployment) = walk.build().await;
    walk.read_everything(&app, &deployment).await;
    walk.make_mistakes(&app).await;
    for (number, (name, status, answer)) in walk.told.iter().enumerate() {
        let snapshot = json!({ "status": status, "answer": without_ports(answer) });
        insta::assert_json_snapshot!(format!("journey_{number:02}_{name}"), snapshot);
    }
    world.stop().await;
}

/// Returns the parameters of a schema with their types; optional ones end with a question mark.
fn outline(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let members = schema["properties"].as_object().into_iter().flatten();
            let outlined = members.map(|(name, member)| {
                let mark = if required.contains(&json!(name)) { "" } else { "?" };
                (format!("{name}{mark}"), outline(member))
            });
            Value::Object(outlined.collect::<Map<_, _>>())
        }
        Some("array") => json!([outline(&schema["items"])]),
        other => json!(other),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tool_list_matches_its_snapshot() {
    let world = World::embedded().await;
    let listed = world.mark.agent.rpc("tools/list", &json!({})).await.json();
    let tools = listed["result"]["tools"].as_array().expect("a list").iter().map(|tool| {
        let name = tool["name"].as_str().expect("a name").to_owned();
        (name, json!({ "input": outline(&tool["inputSchema"]), "hints": tool["annotations"] }))
    });
    insta::assert_json_snapshot!("tools", Value::Object(tools.collect()));
    world.stop().await;
}
