//! "I can't tell what's inside the container."

use std::time::Duration;

use covibe_testkit::support::unframed;
use covibe_testkit_docker::Recipe;
use serde_json::json;

use super::{Host, call_refused};

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_logs_work_without_disclosing_secrets() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    for (key, value) in [("API_TOKEN", "tok-hunter2hunter2"), ("GREETING", "good-morning")] {
        host.call_ok("apps.envs.upsert", json!({ "uuid": app, "key": key, "value": value })).await;
    }
    let program =
        "mkdir -p /var/log /app; seq 300 >/var/log/app.log; echo $GREETING with $API_TOKEN
        printf '\\033[31mred\\033[0m\\n' >&2; echo ready";
    let site = Recipe::of_app(&app).script(program);
    let site =
        site.option(["--env", "API_TOKEN=tok-hunter2hunter2", "--env", "GREETING=good-morning"]);
    let site = site.run(host.engine);
    site.wait_until_printed("ready");

    let (code, told) = host.exec(&app, None, "ps -ef").await;
    assert!(code == 0 && told.contains("sleep 3600"), "{told}");
    let (code, told) = host.exec(&app, None, "env | sort").await;
    assert!(code == 0 && told.contains("\nGREETING=good-morning\n"), "{told}");
    let (code, told) = host.exec(&app, None, "ls -la /etc/passwd").await;
    assert!(code == 0 && told.starts_with("-rw"), "{told}");
    let (code, told) = host.exec(&app, None, "ls -la /path/to/file").await;
    assert!(code == 1 && told.contains("No such file"), "{code} {told}");
    let (_, told) = host.exec(&app, None, "tail -200 /var/log/app.log").await;
    assert_eq!((told.lines().count(), told.lines().next()), (200, Some("101")));
    let (_, told) = host.exec(&app, None, "cat /etc/group").await;
    assert_eq!(told, "root:x:0:\napp:x:1000:\n");
    let params = json!({ "uuid": app, "command": "id -u; pwd", "user": "app", "workdir": "/tmp" });
    assert_eq!(unframed(&host.call_ok("apps.exec", params).await["stdout"]), "1000\n/tmp\n");
    let params = json!({ "uuid": app, "command": "cat; echo no input", "timeout_ms": 20_000 });
    assert_eq!(unframed(&host.call_ok("apps.exec", params).await["stdout"]), "no input\n");
    let params = json!({ "uuid": app, "command": "seq 9999", "max_bytes": 1000 });
    let answer = host.call_ok("apps.exec", params).await;
    assert_eq!((&answer["truncated"], unframed(&answer["stdout"]).len()), (&json!(true), 1000));

    let logs = host.call_ok("apps.logs", json!({ "uuid": app })).await;
    let text = logs["services"][0]["logs"].as_str().expect("a text");
    assert!(text.contains("good-morning with ***\n") && text.contains("[stderr] red\n"), "{text}");
    assert!(!logs.to_string().contains("hunter2"), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_past_its_deadline_is_ended_with_its_children() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    let site = Recipe::of_app(&app).run(host.engine);
    // The engine tells that a container runs before its program has taken the place of `runc init`.
    let mut before = site.processes();
    while before.iter().any(|process| process.contains("runc init")) || before.len() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        before = site.processes();
    }
    let command = "(sleep 1001 &) ; echo begun; sleep 1002";
    let params = json!({ "uuid": app, "command": command, "timeout_ms": 1000 });
    let answer = host.call_ok("apps.exec", params).await;
    assert_eq!((&answer["timedOut"], &answer["code"]), (&json!(true), &json!(137)), "{answer}");
    assert_eq!(unframed(&answer["stdout"]), "begun\n", "{answer}");
    assert_eq!(site.processes(), before);
    drop(site);
    let gone =
        call_refused(&host.world, "apps.exec", json!({ "uuid": app, "command": "true" })).await;
    assert!(gone.status == 409 && gone.text.contains("no container"), "{}", gone.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_start_says_why() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    let _site = Recipe::of_app(&app).run(host.engine);
    for (key, value, why) in [
        ("user", "nobody-here", "no such user or group"),
        ("user", "0:no-group", "no such user or group"),
        ("workdir", "/nowhere", "no such `workdir`"),
    ] {
        let mut params = json!({ "uuid": app, "command": "true" });
        params[key] = json!(value);
        let answer = host.call_ok("apps.exec", params).await;
        assert_eq!(answer["code"], 126, "{answer}");
        assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains(why)), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_may_outlive_its_deadline_is_reported() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    let site = Recipe::of_app(&app).run(host.engine);
    // Nothing shows whose it is: neither its parent nor its environment.
    let command = "(setsid env -i /bin/busybox sleep 1083 &) ; echo begun; sleep 1084";
    let params = json!({ "uuid": app, "command": command, "timeout_ms": 5000 });
    let answer = host.call_ok("apps.exec", params).await;
    assert_eq!((&answer["timedOut"], &answer["code"]), (&json!(true), &json!(137)), "{answer}");
    let left = site.processes();
    assert!(left.iter().any(|it| it.contains("1083")), "{left:?}");
    assert!(!left.iter().any(|it| it.contains("1084")), "{left:?}");
    assert!(
        answer["hint"].as_str().is_some_and(|hint| hint.contains("may still be running")),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_removed_during_a_command_is_not_told_as_running() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    let site = Recipe::of_app(&app).run(host.engine);
    let removing = async {
        while !site.processes().iter().any(|it| it.contains("1085")) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        host.engine.cli(&["rm", "--force", &site.id]);
    };
    let params = json!({ "uuid": app, "command": "sleep 1085" });
    let (answer, ()) = tokio::join!(host.call_ok("apps.exec", params), removing);
    assert_eq!(answer["code"], 137, "{answer}");
    assert_ne!(answer["containerHealth"], "running", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_was_printed_long_ago() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    let program = "seq 60000 | sed 's/^/line /'; echo ready";
    let site = Recipe::of_app(&app).script(program).run(host.engine);
    site.wait_until_printed("ready");
    let found = host.call_ok("apps.logs", json!({ "uuid": app, "search": "LINE 7" })).await;
    let log = &found["services"][0];
    assert_eq!((&log["lines"], &log["matches"]), (&json!(60_001), &json!(1111)), "{found}");
    let text = log["logs"].as_str().expect("a text");
    assert!(text.contains("line 7999\n") && !text.contains("line 8"), "{text}");
    let found =
        host.call_ok("apps.logs", json!({ "uuid": app, "search": "line 7" , "lines": 1 })).await;
    assert_eq!(found["services"][0]["matches"], 1111, "{found}");
    let later = json!({ "uuid": app, "search": "line 7", "since": "2100-01-01T00:00:00Z" });
    let found = host.call_ok("apps.logs", later).await;
    assert_eq!(found["services"][0]["lines"], 0, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_log_has_each_line_that_is_printed_meanwhile() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    let site = Recipe::of_app(&app).script("echo before; echo ready").run(host.engine);
    site.wait_until_printed("ready");
    let first = host.call_ok("apps.logs", json!({ "uuid": app })).await;
    let print = "for n in 1 2 3; do echo line $n >/proc/1/fd/1; echo ERROR $n >/proc/1/fd/2; done";
    let mut params = json!({ "uuid": app, "cursor": first["cursor"] });
    let mut follow = params.clone();
    for (name, value) in [("follow", json!(true)), ("lines", json!(3)), ("level", json!("error"))] {
        follow[name] = value;
    }
    let (answer, (code, _)) =
        tokio::join!(host.call_ok("apps.logs", follow), host.exec(&app, None, print));
    let text = answer["services"][0]["logs"].as_str().expect("a text");
    assert!(
        code == 0 && text.contains("[stderr] ERROR 1\n") && text.contains("ERROR 3\n"),
        "{answer}"
    );
    assert!(!text.contains("line") && !text.contains("before"), "{answer}");
    let rest = host.call_ok("apps.logs", params.take()).await;
    assert_eq!(rest["services"][0]["lines"], 6, "{rest}");
}
