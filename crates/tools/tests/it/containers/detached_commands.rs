//! Commands that run on without their client.

use std::time::Duration;

use covibe_sandbox::docker::Arrangement;
use covibe_testkit::support::unframed;
use covibe_testkit::{DetachedTimes, Options, World};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{arrange, call_refused, expect_success, image, stack};

/// Times with which a call answers at once and a server is soon taken for killed.
const TIMES: DetachedTimes = DetachedTimes {
    answered_after: Duration::from_millis(50),
    reported_every: Duration::from_millis(100),
    lost_after: Duration::from_secs(2),
};

/// A world with these times.
async fn world() -> World {
    let options = Options::default().with_settings(|it| it.detached = TIMES);
    World::start(options).await.expect("SQLite is built in")
}

/// Starts a command that does not end at once, and returns its id.
async fn begin(world: &World, app: &str, command: &str) -> Value {
    let params = json!({ "uuid": app, "command": command, "detach": true });
    let answer = expect_success(world, "apps.exec", params).await;
    assert_eq!((&answer["running"], &answer["code"]), (&json!(true), &json!(null)), "{answer}");
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("apps.exec_result"), "{answer}");
    answer["id"].clone()
}

/// Runs a command without a client to its end.
async fn run_whole(world: &World, params: Value) -> Value {
    let answer = expect_success(world, "apps.exec", params.clone()).await;
    let is_whole = answer["running"] != true;
    let app = params["uuid"].as_str().expect("a uuid");
    if is_whole { answer } else { read(world, app, &answer["id"], 50_000).await }
}

/// Reads a command, and waits for its end for up to this many milliseconds.
async fn read(world: &World, app: &str, id: &Value, wait: u64) -> Value {
    let params = json!({ "uuid": app, "id": id, "wait_ms": wait });
    expect_success(world, "apps.exec_result", params).await
}

/// Returns the records of mark's commands that have output.
async fn records(world: &World) -> usize {
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    tx.detached_outputs(&record.id).await.expect("a list").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_command_that_ends_soon_answers_as_any() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let params = json!({ "uuid": app, "service": "web", "command": "echo out; exit 3" });
    let usual = expect_success(&world, "apps.exec", params.clone()).await;
    let mut detached = params;
    detached["detach"] = json!(true);
    let answer = expect_success(&world, "apps.exec", detached).await;
    let members =
        |it: &Value| it.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&answer), members(&usual));
    assert_eq!((&answer["code"], unframed(&answer["stdout"])), (&json!(3), "out\n"), "{answer}");
    assert_eq!(records(&world).await, 0, "nothing is kept of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_command_is_read_while_it_runs_and_after_its_end() {
    let world = world().await;
    let app = stack(&world).await;
    let command = "echo begun; echo oops >&2; sleep 2; echo done; exit 4";
    let params = json!({ "uuid": app, "service": "web", "command": command, "detach": true });
    let begun = expect_success(&world, "apps.exec", params).await;
    let id = &begun["id"];
    let mut answer = read(&world, &app, id, 0).await;
    while answer["stdout"] == "" {
        answer = read(&world, &app, id, 100).await;
    }
    assert_eq!((&answer["running"], unframed(&answer["stdout"])), (&json!(true), "begun\n"));
    assert!(answer["note"].as_str().is_some_and(|note| note.contains("never instructions")));
    let ended = read(&world, &app, id, 50_000).await;
    assert_eq!((&ended["running"], &ended["code"]), (&json!(false), &json!(4)), "{ended}");
    assert_eq!(unframed(&ended["stdout"]), "begun\ndone\n", "{ended}");
    assert_eq!(unframed(&ended["stderr"]), "oops\n", "{ended}");
    assert_eq!(ended["container"], format!("web-{app}"));
    assert_eq!((&ended["service"], &ended["id"]), (&json!("web"), id));
    assert!(ended["durationMs"].is_u64(), "{ended}");
    let short = json!({ "uuid": app, "id": id, "max_bytes": 8 });
    let short = expect_success(&world, "apps.exec_result", short).await;
    let shown = (unframed(&short["stdout"]), unframed(&short["stderr"]));
    assert_eq!(shown, ("begu", "oops"), "{short}");
    assert_eq!((&short["truncated"], &short["omittedBytes"]), (&json!(true), &json!(8)), "{short}");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_server_answers_for_a_detached_command() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let id = begin(&world, &app, "echo begun; sleep 1").await;
    let process = world.process().await;
    let params = json!({ "uuid": app, "id": id, "wait_ms": 50_000 });
    let answer = process.call(&world.mark, "apps.exec_result", params).await.expect("an answer");
    assert_eq!((&answer["code"], unframed(&answer["stdout"])), (&json!(0), "begun\n"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_is_stored_sealed_and_up_to_a_size() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let command = "echo tok-hunter2hunter2; sleep 1";
    let params = json!({ "uuid": app, "command": command, "detach": true, "max_bytes": 10 });
    let begun = expect_success(&world, "apps.exec", params).await;
    let ended = read(&world, &app, &begun["id"], 50_000).await;
    assert_eq!(unframed(&ended["stdout"]), "tok-hunter", "{ended}");
    assert_eq!((&ended["truncated"], &ended["omittedBytes"]), (&json!(true), &json!(9)));
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let outputs = tx.detached_outputs(&record.id).await.expect("a list");
    assert!(matches!(&outputs[..], [(_, sealed)] if sealed.starts_with("v1.")), "{outputs:?}");
    arrange(&world, &app, Arrangement { output_bytes: 3_000_000, ..Arrangement::default() });
    let params = json!({ "uuid": app, "command": "output", "detach": true });
    let answer = run_whole(&world, params).await;
    assert_eq!(unframed(&answer["stdout"]).len(), 256 * 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_runs_two_detached_commands_at_once() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let first = begin(&world, &app, "sleep 2").await;
    begin(&world, &app, "sleep 60").await;
    let params = json!({ "uuid": app, "command": "echo third", "detach": true });
    let refused = call_refused(&world, "apps.exec", params.clone()).await;
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.text.contains("Nothing was run"), "{}", refused.text);
    let usual = json!({ "uuid": app, "command": "true" });
    expect_success(&world, "apps.exec", usual).await;
    assert_eq!(read(&world, &app, &first, 50_000).await["code"], 0);
    expect_success(&world, "apps.exec", params).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_detached_commands_of_an_app_are_listed() {
    let world = world().await;
    let app = stack(&world).await;
    let params = json!({ "uuid": app });
    let none = expect_success(&world, "apps.exec_list", params.clone()).await;
    assert_eq!(none, json!({ "commands": [] }));
    let web = |command: &str| json!({ "uuid": app, "service": "web", "command": command, "detach": true });
    let first = expect_success(&world, "apps.exec", web("sleep 1; exit 3")).await;
    read(&world, &app, &first["id"], 50_000).await;
    let second = expect_success(&world, "apps.exec", web("echo TOKEN=hunter2; sleep 60")).await;
    let listed = expect_success(&world, "apps.exec_list", params).await;
    let commands = listed["commands"].as_array().expect("a list");
    let told: Vec<_> = commands.iter().map(|it| (&it["id"], &it["running"], &it["code"])).collect();
    assert_eq!(
        told,
        [(&second["id"], &json!(true), &json!(null)), (&first["id"], &json!(false), &json!(3))]
    );
    assert!(commands.iter().all(|it| it["service"] == "web" && it["startedAt"].is_string()));
    let texts: Vec<_> = commands.iter().filter_map(|it| it["command"].as_str()).collect();
    assert!(texts[0].contains("sleep 60") && !texts[0].contains("hunter2"), "{texts:?}");
    assert_eq!(texts[1], "sleep 1; exit 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_command_is_judged_before_it_starts() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    for (params, status) in [
        (json!({ "command": "true", "timeout_ms": 600_001 }), 400),
        (json!({ "command": "true", "detach": true, "timeout_ms": 3_600_001 }), 400),
        (json!({ "command": "true", "detach": true, "workdir": "tmp" }), 400),
        (json!({ "command": "true", "detach": true, "service": "none" }), 400),
        (json!({ "command": "true", "detach": "yes please" }), 400),
    ] {
        let mut params = params;
        params["uuid"] = json!(app);
        let answer = call_refused(&world, "apps.exec", params.clone()).await;
        assert_eq!(answer.status, status, "{params}: {}", answer.text);
    }
    arrange(&world, &app, Arrangement { paused: true, ..Arrangement::default() });
    for _ in 0..3 {
        let params = json!({ "uuid": app, "command": "true", "detach": true });
        let answer = call_refused(&world, "apps.exec", params).await;
        assert_eq!(answer.status, 409, "it takes no place: {}", answer.text);
    }
    arrange(&world, &app, Arrangement::default());
    let long = json!({ "uuid": app, "command": "true", "detach": true, "timeout_ms": 3_600_000 });
    assert_eq!(run_whole(&world, long).await["code"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_command_past_its_deadline_is_reported() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let params = json!({
        "uuid": app, "command": "echo out; sleep 12", "detach": true, "timeout_ms": 500
    });
    let begun = expect_success(&world, "apps.exec", params).await;
    let ended = read(&world, &app, &begun["id"], 50_000).await;
    assert_eq!((&ended["running"], &ended["timedOut"]), (&json!(false), &json!(true)), "{ended}");
    assert_eq!(unframed(&ended["stdout"]), "out\n", "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_others_and_unknown_ones_are_the_same() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let id = begin(&world, &app, "sleep 60").await;
    let params = json!({ "image": "nginx:1.27", "name": "other", "instantDeploy": false });
    let other = world.mark.agent.compact("apps.create", &params).await.expect("an app");
    let own = world.justine.agent.compact("apps.create", &params).await.expect("an app");
    let text = |answer: covibe_testkit::AgentAnswer, id: &str| {
        assert_eq!(answer.status, 404, "{}", answer.text);
        answer.text.replace(id, "ID")
    };
    let (known, unknown) = (id.as_str().expect("a text"), "cmd_zzzz2345zzzz2345");
    let mut texts = std::collections::BTreeSet::new();
    for (agent, uuid, id) in [
        (&world.mark.agent, &json!(app), unknown),
        (&world.mark.agent, &other["uuid"], known),
        (&world.justine.agent, &own["uuid"], known),
        (&world.justine.agent, &own["uuid"], unknown),
    ] {
        let params = json!({ "uuid": uuid, "id": id });
        for tool in ["apps.exec_result", "apps.exec_cancel"] {
            texts.insert(text(agent.compact_raw(tool, &params).await, id));
        }
    }
    assert_eq!(texts.len(), 1, "{texts:#?}");
    let params = json!({ "uuid": app, "id": id });
    for tool in ["apps.exec_result", "apps.exec_cancel", "apps.exec_list"] {
        let params = if tool == "apps.exec_list" { json!({ "uuid": app }) } else { params.clone() };
        let foreign = world.justine.agent.compact_raw(tool, &params).await;
        assert_eq!(foreign.status, 403, "as any tool for another's app: {}", foreign.text);
    }
    assert_eq!(read(&world, &app, &id, 0).await["running"], true, "nobody ended it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_key_gets_no_output() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let id = begin(&world, &app, "echo tok-hunter2; sleep 60").await;
    let path = format!("/api/workspaces/{}/keys", world.mark.agent.slug);
    let reader = world.mark.agent.json("POST", &path, &json!({ "access": "read" })).await.json();
    let agent = world.mark.agent.with_key(reader["token"].as_str());
    let params = json!({ "uuid": app, "id": id });
    for tool in ["apps.exec_result", "apps.exec_cancel"] {
        let answer = agent.compact_raw(tool, &params).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert!(!answer.text.contains("hunter2"), "{}", answer.text);
    }
    let listed = agent.compact("apps.exec_list", &json!({ "uuid": app })).await.expect("a list");
    assert_eq!(listed["commands"][0]["id"], id, "{listed}");
    assert!(!listed.to_string().contains("hunter2"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_a_killed_server_was_not_seen_to_end() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let params = json!({ "uuid": app, "command": "echo begun; sleep 60", "detach": true });
    let begin = || {
        let runtime = Runtime::new().expect("a runtime");
        let id = runtime.block_on(async {
            let process = world.process().await;
            let begun = process.call(&world.mark, "apps.exec", params).await.expect("an id");
            tokio::time::sleep(TIMES.reported_every * 5).await;
            begun["id"].clone()
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
        id
    };
    let id = tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(begin).join()));
    let answer = read(&world, &app, &id.expect("a killed server"), 50_000).await;
    assert_eq!((&answer["running"], &answer["code"]), (&json!(false), &json!(null)), "{answer}");
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("not observed"), "{answer}");
    assert_eq!(unframed(&answer["stdout"]), "begun\n", "as it was reported last: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_starts_no_command_and_reports_one_that_ends_by_itself() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let process = world.process().await;
    let params = json!({ "uuid": app, "command": "echo begun; sleep 1; exit 3", "detach": true });
    let begun = process.call(&world.mark, "apps.exec", params.clone()).await.expect("an id");
    process.dispatcher.flush().await;
    let refused = process.call(&world.mark, "apps.exec", params).await;
    let refused = refused.expect_err("it stops");
    assert!(refused.hint.is_some_and(|hint| hint.contains("Nothing was run")));
    let answer = read(&world, &app, &begun["id"], 0).await;
    assert_eq!((&answer["running"], &answer["code"]), (&json!(false), &json!(3)), "{answer}");
    assert_eq!(answer["hint"], json!(null), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_records_of_an_app_leave_with_it() {
    let world = world().await;
    let app = image(&world, json!([])).await;
    let id = begin(&world, &app, "echo begun; sleep 1").await;
    assert_eq!(read(&world, &app, &id, 50_000).await["code"], 0);
    assert_eq!(records(&world).await, 1);
    let params = json!({ "uuid": app, "confirm": "site", "volumes": "delete" });
    expect_success(&world, "apps.delete", params).await;
    assert_eq!(records(&world).await, 0);
}
