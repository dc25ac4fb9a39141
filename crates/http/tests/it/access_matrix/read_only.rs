//! Keys and MCP URLs that only read: every operation by every surface, computed from the registry, on both
//! databases.

use covibe_domain::entities::{KeyAccess, KeyScope};
use covibe_identity::KeyRequest;
use covibe_testkit_http::{Agent, Upstream, UpstreamCall, upstream_calls};
use serde_json::{Value, json};

use super::{Backend, Pair};
use crate::audit::entries;
use crate::support::{CallStyle, all_calls, parameter_samples};

on_both!(
    a_read_only_key_runs_only_tools_that_read,
    a_read_only_url_restricts_every_key_to_tools_that_read,
    a_read_only_key_lists_only_the_tools_that_it_may_call,
    the_audit_records_the_access_of_a_call,
);

/// Returns mark's agent with a new key of this access and the widest scope.
async fn agent_with_access(pair: &Pair, access: KeyAccess) -> Agent {
    let record = &pair.world.mark.record;
    let request = KeyRequest { scope: KeyScope::Tenant, access, ..KeyRequest::default() };
    let minted = pair.world.identity.mint_first(&record.tenant, &record.id, request).await;
    pair.mark.agent.with_key(Some(minted.expect("a key").token.expose()))
}

/// Panics unless an agent may call what reads and discloses no credential, and nothing else.
async fn assert_only_reads(
    pair: &Pair,
    agent: &Agent,
    subject: &str,
    reaches: fn(CallStyle) -> bool,
) {
    for upstream in Upstream::ALL {
        upstream.simulator(&pair.world).clear_requests();
    }
    for (tool, via) in all_calls(&pair.world).into_iter().filter(|(_, via)| reaches(*via)) {
        let params = parameter_samples::params(&tool, &pair.mark, "never-made");
        let told = via.call(agent, &tool, &params).await;
        let what = format!("{} by {via:?}", tool.spec.name);
        if !tool.spec.access.changes() && !tool.spec.discloses {
            assert!(told.outcome.is_ok(), "{what}: {}", told.answer.text);
            continue;
        }
        let name = match via {
            CallStyle::JsonRpc | CallStyle::Modern => tool.spec.mcp_name(),
            _ => tool.spec.name.to_owned(),
        };
        assert_eq!(told.status, 403, "{what}: {}", told.answer.text);
        let error = format!("This {subject} is read-only and cannot call {name}.");
        assert_eq!(told.failure()["error"], json!(error), "{what}");
        let hint = told.failure()["hint"].as_str().map(str::to_owned).unwrap_or_default();
        assert!(hint.contains("ask the user"), "{what}: {hint}");
    }
    for upstream in Upstream::ALL {
        let received = upstream_calls::received_calls(&pair.world, upstream);
        // A clone, by which Coolify or a check reads a repository, is a POST.
        let reads =
            |call: &&UpstreamCall| call.only_reads() || call.path.ends_with("/git-upload-pack$");
        let changes: Vec<_> = received.iter().filter(|call| !reads(call)).collect();
        assert!(changes.is_empty(), "{changes:?}");
    }
}

async fn a_read_only_key_runs_only_tools_that_read(pair: Pair) {
    let reader = agent_with_access(&pair, KeyAccess::Read).await;
    assert_only_reads(&pair, &reader, "key", |_| true).await;
    // No value of the parameter widens what the key may do.
    for path in ["/api/mcp?readonly=0", "/api/mcp?readonly=false"] {
        let body = json!({ "tool": "apps.deploy", "params": { "uuid": pair.mark.app } });
        assert_eq!(reader.json("POST", path, &body).await.status, 403, "{path}");
    }
}

async fn a_read_only_url_restricts_every_key_to_tools_that_read(pair: Pair) {
    let full = agent_with_access(&pair, KeyAccess::Full).await.with_read_only_url();
    assert_only_reads(&pair, &full, "MCP URL", |via| via != CallStyle::Rest).await;
    let reader = agent_with_access(&pair, KeyAccess::Read).await.with_read_only_url();
    assert_only_reads(&pair, &reader, "key", |via| via != CallStyle::Rest).await;
    for value in ["yes", "2", "1%00", "TRUE"] {
        let path = format!("/api/mcp?readonly={value}");
        let body = json!({ "tool": "apps.list" });
        let refused = full.json("POST", &path, &body).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text);
        assert_eq!(full.send("GET", &path, &[], None).await.status, 400, "{path}");
    }
}

fn names(tools: &Value) -> Vec<String> {
    let name = |tool: &Value| tool["name"].as_str().expect("a text").to_owned();
    tools.as_array().expect("a list").iter().map(name).collect()
}

async fn a_read_only_key_lists_only_the_tools_that_it_may_call(pair: Pair) {
    let registry = pair.world.dispatcher.registry();
    let all: Vec<_> = registry.tools().map(|tool| tool.spec.mcp_name()).collect();
    let readable = registry.tools().filter(|tool| tool.spec.is_open_to(KeyAccess::Read));
    let readable: Vec<_> = readable.map(|tool| tool.spec.mcp_name()).collect();
    assert!(readable.len() < all.len() && readable.contains(&"apps_get".to_owned()));
    let full = agent_with_access(&pair, KeyAccess::Full).await;
    let reader = agent_with_access(&pair, KeyAccess::Read).await;
    for (agent, expected, access) in [
        (&full, &all, "full"),
        (&full.with_read_only_url(), &readable, "read"),
        (&reader, &readable, "read"),
    ] {
        for answer in [
            agent.rpc("tools/list", &json!({})).await,
            agent.rpc_modern("tools/list", &json!({})).await,
        ] {
            let mut listed = names(&answer.json()["result"]["tools"]);
            listed.sort();
            let mut expected = expected.clone();
            expected.sort();
            assert_eq!(listed, expected, "{access}");
        }
        let described = agent.compact("workspace.describe", &json!({})).await.expect("one");
        assert_eq!(described["access"], access);
        let file = json!({ "uuid": pair.mark.app, "include": ["compose"] });
        let status = if access == "full" { 200 } else { 403 };
        assert_eq!(agent.compact_raw("apps.get", &file).await.status, status, "{access}");
    }
    let described = full.send("GET", "/api/mcp?readonly=1", &[], None).await.json();
    let described: Vec<_> =
        names(&described["tools"]).iter().map(|name| name.replace('.', "_")).collect();
    assert_eq!(described.len(), readable.len());
    assert!(described.iter().all(|name| readable.contains(name)), "{described:?}");
}

async fn the_audit_records_the_access_of_a_call(pair: Pair) {
    let reader = agent_with_access(&pair, KeyAccess::Read).await;
    let body = json!({ "uuid": pair.mark.app });
    for (agent, status) in [(&pair.mark.agent.with_read_only_url(), 403), (&reader, 403)] {
        assert_eq!(agent.compact_raw("apps.deploy", &body).await.status, status);
    }
    assert_eq!(pair.mark.agent.compact_raw("apps.get", &body).await.status, 200);
    pair.world.dispatcher.flush().await;
    let entries = entries(&pair.world, &pair.world.mark).await;
    let access = |tool: &str, outcome: &str| -> Vec<_> {
        let of = entries.iter().filter(|entry| entry.tool == tool && entry.outcome == outcome);
        of.map(|entry| entry.access).collect()
    };
    assert_eq!(access("apps.deploy", "forbidden"), [Some(KeyAccess::Read); 2]);
    assert_eq!(access("apps.get", "ok").first(), Some(&None), "full access");
}
