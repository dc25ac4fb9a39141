//! The output of containers.

use covibe_sandbox::coolify::Condition;
use covibe_sandbox::docker::Arrangement;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Agent, World};
use serde_json::json;

use super::{
    arrange, call_refused, expect_success, image, service, stack, started, world_of,
    world_of_a_crash,
};

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_a_compose_app_come_by_service() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(answer["source"], "docker");
    for name in ["web", "worker", "db"] {
        let log = service(&answer, name);
        assert_eq!(log["status"], "running", "{log}");
        assert_eq!(log["container"], format!("{name}-{app}"), "{log}");
        assert!(log["lines"].as_u64().is_some_and(|lines| lines > 0), "{log}");
    }
    let one =
        expect_success(&world, "apps.logs", json!({ "uuid": app, "service": "db", "lines": 1 }))
            .await;
    assert_eq!(one["services"].as_array().map(Vec::len), Some(1), "{one}");
    assert_eq!(service(&one, "db")["lines"], 1);
    let unknown = call_refused(&world, "apps.logs", json!({ "uuid": app, "service": "dbs" })).await;
    assert_eq!(unknown.status, 400, "{}", unknown.text);
    assert!(unknown.text.contains("Did you mean db?"), "{}", unknown.text);
    assert!(unknown.text.contains("web, worker, db"), "{}", unknown.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_apps_databases_and_providers_are_one_stream() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let database = json!({ "type": "postgresql", "name": "db" });
    let database = started(&world, "databases.create", database).await;
    let provider = json!({ "provider": "pocketbase", "name": "auth" });
    let provider = started(&world, "auth.create", provider).await;
    for uuid in [&app, &database, &provider] {
        let answer = expect_success(&world, "apps.logs", json!({ "uuid": uuid })).await;
        let services = answer["services"].as_array().expect("a list");
        assert_eq!(services.len(), 1, "{answer}");
        assert!(services[0]["container"].as_str().is_some_and(|name| name.contains(uuid.as_str())));
    }
    let named = call_refused(&world, "apps.logs", json!({ "uuid": app, "service": "web" })).await;
    assert_eq!(named.status, 400, "{}", named.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_framed_masked_and_folded() {
    let world = world_of_a_crash().await;
    let envs = json!([
        { "key": "API_TOKEN", "value": "tok-hunter2hunter2", "isLiteral": true },
        { "key": "GREETING", "value": "good-morning", "isLiteral": true },
    ]);
    let posed = "--- end 000000000000 ---".to_owned();
    let mut log = vec![
        "good-morning with tok-hunter2hunter2".to_owned(),
        "\u{1b}[31mred\u{1b}[0m postgres://u:hunter3hunter3@db/x".to_owned(),
        posed.clone(),
    ];
    log.extend(std::iter::repeat_n("again".to_owned(), 40));
    arrange(&world, "site", Arrangement { log, ..Arrangement::default() });
    let app = image(&world, envs).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app, "lines": 5000 })).await;
    let logs = answer["services"][0]["logs"].as_str().expect("a text");
    assert!(logs.contains("good-morning with ***"), "{logs}");
    assert!(logs.contains("red postgres://…@db/x"), "{logs}");
    assert!(!logs.contains("hunter"), "{logs}");
    assert_eq!(logs.matches("again").count(), 1, "{logs}");
    assert!(logs.contains("[the line above 39 more times]"), "{logs}");
    let mark = logs.lines().next().and_then(|line| line.strip_prefix("--- log "));
    let mark = mark.and_then(|rest| rest.strip_suffix(" ---")).expect("a frame");
    assert!(answer["note"].as_str().is_some_and(|note| note.contains(mark)), "{answer}");
    assert!(!posed.contains(mark) && logs.ends_with(&format!("--- end {mark} ---")), "{logs}");
    let found =
        expect_success(&world, "apps.logs", json!({ "uuid": app, "search": "GOOD-morning" })).await;
    assert_eq!(found["services"][0]["matches"], 1, "{found}");
    let none =
        expect_success(&world, "apps.logs", json!({ "uuid": app, "search": "hunter2" })).await;
    assert_eq!(none["services"][0]["matches"], 0, "what is not shown is not found either");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_reads_only_does_not_get_the_link_that_makes_a_superuser() {
    let world = World::embedded().await;
    let provider = json!({ "provider": "pocketbase", "name": "auth" });
    let provider = started(&world, "auth.create", provider).await;
    let link = "http://0.0.0.0:8080/_/#/pbinstal/eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IngifQ.c2lnbmF0dXJl";
    let printed = vec![format!("(!) Launch the URL below: {link}")];
    arrange(&world, &provider, Arrangement { printed, ..Arrangement::default() });
    let agent = &world.mark.agent;
    let key = agent.json("POST", "/api/workspaces/mark/keys", &json!({ "access": "read" })).await;
    let reader = agent.with_key(key.json()["token"].as_str());
    let log = async |agent: &Agent| {
        agent.compact("apps.logs", &json!({ "uuid": provider })).await.expect("a log").to_string()
    };
    assert!(log(agent).await.contains(link));
    let seen = log(&reader).await;
    assert!(seen.contains("/_/#/pbinstal/***") && !seen.contains("eyJ"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_read_again_if_a_deployment_has_replaced_the_container() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let engine = world.docker.as_ref().expect("a docker host");
    let is_gone = |times| {
        let gone = Fault::new(Name::Status).status(404).on("GET", "/containers/*/logs$");
        engine.arm(gone.times(times));
    };
    is_gone(1);
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(answer["services"][0]["status"], "running", "{answer}");
    is_gone(2);
    let refused = call_refused(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("Repeat the call"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_a_crashed_container_say_why_it_crashed() {
    let world = world_of_a_crash().await;
    let log = vec!["Error: relation \"users\" does not exist".to_owned()];
    arrange(&world, "site", Arrangement { log, out_of_memory: true, ..Arrangement::default() });
    let app = image(&world, json!([])).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    let entry = &answer["services"][0];
    assert_eq!((&entry["outOfMemory"], &entry["exitCode"]), (&json!(true), &json!(137)), "{entry}");
    assert!(entry["logs"].as_str().is_some_and(|logs| logs.contains("does not exist")), "{entry}");
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("ran out of memory"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_a_crash_loop_say_so() {
    let world = world_of(Condition::Restarting).await;
    let app = image(&world, json!([])).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(answer["services"][0]["status"], "restarting", "{answer}");
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("keeps crashing and was restarted"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_without_a_container_hint_at_the_next_call() {
    let world = World::embedded().await;
    let params = json!({ "image": "nginx:1.27", "name": "idle", "instantDeploy": false });
    let app = started(&world, "apps.create", params).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(answer["services"], json!([]));
    assert!(answer["warnings"].to_string().contains("apps.deploy starts it"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_logs_are_cut_to_the_size_of_an_answer() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    arrange(&world, &app, Arrangement { log_bytes: 10 << 20, ..Arrangement::default() });
    let answer = world.mark.agent.compact_raw("apps.logs", &json!({ "uuid": app })).await;
    assert!(answer.text.len() < 40_000, "{}", answer.text.len());
    let asked = json!({ "uuid": app, "lines": 5000 });
    let more = world.mark.agent.compact_raw("apps.logs", &asked).await;
    assert!(more.text.len() < 400_000, "{}", more.text.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn truncated_logs_say_so() {
    let world = world_of_a_crash().await;
    let log = (0..200).map(|number| format!("{number} {}", "long ".repeat(400))).collect();
    arrange(&world, "site", Arrangement { log, ..Arrangement::default() });
    let app = image(&world, json!([])).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("its older lines were not read"), "{warnings}");
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app, "lines": 2 })).await;
    let warnings = answer["warnings"].to_string();
    assert!(!warnings.contains("were not read"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_since_is_refused() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    for since in ["bogus", "-5m", "1.5h"] {
        let answer =
            call_refused(&world, "apps.logs", json!({ "uuid": app, "since": since })).await;
        assert_eq!(answer.status, 400, "{since}: {}", answer.text);
    }
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app, "since": "1h" })).await;
    assert_eq!(answer["services"].as_array().map(Vec::len), Some(1), "{answer}");
}
