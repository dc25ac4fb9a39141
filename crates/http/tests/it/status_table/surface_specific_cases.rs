//! The cases in which the surfaces differ: keys, bodies, paths and names of tools.

use std::collections::BTreeSet;

use covibe_testkit_http::{Agent, AgentAnswer};
use serde_json::{Value, json};

use super::filled_workspaces::Scene;
use crate::support::tool_name_spelling::dotted;
use crate::support::{CallStyle, tool};

const JSON: (&str, &str) = ("content-type", "application/json");

/// 401: ask the user for a fresh key.
pub(super) async fn no_key(scene: &Scene) {
    let agent = scene.own.agent.with_key(None);
    let list = tool(&scene.world, "apps.list");
    for (stranger, advice) in [
        (agent.clone(), "ask the user to mint a fresh one"),
        (agent.with_authorization("Bearer"), "ask the user to mint a fresh one"),
        (agent.with_authorization("Bearer vibn_sk_bad"), "ask the user to mint a fresh one"),
        (agent.with_authorization("Bearer ${VIBN_API_KEY}"), "did not expand"),
    ] {
        for via in CallStyle::ALL {
            let told = via.call(&stranger, &list, &json!({})).await;
            let body = told.answer.json();
            assert_eq!((told.answer.status, &body["error"]), (401, &json!("No valid API key.")));
            let challenge = told.answer.headers["www-authenticate"].as_str();
            assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""));
            assert!(hint_contains(&body["hint"], advice), "{via:?}: {body}");
        }
    }
}

fn hint_contains(hint: &Value, words: &str) -> bool {
    hint.as_str().is_some_and(|hint| hint.contains(words))
}

async fn post(agent: &Agent, path: &str, body: &str) -> AgentAnswer {
    agent.send("POST", path, &[JSON], Some(body.to_owned())).await
}

/// 400: what is no JSON says so, with the way to mend it.
pub(super) async fn unreadable_bodies(scene: &Scene) {
    let agent = &scene.own.agent;
    let path = "/api/workspaces/mark/databases";
    for (path, body, hint) in [
        (path, r#"{"type":"#, "Correct it at line 1, column 8, then retry."),
        (
            "/api/mcp",
            r#"{"tool":"databases.create","params":{"#,
            r#"Send MCP JSON-RPC, or {"tool""#,
        ),
    ] {
        let answer = post(agent, path, body).await;
        let told = answer.json();
        assert_eq!((answer.status, &told["error"]), (400, &json!("The body is not JSON.")));
        assert!(hint_contains(&told["hint"], hint), "{told}");
    }
    let answer = post(agent, path, r#"["postgresql"]"#).await;
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (400, &json!("The body must be a JSON object."))
    );
    let answer = post(agent, "/api/mcp", r#"{"jsonrpc":"2.0","id":1,"method":"#).await;
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status, &error["code"]), (400, &json!(-32700)));
    assert_eq!(error["message"], "The body is not JSON.");
    assert!(hint_contains(&error["data"]["hint"], "Correct the request, then retry"), "{error}");
}

/// 403: a path of another workspace; whether there is one is not told.
pub(super) async fn paths_of_others(scene: &Scene) {
    let mut texts = BTreeSet::new();
    for slug in ["annex", "justine", "nobody-has-this"] {
        for path in ["", "/apps", "/databases", "/keys"] {
            let path = format!("/api/workspaces/{slug}{path}");
            let answer = scene.own.agent.send("GET", &path, &[], None).await;
            assert_eq!(answer.status, 403, "{path}: {}", answer.text);
            texts.insert(answer.text);
        }
    }
    let told: Vec<Value> =
        texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    let [told] = &told[..] else { panic!("{told:#?}") };
    assert_eq!(told["error"], "This key does not belong to the workspace in the path.");
    assert!(hint_contains(&told["hint"], "Stop and ask the user; do not guess"), "{told}");
    assert!(hint_contains(&told["hint"], "/api/workspaces/mark/"), "{told}");
}

/// 404: names of tools and paths that nothing has.
pub(super) async fn unknown_tools(scene: &Scene) {
    let agent = &scene.own.agent;
    for (name, hint) in [
        ("apps.lst", "Did you mean `apps.list`?"),
        ("frobnicate", "tools/list and GET /api/mcp list the tools."),
        ("deployments.exec", "Its family has: deployments.cancel, deployments.logs."),
    ] {
        let told = json!({ "error": format!("Unknown tool `{name}`."), "hint": hint });
        let answer = agent.compact_raw(name, &json!({})).await;
        assert_eq!((answer.status, answer.json()), (404, told.clone()));
        let params = json!({ "name": name, "arguments": {} });
        for answer in
            [agent.rpc("tools/call", &params).await, agent.rpc_modern("tools/call", &params).await]
        {
            assert!(!answer.text.contains("`apps.list`"), "{}", answer.text);
            let error = dotted(answer.json()["error"].clone());
            let expected = json!({ "code": -32602, "message": told["error"],
                                   "data": { "hint": hint } });
            assert_eq!(error, expected, "{}", answer.text);
        }
    }
    let answer = agent.send("GET", "/api/workspaces/mark/nothing", &[], None).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    assert!(
        hint_contains(&answer.json()["hint"], "GET /openapi.json lists the routes"),
        "{}",
        answer.text
    );
}
