//! `POST` and `GET /api/workspaces`, and what a workspace does before it is provisioned.

use std::time::{Duration, Instant};

use covibe_domain::{WorkspaceId, names};
use covibe_sandbox::Recorded;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::{Backend, WorkspaceRecord};
use covibe_testkit::upstream_calls::disarm;
use covibe_testkit::{Agent, AgentAnswer, World, invariants};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{on_each_database, options, provision_to_ready, quick_world};
use crate::workspaces::describe_workspace;

async fn found_workspace(agent: &Agent, body: &Value) -> AgentAnswer {
    agent.json("POST", "/api/workspaces", body).await
}

async fn list_slugs(agent: &Agent) -> Vec<String> {
    let answer = agent.send("GET", "/api/workspaces", &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let all = answer.json()["workspaces"].as_array().cloned().expect("a list");
    all.iter().map(|one| one["slug"].as_str().expect("a slug").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_key_founds_workspaces() {
    on_each_database(async |world| {
        let agent = world.tenants_agent(&world.mark).await;
        let answer =
            found_workspace(&agent, &json!({ "slug": "second", "name": "The second" })).await;
        let told = answer.json();
        assert_eq!((answer.status, &told["provisionStatus"]), (201, &json!("ready")), "{told}");
        assert_eq!(told["name"], "The second");
        // These lists grow with what others have, and Coolify computes something for each key.
        let requests = world.coolify.requests();
        let whole = ["/security/keys", "/projects", "/destinations"];
        let lists =
            |it: &&Recorded| it.method == "GET" && whole.iter().any(|list| it.path.ends_with(list));
        assert_eq!(requests.iter().find(lists).map(|it| &it.path), None, "at the start and since");
        // Its first key opens it and nothing else.
        let first = agent.with_slug("second").with_key(told["key"]["token"].as_str());
        assert_eq!(describe_workspace(&first).await["slug"], "second");
        assert_eq!(
            first.with_slug("mark").send("GET", "/api/workspaces/mark", &[], None).await.status,
            403
        );
        assert_eq!(told["key"]["scope"], "workspace", "{told}");
        assert_eq!(list_slugs(&first).await, ["second"]);
        assert_eq!(list_slugs(&agent).await, ["mark", "second"]);
        assert_eq!(list_slugs(&world.mark.agent).await, ["mark"]);
        assert_eq!(list_slugs(&world.justine.agent).await, ["justine"]);
        // The same again goes on with it, and mints another key; it does not rename it.
        let again = found_workspace(&agent, &json!({ "slug": "second", "name": "Other" })).await;
        assert_eq!((again.status, &again.json()["name"]), (201, &json!("The second")));
        assert_ne!(again.json()["key"]["id"], told["key"]["id"]);
        let mut tx =
            world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
        let record = tx.workspace_by_slug(&"second".parse().expect("a slug")).await.expect("a row");
        tx.commit().await.expect("its end");
        invariants(world, &record.expect("the workspace"), "founded").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slugs_that_could_collide_are_refused() {
    let world = quick_world().await;
    let agent = world.tenants_agent(&world.mark).await;
    let long = "a".repeat(33);
    for slug in [
        "",
        "ab",
        "a",
        "1ab",
        "-ab",
        "ab-",
        "a--b",
        "Mark",
        "a.b",
        "a_b",
        "a b",
        "ab\n",
        "\u{e4}bc",
        "vibn-a",
        "vibn-vibn",
        "a-bot",
        "vibn-a-bot",
        "api",
        "www",
        "admin",
        "bots",
        "git",
        "coolify",
        "..",
        "a/b",
        "a%2fb",
        "ab'; --",
        "null",
        &long,
    ] {
        let answer = found_workspace(&agent, &json!({ "slug": slug })).await;
        let is_fine = slug == "null";
        assert_eq!(answer.status, if is_fine { 201 } else { 400 }, "{slug:?}: {}", answer.text);
        assert!(is_fine || answer.json()["error"].is_string(), "{slug:?}: {}", answer.text);
    }
    for body in [
        json!({}),
        json!({ "slug": null }),
        json!({ "slug": 7 }),
        json!({ "slug": ["abc"] }),
        json!({ "slug": "abc", "tenant": "x" }),
    ] {
        let answer = found_workspace(&agent, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
    }
    for slug in ["abc", "a1b", &"a".repeat(32), "bot", "vibnx", "a-bots"] {
        let answer = found_workspace(&agent, &json!({ "slug": slug })).await;
        assert_eq!(answer.status, 201, "{slug:?}: {}", answer.text);
    }
    world.stop().await;
}

/// PostgreSQL would let all of them count the same workspaces.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creations_do_not_exceed_the_limit_of_workspaces() {
    on_each_database(async |world| {
        let record = &world.mark.record;
        let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
        for number in 0..97 {
            let id = WorkspaceId::from_random(covibe_crypto::random());
            let slug = format!("shop-{number}").parse().expect("a slug");
            let further = WorkspaceRecord { id, slug, ..record.clone() };
            tx.insert_workspace(&further).await.expect("a row");
        }
        tx.commit().await.expect("its end");
        let agent = world.tenants_agent(&world.mark).await;
        let bodies: Vec<_> =
            (0..6).map(|number| json!({ "slug": format!("late-{number}") })).collect();
        let answers = join_all(bodies.iter().map(|body| found_workspace(&agent, body))).await;
        let refused = answers.iter().filter(|answer| answer.status == 409).count();
        assert_eq!(refused, 4, "{:?}", answers.iter().map(|it| &it.text).collect::<Vec<_>>());
        assert_eq!(list_slugs(&agent).await.len(), 100);
    })
    .await;
}

/// The slug of another tenant's workspace is taken, and the answer does not say whose it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_slug_of_another_tenant_is_refused_without_naming_the_tenant() {
    on_each_database(async |world| {
        let agent = world.tenants_agent(&world.mark).await;
        let answer = found_workspace(&agent, &json!({ "slug": "justine" })).await;
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert!(answer.json()["hint"].is_string(), "{}", answer.text);
        let private =
            [world.justine.record.id.to_string(), world.justine.record.tenant.to_string()];
        assert!(private.iter().all(|text| !answer.text.contains(text)), "{}", answer.text);
        assert_eq!(list_slugs(&agent).await, ["mark"]);
        // Two tenants ask for one slug at the same time.
        let other = world.tenants_agent(&world.justine).await;
        let body = json!({ "slug": "wanted" });
        let (one, two) =
            tokio::join!(found_workspace(&agent, &body), found_workspace(&other, &body));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", one.text, two.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_key_creates_no_workspaces() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    let answer = found_workspace(agent, &json!({ "slug": "another" })).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(answer.json()["hint"].as_str().is_some_and(|hint| hint.contains("tenant")));
    // Whether the slug is taken, or is one at all, is not told.
    for slug in ["justine", "mark"] {
        let other = found_workspace(agent, &json!({ "slug": slug })).await;
        assert_eq!((other.status, &other.text), (403, &answer.text), "{slug}");
    }
    let keys = "/api/workspaces/mark/keys";
    let wider = agent.json("POST", keys, &json!({ "scope": "tenant" })).await;
    assert_eq!(wider.status, 403, "{}", wider.text);
    let wide = world.tenants_agent(&world.mark).await;
    let minted = wide.json("POST", keys, &json!({ "scope": "tenant" })).await;
    assert_eq!((minted.status, &minted.json()["scope"]), (201, &json!("tenant")));
    // A tenant's key founds, and acts on its own workspace only.
    let founded = found_workspace(&wide, &json!({ "slug": "beside" })).await;
    assert_eq!(founded.status, 201, "{}", founded.text);
    for (method, path) in
        [("GET", ""), ("POST", "/provision"), ("GET", "/keys"), ("DELETE", "?confirm=beside")]
    {
        let path = format!("/api/workspaces/beside{path}");
        let answer = wide.send(method, &path, &[], None).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_creates_at_most_a_hundred_workspaces() {
    let world = quick_world().await;
    let agent = world.tenants_agent(&world.mark).await;
    let mut tx = world.store.tenant(&world.mark.record.tenant).await.expect("a transaction");
    for number in 1..100 {
        let slug: covibe_domain::Slug = format!("many-{number}").parse().expect("a slug");
        let record = WorkspaceRecord {
            id: WorkspaceId::from_random(covibe_crypto::random()),
            gitea_org: names::gitea_org(&slug),
            gitea_bot_username: names::gitea_bot(&slug),
            slug,
            ..world.mark.record.clone()
        };
        tx.insert_workspace(&record).await.expect("a row");
    }
    tx.commit().await.expect("its end");
    let answer = found_workspace(&agent, &json!({ "slug": "too-many" })).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.text.contains("100"), "{}", answer.text);
    // One of them is gone on with all the same; and another tenant is not concerned.
    assert_eq!(found_workspace(&agent, &json!({ "slug": "mark" })).await.status, 201);
    let other = world.tenants_agent(&world.justine).await;
    assert_eq!(found_workspace(&other, &json!({ "slug": "too-many" })).await.status, 201);
    // All of them are listed, whole or by pages.
    assert_eq!(every_page(&agent).await.len(), 100);
    world.stop().await;
}

async fn every_page(agent: &Agent) -> Vec<String> {
    let (mut slugs, mut path) = (Vec::new(), "/api/workspaces".to_owned());
    loop {
        let answer = agent.send("GET", &path, &[], None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        let all = page["workspaces"].as_array().expect("a list");
        slugs.extend(all.iter().map(|one| one["slug"].as_str().expect("a slug").to_owned()));
        let Some(next) = page["next"].as_str() else {
            assert!(slugs.is_sorted_by(|a, b| a < b), "{slugs:?}");
            return slugs;
        };
        path = format!("/api/workspaces?next={next}");
    }
}

/// A workspace whose provisioning fails at first exists, with its key and a hint, and can be
/// provisioned later.
#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_whose_provisioning_fails_exists_with_its_key() {
    let world = quick_world().await;
    let agent = world.tenants_agent(&world.mark).await;
    world.coolify.arm(Fault::new(Name::Status).on("POST", "/projects").times(u32::MAX));
    let answer = found_workspace(&agent, &json!({ "slug": "halfway" })).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["provisionStatus"]), (201, &json!("failed")), "{told}");
    assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("/provision")), "{told}");
    disarm(&world);
    let first = agent.with_slug("halfway").with_key(told["key"]["token"].as_str());
    provision_to_ready(&first, "disarmed").await;
    world.stop().await;
}

/// Every tool that needs what is not there says so, with the way out; the others work.
#[tokio::test(flavor = "multi_thread")]
async fn tools_of_an_unprovisioned_workspace_answer_503_with_the_call_to_make() {
    on_each_database(async |world| {
        let member = world.new_workspace("unready").await;
        let other = world.instance();
        let there = other.agent(&member);
        for agent in [&member.agent, &there] {
            for (tool, params) in [
                ("gitea.credentials", json!({})),
                ("apps.list", json!({})),
                ("apps.create", json!({ "image": "nginx", "name": "early" })),
                ("databases.list", json!({})),
            ] {
                let answer = agent.compact_raw(tool, &params).await;
                assert_eq!(answer.status, 503, "{tool}: {}", answer.text);
                let hint = answer.json()["hint"].clone();
                let hint = hint.as_str().expect("a hint");
                assert!(hint.contains("POST /api/workspaces/unready/provision"), "{hint}");
            }
            let told = describe_workspace(agent).await;
            assert_eq!(told["provisionStatus"], "pending", "{told}");
            assert!(told["hint"].is_string(), "{told}");
        }
        provision_to_ready(&member.agent, "at last").await;
        let here = member.agent.compact_raw("apps.list", &json!({})).await;
        assert_eq!(here.status, 200, "at once: {}", here.text);
        let since = Instant::now();
        loop {
            // A call that is sent after two seconds must succeed, however long it takes.
            let sent = since.elapsed();
            if there.compact_raw("apps.list", &json!({})).await.status == 200 {
                break;
            }
            assert!(sent < Duration::from_secs(2), "not within two seconds");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// A server that has no upstreams configured says which, instead of half a set-up.
#[tokio::test(flavor = "multi_thread")]
async fn provisioning_names_the_upstream_that_is_unavailable() {
    let world = World::start(options(Backend::Sqlite)).await.expect("SQLite is built in");
    let member = world.new_workspace("away").await;
    for (simulator, name) in [(&world.gitea, "Gitea"), (&world.coolify, "Coolify")] {
        simulator.arm(Fault::new(Name::DropBefore).times(u32::MAX));
        let answer = super::provision(&member.agent).await;
        assert_eq!(answer.status, 502, "{}", answer.text);
        assert!(answer.json()["error"].as_str().is_some_and(|error| error.contains(name)));
        disarm(&world);
    }
    provision_to_ready(&member.agent, "back").await;
    invariants(&world, &member.record, "back").await;
    world.stop().await;
}
