//! Random files that are accepted.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The members that a service may have besides its image, each acceptable on its own.
fn member() -> impl Strategy<Value = (&'static str, Value)> {
    let text = "[a-zA-Z0-9 ._:#'\"{}\\[\\],&*!|>%@=äß日-]{0,24}";
    let number = 1_u32..90;
    prop_oneof![
        prop::collection::btree_map("A[A-Z0-9_]{0,8}", text, 0..4)
            .prop_map(|pairs| ("environment", json!(pairs))),
        Just(("environment", json!(["A=b", "C", "URL=${SERVICE_URL_WEB}/x", "D=${E:-f}"]))),
        Just(("environment", json!({ "A": "$HOST:80", "B": "${C:-${D:-e}/$F}", "N": null }))),
        prop::collection::btree_map("[a-z]{1,8}\\.[a-z]{1,8}", text, 0..3)
            .prop_map(|pairs| ("labels", json!(pairs)))
            .prop_filter("steers", |(_, labels)| !labels.to_string().contains("caddy")),
        prop::collection::vec(text, 1..4).prop_map(|words| ("command", json!(words))),
        Just(("entrypoint", json!("sh -c 'exec \"$$@\"'"))),
        prop::collection::vec(1_u16..9999, 1..3).prop_map(|ports| ("expose", json!(ports))),
        Just(("volumes", json!(["data:/data", "cache:/cache:ro"]))),
        Just(("volumes", json!([{ "type": "volume", "source": "data", "target": "/data" }]))),
        Just(("networks", json!(["inner", "default"]))),
        Just(("networks", json!({ "inner": { "aliases": ["one", "two"] }, "default": null }))),
        Just(("networks", json!({ "inner": { "aliases": [] }, "default": {} }))),
        number.clone().prop_map(|n| (
            "healthcheck",
            json!({ "test": ["CMD", "true"], "interval": format!("{n}s"), "retries": n })
        )),
        Just(("restart", json!("unless-stopped"))),
        number.prop_map(|n| (
            "deploy",
            json!({ "replicas": 1, "resources": { "limits": { "pids": n, "memory": "1g" } } })
        )),
        (1_u32..20).prop_map(|n| (
            "logging",
            json!({ "driver": "local", "options": { "max-file": n.to_string() } })
        )),
        Just(("security_opt", json!(["no-new-privileges:true"]))),
        Just(("configs", json!(["site"]))),
        Just(("tmpfs", json!(["/tmp", "/run:size=64m"]))),
        any::<bool>().prop_map(|on| ("init", json!(on))),
        Just(("user", json!("1000:1000"))),
    ]
}

fn service() -> impl Strategy<Value = Value> {
    prop::collection::vec(member(), 0..5).prop_map(|members| {
        let mut service = Map::new();
        service.insert("image".to_owned(), json!("ghcr.io/acme/app:1"));
        for (key, value) in members {
            service.insert(key.to_owned(), value);
        }
        Value::Object(service)
    })
}

/// Generates a file with one to four services, among them `web`.
pub(crate) fn file() -> impl Strategy<Value = Value> {
    let others = prop::collection::btree_map("[a-z][a-z0-9]{2,8}", service(), 0..4)
        .prop_filter("reserved", |names| !names.keys().any(|name| name.starts_with("coolify")));
    (service(), others, any::<bool>()).prop_map(|(web, others, depends)| {
        let mut services = json!(others);
        services["web"] = web;
        if let Some(name) = others.keys().next().filter(|name| depends && *name != "web") {
            services["web"]["depends_on"] = json!([name]);
        }
        json!({
            "services": services,
            "volumes": { "data": null, "cache": {} },
            "networks": { "inner": { "driver": "bridge" } },
            "configs": { "site": { "content": "a: b\n  c $$d\n" } },
        })
    })
}
