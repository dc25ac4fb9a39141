//! The log of a build: its end, or what is looked for in it; never a secret.

use super::*;

/// A deployment that failed with this log.
async fn failed_deployment(stage: &Stage, log: Vec<String>) -> String {
    stage.outcomes.next("app", Outcome::Fails { log });
    let app = stage.app("app").await;
    let answer = stage.deploy(CallStyle::Tool, &app).await;
    assert_eq!(answer["status"], "failed", "{answer}");
    uuid(&answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_searches_a_build_log_case_insensitively() {
    let stage = Stage::served(Options::on_release(Version::V4_3)).await;
    let mut log: Vec<_> = (0..3000).map(|number| format!("line {number}")).collect();
    log[10] = "first ERROR (here)".to_owned();
    log[1500] = "another error (here)".to_owned();
    let deployment = failed_deployment(&stage, log).await;
    let logs = tool(&stage.world, "deployments.logs");
    for via in CallStyle::ALL {
        let params = json!({ "uuid": deployment, "search": "eRRor (" });
        let found = via.call(stage.agent(), &logs, &params).await.result("search");
        schema_validation::assert_valid(&logs.output, &found, "deployments.logs");
        assert_eq!(
            (&found["matches"], &found["omittedLines"]),
            (&json!(2), &json!(0)),
            "{via:?} {found}"
        );
        let text = unframed(&found["logs"]);
        assert!(found["note"].as_str().is_some_and(|note| note.contains("the build")), "{found}");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 11, "two matches with two neighbours on each side: {text}");
        assert!(lines[2].ends_with(": first ERROR (here)") && lines[5] == "--", "{text}");
        assert!(lines[1].ends_with("- line 9"), "{text}");
        let number: usize =
            lines[2].split(':').next().and_then(|it| it.parse().ok()).expect("a number");
        let next: usize =
            lines[8].split(':').next().and_then(|it| it.parse().ok()).expect("a number");
        assert_eq!(next - number, 1490, "{text}");
    }
    let found = stage
        .call("deployments.logs", json!({ "uuid": deployment, "search": "line", "lines": 5 }))
        .await;
    assert_eq!(found["matches"], 2998, "{found}");
    assert_eq!(found["omittedLines"], 2993, "{found}");
    assert!(found["logs"].as_str().is_some_and(|it| it.contains(": line 2999")), "{found}");
    assert!(found["hint"].as_str().is_some_and(|hint| hint.contains("2993")), "{found}");
    let nothing = stage
        .call("deployments.logs", json!({ "uuid": deployment, "search": "no such text" }))
        .await;
    assert_eq!((&nothing["matches"], &nothing["logs"]), (&json!(0), &json!("")));
    assert!(nothing["hint"].is_string(), "{nothing}");
    let tail = stage.call("deployments.logs", json!({ "uuid": deployment })).await;
    assert!(tail["omittedLines"].as_u64().is_some_and(|count| count > 2700), "{tail}");
    assert!(tail["hint"].as_str().is_some_and(|hint| hint.contains("lines")), "{tail}");
    for bad in [json!("a".repeat(201)), json!([7])] {
        let params = json!({ "uuid": deployment, "search": bad });
        let failure =
            stage.agent().compact("deployments.logs", &params).await.expect_err("it is refused");
        assert!(failure.to_string().contains("search"), "{failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_log_shows_no_secret() {
    for version in Version::ALL {
        let stage = Stage::start_on(version).await;
        let bot = stage.call("gitea.credentials", json!({})).await;
        let token = bot["bot"]["token"].as_str().expect("a token").to_owned();
        let log = vec![
            format!("clone https://mark-bot:{token}@git.test/o/r"),
            format!("curl -H 'Authorization: token {token}' https://git.test"),
            "postgres://app:hunter2hunter2@db:5432/app refused".to_owned(),
        ];
        let deployment = failed_deployment(&stage, log).await;
        for params in [
            json!({ "uuid": deployment, "lines": 5000 }),
            json!({ "uuid": deployment, "search": "t" }),
            json!({ "uuid": deployment, "search": token }),
            json!({ "uuid": deployment, "search": "hunter2" }),
        ] {
            let answer = stage.call("deployments.logs", params.clone()).await;
            let shown = answer["logs"].as_str().expect("a text");
            assert!(!shown.contains(&token) && !shown.contains("hunter2"), "{params}: {shown}");
            if params["search"] == token {
                assert_eq!(answer["matches"], 0, "what is not shown is not found either");
            }
        }
        let all =
            stage.call("deployments.logs", json!({ "uuid": deployment, "lines": 5000 })).await;
        let shown = all["logs"].as_str().expect("a text");
        assert!(
            shown.contains("Authorization: token ***") && shown.contains("://…@db:5432"),
            "{shown}"
        );
        for hidden in ["docker run", "docker exec", "neighbour", "artifacts/build.sh", "/var/www"] {
            assert!(!shown.contains(hidden), "commands are not shown: {shown}");
        }
        assert!(!shown.contains("localhost"), "the server is not named: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_build_log_hints_at_repeating_the_call() {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let deployment = uuid(&stage.call("apps.deploy", json!({ "uuid": app })).await);
    let answer = stage.call("deployments.logs", json!({ "uuid": deployment })).await;
    assert_eq!(
        (&answer["status"], &answer["totalLines"]),
        (&json!("queued"), &json!(0)),
        "{answer}"
    );
    assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains("repeat")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_log_shows_a_build_that_runs_or_succeeded() {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let deployment = uuid(&stage.call("apps.deploy", json!({ "uuid": app })).await);
    stage.world.coolify.advance(PACE + PACE * 2 / 3);
    for status in ["in_progress", "finished"] {
        let answer = stage.call("deployments.logs", json!({ "uuid": deployment })).await;
        let shown = answer["logs"].as_str().expect("a text");
        assert_eq!(answer["status"], status, "{answer}");
        assert!(shown.contains("#1 [internal] load build definition"), "{shown}");
        assert!(!shown.contains("click on"), "{shown}");
        stage.finish();
    }
}

/// A log that is longer than any answer may be: 5 MB of output, which the failure repeats.
#[tokio::test(flavor = "multi_thread")]
async fn a_huge_build_log_is_searched_and_shown_with_a_verdict() {
    let stage = Stage::start_on(Version::V4_3).await;
    let mut log: Vec<_> =
        (0..50_000).map(|number| format!("line {number} {}", "x".repeat(90))).collect();
    log.push("src/page.tsx:3:1 - error TS2304: Cannot find name 'Foo'.".to_owned());
    stage.outcomes.next("app", Outcome::Fails { log });
    let app = stage.app("app").await;
    let answer = stage.deploy(CallStyle::Tool, &app).await;
    assert_eq!(answer["outcome"]["verdict"], "failed", "{answer}");
    let reason = answer["outcome"]["log"].as_str().expect("the reason");
    assert!(reason.contains("TS2304"), "{reason}");
    let list = stage.call("apps.deployments", json!({ "uuid": app })).await;
    assert_eq!(list["deployments"][0]["status"], "failed", "{list}");
    let deployment = uuid(&answer);
    let found = json!({ "uuid": deployment, "search": "TS2304" });
    let found = stage.call("deployments.logs", found).await;
    assert_eq!(found["matches"], 1, "{found}");
    let tail = stage.call("deployments.logs", json!({ "uuid": deployment })).await;
    assert!(tail["logs"].as_str().is_some_and(|logs| logs.contains("TS2304")), "{tail}");
    let hint = tail["hint"].as_str().expect("a hint");
    assert!(hint.contains("its beginning is left out"), "{hint}");
}
