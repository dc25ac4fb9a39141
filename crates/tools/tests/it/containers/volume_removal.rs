//! Removing volumes.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_sandbox::Simulator;
use covibe_sandbox::docker::{Collection, ForeignContainer};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call_refused, expect_success, started};

/// A compose app whose database has a volume.
const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['80'], depends_on: [db]}
  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: x}, volumes: ['data:/var/lib/postgresql/data']}
volumes: {data: {}}
";

fn engine(world: &World) -> &Simulator {
    world.docker.as_ref().expect("an engine")
}

/// The uuid of a new compose app with a volume, and the volume.
async fn stack(world: &World) -> (String, String) {
    let params = json!({ "composeRaw": STACK, "name": "stack", "composeService": "web" });
    let app = started(world, "apps.create", params).await;
    (app.clone(), format!("{app}_data"))
}

/// The uuid of a new app whose image declares a volume, and the volume.
async fn cache(world: &World) -> (String, String) {
    let params = json!({ "image": "redis:7", "name": "cache", "ports": "6379" });
    let app = started(world, "apps.create", params).await;
    let volume = volumes(world, &app).await.remove(0);
    (app, volume)
}

/// The names of the volumes of a resource.
async fn volumes(world: &World, of: &str) -> Vec<String> {
    let answer = expect_success(world, "apps.volumes.list", json!({ "uuid": of })).await;
    let listed = answer["volumes"].as_array().expect("a list").iter();
    listed.map(|volume| volume["name"].as_str().expect("a name").to_owned()).collect()
}

fn params(uuid: &str, volume: &str) -> Value {
    json!({ "uuid": uuid, "volume": volume, "confirm": volume })
}

async fn wipe(world: &World, uuid: &str, volume: &str) -> Value {
    expect_success(world, "apps.volumes.wipe", params(uuid, volume)).await
}

/// The calls that changed something on the docker host.
fn changes(world: &World) -> usize {
    engine(world).requests().iter().filter(|request| request.method != "GET").count()
}

/// A container of nobody's, or one that claims to be of a resource.
fn plant(world: &World, name: &str, project: &str, volume: &str) {
    let labels = BTreeMap::from([("com.docker.compose.project".to_owned(), project.to_owned())]);
    let volumes = BTreeMap::from([(volume.to_owned(), "/mnt".to_owned())]);
    let (name, image) = (name.to_owned(), "nginx:1.27".to_owned());
    engine(world).set(ForeignContainer {
        name,
        image,
        labels,
        volumes,
        ..ForeignContainer::default()
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_removes_the_volume_and_the_containers_that_use_it() {
    let world = World::embedded().await;
    let (app, volume) = stack(&world).await;
    let (web, db) = (format!("web-{app}"), format!("db-{app}"));
    assert_eq!(volumes(&world, &app).await, [volume.as_str()]);
    let answer = wipe(&world, &app, &volume).await;
    assert_eq!((&answer["status"], &answer["wiped"]), (&json!("gone"), &json!(true)), "{answer}");
    assert_eq!(answer["stoppedContainers"], json!([db, web]), "{answer}");
    assert_eq!(answer["removedContainers"], json!([db]), "{answer}");
    assert!(answer["next"].as_str().is_some_and(|next| next.contains("apps.deploy")), "{answer}");
    assert_eq!(volumes(&world, &app).await, Vec::<String>::new());
    let names = engine(&world).names(Collection::Containers);
    assert!(names.contains(&web) && !names.contains(&db), "{names:?}");

    let again = wipe(&world, &app, &volume).await;
    assert_eq!((&again["status"], &again["wiped"]), (&json!("gone"), &json!(false)), "{again}");
    assert_eq!(again["removedContainers"], json!([]), "{again}");

    expect_success(&world, "apps.deploy", json!({ "uuid": app })).await;
    world.coolify.advance(Duration::from_mins(1));
    assert_eq!(volumes(&world, &app).await, [volume.as_str()], "an empty one");
    assert_eq!(wipe(&world, &app, &volume).await["wiped"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_needs_the_exact_name_twice() {
    let world = World::embedded().await;
    let (app, volume) = stack(&world).await;
    engine(&world).clear_requests();
    for confirm in [None, Some(""), Some("data"), Some("stack"), Some(&*volume.to_uppercase())] {
        let mut params = json!({ "uuid": app, "volume": volume });
        if let Some(text) = confirm {
            params["confirm"] = json!(text);
        }
        let answer = call_refused(&world, "apps.volumes.wipe", params).await;
        assert_eq!(answer.status, 409, "{confirm:?}: {}", answer.text);
        assert!(answer.text.contains("Confirmation required"), "{}", answer.text);
    }
    assert!(engine(&world).requests().is_empty(), "the docker host is not even asked");
    let part =
        call_refused(&world, "apps.volumes.wipe", params(&app, &volume[..volume.len() - 1])).await;
    assert_eq!(part.status, 404, "{}", part.text);
    assert!(part.text.contains(&format!("Did you mean {volume}?")), "{}", part.text);
    let again =
        call_refused(&world, "apps.volumes.wipe", params(&app, &volume[..volume.len() - 1])).await;
    assert_eq!(again.status, 404, "a refused name does not count as gone: {}", again.text);
    assert_eq!(changes(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_empties_a_database() {
    let world = World::embedded().await;
    let database = json!({ "type": "postgresql", "name": "db" });
    let database = started(&world, "databases.create", database).await;
    let volume = format!("postgres-data-{database}");
    let answer = wipe(&world, &database, &volume).await;
    assert_eq!(answer["removedContainers"], json!([database]), "{answer}");
    assert!(answer["next"].as_str().is_some_and(|next| next.contains("empty")), "{answer}");
    let path = format!("/databases/{database}/restart");
    world.operator().coolify("POST", &path, &Value::Null).await;
    world.coolify.advance(Duration::from_mins(1));
    assert_eq!(volumes(&world, &database).await, [volume]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_removes_an_anonymous_volume_with_its_container() {
    let world = World::embedded().await;
    let (app, volume) = cache(&world).await;
    let answer = wipe(&world, &app, &volume).await;
    assert_eq!((&answer["status"], &answer["wiped"]), (&json!("gone"), &json!(true)), "{answer}");
    let deletions = engine(&world).requests().into_iter().filter(|it| it.method == "DELETE");
    let deletions: Vec<_> = deletions.map(|request| request.path).collect();
    assert!(deletions.iter().all(|path| path.contains("/containers/")), "{deletions:?}");
    assert_eq!(wipe(&world, &app, &volume).await["status"], "removed", "no list has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_that_the_docker_host_does_not_confirm_is_called_removed() {
    let world = World::embedded().await;
    let (app, volume) = cache(&world).await;
    // As the gate answers about a volume whose name holds no uuid.
    engine(&world).arm(Fault::new(Name::Status).on("GET", "/volumes/*$").status(403));
    assert_eq!(wipe(&world, &app, &volume).await["status"], "removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_reaches_the_volume_of_a_deleted_app() {
    let world = World::embedded().await;
    let (app, volume) = stack(&world).await;
    let confirmed = json!({ "uuid": app, "confirm": "stack" });
    let deleted = expect_success(&world, "apps.delete", confirmed).await;
    assert_eq!(deleted["volumes"], "kept", "{deleted}");
    world.coolify.advance(Duration::from_mins(1));
    let listed = expect_success(&world, "apps.volumes.list", json!({ "uuid": app })).await;
    assert_eq!(listed["volumes"][0]["name"], json!(volume), "{listed}");
    assert!(listed["hint"].as_str().is_some_and(|hint| hint.contains("deleted")), "{listed}");
    for tool in ["apps.volumes.list", "apps.volumes.wipe"] {
        let mut params = params(&app, &volume);
        if tool == "apps.volumes.list" {
            params = json!({ "uuid": app });
        }
        let answer = world.justine.agent.compact_raw(tool, &params).await;
        assert_eq!(answer.status, 404, "{tool}: {}", answer.text);
        assert!(!answer.text.contains(&volume), "{}", answer.text);
    }
    let answer = wipe(&world, &app, &volume).await;
    assert_eq!((&answer["wiped"], answer.get("next")), (&json!(true), None), "{answer}");
    assert_eq!(wipe(&world, &app, &volume).await["wiped"], false);
    assert_eq!(volumes(&world, &app).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_reaches_the_volume_of_an_app_that_an_operator_deleted() {
    let world = World::embedded().await;
    let (app, volume) = stack(&world).await;
    let path = format!("/services/{app}?delete_volumes=false");
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    world.coolify.advance(Duration::from_mins(1));
    assert_eq!(volumes(&world, &app).await, [volume.as_str()]);
    assert_eq!(wipe(&world, &app, &volume).await["wiped"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_never_removes_the_volume_of_another_resource() {
    let world = World::embedded().await;
    let (app, own) = stack(&world).await;
    let (other, cached) = cache(&world).await;
    let alike = format!("{app}x_data");
    plant(&world, "somebody-elses", "other", &alike);
    plant(&world, "of-the-host", "other", "host_data");
    for volume in [&alike, "host_data", "coolify-db", &cached, "..", "a/b", "\u{7f}"] {
        let answer = call_refused(&world, "apps.volumes.wipe", params(&app, volume)).await;
        assert_eq!(answer.status, 404, "{volume}: {}", answer.text);
        assert!(answer.text.contains(&own), "its own are listed: {}", answer.text);
    }
    // A container that is the app's by its name and its label mounts what is not.
    plant(&world, &format!("sly-{app}"), &app, "host_data");
    let answer = call_refused(&world, "apps.volumes.wipe", params(&app, "host_data")).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert_eq!(changes(&world), 0);
    plant(&world, &format!("sly-{app}"), &app, &cached);
    let answer = call_refused(&world, "apps.volumes.wipe", params(&app, &cached)).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.text.contains("does not belong to the resource"), "{}", answer.text);
    assert_eq!(volumes(&world, &other).await, [cached], "Docker keeps what another one uses");
    let foreign = world.justine.agent.compact_raw("apps.volumes.wipe", &params(&app, &own)).await;
    assert_eq!(foreign.status, 403, "{}", foreign.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_stops_nothing_while_another_container_uses_the_volume() {
    let world = World::embedded().await;
    let (app, volume) = stack(&world).await;
    plant(&world, "backup-of-the-operator", "other", &volume);
    let answer = call_refused(&world, "apps.volumes.wipe", params(&app, &volume)).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(!answer.text.contains("backup-of-the-operator"), "{}", answer.text);
    assert_eq!(changes(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_is_refused_while_a_deployment_is_in_progress() {
    let mut options = Options::default();
    options.coolify.pace = Duration::from_secs(30);
    let world = World::start(options).await.expect("SQLite is built in");
    let volumes = json!([{ "name": "data", "mountPath": "/data" }]);
    let params_of_app = json!({ "image": "nginx:1.27", "name": "site", "volumes": volumes });
    let app = world.mark.agent.compact("apps.create", &params_of_app).await.expect("an app");
    let app = app["uuid"].as_str().expect("a uuid");
    world.coolify.advance(Duration::from_mins(10));
    let volume = format!("{app}-data");
    expect_success(&world, "apps.deploy", json!({ "uuid": app })).await;
    let answer = call_refused(&world, "apps.volumes.wipe", params(app, &volume)).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.headers.contains_key("retry-after"), "{}", answer.text);
    assert!(answer.text.contains("apps.deployments"), "{}", answer.text);
    assert_eq!(changes(&world), 0);
    world.coolify.advance(Duration::from_mins(10));
    assert_eq!(wipe(&world, app, &volume).await["wiped"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_wipe_finishes_an_interrupted_one() {
    let world = World::embedded().await;
    let (app, volume) = stack(&world).await;
    engine(&world).arm(Fault::new(Name::Status).on("DELETE", "/volumes/*$").status(500));
    let answer = call_refused(&world, "apps.volumes.wipe", params(&app, &volume)).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert_eq!(answer.json()["details"]["mayHaveHappened"], true, "{}", answer.text);
    let answer = wipe(&world, &app, &volume).await;
    assert_eq!((&answer["wiped"], &answer["stoppedContainers"]), (&json!(true), &json!([])));
    // One whose answer is lost has happened.
    expect_success(&world, "apps.deploy", json!({ "uuid": app })).await;
    world.coolify.advance(Duration::from_mins(1));
    engine(&world).arm(Fault::new(Name::DropAfter).on("DELETE", "/volumes/*$"));
    let answer = call_refused(&world, "apps.volumes.wipe", params(&app, &volume)).await;
    assert_eq!(answer.json()["details"]["mayHaveHappened"], true, "{}", answer.text);
    assert_eq!(wipe(&world, &app, &volume).await["wiped"], false);
}
