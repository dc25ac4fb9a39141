//! Starts of databases, compose apps and auth providers: each has a place before Coolify, or waits for one.

use covibe_sandbox::faults::{Fault, Name};

use super::*;

const FILE: &str = "services: {web: {image: 'nginx:1', expose: ['80']}}";

/// A stage whose Coolify has as many workers as one on which nothing was set.
async fn queued(options: Options) -> Stage {
    Stage::start_with(options.with_settings(|it| it.coolify_workers = 4)).await
}

/// The same whose starts go on only when the test moves the clock.
async fn still() -> Stage {
    queued(paced(PACE)).await
}

/// The same on which each tenant may start so many at once.
async fn with_ceiling(starts: usize, mut options: Options) -> Stage {
    options.settings.start_limits.most = Some(starts);
    queued(options).await
}

/// Creates a database whose image is pulled as slowly as its registry likes.
async fn slow_database(stage: &Stage, name: &str) -> Value {
    let image = "registry.example.com/x/postgres:16";
    let params = json!({ "type": "postgresql", "name": name, "image": image });
    stage.call("databases.create", params).await
}

/// Creates databases until one waits, and returns those that have places and the one that waits.
async fn fill(stage: &Stage) -> (Vec<Value>, Value) {
    let mut placed = Vec::new();
    for name in ["one", "two", "three"] {
        placed.push(slow_database(stage, name).await);
    }
    assert!(placed.iter().all(|each| each.get("deployment").is_none()), "{placed:?}");
    let waits = slow_database(stage, "four").await;
    let deployment = &waits["deployment"];
    assert_eq!(deployment["status"], "queued", "{waits}");
    assert_eq!((&deployment["position"], &deployment["ahead"]), (&json!(1), &json!(3)), "{waits}");
    (placed, waits)
}

/// Lets everything that is under way come to its end, and Coolify see it.
fn finish(stage: &Stage) {
    stage.world.coolify.advance(PACE * 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fourth_start_waits_and_begins_once_there_is_a_place() {
    let stage = still().await;
    let (_, waits) = fill(&stage).await;
    let uuid = json!({ "uuid": waits["uuid"] });
    let got = stage.call("databases.get", uuid.clone()).await;
    assert_eq!(got["deployment"]["uuid"], waits["deployment"]["uuid"], "{got}");
    assert_eq!(stage.answered("POST", "/start"), 3, "Coolify was not asked for the fourth");
    finish(&stage);
    stage.until_answered("POST", "/start", 4).await;
    finish(&stage);
    let got = stage.call("databases.get", uuid).await;
    assert_eq!((&got["status"], got.get("deployment")), (&json!("running"), None), "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_start_waits_for_a_place_in_the_queue() {
    let stage = still().await;
    let stack = stage.stack("stack").await;
    let (placed, _) = fill(&stage).await;
    let file = json!({ "composeRaw": FILE, "name": "app" });
    let app = stage.call("apps.create", file).await;
    assert_eq!(app["deployment"]["status"], "queued", "{app}");
    let hints = stage.call("apps.get", json!({ "uuid": app["uuid"] })).await["hints"].to_string();
    assert!(hints.contains("is waiting in the queue"), "{hints}");
    let auth = json!({ "provider": "pocketbase", "name": "users" });
    let auth = stage.call("auth.create", auth).await;
    let got = stage.call("auth.get", json!({ "uuid": auth["uuid"] })).await;
    assert_eq!(got["deployment"]["uuid"], auth["deployment"]["uuid"], "{auth} {got}");
    let deployed = stage.call("apps.deploy", json!({ "uuid": stack })).await;
    assert_eq!((&deployed["kind"], &deployed["status"]), (&json!("service"), &json!("queued")));
    assert!(deployed["position"].is_u64() && deployed["uuid"].is_string(), "{deployed}");
    let patch =
        json!({ "uuid": placed[0]["uuid"], "patch": { "description": "new" }, "restart": true });
    let restarted = stage.call("databases.update", patch).await;
    assert_eq!(restarted["deployment"]["status"], "queued", "{restarted}");
    let restart = format!("/databases/{}/restart", placed[0]["uuid"].as_str().expect("a uuid"));
    while stage.answered("POST", &format!("/services/{stack}/start")) == 0
        || stage.answered("POST", &restart) == 0
    {
        finish(&stage);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_and_starts_share_the_places_of_the_queue() {
    let stage = still().await;
    for name in ["one", "two"] {
        let app = json!({ "image": "nginx:1.27", "name": name });
        let made = stage.call("apps.create", app).await;
        assert_eq!(made["deployment"].get("position"), None, "{made}");
    }
    let first = slow_database(&stage, "first").await;
    assert_eq!(first.get("deployment"), None, "{first}");
    let second = slow_database(&stage, "second").await;
    assert_eq!(second["deployment"]["ahead"], 3, "{second}");
    let app = json!({ "image": "nginx:1.27", "name": "three" });
    let third = stage.call("apps.create", app).await;
    assert_eq!(third["deployment"]["position"], 2, "{third}");
}

/// All of them are made and wait; what may not wait is not made.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creations_beyond_the_queue_limit_are_refused_and_leave_nothing() {
    let files = json!([{ "path": "index.html", "content": "hello" }]);
    for (source, places) in [
        (json!({ "image": "nginx:1.27" }), 2),
        (json!({ "files": files }), 2),
        (json!({ "composeRaw": FILE }), 3),
    ] {
        let options = paced(PACE).with_settings(|it| it.max_waiting_deployments = 4);
        let stage = queued(options).await;
        for number in 0..places + 4 {
            let mut params = source.clone();
            params["name"] = json!(format!("app-{number}"));
            stage.call("apps.create", params).await;
        }
        let agent = stage.agent();
        let calls = (0..4).map(|number| {
            let mut params = source.clone();
            params["name"] = json!(format!("late-{number}"));
            async move { agent.compact_raw("apps.create", &params).await }
        });
        for refused in futures_util::future::join_all(calls).await {
            assert_eq!(refused.status, 429, "{}", refused.text);
            assert!(!refused.text.contains("mayHaveHappened"), "{}", refused.text);
        }
        let listed = stage.call("apps.list", json!({})).await;
        let made = places + 4;
        assert_eq!(listed["apps"].as_array().map(Vec::len), Some(made), "{source} {listed}");
        let repos = stage.call("repos.list", json!({})).await;
        let made = if source.get("files").is_some() { made } else { 0 };
        assert_eq!(repos["repos"].as_array().map(Vec::len), Some(made), "{repos}");
    }
}

/// The limit of what waits holds for starts as well, before anything is made or changed.
#[tokio::test(flavor = "multi_thread")]
async fn creations_and_restarts_beyond_the_queue_limit_are_refused_before_any_change() {
    let options = paced(PACE).with_settings(|it| it.max_waiting_deployments = 1);
    let stage = queued(options).await;
    let (placed, _) = fill(&stage).await;
    let writes = || {
        let requests = stage.world.coolify.requests();
        requests.iter().filter(|request| request.method != "GET").count()
    };
    let before = writes();
    let restart =
        json!({ "uuid": placed[0]["uuid"], "patch": { "image": "postgres:17" }, "restart": true });
    for (tool, params) in [
        ("databases.create", json!({ "type": "redis", "name": "late" })),
        ("apps.create", json!({ "composeRaw": FILE, "name": "late" })),
        ("apps.create", json!({ "template": "umami", "name": "late" })),
        ("auth.create", json!({ "provider": "pocketbase", "name": "late" })),
        ("databases.update", restart),
    ] {
        let refused = stage.agent().compact_raw(tool, &params).await;
        assert_eq!(refused.status, 429, "{tool}: {}", refused.text);
        assert!(!refused.text.contains("mayHaveHappened"), "{tool}: {}", refused.text);
        assert_eq!(writes(), before, "{tool} changed something");
    }
    let later = json!({ "provider": "pocketbase", "name": "users", "instantDeploy": false });
    stage.call("auth.create", later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_start_can_be_cancelled_by_its_tenant_only() {
    let stage = still().await;
    let (_, waits) = fill(&stage).await;
    let id = json!({ "uuid": waits["deployment"]["uuid"] });
    let theirs = stage.world.member("other").await;
    let refused = theirs.agent.compact_raw("deployments.cancel", &id).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
    for expected in [true, false] {
        let cancelled = stage.call("deployments.cancel", id.clone()).await;
        assert_eq!(
            (&cancelled["status"], &cancelled["cancelled"]),
            (&json!("cancelled"), &json!(expected))
        );
    }
    finish(&stage);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stage.answered("POST", "/start"), 3, "it was never started");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_start_of_a_deleted_or_stopped_resource_is_never_carried_out() {
    let stage = still().await;
    let (_, waits) = fill(&stage).await;
    let app = stage.call("apps.create", json!({ "composeRaw": FILE, "name": "app" })).await;
    stage.call("databases.delete", json!({ "uuid": waits["uuid"], "confirm": "four" })).await;
    stage.call("apps.control", json!({ "uuid": app["uuid"], "action": "stop" })).await;
    finish(&stage);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stage.answered("POST", "/start"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_start_of_another_tenant_comes_first_in_the_queue() {
    let stage = still().await;
    fill(&stage).await;
    let theirs = stage.world.member("other").await;
    let params = json!({ "composeRaw": FILE, "name": "x" });
    let app = theirs.agent.compact("apps.create", &params).await.expect("it is accepted");
    assert_eq!(app["deployment"]["position"], 1, "{app}");
    let mine = stage.call("apps.create", json!({ "composeRaw": FILE, "name": "y" })).await;
    assert_eq!(mine["deployment"]["position"], 3, "{mine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_wait_for_a_queued_start_get_its_verdict() {
    let stage = queued(paced(Duration::from_millis(200))).await;
    let mut stacks = Vec::new();
    for number in 0..4 {
        stacks.push(stage.stack(&format!("stack{number}")).await);
    }
    let calls = stacks.iter().map(|stack| stage.deploy(CallStyle::Tool, stack));
    for answer in futures_util::future::join_all(calls).await {
        let verdict = answer["outcome"]["verdict"].as_str().unwrap_or_default();
        assert!(["running", "healthy"].contains(&verdict), "{answer}");
    }
}

/// The verdict has seen that it is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_start_frees_its_place_in_the_queue() {
    // Nothing but the call that waits looks at it.
    let options = paced(Duration::from_millis(300))
        .with_settings(|it| it.queue_look = Duration::from_hours(1));
    let stage = with_ceiling(1, options).await;
    let [bad, good] = [stage.stack("bad").await, stage.stack("good").await];
    stage.outcomes.next("bad", Outcome::Fails { log: Vec::new() });
    let answer = stage.deploy(CallStyle::Tool, &bad).await;
    assert_eq!(answer["outcome"]["verdict"], "failed", "{answer}");
    let next = stage.call("apps.deploy", json!({ "uuid": good })).await;
    assert_eq!(next.get("position"), None, "{next}");
}

/// Coolify does not end the start of what it deletes.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_database_keeps_its_place_until_its_start_ends() {
    let mut options = paced(PACE);
    options.coolify.look = Some(LONG);
    let stage = with_ceiling(1, options).await;
    let one = slow_database(&stage, "one").await;
    stage.call("databases.delete", json!({ "uuid": one["uuid"], "confirm": "one" })).await;
    let two = slow_database(&stage, "two").await;
    assert_eq!(two["deployment"]["status"], "queued", "{two}");
}

/// A ceiling that the operator sets makes a tenant's starts wait, and nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_starts_wait_at_the_operators_ceiling() {
    let stage = with_ceiling(2, paced(PACE)).await;
    let mut stacks = Vec::new();
    for name in ["one", "two", "three"] {
        stacks.push(stage.stack(name).await);
    }
    for (number, stack) in stacks.iter().enumerate() {
        let deployed = stage.call("apps.deploy", json!({ "uuid": stack })).await;
        assert_eq!(deployed.get("position").is_some(), number == 2, "{deployed}");
    }
    let theirs = stage.world.member("other").await;
    let params = json!({ "composeRaw": FILE, "name": "x" });
    let made = theirs.agent.compact("apps.create", &params).await.expect("it starts");
    assert_eq!(made.get("deployment"), None, "{made}");
}

/// A start whose answer was lost may go on: it holds its place, and is not repeated.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_a_lost_answer_keeps_its_place_in_the_queue() {
    let stage = with_ceiling(1, paced(PACE)).await;
    let [one, two] = [stage.stack("one").await, stage.stack("two").await];
    stage.world.coolify.arm(Fault::new(Name::DropAfter).on("POST", "/services/*/start").times(1));
    let lost = stage.agent().compact_raw("apps.deploy", &json!({ "uuid": one })).await;
    assert_ne!(lost.status, 200, "{}", lost.text);
    let next = stage.call("apps.deploy", json!({ "uuid": two })).await;
    assert_eq!(next["position"], 1, "{next}");
}
