//! The states that lists show: what docker listed by one call, else what Coolify knows, with its time.

use std::time::Duration;

use covibe_sandbox::coolify::Condition;
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{expect_success, world_of};

const STACK: &str =
    "services: {web: {image: 'nginx:1', expose: ['80']}, job: {image: 'busybox:1', restart: 'no'}}";

/// The lists, each with the member that has its items.
const LISTS: [(&str, &str); 3] =
    [("apps.list", "apps"), ("databases.list", "databases"), ("auth.list", "providers")];

/// Creates a resource of each kind without waiting for it, and returns the answers.
async fn create_each_kind(world: &World) -> Vec<Value> {
    let stack = json!({ "composeRaw": STACK, "name": "stack", "composeService": "web" });
    vec![
        expect_success(world, "apps.create", json!({ "image": "nginx:1.27", "name": "site" }))
            .await,
        expect_success(world, "apps.create", stack).await,
        expect_success(world, "databases.create", json!({ "type": "redis", "name": "cache" }))
            .await,
        expect_success(world, "auth.create", json!({ "provider": "pocketbase", "name": "login" }))
            .await,
    ]
}

/// Returns the items of all lists.
async fn items(world: &World) -> Vec<Value> {
    let mut items = Vec::new();
    for (list, member) in LISTS {
        let listed = expect_success(world, list, json!({})).await;
        items.extend(listed[member].as_array().expect("a list").clone());
    }
    items
}

fn blind() -> Options {
    let mut options = Options::default();
    options.coolify.look = Some(Duration::from_hours(1));
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_a_creation_calls_what_it_starts_starting() {
    let mut options = blind();
    options.docker = false;
    let world = World::start(options).await.expect("SQLite is built in");
    for made in create_each_kind(&world).await {
        assert_eq!(made["status"], "starting", "{made}");
        assert_eq!(made.get("statusAsOf"), None, "nobody has looked: {made}");
    }
    let idle = json!({ "image": "nginx:1.27", "name": "idle", "instantDeploy": false });
    let idle = expect_success(&world, "apps.create", idle).await;
    assert_eq!(idle["status"], "exited", "it was not started: {idle}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_docker_runs_before_coolify_has_looked() {
    let world = World::start(blind()).await.expect("SQLite is built in");
    let made = create_each_kind(&world).await;
    world.coolify.advance(Duration::from_mins(1));
    for item in items(&world).await {
        assert_eq!(item["status"], "running", "{item}");
        assert!(item["statusAsOf"].is_string(), "{item}");
    }
    for (one, control) in
        made.iter().zip(["apps.control", "apps.control", "databases.control", "apps.control"])
    {
        expect_success(&world, control, json!({ "uuid": one["uuid"], "action": "stop" })).await;
    }
    for item in items(&world).await {
        assert_eq!((&item["status"], item.get("health")), (&json!("exited"), None), "{item}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_costs_one_call_to_its_docker_host() {
    let world = World::start(blind()).await.expect("SQLite is built in");
    for number in 0..6 {
        let params = json!({ "type": "redis", "name": format!("cache{number}") });
        expect_success(&world, "databases.create", params).await;
    }
    world.coolify.advance(Duration::from_mins(1));
    let docker = world.docker.as_ref().expect("a docker host");
    docker.clear_requests();
    let listed = expect_success(&world, "databases.list", json!({})).await;
    let databases = listed["databases"].as_array().expect("a list");
    assert!(databases.iter().all(|each| each["status"] == "running"), "{listed}");
    let requests = docker.requests();
    assert!(requests.len() <= 1, "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_the_health_and_the_crash_loops_that_docker_tells() {
    for (condition, status, health) in [
        (Condition::Restarting, "restarting", None),
        (Condition::Unhealthy, "running", Some("unhealthy")),
    ] {
        let world = world_of(condition).await;
        expect_success(&world, "databases.create", json!({ "type": "redis", "name": "site" }))
            .await;
        world.coolify.advance(Duration::from_mins(1));
        let listed = expect_success(&world, "databases.list", json!({})).await;
        let one = &listed["databases"][0];
        assert_eq!((&one["status"], one["health"].as_str()), (&json!(status), health), "{one}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_docker_host_that_does_not_answer_leaves_a_list_to_coolifys_rows() {
    let world = World::embedded().await;
    create_each_kind(&world).await;
    world.coolify.advance(Duration::from_hours(1));
    let docker = world.docker.as_ref().expect("a docker host");
    let _hold = docker.hold("GET", "/containers/json");
    let asked = tokio::time::Instant::now();
    for item in items(&world).await {
        assert_eq!(item["status"], "running", "{item}");
    }
    // One patience for all three lists: the host is left alone afterwards.
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
}

/// Without a docker host, what Coolify saw before a change says nothing of what is after it.
#[tokio::test(flavor = "multi_thread")]
async fn lists_show_no_state_from_before_a_change() {
    let mut options = blind();
    options.docker = false;
    let world = World::start(options).await.expect("SQLite is built in");
    create_each_kind(&world).await;
    world.coolify.advance(Duration::from_mins(1));
    // Coolify notes the state of an application when its deployment ends.
    for item in items(&world).await.iter().filter(|item| item["kind"] != "application") {
        let status = item["status"].as_str().expect("a status");
        assert!(["starting", "unknown"].contains(&status), "nobody has looked: {item}");
    }
    let mut left = Vec::new();
    for _ in 0..100 {
        // A start may wait for its place before Coolify looks.
        world.coolify.advance(Duration::from_hours(1));
        left = items(&world).await;
        left.retain(|item| item["status"] != "running");
        if left.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not seen to run: {left:?}");
}

/// Coolify's lists leave out the compose file of an app whose file is in its repository, and so the services that have no
/// container that runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_calls_no_app_running_of_which_a_service_may_be_down() {
    let world = World::start(blind()).await.expect("SQLite is built in");
    let file = "services:\n  web: {image: 'nginx:1', expose: ['80']}\n  db: {image: 'redis:7'}\n";
    expect_success(&world, "repos.create", json!({ "name": "code" })).await;
    let files = json!([{ "path": "docker-compose.yaml", "content": file }]);
    expect_success(
        &world,
        "repos.commit",
        json!({ "repo": "code", "message": "Add the file", "files": files }),
    )
    .await;
    let app =
        json!({ "repo": "code", "name": "code", "buildPack": "dockercompose", "ports": "80" });
    let app = expect_success(&world, "apps.create", app).await;
    let uuid = app["uuid"].as_str().expect("a uuid").to_owned();
    world.coolify.advance(Duration::from_mins(1));
    let engine = world.docker_host().expect("an engine");
    let mut containers = Vec::new();
    for _ in 0..100 {
        containers = engine.containers(&uuid).await.expect("a list");
        if containers.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let db = containers.iter().find(|one| one.service == "db").expect("a container");
    engine.stop(&db.id, Duration::ZERO).await.expect("it is stopped");
    let listed = expect_success(&world, "apps.list", json!({})).await;
    let one = &listed["apps"][0];
    // Coolify's clock is ahead of docker's by that minute: it is what Coolify saw, and not called so by docker.
    let now = covibe_domain::Timestamp::now().to_string();
    let as_of = one["statusAsOf"].as_str().unwrap_or(&now);
    assert!(one["status"] != "running" || as_of > now.as_str(), "Docker did not say so: {one}");
}
