//! Logs that are read on from a cursor, followed, and filtered by level.

use covibe_sandbox::docker::Arrangement;
use covibe_testkit::World;
use covibe_testkit::support::unframed;
use serde_json::{Value, json};

use super::{arrange, call_refused, expect_success, image, service, stack, started};

/// Makes the containers of a resource have printed these lines.
fn print(world: &World, of: &str, lines: &[&str]) {
    let printed = lines.iter().map(|line| (*line).to_owned()).collect();
    arrange(world, of, Arrangement { printed, ..Arrangement::default() });
}

/// The texts of the lines of a log, without their times.
fn texts(log: &Value) -> Vec<&str> {
    let lines = unframed(&log["logs"]).lines();
    lines.map(|line| line.split_once(' ').map_or(line, |(_, text)| text)).collect()
}

/// Waits until the logs were read so many times.
async fn until_read(world: &World, times: usize) {
    let engine = world.docker.as_ref().expect("a docker host");
    let is_log = |path: &str| path.ends_with("/logs");
    while engine.requests().iter().filter(|request| is_log(&request.path)).count() < times {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_returns_each_line_once() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    print(&world, &app, &["one"]);
    let first = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(texts(&first["services"][0]).last(), Some(&"one"), "{first}");
    print(&world, &app, &["one", "two", "three"]);
    let second = json!({ "uuid": app, "cursor": first["cursor"] });
    let second = expect_success(&world, "apps.logs", second).await;
    let log = &second["services"][0];
    assert_eq!((texts(log), &log["lines"]), (vec!["two", "three"], &json!(2)), "{second}");
    print(&world, &app, &["one", "two", "three", "four"]);
    // A search reads the log in another way, and notes its end all the same.
    let found =
        expect_success(&world, "apps.logs", json!({ "uuid": app, "search": "three" })).await;
    assert_eq!(texts(&found["services"][0]), ["three"], "{found}");
    for (cursor, expected) in [(&second["cursor"], &["four"][..]), (&found["cursor"], &[])] {
        let params = json!({ "uuid": app, "cursor": cursor, "search": "O" });
        let third = expect_success(&world, "apps.logs", params).await;
        assert_eq!(texts(&third["services"][0]), expected, "{third}");
    }
    let newest = json!({ "uuid": app, "cursor": first["cursor"], "lines": 1 });
    let newest = expect_success(&world, "apps.logs", newest).await;
    assert_eq!(texts(&newest["services"][0]), ["four"], "{newest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_log_returns_the_line_that_comes() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    print(&world, &app, &["one"]);
    let follow = json!({ "uuid": app, "follow": true, "search": "ready", "timeout_ms": 600_000 });
    let printing = async {
        until_read(&world, 3).await;
        print(&world, &app, &["one", "two"]);
        until_read(&world, 6).await;
        print(&world, &app, &["one", "two", "ready"]);
    };
    let (answer, ()) = tokio::join!(expect_success(&world, "apps.logs", follow), printing);
    assert_eq!(texts(&answer["services"][0]), ["ready"], "{answer}");
    let on = json!({ "uuid": app, "cursor": answer["cursor"], "follow": true, "timeout_ms": 1 });
    let silent = expect_success(&world, "apps.logs", on).await;
    assert_eq!(
        (&silent["services"][0]["logs"], &silent["cursor"]),
        (&json!(""), &answer["cursor"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn following_what_has_ended_returns_at_once() {
    let world = super::world_of_a_crash().await;
    let app = image(&world, json!([])).await;
    let follow = json!({ "uuid": app, "follow": true, "timeout_ms": 600_000 });
    let answer = expect_success(&world, "apps.logs", follow).await;
    assert_eq!(answer["services"][0]["status"], "exited", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_compose_app_returns_the_first_new_lines_of_any_service() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let follow = json!({ "uuid": app, "follow": true, "timeout_ms": 600_000 });
    let printing = async {
        until_read(&world, 6).await;
        print(&world, &format!("web-{app}"), &["one", "two"]);
    };
    let (first, ()) = tokio::join!(expect_success(&world, "apps.logs", follow), printing);
    assert_eq!(texts(service(&first, "web")), ["one", "two"], "{first}");
    assert_eq!(service(&first, "db")["logs"], "", "{first}");
    print(&world, &format!("db-{app}"), &["three"]);
    let on = json!({ "uuid": app, "cursor": first["cursor"], "follow": true });
    let second = expect_success(&world, "apps.logs", on).await;
    assert_eq!(texts(service(&second, "db")), ["three"], "{second}");
    assert_eq!(service(&second, "web")["logs"], "", "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_app_without_a_container_keeps_its_cursor_and_waits_for_one() {
    let world = World::embedded().await;
    let params = json!({ "image": "nginx:1.27", "name": "idle", "instantDeploy": false });
    let app = started(&world, "apps.create", params).await;
    let cursor = "0123456789ab.1.1";
    let follow = |timeout: u32| {
        json!({
            "uuid": app,
            "cursor": cursor,
            "search": "served",
            "follow": true,
            "timeout_ms": timeout,
        })
    };
    let silent = expect_success(&world, "apps.logs", follow(1)).await;
    assert_eq!(silent["cursor"], cursor, "{silent}");
    print(&world, &app, &["served"]);
    let deploy = json!({ "uuid": app, "wait": true });
    let (answer, _) = tokio::join!(
        expect_success(&world, "apps.logs", follow(600_000)),
        expect_success(&world, "apps.deploy", deploy)
    );
    assert_eq!(texts(&answer["services"][0]), ["served"], "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_keeps_stack_traces_and_counts_what_it_leaves_out() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let lines = [
        "listening on 3000",
        r#"{"level":"warn","msg":"slow"}"#,
        "level=error msg=\"no table\"",
        "    at query (db.js:1:1)",
        "2026-11-29T10:00:00Z INFO next request",
        "    with a body",
        "[ERROR] no disk",
    ];
    print(&world, &app, &lines);
    for (level, expected) in [
        ("error", &[lines[2], lines[3], lines[6]][..]),
        ("warning", &[lines[1], lines[2], lines[3], lines[6]]),
    ] {
        let answer =
            expect_success(&world, "apps.logs", json!({ "uuid": app, "level": level })).await;
        let log = &answer["services"][0];
        assert_eq!(texts(log), expected, "{answer}");
        let all = log["lines"].as_u64().expect("a number");
        assert_eq!(log["filteredLines"], json!(all - expected.len() as u64), "{answer}");
        assert_eq!(log.get("matches"), None, "{answer}");
    }
    let both = json!({ "uuid": app, "level": "warn", "search": "no" });
    let both = expect_success(&world, "apps.logs", both).await;
    assert_eq!(
        (texts(&both["services"][0]), &both["services"][0]["matches"]),
        (vec![lines[2], lines[6]], &json!(2))
    );
    let unknown = call_refused(&world, "apps.logs", json!({ "uuid": app, "level": "loud" })).await;
    assert!(unknown.status == 400 && unknown.text.contains("debug"), "{}", unknown.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_log_cursor_or_one_with_since_is_refused() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    for (params, expected) in [
        (json!({ "uuid": app, "cursor": "bogus" }), "as it was returned"),
        (
            json!({ "uuid": app, "cursor": "0123456789ab.9223372036854775807.1" }),
            "as it was returned",
        ),
        (json!({ "uuid": app, "cursor": "0123456789ab.1.1", "since": "1h" }), "only `cursor`"),
    ] {
        let answer = call_refused(&world, "apps.logs", params).await;
        assert!(answer.status == 400 && answer.text.contains(expected), "{}", answer.text);
    }
}
