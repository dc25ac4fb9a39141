//! Apps, databases and auth providers by their exact name wherever their uuid is expected.

use covibe_store::AuditRecord;
use covibe_testkit::{Options, Upstream, World, upstream_calls};
use serde_json::{Value, json};

use crate::support::tool_name_spelling::dotted;
use crate::support::{CallStyle, Estate, call, expect_success, served};

/// A name that has the form of a uuid.
const LOOKALIKE: &str = "shopshopshopshopshop2345";

/// Creates an app that runs an image and returns its uuid.
async fn app(world: &World, name: &str) -> String {
    let params = json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false });
    let made = expect_success(world, CallStyle::Tool, "apps.create", &params).await;
    made["uuid"].as_str().expect("a text").to_owned()
}

/// Renames an app in Coolify itself, where a name may be taken already. Then a change by the server ends
/// the lifetime of what it read before.
async fn rename(world: &World, uuid: &str, name: &str) {
    let path = format!("/applications/{uuid}");
    world.operator().coolify("PATCH", &path, &json!({ "name": name })).await;
    let description = format!("Renamed to {name}");
    let params = json!({ "uuid": uuid, "patch": { "description": description } });
    expect_success(world, CallStyle::Tool, "apps.update", &params).await;
}

fn by(name: &str) -> Value {
    json!({ "uuid": name })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_accepts_an_exact_name() {
    let world = served(Options::default()).await;
    let estate = Estate::create(&world, &world.mark, "a").await;
    for via in CallStyle::ALL {
        for (tool, sort, uuid) in [
            ("apps.get", "app", &estate.app),
            ("databases.get", "db", &estate.database),
            ("auth.get", "auth", &estate.service),
        ] {
            let found = expect_success(&world, via, tool, &by(&estate.name(sort))).await;
            assert_eq!(found["uuid"], **uuid, "{tool} by {via:?}");
        }
        let patch = json!({ "uuid": estate.name("app"), "patch": { "description": "A site" } });
        expect_success(&world, via, "apps.update", &patch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_uuid_parameter_of_apps_databases_and_auth_accepts_a_name() {
    let world = World::embedded().await;
    for tool in world.dispatcher.registry().operations() {
        let family = tool.spec.name.split('.').next().unwrap_or_default();
        let has_uuid = tool.input["properties"].get("uuid").is_some();
        if has_uuid && ["apps", "databases", "auth"].contains(&family) {
            let schema = &tool.input["properties"]["uuid"];
            assert_eq!(schema["description"], "The uuid or exact name.", "{}", tool.spec.name);
            assert_eq!(schema.get("x-names"), None, "the extension is not published");
            assert_eq!(tool.references(&mut by("shop")).len(), 1, "{}", tool.spec.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_path_accepts_a_percent_encoded_name() {
    let world = World::embedded().await;
    let uuid = app(&world, "shop").await;
    rename(&world, &uuid, "My shop/blog").await;
    let agent = &world.mark.agent;
    for path in ["My%20shop%2Fblog", "My%20shop%2fblog/envs"] {
        let path = format!("/api/workspaces/{}/apps/{path}", agent.slug);
        let answer = agent.send("GET", &path, &[], None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_name_is_a_conflict_with_the_candidates() {
    let world = served(Options::default()).await;
    let (first, second) = (app(&world, "shop").await, app(&world, "blog").await);
    rename(&world, &second, "shop").await;
    for via in CallStyle::ALL {
        for tool in ["apps.get", "apps.deploy", "apps.delete"] {
            let refused = call(&world, via, tool, &by("shop")).await;
            assert_eq!(refused.status, 409, "{}", refused.answer.text);
            let candidates = refused.failure()["details"]["candidates"].clone();
            let mut uuids: Vec<_> = candidates.as_array().expect("a list").iter().collect();
            assert!(uuids.iter().all(|it| it["name"] == "shop" && it["kind"] == "application"));
            uuids.retain(|it| it["uuid"] == *first || it["uuid"] == *second);
            assert_eq!(uuids.len(), 2, "{candidates}");
        }
        assert_eq!(expect_success(&world, via, "apps.get", &by(&first)).await["uuid"], *first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_workspace_is_not_found() {
    let world = served(Options::default()).await;
    let justine = Estate::create(&world, &world.justine, "a").await;
    for via in CallStyle::ALL {
        for (tool, sort) in [("apps.get", "app"), ("databases.get", "db"), ("auth.delete", "auth")]
        {
            let (foreign, absent) = (justine.name(sort), "never-made");
            let refused = call(&world, via, tool, &by(&foreign)).await;
            let unknown = call(&world, via, tool, &by(absent)).await;
            assert_eq!((refused.status, unknown.status), (404, 404), "{}", refused.answer.text);
            let expected = unknown.failure().to_string().replace(absent, &foreign);
            assert_eq!(refused.failure().to_string(), expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_kind_of_resource_is_not_found() {
    let world = World::embedded().await;
    let estate = Estate::create(&world, &world.mark, "a").await;
    for (tool, sort) in [
        ("apps.get", "db"),
        ("apps.get", "auth"),
        ("databases.get", "app"),
        ("auth.get", "app"),
        ("auth.get", "db"),
    ] {
        let refused = call(&world, CallStyle::Tool, tool, &by(&estate.name(sort))).await;
        assert_eq!(refused.status, 404, "{tool}: {}", refused.answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_refused_with_the_nearest_name() {
    let world = World::embedded().await;
    app(&world, "webshop").await;
    let refused = call(&world, CallStyle::Rest, "apps.get", &by("WebShop")).await;
    assert_eq!(refused.failure()["error"], "No app has this uuid or name.");
    let hint = "Did you mean `webshop`? apps.list lists what exists.";
    assert_eq!(refused.failure()["hint"], hint);
}

#[tokio::test(flavor = "multi_thread")]
async fn creations_and_renames_reject_names_that_look_like_uuids() {
    let world = served(Options::default()).await;
    let uuid = app(&world, "shop").await;
    for via in CallStyle::ALL {
        for (tool, params) in [
            ("apps.create", json!({ "image": "nginx:1.27", "name": LOOKALIKE })),
            ("apps.update", json!({ "uuid": uuid, "patch": { "name": LOOKALIKE } })),
            ("databases.create", json!({ "type": "redis", "name": LOOKALIKE })),
            ("auth.create", json!({ "provider": "pocketbase", "name": LOOKALIKE })),
        ] {
            let refused = call(&world, via, tool, &params).await;
            assert_eq!(refused.status, 400, "{tool} by {via:?}: {}", refused.answer.text);
            assert!(refused.answer.text.contains("the form of a uuid"), "{}", refused.answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_uuid_does_not_find_a_resource_that_has_it_as_its_name() {
    let world = World::embedded().await;
    let (uuid, other) = (app(&world, "shop").await, app(&world, "other").await);
    rename(&world, &uuid, &other).await;
    assert_eq!(
        expect_success(&world, CallStyle::Tool, "apps.get", &by(&other)).await["name"],
        "other"
    );
    rename(&world, &uuid, LOOKALIKE).await;
    let refused = call(&world, CallStyle::Tool, "apps.get", &by(LOOKALIKE)).await;
    assert_eq!(refused.status, 404, "{}", refused.answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_by_name_needs_the_same_confirmation() {
    let world = World::embedded().await;
    let uuid = app(&world, "shop").await;
    for confirm in [json!(null), json!(""), json!("Shop"), json!(uuid)] {
        let params = json!({ "uuid": "shop", "confirm": confirm });
        let refused = call(&world, CallStyle::Tool, "apps.delete", &params).await;
        assert_eq!(refused.status, 409, "{confirm}: {}", refused.answer.text);
    }
    let params = json!({ "uuid": "shop", "confirm": "shop" });
    let deleted = expect_success(&world, CallStyle::Rest, "apps.delete", &params).await;
    assert_eq!(deleted["uuid"], *uuid);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_records_the_uuid_of_a_call_by_name() {
    let world = World::embedded().await;
    let uuid = app(&world, "shop").await;
    expect_success(&world, CallStyle::Tool, "apps.deploy", &by("shop")).await;
    call(&world, CallStyle::Tool, "apps.deploy", &by("a-secret-perhaps")).await;
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let entries: Vec<AuditRecord> = tx.audit(&record.id, 1000).await.expect("the audit");
    tx.commit().await.expect("an end");
    let deploys: Vec<_> = entries.iter().filter(|entry| entry.tool == "apps.deploy").collect();
    let resources = |outcome: &str| {
        let entries = deploys.iter().filter(|entry| entry.outcome == outcome);
        entries.map(|entry| entry.resource.as_deref()).collect::<Vec<_>>()
    };
    assert_eq!(resources("ok").len(), 1);
    assert!(resources("started").contains(&Some(uuid.as_str())), "{deploys:?}");
    assert_eq!(resources("not_found"), [None], "a text that names nothing may be a secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_name_costs_one_more_coolify_call_than_by_uuid() {
    let world = World::embedded().await;
    let uuid = app(&world, "shop").await;
    expect_success(&world, CallStyle::Tool, "apps.envs.list", &by(&uuid)).await;
    let mut made = Vec::new();
    for text in [uuid.as_str(), "shop"] {
        world.coolify.clear_requests();
        expect_success(&world, CallStyle::Tool, "apps.envs.list", &by(text)).await;
        made.push(upstream_calls::received_calls(&world, Upstream::Coolify).len());
    }
    assert_eq!(made, [2, 3]);
}

/// An environment's answer has all of its resources, each compose file twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_cached_name_costs_no_listing_but_deletions_check_all_resources() {
    let world = World::embedded().await;
    let (first, second) = (app(&world, "shop").await, app(&world, "blog").await);
    let described = |text: &str| json!({ "uuid": text, "patch": { "description": "A shop" } });
    expect_success(&world, CallStyle::Tool, "apps.update", &described("shop")).await;
    world.coolify.clear_requests();
    expect_success(&world, CallStyle::Tool, "apps.update", &described("shop")).await;
    let made = upstream_calls::received_calls(&world, Upstream::Coolify);
    assert!(made.iter().all(|call| !call.path.starts_with("/projects/")), "{made:?}");

    rename(&world, &first, "old").await;
    rename(&world, &second, "shop").await;
    assert_eq!(
        expect_success(&world, CallStyle::Tool, "apps.get", &by("shop")).await["uuid"],
        *second
    );
    // What is destroyed is compared with all others each time.
    let path = format!("/applications/{first}");
    world.operator().coolify("PATCH", &path, &json!({ "name": "shop" })).await;
    let deletion = json!({ "uuid": "shop", "confirm": "shop" });
    let refused = call(&world, CallStyle::Tool, "apps.delete", &deletion).await;
    assert_eq!(refused.status, 409, "{}", refused.answer.text);
}

/// The tools that take an app, a database or an auth provider, with what each needs besides its uuid.
fn tools_of_any_kind(volume: &str) -> [(&'static str, Value); 5] {
    [
        ("apps.logs", json!({})),
        ("apps.exec", json!({ "command": "true" })),
        ("apps.control", json!({ "action": "restart" })),
        ("apps.volumes.list", json!({})),
        ("apps.volumes.wipe", json!({ "volume": volume, "confirm": volume })),
    ]
}

fn with_name(mut params: Value, name: &str) -> Value {
    params["uuid"] = json!(name);
    params
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_and_auth_providers_are_found_by_name_like_apps() {
    let world = served(Options::default()).await;
    for (number, via) in CallStyle::ALL.into_iter().enumerate() {
        let estate = Estate::create(&world, &world.mark, &format!("lot{number}")).await;
        for (sort, uuid) in [("db", &estate.database), ("auth", &estate.service)] {
            let listed = expect_success(&world, via, "apps.volumes.list", &by(uuid)).await;
            let volume = listed["volumes"][0]["name"].as_str().expect("a volume");
            for (tool, params) in tools_of_any_kind(volume) {
                let told =
                    expect_success(&world, via, tool, &with_name(params, &estate.name(sort))).await;
                if let Some(told) = told.get("uuid") {
                    assert_eq!(told, uuid, "{tool} by {via:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_any_kind_refuse_a_name_shared_by_several_kinds_as_ambiguous() {
    let world = served(Options::default()).await;
    // The provider gets the host that follows from the name.
    let elsewhere = json!({
        "image": "nginx:1.27", "name": "shop", "domain": "front.mark.vibnai.com", "instantDeploy": false,
    });
    let app =
        expect_success(&world, CallStyle::Tool, "apps.create", &elsewhere).await["uuid"].clone();
    let database = json!({ "type": "redis", "name": "shop" });
    let database = expect_success(&world, CallStyle::Tool, "databases.create", &database).await;
    let provider = json!({ "provider": "pocketbase", "name": "shop" });
    let provider = expect_success(&world, CallStyle::Tool, "auth.create", &provider).await;
    let candidates = json!([
        { "uuid": app, "name": "shop", "kind": "application", "family": "apps" },
        { "uuid": database["uuid"], "name": "shop", "kind": "redis", "family": "databases" },
        { "uuid": provider["uuid"], "name": "shop", "kind": "pocketbase", "family": "auth" },
    ]);
    for via in CallStyle::ALL {
        for (tool, params) in tools_of_any_kind("none") {
            let refused = call(&world, via, tool, &with_name(params, "shop")).await;
            assert_eq!(refused.status, 409, "{tool}: {}", refused.answer.text);
            let failure = refused.failure();
            assert_eq!(failure["error"], "The name `shop` is ambiguous: 3 resources have it.");
            assert_eq!(failure["details"]["candidates"], candidates, "{tool} by {via:?}");
        }
        assert_eq!(expect_success(&world, via, "apps.get", &by("shop")).await["uuid"], app);
        let found = expect_success(&world, via, "databases.get", &by("shop")).await;
        assert_eq!(found["uuid"], database["uuid"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_any_kind_refuse_an_unknown_name_and_point_to_all_lists() {
    let world = served(Options::default()).await;
    let justine = Estate::create(&world, &world.justine, "a").await;
    let foreign = ["app", "db", "auth"].map(|sort| justine.name(sort));
    let lists = "apps.list, databases.list and auth.list";
    let names = foreign.iter().map(String::as_str).chain(["never-made"]);
    for (name, via) in names.flat_map(|name| CallStyle::ALL.map(|via| (name, via))) {
        for (tool, params) in tools_of_any_kind("none") {
            let refused = call(&world, via, tool, &with_name(params, name)).await;
            assert_eq!(refused.status, 404, "{tool}: {}", refused.answer.text);
            let failure = dotted(refused.failure());
            assert_eq!(
                failure["error"],
                "No app, database or auth provider has this uuid or name."
            );
            assert_eq!(
                failure["hint"],
                format!("Use {lists} to find the right uuid or name."),
                "{tool} by {via:?}"
            );
        }
    }
    let cache = json!({ "type": "redis", "name": "cache" });
    expect_success(&world, CallStyle::Tool, "databases.create", &cache).await;
    let refused = call(&world, CallStyle::Tool, "apps.logs", &by("Cache")).await;
    let hint = format!("Did you mean `cache`? {lists} list what exists.");
    assert_eq!(refused.failure()["hint"], hint);
    let refused = call(&world, CallStyle::Tool, "apps.logs", &by(LOOKALIKE)).await;
    let error = format!("No app, database or auth provider has the uuid {LOOKALIKE}.");
    assert_eq!((refused.status, &refused.failure()["error"]), (404, &json!(error)));
}
