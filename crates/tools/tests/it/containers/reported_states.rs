//! The state that apps, databases and auth providers are shown with: what Docker has at this moment, else what Coolify
//! knows, with its time.

use std::time::Duration;

use covibe_sandbox::coolify::{Condition, Outcome};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{expect_success, image, stack, started, world_of};

/// A kind of resource: the call that creates one with the name `site`, and the calls that show and control it.
const KINDS: [(&str, &str, &str, &str); 4] = [
    ("apps.create", r#"{"image":"nginx:1.27","name":"site"}"#, "apps.get", "apps.control"),
    (
        "apps.create",
        r#"{"composeRaw":"services: {web: {image: 'nginx:1', expose: ['80']}}","name":"site"}"#,
        "apps.get",
        "apps.control",
    ),
    ("databases.create", r#"{"type":"redis","name":"site"}"#, "databases.get", "databases.control"),
    ("auth.create", r#"{"provider":"pocketbase","name":"site"}"#, "auth.get", "apps.control"),
];

async fn without_host(look: Duration) -> World {
    let mut options = Options { docker: false, ..Options::default() };
    options.coolify.look = Some(look);
    World::start(options).await.expect("SQLite is built in")
}

async fn create(world: &World, with: &str, params: &str) -> String {
    let params: Value = serde_json::from_str(params).expect("JSON");
    let made = world.mark.agent.compact(with, &params).await.expect("it is created");
    made["uuid"].as_str().expect("a uuid").to_owned()
}

async fn get(world: &World, with: &str, uuid: &str) -> Value {
    expect_success(world, with, json!({ "uuid": uuid })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_resource_is_starting_and_nobody_has_looked_at_it() {
    let world = without_host(Duration::from_mins(1)).await;
    for (number, (with, params, show, _)) in KINDS.into_iter().enumerate() {
        let uuid = create(&world, with, &params.replace("site", &format!("site{number}"))).await;
        let new = get(&world, show, &uuid).await;
        // Coolify can look at the containers of apps and services.
        assert!(["starting", "running"].iter().any(|it| new["status"] == *it), "{with}: {new}");
        let since = new["statusAsOf"].as_str().unwrap_or("2026-11");
        assert!(!since.starts_with("2026-01-05"), "the day of Coolify's installation: {new}");
    }
    let file = "services: {web: {image: 'nginx:1', expose: ['80']}}";
    for (source, what) in [("image", "nginx:1.27"), ("composeRaw", file)] {
        let idle = json!({ "name": source.to_lowercase(), source: what, "instantDeploy": false });
        let uuid = create(&world, "apps.create", &idle.to_string()).await;
        let idle = get(&world, "apps.get", &uuid).await;
        assert_eq!((&idle["status"], idle.get("statusAsOf")), (&json!("exited"), None), "{idle}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn docker_is_believed_before_coolify_has_looked() {
    let mut options = Options::default();
    options.coolify.look = Some(Duration::from_hours(1));
    let world = World::start(options).await.expect("SQLite is built in");
    for (number, (with, params, show, control)) in KINDS.into_iter().enumerate() {
        let name = format!("site{number}");
        let uuid = create(&world, with, &params.replace("site", &name)).await;
        world.coolify.advance(Duration::from_mins(1));
        let up = get(&world, show, &uuid).await;
        assert_eq!(up["status"], "running", "{with}: {up}");
        assert!(up["statusAsOf"].is_string(), "{up}");
        expect_success(&world, control, json!({ "uuid": uuid, "action": "stop" })).await;
        let down = get(&world, show, &uuid).await;
        assert_eq!(down["status"], "exited", "{with}: {down}");
        assert_eq!(down["health"], Value::Null, "{down}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loop_is_told_with_its_exit_code_of_every_kind() {
    for (with, params, show, _) in KINDS {
        let world = world_of(Condition::Restarting).await;
        let uuid = create(&world, with, params).await;
        world.coolify.advance(Duration::from_mins(1));
        let told = get(&world, show, &uuid).await;
        let one = told["services"].get(0).unwrap_or(&told);
        assert_eq!(one["status"], "restarting", "{with}: {told}");
        assert_eq!(one["exitCode"], 1, "{with}: {told}");
        assert!(one["restarts"].as_u64().is_some_and(|count| count > 0), "{with}: {told}");
        assert_ne!(told["status"], "running", "{with}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_health_of_a_database_is_what_docker_tells() {
    let world = world_of(Condition::Unhealthy).await;
    let database = json!({ "type": "postgresql", "name": "site" });
    let uuid = started(&world, "databases.create", database).await;
    let told = get(&world, "databases.get", &uuid).await;
    assert_eq!((&told["status"], &told["health"]), (&json!("running"), &json!("unhealthy")));
}

/// Without a docker host, what was seen before a change says nothing of what is after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_from_before_a_change_is_not_reported() {
    let world = without_host(Duration::from_hours(1)).await;
    let database = json!({ "type": "redis", "name": "cache" });
    let uuid = create(&world, "databases.create", &database.to_string()).await;
    world.coolify.advance(Duration::from_mins(1));
    let told = get(&world, "databases.get", &uuid).await;
    let status = told["status"].as_str().expect("a status");
    assert!(["starting", "unknown"].contains(&status), "nobody has looked: {told}");
    world.coolify.advance(Duration::from_hours(1));
    let told = get(&world, "databases.get", &uuid).await;
    assert_eq!(told["status"], "running", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_docker_host_delays_no_answer_for_long() {
    let world = World::embedded().await;
    let (app, site) = (stack(&world).await, image(&world, json!([])).await);
    let host = world.docker.as_ref().expect("a docker host");
    let _hold = host.hold("GET", "/containers/json");
    for uuid in [app, site] {
        let asked = tokio::time::Instant::now();
        let told = get(&world, "apps.get", &uuid).await;
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
        assert_eq!(told["status"], "running", "by Coolify: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ended_well_takes_nothing_from_the_state_of_its_app() {
    let options = Options::default();
    options.coolify.outcomes.next("stack", Outcome::Finishes(Condition::Running));
    let world = World::start(options).await.expect("SQLite is built in");
    let file = "services: {web: {image: 'nginx:1', expose: ['80']}, job: {image: 'busybox:1', restart: 'no'}}";
    let params = json!({ "composeRaw": file, "name": "stack", "composeService": "web" });
    let uuid = started(&world, "apps.create", params).await;
    let told = get(&world, "apps.get", &uuid).await;
    assert_eq!(told["status"], "running", "{told}");
}

/// A tenant whose containers are slow to be shown takes the sight of nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_container_of_one_tenant_hides_no_container_of_another() {
    let mut options = Options::default();
    options.coolify.look = Some(Duration::from_hours(1));
    let world = World::start(options).await.expect("SQLite is built in");
    let params = json!({ "image": "nginx:1.27", "name": "site" });
    let mut apps = Vec::new();
    for member in [&world.mark, &world.justine] {
        let made = member.agent.compact("apps.create", &params).await.expect("it is created");
        apps.push(made["uuid"].as_str().expect("a uuid").to_owned());
    }
    world.coolify.advance(Duration::from_mins(1));
    let engine = world.docker_host().expect("an engine");
    let slow = engine.containers(&apps[0]).await.expect("a list")[0].id.to_string();
    let docker = world.docker.as_ref().expect("a docker host");
    let _hold = docker.hold("GET", &format!("/containers/{slow}/json"));
    get(&world, "apps.get", &apps[0]).await;
    docker.clear_requests();
    let other = json!({ "uuid": apps[1] });
    let other = world.justine.agent.compact("apps.get", &other).await.expect("the app");
    assert_eq!(other["status"], "running", "{other}");
    assert!(!docker.requests().is_empty(), "Docker was asked: {other}");
}

/// Coolify goes on with a look that was given up, and each further one holds one more of its workers.
#[tokio::test(flavor = "multi_thread")]
async fn coolify_is_not_asked_to_look_again_while_it_may_be_at_a_look() {
    let mut options = Options { docker: false, ..Options::default() };
    (options.attempt, options.coolify.look) = (Duration::from_millis(300), None);
    let world = World::start(options).await.expect("SQLite is built in");
    let uuid = create(&world, "apps.create", r#"{"image":"nginx:1.27","name":"site"}"#).await;
    let path = format!("/api/v1/applications/{uuid}/logs");
    let _hold = world.coolify.hold("GET", &path);
    world.coolify.clear_requests();
    for _ in 0..3 {
        let told = get(&world, "apps.get", &uuid).await;
        assert!(told["status"].is_string(), "{told}");
    }
    let looks = world.coolify.requests().into_iter().filter(|one| one.path.contains("/logs"));
    assert!(looks.count() <= 1);
}
