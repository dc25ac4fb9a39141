//! The docker host's reports of containers that crash are part of the verdict.

use covibe_sandbox::docker::Arrangement;
use covibe_sandbox::faults::{Fault, Name};

use super::*;

/// Longer than any call waits: a verdict that needs a duration of it never comes.
const NEVER: Duration = Duration::from_hours(1);

/// A stage with these has a verdict only on what is certain at once.
fn without_patience() -> Options {
    Options::default()
        .with_deadline(Duration::from_secs(2))
        .with_settings(|it| it.stability = NEVER)
}

/// The lines that a container prints before it ends.
fn log() -> Vec<String> {
    let mut log: Vec<_> = (0..100).map(|number| format!("step {number}")).collect();
    log.push("signing in with hunter2hunter2".to_owned());
    log.push("Error: relation \"users\" does not exist".to_owned());
    log
}

impl Stage {
    /// Arranges how the containers of a resource behave.
    fn arrange(&self, of: &str, how: Arrangement) {
        let engine = self.world.docker.as_ref().expect("a docker host");
        engine.set(Arrangement { of: of.to_owned(), ..how });
    }

    async fn set_secret(&self, app: &str) {
        let envs = json!([{ "key": "API_TOKEN", "value": "hunter2hunter2", "isLiteral": true }]);
        self.call("apps.envs.upsert", json!({ "uuid": app, "envs": envs })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_are_reported_at_once_with_their_last_lines() {
    let stage = Stage::start_with(without_patience()).await;
    let (app, stack) = (stage.app("app").await, stage.stack("stack").await);
    for (name, uuid, service) in
        [("app", &app, Value::Null), ("stack", &stack, Value::from("server"))]
    {
        stage.set_secret(uuid).await;
        stage.arrange(
            name,
            Arrangement { log: log(), out_of_memory: true, ..Arrangement::default() },
        );
        stage.outcomes.next(name, finishes(Condition::Exited));
        let answer = stage.deploy(CallStyle::Tool, uuid).await;
        let outcome = &answer["outcome"];
        assert_eq!(outcome["verdict"], "crashing", "{answer}");
        assert_eq!(outcome["status"], "exited", "{answer}");
        let crashed = outcome["crashed"].as_array().expect("containers");
        assert_eq!(crashed.len(), 1, "{answer}");
        let one = &crashed[0];
        assert_eq!(one["service"], service, "{one}");
        assert_eq!((&one["exitCode"], &one["outOfMemory"]), (&json!(137), &json!(true)), "{one}");
        let reason = outcome["reason"].as_str().expect("a reason");
        assert!(reason.contains("exit code 137, out of memory"), "{reason}");
        let logs = one["logs"].as_str().expect("a log");
        assert!(logs.contains("does not exist") && logs.contains("signing in with ***"), "{logs}");
        assert!(!logs.contains("hunter2"), "{logs}");
        assert_eq!(logs.lines().count(), 52, "50 lines and the frame: {logs}");
        let mark = logs.lines().next().and_then(|line| line.strip_prefix("--- log "));
        let mark = mark.and_then(|rest| rest.strip_suffix(" ---")).expect("a frame");
        assert!(outcome["note"].as_str().is_some_and(|note| note.contains(mark)), "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_loops_are_reported_with_their_restarts() {
    let stage = Stage::start_on(Version::default()).await;
    let (app, stack) = (stage.app("app").await, stage.stack("stack").await);
    for (name, uuid) in [("app", &app), ("stack", &stack)] {
        stage.arrange(name, Arrangement { exit_code: Some(3), ..Arrangement::default() });
        stage.outcomes.next(name, finishes(Condition::Restarting));
        let answer = stage.deploy(CallStyle::Rest, uuid).await;
        let outcome = &answer["outcome"];
        assert_eq!(outcome["verdict"], "crashing", "{answer}");
        assert!(outcome["restarts"].as_u64().is_some_and(|count| count > 0), "{answer}");
        let one = &outcome["crashed"][0];
        assert_eq!((&one["status"], &one["exitCode"]), (&json!("restarting"), &json!(3)), "{one}");
        assert_eq!(one["restarts"], outcome["restarts"], "{answer}");
    }
}

/// Coolify accepts a restart, and does not get it done: the containers of the last start are still there.
#[tokio::test(flavor = "multi_thread")]
async fn crashes_before_a_restart_that_is_never_carried_out_give_the_verdict_unknown() {
    let mut options = without_patience();
    // A release that can't look at containers: what Docker says is all that is known.
    options.coolify.version = Version::V4_1;
    let host = options.coolify.host.clone();
    let stage = Stage::start_with(options).await;
    let stack = stage.stack("stack").await;
    stage.outcomes.next("stack", finishes(Condition::Exited));
    let answer = stage.deploy(CallStyle::Tool, &stack).await;
    assert_eq!(answer["outcome"]["verdict"], "crashing", "{answer}");
    host.lose();
    let params = json!({ "uuid": stack, "force": true, "wait": true });
    let answer = stage.call("apps.deploy", params).await;
    assert_eq!(answer["outcome"]["verdict"], "unknown", "{answer}");
    assert_eq!(answer["outcome"].get("crashed"), None, "{answer}");
    let containers = answer["outcome"]["containers"].as_array().expect("containers");
    assert_eq!(containers.len(), 2, "{answer}");
    assert!(containers.iter().all(|one| one["status"] == "unknown"), "{answer}");
}

/// Coolify tells the end of the deployment, and neither the app's state nor what its container does.
#[tokio::test(flavor = "multi_thread")]
async fn crashes_are_reported_while_coolify_does_not_answer() {
    let mut options = without_patience().with_deadline(Duration::from_secs(5));
    options.coolify.pace = Duration::from_millis(150);
    let stage = Stage::start_with(options).await;
    let app = stage.app("app").await;
    stage.arrange("app", Arrangement { exit_code: Some(3), ..Arrangement::default() });
    stage.outcomes.next("app", finishes(Condition::Exited));
    let failing = async {
        stage.until_answered("GET", "/deployments/", 1).await;
        let fault = Fault::new(Name::Status).status(503).times(u32::MAX);
        stage.world.coolify.arm(fault.on("GET", "/applications/"));
    };
    let (answer, ()) = tokio::join!(stage.deploy(CallStyle::Tool, &app), failing);
    let outcome = &answer["outcome"];
    assert_eq!((&answer["status"], &outcome["verdict"]), (&json!("finished"), &json!("crashing")));
    assert_eq!(outcome["crashed"][0]["exitCode"], 3, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_without_a_docker_host_are_detected_through_coolify() {
    let stage = Stage::start_with(Options { docker: false, ..Options::default() }).await;
    let app = stage.app("app").await;
    stage.outcomes.next("app", finishes(Condition::Exited));
    let answer = stage.deploy(CallStyle::Tool, &app).await;
    let outcome = &answer["outcome"];
    assert_eq!(outcome["verdict"], "crashing", "{answer}");
    for member in ["crashed", "note", "warnings"] {
        assert_eq!(outcome.get(member), None, "{answer}");
    }
}

/// A docker host that is down, and one that is frozen.
#[tokio::test(flavor = "multi_thread")]
async fn crashes_on_an_unresponsive_docker_host_are_detected_through_coolify() {
    let mut options = Options::default().with_deadline(Duration::from_secs(4));
    // A start is seen to begin only by looks while it begins, which come late on a busy machine.
    options.coolify.pace = Duration::from_millis(150);
    options.coolify.look = Some(Duration::from_millis(300));
    let mut stage = Stage::start_with(options).await;
    let (app, stack) = (stage.app("app").await, stage.stack("stack").await);
    for is_down in [false, true] {
        for (name, uuid) in [("app", &app), ("stack", &stack)] {
            let held = stage.world.docker.as_ref().map(|it| it.hold("GET", "/containers/json"));
            assert_eq!(held.is_none(), is_down);
            stage.outcomes.next(name, finishes(Condition::Exited));
            let answer = stage.deploy(CallStyle::Tool, uuid).await;
            let outcome = &answer["outcome"];
            assert_eq!(outcome["verdict"], "crashing", "{is_down} {answer}");
            assert_eq!(outcome.get("crashed"), None, "{is_down} {answer}");
            let warning = outcome["warnings"][0].as_str().expect("a warning");
            assert!(warning.contains("docker host does not answer"), "{answer}");
            stage.outcomes.next(name, finishes(Condition::Running));
            let answer = stage.deploy(CallStyle::Tool, uuid).await;
            assert_eq!(answer["outcome"]["verdict"], "running", "{is_down} {answer}");
        }
        stage.world.docker = None;
    }
}
