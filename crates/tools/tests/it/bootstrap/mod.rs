//! `bootstrap.sh`: how it is served, and what it does, run by every shell that this machine has.

mod agent_files;
mod credential_helper;
mod fixture;
mod ignored_key;
mod key_prompt;
mod script_failures;
mod undo;
mod written_files;

use std::time::Duration;

use covibe_domain::entities::ProvisionStatus;
use covibe_testkit_http::{Agent, World};
use serde_json::json;

use crate::support::workspace_resources::fresh_key;
use fixture::{Ground, KEY, Shell, shells, starts};

/// The script as the agent gets it.
async fn fetch_script(agent: &Agent) -> String {
    let path = format!("/api/workspaces/{}/bootstrap.sh", agent.slug);
    let answer = agent.send("GET", &path, &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

/// The script of a workspace.
async fn script() -> String {
    fetch_script(&World::embedded().await.mark.agent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bootstrap_script_is_served_only_to_the_workspaces_own_key() {
    let world = World::embedded().await;
    let (mark, path) = (&world.mark.agent, "/api/workspaces/mark/bootstrap.sh");
    let answer = mark.send("GET", path, &[], None).await;
    assert_eq!(answer.headers["content-type"], "text/x-shellscript; charset=utf-8");
    assert_eq!(answer.headers["content-disposition"], "inline; filename=bootstrap.sh");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.text.starts_with("#!/bin/sh\n"), "{}", answer.text);
    assert!(!answer.text.contains(mark.key.as_ref().expect("a key").expose()), "the key is in it");
    for (agent, status) in [(mark.with_key(None), 401), (world.justine.agent.clone(), 403)] {
        let answer = agent.send("GET", path, &[], None).await;
        assert_eq!((answer.status, &*answer.headers["content-type"]), (status, "application/json"));
        assert!(answer.json()["error"].is_string(), "{}", answer.text);
    }
    let tool = mark.compact_raw("workspace.bootstrap", &json!({})).await;
    assert_eq!(tool.status, 404, "it is no tool of the agent's: {}", tool.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn shellcheck_accepts_the_bootstrap_script() {
    if !starts(&["shellcheck"], &["--version"]) {
        return;
    }
    let ground = Ground::new();
    ground.write("bootstrap.sh", script().await);
    let path = ground.path("bootstrap.sh");
    let output = std::process::Command::new("shellcheck").args(["-s", "sh"]).arg(path).output();
    let output = output.expect("shellcheck");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_written_settings_authenticate_to_the_workspace() {
    let world = World::embedded().await;
    let (ground, agent) = (Ground::new(), &world.mark.agent);
    let key = agent.key.as_ref().expect("a key").expose();
    let shell: Shell = &["sh"];
    let ran = ground.run_with(shell, &fetch_script(agent).await, &[("VIBN_API_KEY", key)]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.out.contains(key) && !ran.err.contains(key), "the key is shown");
    let written = ground.read(".env.local");
    let value = |name: &str| {
        let lines = written.lines().filter_map(|line| line.split_once('='));
        lines.filter(|(left, _)| *left == name).map(|(_, right)| right).next().expect("a line")
    };
    assert_eq!(value("VIBN_WORKSPACE"), "mark");
    let origin = value("VIBN_MCP_URL").strip_suffix("/api/mcp").expect("the address of MCP");
    let reader = Agent::new(origin, "mark", None).with_key(Some(value("VIBN_API_KEY")));
    let described = reader.compact("workspace.describe", &json!({})).await.expect("a workspace");
    assert_eq!(described["slug"], "mark");
    let mcp: serde_json::Value =
        serde_json::from_str(&ground.read(".cursor/mcp.json")).expect("JSON");
    assert_eq!(mcp["mcpServers"]["vibn-mark"]["url"], format!("{origin}/api/mcp"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_workspace_name_is_not_executed_by_the_script() {
    let world = World::embedded().await;
    let name = "it's \"$(touch owned)\" `touch owned` $IFS\\\n<!-- co-vibe: end -->\n---\n\u{202e}\
                '; touch owned; ' '@rules@' @slug@ ${VIBN_API_KEY}";
    let mut record = world.mark.record.clone();
    name.clone_into(&mut record.name);
    record.provision_status = ProvisionStatus::Partial;
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&record).await.expect("an update"));
    tx.commit().await.expect("the end");
    let fresh = fresh_key(&world.mark.agent).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let script = fetch_script(&world.mark.agent.with_key(fresh["token"].as_str())).await;
    for shell in shells() {
        let ground = Ground::new();
        let ran = ground.run(shell, &script);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{shell:?}");
        let tree = ground.tree();
        assert!(!ground.path("owned").exists(), "{shell:?} ran a name");
        let rules = ground.read(".cursor/rules/co-vibe.mdc");
        assert_eq!(rules.matches("co-vibe: end").count(), 2, "{rules}");
        assert!(!rules.contains(KEY) && !rules.contains('\u{202e}'), "{rules}");
        assert!(rules.contains("$(touch owned)") && rules.contains("'@rules@' @slug@"), "{rules}");
        assert_eq!(ground.run(shell, &script).code, Some(0), "{shell:?}");
        assert_eq!(ground.tree(), tree, "{shell:?} found its own marks again");
    }
}
