//! The usual other spellings of values, on every surface: what runs and what is recorded has the declared
//! form.

use std::sync::Arc;
use std::time::Duration;

use covibe_dispatch::Tool;
use covibe_domain::Access;
use covibe_store::AuditRecord;
use covibe_testkit_http::World;
use serde_json::{Map, Value, json};

use crate::support::{
    CallStyle, Estate, call, expect_success, parameter_samples, schema_validation,
};

/// The digests of the parameters of a tool's calls.
async fn digests(world: &World, tool: &str) -> Vec<String> {
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let entries: Vec<AuditRecord> = tx.audit(&record.id, 1000).await.expect("the audit");
    tx.commit().await.expect("an end");
    let of_tool = entries.into_iter().filter(|entry| entry.tool == tool);
    of_tool.map(|entry| entry.params_digest).collect()
}

/// A script with an unset variable must not get the wider default.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_access_or_flag_is_refused_instead_of_defaulted() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let minted = agent.json("POST", "/api/workspaces/mark/keys", &json!({ "access": "" })).await;
    assert_eq!(minted.status, 400, "{}", minted.text);
    for flag in ["isShownOnce", "isPreview"] {
        let params = json!({ "uuid": "shop", "key": "A", "value": "b", flag: "" });
        let answer = agent.compact_raw("apps.envs.upsert", &params).await;
        assert_eq!(answer.status, 400, "{flag}: {}", answer.text);
        assert!(answer.text.contains(flag), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_accepts_other_spellings_of_values() {
    let world = World::embedded().await;
    for (number, via) in CallStyle::ALL.into_iter().enumerate() {
        let params = json!({ "type": "Postgres", "name": format!("db{number}"), "isPublic": "true",
                             "publicPort": (5500 + number).to_string(), "image": "" });
        let made = expect_success(&world, via, "databases.create", &params).await;
        assert_eq!((&made["type"], &made["isPublic"]), (&json!("postgresql"), &json!(true)));
        assert_eq!(made["publicPort"], 5500 + number);
        let params = json!({ "provider": "PocketBase", "name": format!("auth{number}"),
                             "instantDeploy": "False", "description": "" });
        let made = expect_success(&world, via, "auth.create", &params).await;
        assert_eq!(made["provider"], "pocketbase");
        let params = json!({ "image": "nginx:1.27", "name": format!("app{number}"), "repo": "",
                             "composeRaw": "", "domain": "", "buildPack": "",
                             "instantDeploy": "false" });
        let made = expect_success(&world, via, "apps.create", &params).await;
        assert_eq!(made["image"], "nginx:1.27", "{made}");
    }
}

/// Returns the parameters with every member as a text.
fn stringified(params: &Value) -> Value {
    let members = params.as_object().expect("an object").iter();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.map(|(name, value)| (name.clone(), json!(text(value)))).collect::<Map<_, _>>().into()
}

/// Returns all tools that are called by a workspace's key, those that remove something last.
fn tools(world: &World) -> Vec<Arc<Tool>> {
    let tools = world.dispatcher.registry().tools().cloned();
    let mut tools: Vec<_> = tools.filter(|tool| !parameter_samples::is_for_tenants(tool)).collect();
    tools.sort_by_key(|tool| tool.spec.access == Access::Destroy);
    tools
}

/// Returns an estate whose app has a container, which commands need.
async fn running(world: &World, name: &str) -> Estate {
    let estate = Estate::create(world, &world.mark, name).await;
    let deploy = json!({ "uuid": estate.app, "wait": true });
    expect_success(world, CallStyle::Tool, "apps.deploy", &deploy).await;
    estate
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_accepts_all_of_its_arguments_as_strings() {
    // Each reads parameters in its own way; both versions of MCP read them in one.
    for via in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc] {
        let world = World::embedded().await;
        let (mut estate, mut number) = (running(&world, "a").await, 0);
        for tool in tools(&world) {
            number += 1;
            let name = format!("texts-{number}-{via:?}").to_lowercase();
            let mut params = parameter_samples::params(&tool, &estate, &name);
            if params.get("action").is_some() {
                // The next tools need what it acts on.
                params["action"] = json!("restart");
            }
            let params = stringified(&params);
            // What the last call has begun ends first.
            world.coolify.advance(Duration::from_mins(1));
            let told = via.call(&world.mark.agent, &tool, &params).await;
            let what = format!("{} {params} by {via:?}", tool.spec.name);
            schema_validation::assert_valid(&tool.output, &told.result(&what), &what);
            if tool.spec.access == Access::Destroy {
                estate = running(&world, &name).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn file_content_that_looks_like_json_stays_text() {
    let world = World::embedded().await;
    for (number, via) in CallStyle::ALL.into_iter().enumerate() {
        let content = r#"{"name":"x","private":true}"#;
        let repo = format!("json{number}");
        let files = json!({ "package.json": content }).to_string();
        expect_success(&world, via, "repos.create", &json!({ "name": repo, "files": files })).await;
        let read = json!({ "repo": repo, "paths": r#"["package.json"]"# });
        let read = expect_success(&world, via, "repos.read", &read).await;
        let text = read["files"][0]["text"].as_str().expect("a text");
        assert!(text.contains(content), "{via:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_variables_are_stored_as_text_whatever_their_json_type() {
    let world = World::embedded().await;
    let estate = Estate::create(&world, &world.mark, "a").await;
    for via in CallStyle::ALL {
        for (value, text) in
            [(json!("true"), "true"), (json!("50"), "50"), (json!(true), "true"), (json!(1), "1")]
        {
            let params = json!({ "uuid": estate.app, "key": "PRIVATE", "value": value,
                                 "isShownOnce": "false" });
            expect_success(&world, via, "apps.envs.upsert", &params).await;
            let list = json!({ "uuid": estate.app });
            let envs = expect_success(&world, via, "apps.envs.list", &list).await;
            let mut envs = envs["envs"].as_array().expect("a list").iter();
            let env = envs.find(|env| env["key"] == "PRIVATE").expect("the variable");
            assert_eq!(env["value"], text, "{via:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_description_is_applied() {
    let world = World::embedded().await;
    let estate = Estate::create(&world, &world.mark, "a").await;
    for description in ["in words", ""] {
        let params = json!({ "uuid": estate.app, "patch": { "description": description } });
        let updated = expect_success(&world, CallStyle::Rest, "apps.update", &params).await;
        assert_eq!(updated["applied"], json!(["description"]), "{updated}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn different_spellings_of_parameters_have_the_same_audit_digest() {
    let world = World::embedded().await;
    let create = |kind: &str, public: Value| json!({ "type": kind, "name": "orders", "isPublic": public, "publicPort": null });
    let declared = create("postgresql", json!(false));
    for params in [declared, create("POSTGRES", json!("false")), create("postgre-sql", json!("0"))]
    {
        // All but the first are refused, as the name is taken then.
        call(&world, CallStyle::Tool, "databases.create", &params).await;
    }
    let digests = digests(&world, "databases.create").await;
    assert_eq!(digests.len(), 6);
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_word_is_rejected_with_the_list_of_known_ones() {
    let world = World::embedded().await;
    for via in CallStyle::ALL {
        let refused = call(&world, via, "databases.create", &json!({ "type": "oracle" })).await;
        assert_eq!(refused.status, 400);
        let error = refused.failure()["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.starts_with("`type` must be one of: postgresql, "), "{error}");
    }
}
