//! `audit.list` and `audit.verify`: what a workspace reads of its own audit.

use covibe_testkit_http::{Agent, World};
use serde_json::{Value, json};

use crate::audit::until;

async fn list(agent: &Agent, query: &str) -> Value {
    let path = format!("/api/workspaces/{}/audit{query}", agent.slug);
    let answer = agent.json("GET", &path, &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn tools(list: &Value) -> Vec<&str> {
    let entries = list["entries"].as_array().expect("entries").iter();
    entries.filter_map(|entry| entry["tool"].as_str()).collect()
}

fn surfaces(list: &Value) -> Vec<&str> {
    let entries = list["entries"].as_array().expect("entries").iter();
    entries.filter_map(|entry| entry["surface"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_filters_its_audited_calls_by_agent_outcome_and_tool() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let body = json!({ "name": "pilot", "agentType": "codex" });
    let minted = agent.json("POST", "/api/workspaces/mark/keys", &body).await.json();
    let codex = agent.with_key(minted["token"].as_str());
    codex.compact("projects.list", &json!({})).await.unwrap();
    codex.compact("apps.get", &json!({ "uuid": "zzzz2345zzzz2345zzzz2345" })).await.unwrap_err();
    world.justine.agent.compact("repos.list", &json!({})).await.unwrap();
    until(&world, &world.mark, 2, |entry| {
        ["projects.list", "apps.get"].contains(&entry.tool.as_str())
    })
    .await;

    let of_codex = list(agent, "?agentType=codex").await;
    assert_eq!(tools(&of_codex), ["apps.get", "projects.list"], "newest first");
    assert_eq!(of_codex["entries"][0]["actor"]["name"], "pilot");
    assert_eq!(of_codex["entries"][0]["actor"]["agentType"], "codex");
    assert_eq!(of_codex["entries"][0]["outcome"], "not_found");
    assert_eq!(tools(&list(agent, "?outcome=not_found").await), ["apps.get"]);
    let minting = list(agent, "?tool=keys.mint").await;
    assert_eq!(tools(&minting), ["keys.mint", "keys.mint"], "one when it starts, one when it ends");
    assert_eq!(tools(&list(agent, "?tool=keys.mint&ended=true").await), ["keys.mint"]);
    assert!(!minting.to_string().contains(minted["token"].as_str().unwrap()));
    assert_eq!(tools(&list(agent, "?tool=repos.list").await), [""; 0], "another tenant's");
    assert_eq!(tools(&list(&world.justine.agent, "?tool=apps.get").await), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_the_server_and_of_workos_can_be_omitted() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    agent.compact("projects.list", &json!({})).await.unwrap();
    world.dispatcher.flush().await;
    let all = list(agent, "?limit=100").await;
    assert!(surfaces(&all).contains(&"server"), "the server provisioned the workspace: {all}");
    let of_calls = list(agent, "?limit=100&exceptSurface=server").await;
    assert!(tools(&of_calls).contains(&"projects.list"), "{of_calls}");
    assert!(!surfaces(&of_calls).contains(&"server"), "{of_calls}");
    let without_copies = list(agent, "?limit=100&exceptSurface=workos").await;
    assert!(surfaces(&without_copies).contains(&"server"), "{without_copies}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_audit_have_every_entry_once() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for _ in 0..7 {
        agent.compact("projects.list", &json!({})).await.unwrap();
    }
    until(&world, &world.mark, 7, |entry| entry.tool == "projects.list").await;
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = list(agent, &format!("?tool=projects.list&limit=3{next}")).await;
        seen.extend(
            page["entries"].as_array().unwrap().iter().map(|entry| entry["requestId"].to_string()),
        );
        let Some(more) = page["next"].as_str() else { break };
        next = format!("&next={more}");
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (7, 7));
    let answer = agent.json("GET", "/api/workspaces/mark/audit?next=x", &json!({})).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_tenants_key_verifies_the_audit_chain() {
    let world = World::embedded().await;
    let path = "/api/workspaces/mark/audit/verify";
    let refused = world.mark.agent.json("GET", path, &json!({})).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let tenant = world.tenants_agent(&world.mark).await;
    let verified = tenant.json("GET", path, &json!({})).await.json();
    assert_eq!(verified["intact"], true, "{verified}");
    assert!(
        verified["entries"].as_i64().unwrap() > 0 && verified["finding"].is_null(),
        "{verified}"
    );
}
