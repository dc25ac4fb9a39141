//! The usual other spellings of values, on every surface: what runs and what is recorded has the declared
//! form.

use covibe_store::AuditRecord;
use covibe_testkit::World;
use serde_json::{Value, json};

use crate::support::{CallStyle, Estate, call, done};

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
async fn an_empty_restriction_is_refused() {
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
async fn every_surface_accepts_other_spellings() {
    let world = World::embedded().await;
    for (number, via) in CallStyle::ALL.into_iter().enumerate() {
        let params = json!({ "type": "Postgres", "name": format!("db{number}"), "isPublic": "true",
                             "publicPort": (5500 + number).to_string(), "image": "" });
        let made = done(&world, via, "databases.create", &params).await;
        assert_eq!((&made["type"], &made["isPublic"]), (&json!("postgresql"), &json!(true)));
        assert_eq!(made["publicPort"], 5500 + number);
        let params = json!({ "provider": "PocketBase", "name": format!("auth{number}"),
                             "instantDeploy": "False", "description": "" });
        let made = done(&world, via, "auth.create", &params).await;
        assert_eq!(made["provider"], "pocketbase");
        let params = json!({ "image": "nginx:1.27", "name": format!("app{number}"), "repo": "",
                             "composeRaw": "", "domain": "", "buildPack": "",
                             "instantDeploy": "false" });
        let made = done(&world, via, "apps.create", &params).await;
        assert_eq!(made["image"], "nginx:1.27", "{made}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_the_tenant_stay_texts() {
    let world = World::embedded().await;
    let estate = Estate::of(&world, &world.mark, "a").await;
    for via in CallStyle::ALL {
        for value in ["true", "50"] {
            let params = json!({ "uuid": estate.app, "key": "PRIVATE", "value": value,
                                 "isShownOnce": "false" });
            done(&world, via, "apps.envs.upsert", &params).await;
            let list = json!({ "uuid": estate.app });
            let envs = done(&world, via, "apps.envs.list", &list).await;
            let mut envs = envs["envs"].as_array().expect("a list").iter();
            let env = envs.find(|env| env["key"] == "PRIVATE").expect("the variable");
            assert_eq!(env["value"], value, "{via:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_description_clears_it() {
    let world = World::embedded().await;
    let estate = Estate::of(&world, &world.mark, "a").await;
    for description in ["in words", ""] {
        let params = json!({ "uuid": estate.app, "patch": { "description": description } });
        let updated = done(&world, CallStyle::Rest, "apps.update", &params).await;
        assert_eq!(updated["applied"], json!(["description"]), "{updated}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_has_the_declared_form() {
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
async fn rejects_an_unknown_word_with_the_known_ones() {
    let world = World::embedded().await;
    for via in CallStyle::ALL {
        let refused = call(&world, via, "databases.create", &json!({ "type": "oracle" })).await;
        assert_eq!(refused.status, 400);
        let error = refused.failure()["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.starts_with("`type` must be one of: postgresql, "), "{error}");
    }
}
