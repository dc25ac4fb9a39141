//! Services of compose files: their containers, URLs and volumes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::coolify::{Collection, Condition, Options, Outcome, Version};
use serde_json::{Value, json};

use crate::simulator_client::{Coolify, PACE, paused_options};

const FILE: &str = "
x-common: &common # a comment
  restart: always
services:
  server:
    <<: *common
    image: ghcr.io/x/server:1
    environment: {SERVICE_URL_SERVER_3000: , DB: 'postgres://x:${SERVICE_PASSWORD_DB}@db/x'}
    volumes: ['Uploads_Dir:/data', './here:/there']
  worker: {image: 'ghcr.io/x/server:1'}
  db:
    image: postgres:16
    environment: ['POSTGRES_PASSWORD=${SERVICE_PASSWORD_DB}']
    volumes: [{type: volume, source: db-data, target: /var/lib/postgresql/data}]
";

async fn stack(coolify: &Coolify) -> String {
    let raw = STANDARD.encode(FILE);
    coolify
        .uuid(
            "/services",
            coolify.with_place(json!({ "name": "stack", "docker_compose_raw": raw })),
        )
        .await
}

/// Returns the sorted names of containers, which are listed in any order.
fn names(list: &Value) -> Vec<&str> {
    let mut names: Vec<_> =
        list.as_array().unwrap().iter().map(|child| child["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Returns an application of a service by its name.
fn find_application<'a>(service: &'a Value, name: &str) -> &'a Value {
    let list = service["applications"].as_array().unwrap();
    list.iter().find(|child| child["name"] == name).unwrap()
}

#[tokio::test]
async fn a_compose_file_is_stored_without_comments_and_anchors() {
    for version in Version::ALL {
        let coolify = Coolify::on_release(version).await;
        let uuid = stack(&coolify).await;
        let one = coolify.get(&format!("/services/{uuid}")).await.json();
        assert_eq!(names(&one["applications"]), ["server", "worker"]);
        assert_eq!(names(&one["databases"]), ["db"]);
        assert_eq!((&one["service_type"], &one["status"]), (&Value::Null, &json!("exited")));
        let url = format!("http://server-{uuid}.127.0.0.1.sslip.io:3000");
        assert_eq!(find_application(&one, "server")["fqdn"], url);
        assert!(one["databases"][0].get("fqdn").is_none());
        let kept = one["docker_compose_raw"].as_str().unwrap();
        assert!(!kept.contains('#') && !kept.contains("<<"), "{kept}");
        let volumes = coolify.simulator.names(Collection::Volumes);
        for volume in ["uploads-dir", "db-data"] {
            assert!(volumes.contains(&format!("{uuid}_{volume}")), "{volumes:?}");
        }
        assert!(!volumes.iter().any(|volume| volume.contains("here")));
    }
}

fn url(name: &str) -> String {
    format!("https://{name}.mark.vibnai.com")
}

fn item(name: &str, url: &str) -> Value {
    json!({ "name": name, "url": url })
}

#[tokio::test]
async fn valid_urls_take_effect_alongside_refused_ones() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/services/{}", stack(&coolify).await);
    let set = |items: Value| coolify.patch(&path, json!({ "name": "renamed", "urls": items }));
    let foreign = "https://foreign-app.elsewhere.vibnai.com";
    for (bad, status) in [
        (item("db", &url("db")), 422),
        (item("nobody", &url("x")), 422),
        (item("worker", foreign), 409),
    ] {
        let answer = set(json!([bad, item("server", &url("server"))])).await;
        assert_eq!(answer.status, status);
        let one = coolify.get(&path).await.json();
        assert_eq!(
            (&one["name"], &find_application(&one, "server")["fqdn"]),
            (&json!("renamed"), &json!(url("server")))
        );
        set(json!([item("server", "")])).await;
    }
    let one = coolify.get(&path).await.json();
    assert_eq!(find_application(&one, "server")["fqdn"], Value::Null);
    // The URL that the file declares comes back when the file is parsed again.
    let malformed = json!([item("worker", "no url"), item("server", &url("server"))]);
    assert_eq!(set(malformed).await.status, 422);
    let one = coolify.get(&path).await.json();
    assert!(find_application(&one, "server")["fqdn"].as_str().unwrap().ends_with(".sslip.io:3000"));
}

#[tokio::test]
async fn a_url_moves_between_containers_only_if_it_is_cleared_first() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/services/{}", stack(&coolify).await);
    let set = |items: Value| coolify.patch(&path, json!({ "urls": items }));
    set(json!([item("server", &url("a"))])).await;
    assert_eq!(set(json!([item("worker", &url("a")), item("server", "")])).await.status, 409);
    set(json!([item("server", &url("a"))])).await;
    assert_eq!(set(json!([item("server", ""), item("worker", &url("a"))])).await.status, 200);
    let twice = set(json!([item("server", &url("t")), item("worker", &url("t"))])).await;
    assert_eq!(twice.status, 422);
}

#[tokio::test]
async fn a_new_compose_file_keeps_containers_that_it_no_longer_contains() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let path = format!("/services/{}", stack(&coolify).await);
    let file = STANDARD.encode("services: {server: {image: 'x:2'}}");
    assert_eq!(coolify.patch(&path, json!({ "docker_compose_raw": file })).await.status, 200);
    let one = coolify.get(&path).await.json();
    assert_eq!(names(&one["applications"]), ["server", "worker"]);
    assert_eq!(find_application(&one, "server")["image"], "x:2");
    assert!(find_application(&one, "server")["fqdn"].is_string(), "its URL stays");
}

#[tokio::test]
async fn starting_a_running_service_is_refused_and_restarting_it_is_accepted() {
    for version in Version::ALL {
        let coolify = Coolify::with(Options { version, ..paused_options() }).await;
        let path = format!("/services/{}", stack(&coolify).await);
        let post = async |verb: &str| coolify.post(&format!("{path}/{verb}"), json!({})).await;
        let status = || async { coolify.get(&path).await.json()["status"].clone() };
        assert_eq!(post("start").await.status, 200);
        assert_eq!(status().await, "starting:unhealthy");
        coolify.simulator.advance(PACE);
        assert_eq!(status().await, "running:unknown");
        let again = post("start").await;
        assert_eq!(
            (again.status, again.json()),
            (400, json!({ "message": "Service is already running." }))
        );
        assert_eq!(post("restart?latest=true").await.status, 200);
        assert_eq!(status().await, "starting:unhealthy");
    }
}

#[tokio::test]
async fn a_services_status_is_derived_from_the_conditions_of_its_containers() {
    let options = paused_options();
    let outcomes = options.outcomes.clone();
    let coolify = Coolify::with(options).await;
    let path = format!("/services/{}", stack(&coolify).await);
    for (condition, server, whole) in [
        (Condition::Starting, "running:healthy", "running:healthy"),
        (Condition::Unhealthy, "running:unhealthy", "running:unhealthy"),
        (Condition::Restarting, "restarting:unknown", "degraded:unhealthy"),
        (Condition::Exited, "exited", "degraded:unhealthy"),
    ] {
        outcomes.next("stack", Outcome::Finishes(condition));
        coolify.post(&format!("{path}/restart"), json!({})).await;
        coolify.simulator.advance(PACE);
        let one = coolify.get(&path).await.json();
        assert_eq!(
            (&one["status"], &find_application(&one, "server")["status"]),
            (&json!(whole), &json!(server))
        );
        assert_eq!(one["databases"][0]["status"], "running:unknown");
    }
}

#[tokio::test]
async fn a_started_service_is_reported_as_exited_until_coolifys_next_check() {
    let look = Some(PACE * 5);
    let coolify = Coolify::with(Options { look, ..paused_options() }).await;
    let uuid = stack(&coolify).await;
    let path = format!("/services/{uuid}");
    let status = || async { coolify.get(&path).await.json()["status"].clone() };
    let live = async || {
        let logs = format!("{path}/logs?sub_service_name=server&lines=1");
        coolify.get(&logs).await.status
    };
    coolify.post(&format!("{path}/start"), json!({})).await;
    assert_eq!((status().await, live().await), (json!("starting:unhealthy"), 404));
    coolify.simulator.advance(PACE);
    assert_eq!((status().await, live().await), (json!("exited"), 200));
    assert_eq!(coolify.post(&format!("{path}/stop"), json!({})).await.status, 400);
    coolify.simulator.advance(PACE * 5);
    assert_eq!((status().await, live().await), (json!("running:unknown"), 200));
    // A stopping restart reports it as exited; one that pulls images reports the state before.
    coolify.post(&format!("{path}/restart"), json!({})).await;
    coolify.simulator.advance(PACE);
    assert_eq!((status().await, live().await), (json!("exited"), 200));
    coolify.simulator.advance(PACE * 5);
    coolify.post(&format!("{path}/restart?latest=true"), json!({})).await;
    coolify.simulator.advance(PACE);
    assert_eq!((status().await, live().await), (json!("running:unknown"), 200));
}

#[tokio::test]
async fn a_failed_start_leaves_a_service_exited_and_without_containers() {
    let options = paused_options();
    let outcomes = options.outcomes.clone();
    let coolify = Coolify::with(options).await;
    let path = format!("/services/{}", stack(&coolify).await);
    outcomes.next("stack", Outcome::Fails { log: Vec::new() });
    coolify.post(&format!("{path}/start"), json!({})).await;
    coolify.simulator.advance(PACE * 2);
    assert_eq!(coolify.get(&path).await.json()["status"], "exited");
    let logs = coolify.get(&format!("{path}/logs?sub_service_name=server")).await;
    assert_eq!((logs.status, logs.json()), (404, json!({ "message": "Container not found." })));
}

#[tokio::test]
async fn logs_of_a_service_are_returned_only_of_running_containers() {
    let options = paused_options();
    let outcomes = options.outcomes.clone();
    let coolify = Coolify::with(options).await;
    let path = format!("/services/{}", stack(&coolify).await);
    outcomes.next("stack", Outcome::Finishes(Condition::Exited));
    coolify.post(&format!("{path}/start"), json!({})).await;
    coolify.simulator.advance(PACE);
    for (name, status) in [("server", 400), ("db", 200), ("nobody", 404)] {
        let logs = coolify.get(&format!("{path}/logs?sub_service_name={name}")).await;
        assert_eq!(logs.status, status, "{name}: {}", logs.text);
    }
    let one = coolify.get(&path).await.json();
    let part = find_application(&one, "server")["uuid"].as_str().unwrap();
    let logs = coolify.get(&format!("{path}/applications/{part}/logs")).await;
    assert_eq!(logs.status, 400, "{}", logs.text);
}

#[tokio::test]
async fn containers_on_an_unreachable_host_are_kept_when_their_service_is_deleted() {
    let options = paused_options();
    let host = options.host.clone();
    let coolify = Coolify::with(Options { look: Some(PACE), ..options }).await;
    let uuid = stack(&coolify).await;
    let path = format!("/services/{uuid}");
    coolify.post(&format!("{path}/start"), json!({})).await;
    coolify.simulator.advance(PACE);
    host.lose();
    let logs = coolify.get(&format!("{path}/logs?sub_service_name=server")).await;
    assert_eq!(logs.status, 500, "{}", logs.text);
    let server = format!("/servers/{}", coolify.server);
    let is_reachable =
        async || coolify.get(&server).await.json()["settings"]["is_reachable"].clone();
    assert_eq!(is_reachable().await, true, "nothing has looked yet");
    assert_eq!(coolify.delete(&path).await.status, 200);
    coolify.simulator.advance(PACE * 2);
    assert_eq!(is_reachable().await, false);
    assert_eq!(coolify.get(&path).await.status, 404);
    let containers = coolify.simulator.names(Collection::Containers);
    assert!(containers.contains(&format!("server-{uuid}")), "{containers:?}");
    let volumes = coolify.simulator.names(Collection::Volumes);
    assert!(volumes.contains(&format!("{uuid}_db-data")), "{volumes:?}");
}

#[tokio::test]
async fn deleting_a_service_deletes_its_volumes_by_default_and_takes_time() {
    for (query, kept) in [("", false), ("?delete_volumes=false", true)] {
        let coolify = Coolify::with(Options { deletion: Some(PACE * 4), ..paused_options() }).await;
        let uuid = stack(&coolify).await;
        let path = format!("/services/{uuid}");
        assert_eq!(coolify.delete(&format!("{path}{query}")).await.status, 200);
        let volumes = coolify.simulator.names(Collection::Volumes);
        assert_eq!(
            volumes.iter().filter(|volume| volume.contains(&uuid)).count(),
            if kept { 2 } else { 0 }
        );
        coolify.simulator.advance(PACE);
        assert_eq!(coolify.get(&path).await.status, 200);
        assert!(coolify.simulator.names(Collection::Services).contains(&"stack".to_owned()));
        coolify.simulator.advance(PACE * 3);
        assert_eq!(coolify.get(&path).await.status, 404);
        assert_eq!(coolify.delete(&path).await.status, 404);
    }
}

#[tokio::test]
async fn a_refused_creation_leaves_no_service_and_no_volumes() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let before = coolify.simulator.count(Collection::Volumes);
    let urls = json!([{ "name": "db", "url": "https://db.mark.vibnai.com" }]);
    let body =
        coolify.with_place(json!({ "docker_compose_raw": STANDARD.encode(FILE), "urls": urls }));
    let answer = coolify.post("/services", body).await;
    assert_eq!(
        (answer.status, &answer.json()["errors"]),
        (422, &json!(["Service container with 'db' not found."]))
    );
    assert_eq!(
        (
            coolify.simulator.count(Collection::Services),
            coolify.simulator.count(Collection::Volumes)
        ),
        (1, before)
    );
}

#[tokio::test]
async fn since_4_1_an_invalid_variable_name_fails_a_creation_after_it_took_effect() {
    for version in Version::ALL {
        let coolify = Coolify::on_release(version).await;
        let file = "services: {web: {image: x, environment: {A: '${FINE:-b}', URL: $HOST/path}}}";
        let raw = STANDARD.encode(file);
        let body = coolify.with_place(json!({ "name": "odd", "docker_compose_raw": raw }));
        let answer = coolify.post("/services", body).await;
        assert_eq!(
            answer.status,
            if version == Version::Beta473 { 201 } else { 500 },
            "{version:?}"
        );
        let services = coolify.get("/services").await.json();
        let is_it = |one: &&Value| one["name"] == "odd";
        let one = services.as_array().unwrap().iter().find(is_it).unwrap();
        let uuid = one["uuid"].as_str().unwrap();
        let envs = coolify.get(&format!("/services/{uuid}/envs")).await.json();
        let keys: Vec<_> =
            envs.as_array().unwrap().iter().map(|env| env["key"].as_str().unwrap()).collect();
        assert_eq!(
            keys,
            if version == Version::Beta473 { &["FINE", "HOST/path"][..] } else { &["FINE"] }
        );
    }
}
