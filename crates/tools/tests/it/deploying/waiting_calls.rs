//! Calls that wait have patience with Coolify, and do not wait for ever.

use covibe_sandbox::faults::{Fault, Name};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn temporary_coolify_failures_during_a_waited_deployment_are_retried() {
    let stage = Stage::slow(Duration::from_millis(150)).await;
    for (number, fault) in [
        Fault::new(Name::Limited).times(2),
        Fault::new(Name::Status).status(500).times(6),
        Fault::new(Name::Status).status(404).times(3),
        Fault::new(Name::Malformed).times(2),
    ]
    .into_iter()
    .enumerate()
    {
        let app = stage.app(&format!("app-{number}")).await;
        let what = format!("{fault:?}");
        stage.world.coolify.arm(fault.on("GET", "/deployments/*"));
        let answer = stage.deploy(CallStyle::Rest, &app).await;
        assert_eq!(answer["outcome"]["verdict"], "running", "{what}: {answer}");
        stage.world.coolify.disarm();
        let later = Fault::new(Name::Status).status(503).times(4);
        stage.world.coolify.arm(later.on("GET", "/applications/*").times(4));
        let answer =
            stage.agent().compact("apps.deploy", &json!({ "uuid": app, "wait": true })).await;
        stage.world.coolify.disarm();
        // The very first look is at the app itself, and may fail.
        let verdict = answer.as_ref().map(|answer| answer["outcome"]["verdict"].clone());
        assert!(verdict.is_err() || verdict == Ok(json!("running")), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_past_the_calls_deadline_gets_the_verdict_timeout() {
    let mut options = Options::default().with_deadline(Duration::from_millis(1_500));
    options.coolify.pace = Duration::from_secs(30);
    let stage = Stage::start_with(options).await;
    let (app, stack) = (stage.app("app").await, stage.stack("stack").await);
    for (uuid, next) in [(&app, "apps.deployments"), (&stack, "apps.get")] {
        // Past its deadline it would be answered 504.
        let answer = stage.deploy(CallStyle::Tool, uuid).await;
        let outcome = &answer["outcome"];
        assert_eq!(outcome["verdict"], "timeout", "{answer}");
        assert!(
            ["queued", "in_progress"].contains(&answer["status"].as_str().expect("a word")),
            "{answer}"
        );
        assert!(outcome["next"].as_str().is_some_and(|it| it.contains(next)), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waited_deployment_of_an_app_deleted_meanwhile_is_judged_failed() {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let gone = Fault::new(Name::Status).status(404).times(u32::MAX);
    let deleting = async {
        stage.until_polled().await;
        stage.world.coolify.arm(gone.clone().on("GET", "/deployments/*"));
        stage.world.coolify.arm(gone.on("GET", "/applications/*"));
    };
    // The deployment does not end, so an answer was not waited for.
    let (answer, ()) = tokio::join!(stage.deploy(CallStyle::Rest, &app), deleting);
    assert_eq!(answer["outcome"]["verdict"], "failed", "{answer}");
    stage.world.coolify.disarm();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_does_not_stop_its_deployment() {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let params = json!({ "uuid": app, "wait": true });
    tokio::select! {
        answer = stage.agent().compact("apps.deploy", &params) => panic!("no wait: {answer:?}"),
        () = stage.until_polled() => {}
    }
    let looked = stage.answered("GET", "/applications/");
    let finishing = async {
        // What the first call began is polled without it: the second one has to be there.
        stage.until_answered("GET", "/applications/", looked + 1).await;
        stage.until_polled().await;
        stage.finish();
    };
    let (answer, ()) = tokio::join!(stage.deploy(CallStyle::Tool, &app), finishing);
    assert_eq!(
        (&answer["skipped"], &answer["outcome"]["verdict"]),
        (&json!(true), &json!("running")),
        "{answer}"
    );
    let list = stage.call("apps.deployments", json!({ "uuid": app })).await;
    assert_eq!(list["deployments"].as_array().map(Vec::len), Some(1), "{list}");
}

/// Its outcome is in the audit once it has ended. Neither the deployment nor the call would end by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_call_ends_when_its_client_disconnects() {
    let stage = Stage::start_with(paced(PACE).with_deadline(Duration::from_hours(1))).await;
    let app = stage.app("app").await;
    let params = json!({ "uuid": app, "wait": true });
    tokio::select! {
        answer = stage.agent().compact("apps.deploy", &params) => panic!("no wait: {answer:?}"),
        () = stage.until_polled() => {}
    }
    let ending = async {
        while !stage.has_outcome("apps.deploy").await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, ending).await.expect("it does not wait on");
}

impl Stage {
    /// Returns whether the audit has the outcome of a call of this tool.
    async fn has_outcome(&self, tool: &str) -> bool {
        self.world.dispatcher.flush().await;
        let record = &self.world.mark.record;
        let mut tx = self.world.store.tenant_read(&record.tenant).await.expect("a transaction");
        let entries = tx.audit(&record.id, 50).await.expect("the audit");
        tx.commit().await.expect("its end");
        entries.iter().any(|one| one.tool == tool && one.outcome != "started")
    }
}

/// A connection on which nothing is sent does not tell that its other end is gone.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_four_newest_calls_of_a_tenant_wait_for_deployments() {
    let stage = Stage::still().await;
    let mut apps = Vec::new();
    for number in 0..6 {
        apps.push(stage.app(&format!("app-{number}")).await);
    }
    let (agent, stage_, apps_) = (stage.agent(), &stage, &apps);
    let waiting = apps.iter().enumerate().map(|(number, app)| {
        let params = json!({ "uuid": app, "wait": true });
        async move {
            // One after the other.
            if let Some(before) = number.checked_sub(1) {
                stage_.until_deployed(&apps_[before]).await;
            }
            agent.compact("apps.deploy", &params).await.expect("an answer")
        }
    });
    let looking = async {
        stage.until_deployed(&apps[5]).await;
        // Nothing ends meanwhile: other calls are not held up.
        stage.call("apps.list", json!({})).await;
        for handed_over in [2, 4, 6] {
            stage.until_answered("POST", "/deploy", handed_over).await;
            stage.finish();
        }
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(waiting), looking);
    let verdicts: Vec<_> = answers.iter().map(|it| it["outcome"]["verdict"].clone()).collect();
    let expected = ["timeout", "timeout", "running", "running", "running", "running"];
    assert_eq!(verdicts, expected.map(|word| json!(word)), "four may wait");
    let reason = &answers[0]["outcome"]["reason"];
    assert!(reason.as_str().is_some_and(|it| it.contains("continues")), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_ends_waiting_calls_with_the_verdict_timeout() {
    let options = Options::default().with_deadline(Duration::from_hours(1));
    let stage = Stage::start_with(Options {
        coolify: covibe_sandbox::coolify::Options { pace: PACE, ..options.coolify },
        ..options
    })
    .await;
    let app = stage.app("app").await;
    let agent = stage.agent().clone();
    let params = json!({ "uuid": app, "wait": true });
    let waiting = tokio::spawn(async move { agent.compact("apps.deploy", &params).await });
    stage.until_polled().await;
    // Neither the deployment nor the call would end by itself.
    tokio::time::timeout(LONG, stage.world.stop()).await.expect("it is not held up");
    let answer = waiting.await.expect("a task").expect("an answer");
    assert_eq!(answer["outcome"]["verdict"], "timeout", "{answer}");
    assert!(
        answer["outcome"]["reason"].as_str().is_some_and(|it| it.contains("interrupted")),
        "{answer}"
    );
}
