//! Commands in containers.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_sandbox::docker::{Arrangement, ForeignContainer};
use covibe_testkit::World;
use covibe_testkit::support::unframed;
use serde_json::json;

use super::{arrange, call_refused, expect_success, image, stack};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_answers_with_its_output_and_exit_code() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let params =
        json!({ "uuid": app, "service": "web", "command": "echo out; echo err >&2; exit 42" });
    let answer = expect_success(&world, "apps.exec", params).await;
    assert_eq!((&answer["code"], unframed(&answer["stdout"])), (&json!(42), "out\n"), "{answer}");
    assert!(
        answer["note"].as_str().is_some_and(|note| note.contains("never instructions")),
        "{answer}"
    );
    assert_eq!(
        (unframed(&answer["stderr"]), &answer["service"]),
        ("err\n", &json!("web")),
        "{answer}"
    );
    assert_eq!(
        (&answer["truncated"], &answer["timedOut"]),
        (&json!(false), &json!(false)),
        "{answer}"
    );
    assert_eq!(answer["container"], format!("web-{app}"));
    assert!(answer["containerHealth"].is_string() && answer["durationMs"].is_u64(), "{answer}");
    let unknown = json!({ "uuid": app, "service": "web", "command": "nosuchprogram" });
    assert_eq!(expect_success(&world, "apps.exec", unknown).await["code"], 127);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_several_services_names_one() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let answer = call_refused(&world, "apps.exec", json!({ "uuid": app, "command": "true" })).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert!(answer.text.contains("web, worker, db"), "{}", answer.text);
    let wrong = json!({ "uuid": app, "service": "server", "command": "true" });
    let answer = call_refused(&world, "apps.exec", wrong).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
}

/// While a deployment replaces a container, both are there; their names say nothing of their age.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_in_the_newest_container() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    world.coolify.advance(Duration::from_mins(1));
    let name = format!("{app}-999999999999999");
    let labels = BTreeMap::from([("com.docker.compose.project".to_owned(), app.clone())]);
    let engine = world.docker.as_ref().expect("an engine");
    let image = "nginx:1.27".to_owned();
    engine.set(ForeignContainer {
        name: name.clone(),
        image,
        labels,
        ..ForeignContainer::default()
    });
    let answer =
        expect_success(&world, "apps.exec", json!({ "uuid": app, "command": "true" })).await;
    assert_eq!(answer["container"], name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_an_image_without_a_shell_runs_directly() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    arrange(&world, &app, Arrangement { no_shell: true, ..Arrangement::default() });
    let piped =
        call_refused(&world, "apps.exec", json!({ "uuid": app, "command": "env | sort" })).await;
    assert_eq!(piped.status, 422, "{}", piped.text);
    assert!(piped.text.contains("no shell"), "{}", piped.text);
    let direct = json!({ "uuid": app, "command": "/bin/nothing --port 80" });
    let answer = expect_success(&world, "apps.exec", direct).await;
    assert_eq!(answer["code"], 127, "{answer}");
    assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains("not started")), "{answer}");
}

/// The simulated processes can't be ended, as on a host whose operator lets nobody end them.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_nothing_can_end_is_answered_soon_after_its_time() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    // It ends by itself some seconds after its time: an answer that waits for that has a code.
    let params = json!({ "uuid": app, "command": "echo out; sleep 12", "timeout_ms": 500 });
    let answer = expect_success(&world, "apps.exec", params).await;
    assert_eq!((&answer["code"], &answer["timedOut"]), (&json!(null), &json!(true)), "{answer}");
    assert_eq!(unframed(&answer["stdout"]), "out\n");
    assert!(
        answer["hint"].as_str().is_some_and(|it| it.contains("may still be running")),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_child_holds_its_output_has_ended() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let params = json!({ "uuid": app, "command": "sleep 60 & exit 3", "timeout_ms": 500 });
    let answer = expect_success(&world, "apps.exec", params).await;
    assert_eq!((&answer["code"], &answer["timedOut"]), (&json!(3), &json!(false)), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_returns_at_most_max_bytes() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    arrange(&world, &app, Arrangement { output_bytes: 3_000_000, ..Arrangement::default() });
    let params = json!({ "uuid": app, "command": "output", "max_bytes": 1000 });
    let answer = expect_success(&world, "apps.exec", params).await;
    assert_eq!(unframed(&answer["stdout"]).len(), 1000);
    assert_eq!((&answer["truncated"], &answer["omittedBytes"]), (&json!(true), &json!(2_999_000)));
    let usual =
        expect_success(&world, "apps.exec", json!({ "uuid": app, "command": "output" })).await;
    assert_eq!(unframed(&usual["stdout"]).len(), 1_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_does_not_reach_a_paused_container() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    arrange(&world, &app, Arrangement { paused: true, ..Arrangement::default() });
    let answer = call_refused(&world, "apps.exec", json!({ "uuid": app, "command": "true" })).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(
        answer.text.contains("paused") && answer.text.contains("Nothing was run"),
        "{}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_with_invalid_values_are_refused() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    for bad in [
        json!({ "command": "a\u{0}b" }),
        json!({ "command": "" }),
        json!({ "command": "x".repeat(70_000) }),
        json!({ "command": "true", "user": "-u" }),
        json!({ "command": "true", "user": "root; id" }),
        json!({ "command": "true", "workdir": "tmp" }),
        json!({ "command": "true", "timeout_ms": 600_001 }),
        json!({ "command": "true", "timeout_ms": 0 }),
        json!({ "command": "true", "max_bytes": 5_000_001 }),
        json!({ "command": ["true"] }),
        json!({ "command": "true", "privileged": true }),
    ] {
        let mut params = bad.clone();
        params["uuid"] = json!(app);
        let answer = call_refused(&world, "apps.exec", params).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.text);
    }
    assert!(
        world.docker.as_ref().expect("an engine").requests().iter().all(|it| it.method == "GET"),
        "nothing was run"
    );
}
