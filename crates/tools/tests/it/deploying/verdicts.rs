//! Verdicts on deployments need more than Coolify's `finished`.

use super::*;
use crate::support::on_each_release;

on_each_release!(
    an_application_gets_the_verdict_of_its_container,
    a_compose_app_gets_the_verdict_of_its_containers,
    a_failed_build_has_its_reason
);

const VIAS: [CallStyle; 3] = [CallStyle::Rest, CallStyle::Tool, CallStyle::Modern];

/// The ends of a container that was deployed: its condition, the verdict, and whether it runs.
const ENDS: [(Condition, &str, bool); 6] = [
    (Condition::Running, "running", true),
    (Condition::Healthy, "healthy", true),
    // Its health check does not answer.
    (Condition::Starting, "running", true),
    (Condition::Unhealthy, "unhealthy", true),
    (Condition::Exited, "crashing", false),
    (Condition::Restarting, "crashing", false),
];

/// Returns whether a status is one of a container that runs, or of one that does not.
fn is_state_of(status: &Value, runs: bool) -> bool {
    let words: &[&str] = if runs { &["running"] } else { &["exited", "restarting"] };
    words.iter().any(|word| status == word)
}

async fn an_application_gets_the_verdict_of_its_container(version: Version) {
    let stage = Stage::served(Options::on_release(version)).await;
    for (number, (condition, verdict, runs)) in ENDS.into_iter().enumerate() {
        let name = format!("app-{number}");
        let app = stage.app(&name).await;
        stage.outcomes.next(&name, finishes(condition));
        let answer = stage.deploy(VIAS[number % VIAS.len()], &app).await;
        let what = format!("{condition:?} on {}: {answer}", version.text());
        assert_eq!(
            (&answer["kind"], &answer["skipped"]),
            (&json!("application"), &json!(false)),
            "{what}"
        );
        assert_eq!(answer["status"], "finished", "{what}");
        assert!(answer["finishedAt"].is_string() && answer.get("next").is_none(), "{what}");
        let outcome = &answer["outcome"];
        assert_eq!(outcome["verdict"], verdict, "{what}");
        assert!(is_state_of(&outcome["status"], runs), "{what}");
        let restarts = outcome["restarts"].as_u64();
        assert_eq!(restarts.is_some(), condition == Condition::Restarting, "{what}");
        assert!(outcome["reason"].is_string() && outcome["next"].is_string(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_failed_for_missing_curl_and_wget_names_them_as_the_reason() {
    let stage = Stage::start_on(Version::default()).await;
    let log = |wget: &str| {
        let answer = "Healthcheck logs: /bin/sh: 1: curl: not found";
        let last = format!("{wget} | Return code: 1");
        [answer, &last, "New container is unhealthy."].map(str::to_owned).to_vec()
    };
    let app = stage.app("app").await;
    stage.outcomes.next("app", Outcome::Fails { log: log("/bin/sh: 1: wget: not found") });
    let outcome = stage.deploy(CallStyle::Tool, &app).await["outcome"].clone();
    assert_eq!(outcome["verdict"], "failed");
    let (reason, next) = (outcome["reason"].to_string(), outcome["next"].to_string());
    assert!(reason.contains("needs curl or wget"), "{outcome}");
    assert!(next.contains("healthCheck") && next.contains(&app), "{outcome}");
    stage.outcomes.next("app", Outcome::Fails { log: log("HTTP/1.1 500") });
    let outcome = stage.deploy(CallStyle::Tool, &app).await["outcome"].clone();
    assert!(!outcome["reason"].to_string().contains("curl"), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_that_passed_in_the_deployment_gives_healthy_at_once() {
    // Without a docker host, so that Coolify looks.
    let stage = Stage::start_with(Options { docker: false, ..Options::default() }).await;
    let app = stage.app("app").await;
    let patch = json!({ "healthCheck": { "path": "/health" } });
    stage.call("apps.update", json!({ "uuid": app, "patch": patch })).await;
    stage.outcomes.next("app", finishes(Condition::Healthy));
    let logs = format!("/applications/{app}/logs");
    let before = stage.answered("GET", &logs);
    let answer = stage.deploy(CallStyle::Tool, &app).await;
    assert_eq!(answer["outcome"]["verdict"], "healthy", "{answer}");
    assert_eq!(stage.answered("GET", &logs) - before, 1, "one look shows that it runs");
}

/// The API has the limit since 4.3; before, Coolify keeps its own.
#[tokio::test(flavor = "multi_thread")]
async fn apps_get_hints_that_coolify_gave_up_after_ten_crashes() {
    let stage = Stage::start_on(Version::V4_1).await;
    let app = stage.app("app").await;
    let calm = stage.call("apps.get", json!({ "uuid": app })).await;
    assert_eq!(calm.get("hints"), None);
    stage.outcomes.next("app", finishes(Condition::Restarting));
    stage.deploy(CallStyle::Tool, &app).await;
    // Ten restarts, and a look of Coolify's after them.
    stage.world.coolify.advance(Duration::from_mins(10));
    let given_up = stage.call("apps.get", json!({ "uuid": app })).await;
    assert_eq!((&given_up["status"], &given_up["restarts"]), (&json!("exited"), &json!(10)));
    let hint = given_up["hints"][0].as_str().expect("a hint");
    assert!(hint.contains("after 10 crashes") && hint.contains("apps.deploy"), "{hint}");
}

async fn a_failed_build_has_its_reason(version: Version) {
    let stage = Stage::served(Options::on_release(version)).await;
    let bot = stage.call("gitea.credentials", json!({})).await;
    let token = bot["bot"]["token"].as_str().expect("a token").to_owned();
    let mut log: Vec<_> = (0..200).map(|n| format!("step {n}")).collect();
    log.push(format!("fetching https://mark-bot:{token}@git.test/o/r with {token}"));
    log.push("src/page.tsx:3:1 - error TS2304: Cannot find name 'Foo'.".to_owned());
    log.extend((0..200).map(|n| format!("cleaning up {n}")));
    stage.outcomes.next("app", Outcome::Fails { log });
    let app = stage.app("app").await;
    let answer = stage.deploy(CallStyle::JsonRpc, &app).await;
    let what = format!("{}: {answer}", version.text());
    let outcome = &answer["outcome"];
    assert_eq!(
        (&answer["status"], &outcome["verdict"]),
        (&json!("failed"), &json!("failed")),
        "{what}"
    );
    let shown = unframed(&outcome["log"]);
    assert!(outcome["note"].is_string(), "{what}");
    assert!(shown.contains("TS2304") && shown.len() <= 4096, "{what}");
    assert!(shown.contains("https://…@git.test/o/r with ***"), "{what}");
    assert!(!answer.to_string().contains(&token), "{what}");
    assert!(!shown.contains("step 0") && !shown.contains("Deployment failed"), "{what}");
    let next = outcome["next"].as_str().expect("a call");
    assert!(next.contains("deployments.logs") && next.contains(&uuid(&answer)), "{what}");
}

async fn a_compose_app_gets_the_verdict_of_its_containers(version: Version) {
    let stage = Stage::served(Options::on_release(version)).await;
    for (number, (condition, mut verdict, runs)) in ENDS.into_iter().enumerate() {
        if matches!(condition, Condition::Running | Condition::Healthy) {
            // Docker tells `starting` apart.
            verdict = "healthy";
        }
        let name = format!("stack-{number}");
        let app = stage.checked_stack(&name).await;
        stage.outcomes.next(&name, finishes(condition));
        let answer = stage.deploy(VIAS[number % VIAS.len()], &app).await;
        let what = format!("{condition:?} on {}: {answer}", version.text());
        assert_eq!(
            (&answer["kind"], &answer["skipped"]),
            (&json!("service"), &json!(false)),
            "{what}"
        );
        assert!(answer.get("uuid").is_none(), "a service has no deployments: {what}");
        assert_eq!(
            (&answer["status"], &answer["outcome"]["verdict"]),
            (&json!("finished"), &json!(verdict)),
            "{what}"
        );
        let containers = answer["outcome"]["containers"].as_array().expect("containers");
        let one =
            |name: &str| containers.iter().find(|one| one["service"] == name).expect("a container");
        assert!(is_state_of(&one("server")["status"], runs), "{what}");
        assert!(is_state_of(&one("db")["status"], true), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deploying_a_running_compose_app_restarts_it() {
    let stage = Stage::start_on(Version::V4_3).await;
    let app = stage.stack("stack").await;
    let told = |path: &str| {
        let requests = stage.world.coolify.requests();
        requests.iter().filter(|it| it.method == "POST" && it.path.ends_with(path)).count()
    };
    assert_eq!(stage.deploy(CallStyle::Tool, &app).await["outcome"]["verdict"], "running");
    assert_eq!((told("/start"), told("/restart")), (1, 0), "it did not run");
    assert_eq!(stage.deploy(CallStyle::Tool, &app).await["outcome"]["verdict"], "running");
    // Which of them depends on whether Coolify has looked; both create the containers anew.
    assert_eq!(told("/start") + told("/restart"), 2, "it ran");
    let answer = stage.call("apps.deploy", json!({ "uuid": app, "force": true })).await;
    assert_eq!(
        (&answer["status"], &answer["skipped"]),
        (&json!("queued"), &json!(false)),
        "{answer}"
    );
    assert!(answer["next"].as_str().is_some_and(|next| next.contains("apps.get")), "{answer}");
    let requests = stage.world.coolify.requests();
    let last = requests.iter().rev().find(|it| it.path.ends_with("/restart")).expect("a restart");
    assert_eq!(last.query.get("latest").map(String::as_str), Some("true"), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_deployment_during_the_first_is_skipped() {
    let stage = Stage::still().await;
    let (app, stack) = (stage.app("app").await, stage.stack("stack").await);
    for (uuid, kind) in [(&app, "application"), (&stack, "service")] {
        let params = json!({ "uuid": uuid });
        let first = stage.call("apps.deploy", params.clone()).await;
        let second = stage.call("apps.deploy", params.clone()).await;
        assert_eq!(
            (&first["skipped"], &second["skipped"]),
            (&json!(false), &json!(true)),
            "{kind}"
        );
        assert_eq!(first.get("uuid"), second.get("uuid"), "{kind}: it is the one under way");
        // What the third call looks at while it waits.
        let watched = first["uuid"].as_str().unwrap_or(uuid);
        stage.world.coolify.clear_requests();
        let finishing = async {
            stage.until_answered("GET", watched, 6).await;
            stage.finish();
        };
        let (third, ()) = tokio::join!(stage.deploy(CallStyle::Rest, uuid), finishing);
        assert_eq!(
            (&third["skipped"], third.get("uuid")),
            (&json!(true), first.get("uuid")),
            "{kind}"
        );
        assert_eq!(third["outcome"]["verdict"], "running", "{kind}: {third}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_deployments_start_a_compose_app_once() {
    let stage = Stage::still().await;
    let stack = stage.stack("stack").await;
    let finishing = async {
        // Long after both have begun.
        stage.until_answered("GET", &stack, 80).await;
        stage.finish();
    };
    let (one, other, ()) = tokio::join!(
        stage.deploy(CallStyle::Rest, &stack),
        stage.deploy(CallStyle::Tool, &stack),
        finishing
    );
    let skipped = [&one, &other].iter().filter(|it| it["skipped"] == true).count();
    assert_eq!(skipped, 1, "{one} {other}");
    assert_eq!(
        (&one["outcome"]["verdict"], &other["outcome"]["verdict"]),
        (&json!("running"), &json!("running"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_deployment_has_the_verdict_cancelled() {
    let stage = Stage::served(paced(PACE)).await;
    let app = stage.app("app").await;
    let cancelling = async {
        let deployment = loop {
            let list = stage.call("apps.deployments", json!({ "uuid": app })).await;
            if let Some(uuid) = list["deployments"][0]["uuid"].as_str() {
                break uuid.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let url = format!("{}/api/v1/deployments/{deployment}/cancel", stage.world.coolify.url);
        let client = covibe_testkit::http_client::client().build().expect("a client");
        let token = stage.world.coolify.token.expose();
        client.post(url).bearer_auth(token).send().await.expect("an answer");
    };
    let (answer, ()) = tokio::join!(stage.deploy(CallStyle::Modern, &app), cancelling);
    assert_eq!(
        (&answer["status"], &answer["outcome"]["verdict"]),
        (&json!("cancelled"), &json!("cancelled")),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_call_without_wait_names_the_next_call() {
    let stage = Stage::start_on(Version::V4_3).await;
    let (app, stack) = (stage.app("app").await, stage.stack("stack").await);
    let none = stage.call("apps.deployments", json!({ "uuid": app })).await;
    assert_eq!(none["deployments"], json!([]));
    assert!(none["hint"].as_str().is_some_and(|hint| hint.contains("apps.deploy")), "{none}");
    let answer = stage.call("apps.deploy", json!({ "uuid": app, "wait": false })).await;
    assert!(answer["next"].as_str().is_some_and(|it| it.contains("apps.deployments")), "{answer}");
    assert!(answer.get("outcome").is_none(), "{answer}");
    let list = stage.call("apps.deployments", json!({ "uuid": stack })).await;
    assert_eq!(list["deployments"], json!([]), "a service has none");
    assert!(list["hint"].as_str().is_some_and(|hint| hint.contains("apps.get")), "{list}");
}

/// Nobody looks for an hour: every state that Coolify tells is older than the start.
#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_not_based_on_a_coolify_state_older_than_the_start() {
    // A start that fails shows itself only while it is under way.
    let mut options = paced(Duration::from_millis(300));
    options.coolify.look = Some(PACE);
    let stage = Stage::start_with(options).await;
    let stack = stage.stack("stack").await;
    for (condition, verdict) in
        [(Condition::Running, "running"), (Condition::Restarting, "crashing")]
    {
        stage.outcomes.next("stack", finishes(condition));
        let answer = stage.deploy(CallStyle::Tool, &stack).await;
        assert_eq!(answer["outcome"]["verdict"], verdict, "{answer}");
    }
    stage.outcomes.next("stack", Outcome::Fails { log: Vec::new() });
    let answer = stage.deploy(CallStyle::Tool, &stack).await;
    assert_eq!(answer["outcome"]["verdict"], "failed", "{answer}");
    let reason = answer["outcome"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("can't be pulled"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_get_shows_the_observed_state_of_a_recently_started_app() {
    let mut options = Options::default();
    options.coolify.look = Some(PACE);
    let stage = Stage::start_with(options).await;
    let stack = stage.stack("stack").await;
    stage.deploy(CallStyle::Tool, &stack).await;
    let (operator, path) = (stage.world.operator(), format!("/services/{stack}"));
    let told = operator.coolify("GET", &path, &Value::Null).await;
    assert_eq!(told["status"], "exited");
    let app = stage.call("apps.get", json!({ "uuid": stack })).await;
    assert_eq!(app["status"], "running", "{app}");
    assert!(app["statusAsOf"].is_string(), "{app}");
    assert_eq!(app["services"][0]["status"], "running", "{app}");
}

/// A file may have more services than are looked at in one round. The databases run on whatever happens to
/// the application.
#[tokio::test(flavor = "multi_thread")]
async fn containers_beyond_the_twelfth_count_in_the_verdict() {
    let stage = Stage::start_on(Version::V4_3).await;
    for (name, condition, verdict) in
        [("bad", Condition::Exited, "crashing"), ("good", Condition::Running, "running")]
    {
        let databases = (0..13).map(|number| format!("  db{number}: {{image: 'postgres:16'}}\n"));
        let databases: String = databases.collect();
        let server = "  server: {image: 'nginx:1.27', expose: ['80']}\n";
        let file = format!("services:\n{databases}{server}");
        let params = json!({ "composeRaw": file, "name": name, "instantDeploy": false });
        let app = uuid(&stage.call("apps.create", params).await);
        stage.outcomes.next(name, finishes(condition));
        let answer = stage.deploy(CallStyle::Tool, &app).await;
        assert_eq!(answer["outcome"]["verdict"], verdict, "{answer}");
        let got = stage.call("apps.get", json!({ "uuid": app })).await;
        assert_ne!((name, &got["status"]), ("bad", &json!("running")), "{got}");
    }
}
