//! Calls that wait for the start of a database, an auth provider or a compose app, and what decides their verdict.

use covibe_sandbox::docker::Arrangement;

use super::*;

const REDIS: &str = r#"{"type":"redis","name":"cache","wait":true}"#;

impl Stage {
    /// Creates something and waits for it; the answer is as its schema says.
    async fn create(&self, name: &str, params: &str) -> Value {
        let params: Value = serde_json::from_str(params).expect("JSON");
        let answer = self.call(name, params).await;
        schema_validation::assert_valid(&tool(&self.world, name).output, &answer, name);
        answer
    }

    /// Arranges how the container of a service ends.
    fn ends(&self, of: &str, exit_code: i64) {
        let engine = self.world.docker.as_ref().expect("a docker host");
        let exit_code = Some(exit_code);
        engine.set(Arrangement { of: of.to_owned(), exit_code, ..Arrangement::default() });
    }

    /// A compose app of these services, deployed with `wait`.
    async fn deploy_services(&self, services: &str) -> Value {
        let file = format!("services: {services}");
        let params = json!({ "composeRaw": file, "name": "stack", "instantDeploy": false });
        let app = uuid(&self.call("apps.create", params).await);
        self.call("apps.deploy", json!({ "uuid": app, "wait": true })).await
    }
}

fn verdict(of: &Value) -> &str {
    of["outcome"]["verdict"].as_str().unwrap_or_else(|| panic!("a verdict: {of}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_creation_that_waits_returns_the_verdict_of_its_start() {
    for docker in [true, false] {
        let mut options = Options { docker, ..Options::default() };
        options.coolify.look = Some(Duration::from_millis(100));
        let stage = Stage::start_with(options).await;
        let made = stage.create("databases.create", REDIS).await;
        assert!(["running", "healthy"].contains(&verdict(&made)), "{docker} {made}");
        assert_eq!(made["status"], "running", "{docker} {made}");
        assert!(made["internalUrl"].is_string(), "{docker} {made}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashing_database_is_reported_with_its_exit_code_and_last_lines() {
    let stage = Stage::start_on(Version::default()).await;
    stage.outcomes.next("cache", finishes(Condition::Restarting));
    stage.ends("cache", 3);
    let made = stage.create("databases.create", REDIS).await;
    assert_eq!((verdict(&made), &made["status"]), ("crashing", &json!("restarting")), "{made}");
    let one = &made["outcome"]["crashed"][0];
    assert_eq!(one["exitCode"], 3, "{made}");
    assert!(one["logs"].is_string(), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_container_gets_the_verdict_unknown() {
    let options = Options::default().with_deadline(Duration::from_millis(1_500));
    let stage = Stage::start_with(options).await;
    stage.outcomes.next("cache", Outcome::Fails { log: Vec::new() });
    let made = stage.create("databases.create", REDIS).await;
    assert_eq!(verdict(&made), "unknown", "{made}");
    assert_ne!(made["status"], "running", "{made}");
}

/// Coolify ends the old container first, so that nothing runs then.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_restart_that_creates_no_container_is_reported() {
    let options = Options::default().with_deadline(Duration::from_millis(1_500));
    let stage = Stage::start_with(options).await;
    let made = stage.create("databases.create", REDIS).await;
    stage.outcomes.next("cache", Outcome::Fails { log: Vec::new() });
    let params = json!({ "uuid": made["uuid"], "patch": { "image": "redis:7.99" },
        "restart": true, "wait": true });
    let told = stage.call("databases.update", params).await;
    assert_eq!(verdict(&told), "unknown", "{told}");
    let reason = told["outcome"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("Docker has no container of the database"), "{reason}");
    let back = json!({ "uuid": made["uuid"], "patch": { "image": "redis:7.2" }, "restart": true,
        "wait": true });
    let told = stage.call("databases.update", back).await;
    assert!(["running", "healthy"].contains(&verdict(&told)), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auth_provider_creation_that_waits_returns_the_verdict_of_its_start() {
    let stage = Stage::start_on(Version::default()).await;
    let params = r#"{"provider":"pocketbase","name":"users","wait":true}"#;
    let made = stage.create("auth.create", params).await;
    assert!(["running", "healthy"].contains(&verdict(&made)), "{made}");
    assert_eq!(made["status"], "running", "{made}");
    stage.outcomes.next("sick", finishes(Condition::Restarting));
    let params = r#"{"provider":"pocketbase","name":"sick","wait":true}"#;
    let made = stage.create("auth.create", params).await;
    assert_eq!(verdict(&made), "crashing", "{made}");
}

/// A person opens it first, which the call does not wait for.
#[tokio::test(flavor = "multi_thread")]
async fn the_creation_of_a_provider_that_a_person_must_open_does_not_wait() {
    let stage = Stage::start_on(Version::default()).await;
    let params = r#"{"provider":"logto","name":"users","wait":true}"#;
    let made = stage.create("auth.create", params).await;
    assert!(made["openAt"].is_string(), "{made}");
    assert_eq!(made.get("outcome"), None, "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_failed_one_off_service_is_judged_crashing() {
    let stage = Stage::start_on(Version::default()).await;
    stage.ends("stack", 4);
    let services =
        "{web: {image: 'nginx:1', expose: ['80']}, job: {image: 'busybox:1', restart: 'no'}}";
    let told = stage.deploy_services(services).await;
    assert_eq!(verdict(&told), "crashing", "{told}");
    let reason = told["outcome"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("run-once") && reason.contains("exit code 4"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_one_off_services_only_is_judged_completed() {
    let stage = Stage::start_on(Version::default()).await;
    let services = "{job: {image: 'busybox:1', restart: 'no', expose: ['80']}}";
    let told = stage.deploy_services(services).await;
    assert_eq!((verdict(&told), &told["status"]), ("completed", &json!("finished")), "{told}");
}

/// Coolify tells for ever that it starts whose worker was lost.
#[tokio::test(flavor = "multi_thread")]
async fn running_containers_are_judged_running_though_coolify_reports_starting() {
    let stage = Stage::start_on(Version::default()).await;
    stage.outcomes.next("stack", Outcome::Hangs(Condition::Running));
    let told = stage.deploy_services("{web: {image: 'nginx:1', expose: ['80']}}").await;
    assert_eq!(verdict(&told), "running", "{told}");
    assert_eq!(told["outcome"]["status"], "running", "{told}");
    let params = json!({ "uuid": stage.call("apps.list", json!({})).await["apps"][0]["uuid"] });
    let shown = stage.call("apps.get", params).await;
    assert_eq!(shown["status"], "running", "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waited_deployment_with_a_docker_host_costs_at_most_12_coolify_calls() {
    let mut options = Options::default();
    // As long as 45 s of a real Coolify, in its queue and again under way.
    options.coolify.pace = options.settings.poll_interval * 90;
    let stage = Stage::start_with(options).await;
    let (app, bad) = (stage.app("app").await, stage.app("bad").await);
    let stack = stage.stack("stack").await;
    for (uuid, expected) in [(app, "running"), (stack, "running"), (bad, "failed")] {
        if expected == "failed" {
            stage.outcomes.next("bad", Outcome::Fails { log: Vec::new() });
        }
        stage.world.coolify.clear_requests();
        let told = stage.deploy(CallStyle::Tool, &uuid).await;
        assert_eq!(verdict(&told), expected, "{told}");
        let asked: Vec<_> = stage
            .world
            .coolify
            .requests()
            .into_iter()
            .map(|it| it.method + " " + &it.path)
            .collect();
        // What hands it over is known by other tests.
        let waited: Vec<_> = asked.iter().skip_while(|it| !it.starts_with("POST ")).collect();
        assert!(waited.len() <= 12, "{}: {asked:#?}", asked.len());
    }
}
