//! What the starts and deployments of a tenant may use of Coolify at once.

use super::*;

/// A still stage on which a tenant may have two deployments in progress and start two things.
async fn shared() -> Stage {
    let mut options = Options { max_running_deployments: Some(2), ..Options::default() };
    options.start_limits.most = 2;
    (options.coolify.pace, options.coolify.look) = (PACE, Some(LONG));
    Stage::with(options).await
}

/// Fails unless the call is refused because the tenant starts too much, before anything was changed.
async fn assert_share_is_used(stage: &Stage, tool: &str, params: &Value) {
    let writes = || {
        let requests = stage.world.coolify.requests();
        requests.iter().filter(|request| request.method != "GET").count()
    };
    let before = writes();
    let refused = stage.agent().compact_raw(tool, params).await;
    assert_eq!(refused.status, 429, "{tool}: {}", refused.text);
    assert!(refused.text.contains("which is their share"), "{}", refused.text);
    assert!(!refused.text.contains("mayHaveHappened"), "{}", refused.text);
    assert_eq!(writes(), before, "{tool} changed something");
}

/// Creates a database whose image is pulled as slowly as its registry likes.
async fn slow_database(stage: &Stage, name: &str) -> String {
    let image = "registry.example.com/x/postgres:16";
    let params = json!({ "type": "postgresql", "name": name, "image": image });
    uuid(&stage.call("databases.create", params).await)
}

const FILE: &str = "services: {web: {image: 'nginx:1', expose: ['80']}}";

/// A restart pulls the image first.
#[tokio::test(flavor = "multi_thread")]
async fn databases_that_start_count_as_starts() {
    let stage = shared().await;
    let first = slow_database(&stage, "one").await;
    slow_database(&stage, "two").await;
    let third = json!({ "type": "redis", "name": "three" });
    assert_share_is_used(&stage, "databases.create", &third).await;
    let app = json!({ "composeRaw": FILE, "name": "app" });
    assert_share_is_used(&stage, "apps.create", &app).await;
    let restart = json!({ "uuid": first, "patch": { "description": "new" }, "restart": true });
    assert_share_is_used(&stage, "databases.update", &restart).await;
    stage.finish();
    stage.call("databases.update", restart).await;
    stage.call("databases.create", third).await;
    assert_share_is_used(&stage, "apps.create", &app).await;
}

/// An app that can't be deployed or started, nor wait, is not made, also if many ask at once.
#[tokio::test(flavor = "multi_thread")]
async fn twelve_creations_at_once_make_what_may_wait_and_leave_nothing_of_the_others() {
    let files = json!([{ "path": "index.html", "content": "hello" }]);
    for (source, made) in [
        (json!({ "image": "nginx:1.27" }), 12),
        (json!({ "files": files }), 12),
        (json!({ "composeRaw": FILE }), 8),
    ] {
        let stage = Stage::still().await;
        let agent = stage.agent();
        let calls = (0..12).map(|number| {
            let mut params = source.clone();
            params["name"] = json!(format!("app-{number}"));
            async move { agent.compact_raw("apps.create", &params).await }
        });
        let answers = futures_util::future::join_all(calls).await;
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
        assert_eq!(refused.len(), 12 - made, "{source} {refused:?}");
        for refusal in refused {
            assert_eq!(refusal.status, 429, "{}", refusal.text);
            assert!(!refusal.text.contains("mayHaveHappened"), "{}", refusal.text);
        }
        let listed = stage.call("apps.list", json!({})).await;
        assert_eq!(listed["apps"].as_array().map(Vec::len), Some(made), "{source} {listed}");
        let repos = stage.call("repos.list", json!({})).await;
        let made = if source.get("files").is_some() { made } else { 0 };
        assert_eq!(repos["repos"].as_array().map(Vec::len), Some(made), "{repos}");
    }
}

/// A deployment takes no place of a start, and a start none of a deployment.
#[tokio::test(flavor = "multi_thread")]
async fn builds_and_starts_are_counted_each_by_itself() {
    let stage = Stage::still().await;
    for number in 0..8 {
        let app = json!({ "image": "nginx:1.27", "name": format!("app-{number}") });
        stage.call("apps.create", app).await;
        let stack = json!({ "composeRaw": FILE, "name": format!("stack-{number}") });
        stage.call("apps.create", stack).await;
    }
    let app = json!({ "image": "nginx:1.27", "name": "app" });
    let waits = stage.call("apps.create", app).await;
    assert_eq!(waits["deployment"]["status"], "queued", "{waits}");
    let stack = json!({ "composeRaw": FILE, "name": "stack" });
    assert_share_is_used(&stage, "apps.create", &stack).await;
}

/// The verdict has seen that it is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_failed_while_it_was_waited_for_gives_its_place_back() {
    let mut options = Options::default();
    options.start_limits.most = 1;
    options.coolify.pace = Duration::from_millis(300);
    let stage = Stage::with(options).await;
    let [bad, good] = [stage.stack("bad").await, stage.stack("good").await];
    stage.outcomes.next("bad", Outcome::Fails { log: Vec::new() });
    let answer = stage.deploy(CallStyle::Tool, &bad).await;
    assert_eq!(answer["outcome"]["verdict"], "failed", "{answer}");
    stage.call("apps.deploy", json!({ "uuid": good })).await;
}

/// Coolify does not end the start of what it deletes.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_database_keeps_its_place_until_its_start_ends() {
    let stage = shared().await;
    let params = json!({ "uuid": slow_database(&stage, "one").await, "confirm": "one" });
    stage.call("databases.delete", params).await;
    slow_database(&stage, "two").await;
    stage.world.coolify.advance(PACE * 10);
    slow_database(&stage, "three").await;
    let fourth = json!({ "type": "redis", "name": "four" });
    assert_share_is_used(&stage, "databases.create", &fourth).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_providers_that_start_count_as_starts() {
    let stage = shared().await;
    for name in ["one", "two"] {
        let params = json!({ "provider": "pocketbase", "name": name });
        stage.call("auth.create", params).await;
    }
    for provider in ["pocketbase", "supertokens-with-postgresql"] {
        let params = json!({ "provider": provider, "name": "three" });
        assert_share_is_used(&stage, "auth.create", &params).await;
    }
    let later = json!({ "provider": "pocketbase", "name": "three", "instantDeploy": false });
    stage.call("auth.create", later).await;
}

/// The first start goes on: neither Coolify nor docker ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_forced_start_of_a_starting_app_takes_another_place() {
    let stage = shared().await;
    let stack = stage.stack("stack").await;
    let force = json!({ "uuid": stack, "force": true });
    stage.call("apps.deploy", json!({ "uuid": stack })).await;
    stage.call("apps.deploy", force.clone()).await;
    assert_share_is_used(&stage, "apps.deploy", &force).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_starts_leave_workers_to_others() {
    let stage = shared().await;
    slow_database(&stage, "one").await;
    let stack = stage.stack("stack").await;
    for _ in 0..4 {
        let force = json!({ "uuid": stack, "force": true });
        stage.agent().compact_raw("apps.deploy", &force).await;
        let params = json!({ "type": "redis" });
        stage.agent().compact_raw("databases.create", &params).await;
    }
    let theirs = stage.world.member("other").await;
    let params = json!({ "composeRaw": FILE, "name": "x" });
    let app = theirs.agent.compact("apps.create", &params).await.expect("their app starts");
    stage.world.coolify.advance(PACE + LONG * 2);
    let got = theirs.agent.compact("apps.get", &json!({ "uuid": app["uuid"] })).await;
    assert_eq!(got.expect("an app")["status"], "running");
}

/// Coolify has four workers for everybody, and a start holds one until its containers are up.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_third_start_in_progress_is_refused() {
    let stage = shared().await;
    let mut stacks = Vec::new();
    for name in ["one", "two", "three"] {
        stacks.push(stage.stack(name).await);
    }
    for stack in &stacks[..2] {
        stage.call("apps.deploy", json!({ "uuid": stack })).await;
    }
    let third = json!({ "uuid": stacks[2] });
    let refused = stage.agent().compact_raw("apps.deploy", &third).await;
    assert_eq!(refused.status, 429, "{}", refused.text);
    let theirs = stage.world.member("other").await;
    let file = "services: {web: {image: 'nginx:1', expose: ['80']}}";
    let params = json!({ "composeRaw": file, "name": "x" });
    theirs.agent.compact("apps.create", &params).await.expect("another tenant's app starts");
    stage.finish();
    stage.call("apps.deploy", third).await;
}
