//! Deleting resources: what Coolify leaves on the docker host is removed, and the answer is what was seen.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_sandbox::docker::{Collection, ForeignContainer};
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::{Simulator, coolify};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call_refused, expect_success, kill, started};

/// A compose app whose database has a volume.
const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['80'], depends_on: [db]}
  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: x}, volumes: ['data:/var/lib/postgresql/data']}
volumes: {data: {}}
";

/// The longest time of a call, and therefore the time for which the work of a killed one is held.
const DEADLINE: Duration = Duration::from_secs(3);

/// The call with which Coolify is told to delete a compose app.
const DELETION: (&str, &str) = ("DELETE", "/services/*$");

fn engine(world: &World) -> &Simulator {
    world.docker.as_ref().expect("an engine")
}

/// The uuid of a new compose app with a volume.
async fn stack(world: &World) -> String {
    let params = json!({ "composeRaw": STACK, "name": "stack", "composeService": "web" });
    started(world, "apps.create", params).await
}

fn with_volumes(app: &str) -> Value {
    json!({ "uuid": app, "confirm": "stack", "volumes": "delete" })
}

/// The containers and volumes of a resource that the docker host has.
fn present_volumes(world: &World, uuid: &str) -> Vec<String> {
    let containers = engine(world).names(Collection::Containers);
    let volumes = world.coolify.names(coolify::Collection::Volumes);
    let networks = engine(world).names(Collection::Networks);
    let all = containers.into_iter().chain(volumes).chain(networks);
    all.filter(|name| name.contains(uuid)).collect()
}

/// Makes Coolify lose the host at a request to delete something, and makes the call that requests it.
async fn deleted_on_a_lost_host(world: &World, host: &coolify::Host, call: (&str, Value)) -> Value {
    let hold = world.coolify.hold("DELETE", "/*/*$");
    let losing = async {
        hold.arrived().await;
        host.lose();
        hold.release();
    };
    let (answer, ()) = tokio::join!(expect_success(world, call.0, call.1), losing);
    answer
}

/// A public database that runs.
async fn public_database(world: &World) -> String {
    let params = json!({ "type": "postgresql", "name": "main", "isPublic": true });
    let database = started(world, "databases.create", params).await;
    // The proxy is a job of its own.
    world.coolify.advance(Duration::from_mins(1));
    let _look = expect_success(world, "databases.get", json!({ "uuid": database })).await;
    assert_eq!(present_volumes(world, &format!("{database}-proxy")).len(), 1);
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_reports_the_volumes_that_were_seen() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let answer =
        expect_success(&world, "apps.delete", json!({ "uuid": app, "confirm": "stack" })).await;
    assert_eq!(
        (&answer["status"], &answer["volumes"]),
        (&json!("gone"), &json!("kept")),
        "{answer}"
    );
    assert_eq!(present_volumes(&world, &app), [format!("{app}_data")]);

    let app = stack(&world).await;
    let answer = expect_success(&world, "apps.delete", with_volumes(&app)).await;
    assert_eq!(answer["volumes"], "deleted", "{answer}");
    assert_eq!(present_volumes(&world, &app), Vec::<String>::new());
    let again = call_refused(&world, "apps.delete", with_volumes(&app)).await;
    assert_eq!(again.status, 404, "{}", again.text);
}

/// Coolify forgets a resource on a host that it can't reach, and what runs there goes on (4.3.11).
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_removes_the_containers_that_coolify_left() {
    let options = Options::default();
    let host = options.coolify.host.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    for (params, is_kept) in [
        (json!({ "confirm": "stack" }), true),
        (json!({ "confirm": "stack", "volumes": "delete" }), false),
    ] {
        host.restore();
        world.coolify.advance(Duration::from_mins(1));
        let app = stack(&world).await;
        let mut params = params;
        params["uuid"] = json!(app);
        let hold = world.coolify.hold(DELETION.0, DELETION.1);
        let call = expect_success(&world, "apps.delete", params);
        let losing = async {
            hold.arrived().await;
            host.lose();
            hold.release();
        };
        let (answer, ()) = tokio::join!(call, losing);
        assert_eq!(answer["status"], "gone", "{answer}");
        let names = [format!("db-{app}"), format!("web-{app}")];
        assert_eq!(answer["removedContainers"], json!(names), "{answer}");
        let left = present_volumes(&world, &app);
        assert_eq!(left.len(), usize::from(is_kept), "{left:?}");
        assert_eq!(answer["volumes"], if is_kept { "kept" } else { "deleted" }, "{answer}");
    }
}

/// It would keep a port of the host for ever.
#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_a_public_database_goes_with_it() {
    let options = Options::default();
    let host = options.coolify.host.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let database = public_database(&world).await;
    let params = json!({ "uuid": database, "confirm": "main", "volumes": "delete" });
    let answer = deleted_on_a_lost_host(&world, &host, ("databases.delete", params)).await;
    assert_eq!(answer["status"], "gone", "{answer}");
    let names = [database.clone(), format!("{database}-proxy")];
    assert_eq!(answer["removedContainers"], json!(names), "{answer}");
    assert_eq!(present_volumes(&world, &database), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_somebody_else_is_on_is_left_and_named() {
    let options = Options::default();
    let host = options.coolify.host.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let app = stack(&world).await;
    engine(&world).set(ForeignContainer {
        name: "monitor-of-the-operator".to_owned(),
        image: "nginx:1.27".to_owned(),
        networks: vec![app.clone()],
        ..ForeignContainer::default()
    });
    let answer = deleted_on_a_lost_host(&world, &host, ("apps.delete", with_volumes(&app))).await;
    assert_eq!((&answer["status"], &answer["left"]), (&json!("left"), &json!([app])), "{answer}");
    assert_eq!(answer["volumes"], "deleted", "that was seen: {answer}");
    assert!(!answer.to_string().contains("monitor"), "{answer}");
}

/// An older gate lets no call on them through.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_the_gate_does_not_remove_is_left_and_named() {
    let options = Options::default();
    let host = options.coolify.host.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let app = stack(&world).await;
    let refusal = |method, path| Fault::new(Name::Status).status(403).on(method, path);
    for (method, path) in [("POST", "/networks/*/disconnect"), ("DELETE", "/networks/*")] {
        engine(&world).arm(refusal(method, path).times(u32::MAX));
    }
    let answer = deleted_on_a_lost_host(&world, &host, ("apps.delete", with_volumes(&app))).await;
    assert_eq!((&answer["status"], &answer["volumes"]), (&json!("left"), &json!("deleted")));
    assert_eq!(answer["left"], json!([app]), "{answer}");
    let hint = answer["hint"].as_str().expect("a hint");
    assert!(hint.contains("networks") && !hint.contains("proxies"), "{hint}");
    assert_eq!(present_volumes(&world, &app), std::slice::from_ref(&app));
    engine(&world).disarm();
    let again = expect_success(&world, "apps.delete", with_volumes(&app)).await;
    assert_eq!((&again["status"], again.get("hint")), (&json!("gone"), None), "{again}");
}

/// An older gate tells of neither.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_names_what_an_old_gate_does_not_show() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    engine(&world)
        .arm(Fault::new(Name::Status).status(403).on("GET", "/networks/*").times(u32::MAX));
    let answer = expect_success(&world, "apps.delete", with_volumes(&app)).await;
    assert_eq!((&answer["status"], &answer["volumes"]), (&json!("gone"), &json!("deleted")));
    let hint = answer["hint"].as_str().expect("a hint");
    assert!(hint.contains("older") && hint.contains("networks"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_another_container_uses_is_left_and_named() {
    let options = Options::default();
    let host = options.coolify.host.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let app = stack(&world).await;
    let volume = format!("{app}_data");
    let volumes = BTreeMap::from([(volume.clone(), "/mnt".to_owned())]);
    let name = "backup-of-the-operator".to_owned();
    engine(&world).set(ForeignContainer {
        name,
        image: "nginx:1.27".to_owned(),
        volumes,
        ..ForeignContainer::default()
    });
    let hold = world.coolify.hold(DELETION.0, DELETION.1);
    let call = expect_success(&world, "apps.delete", with_volumes(&app));
    let losing = async {
        hold.arrived().await;
        host.lose();
        hold.release();
    };
    let (answer, ()) = tokio::join!(call, losing);
    assert_eq!(
        (&answer["status"], &answer["deleted"]),
        (&json!("left"), &json!(false)),
        "{answer}"
    );
    assert_eq!(answer["left"], json!([volume]), "{answer}");
    assert!(!answer.to_string().contains("backup"), "{answer}");
    let again = expect_success(&world, "apps.delete", with_volumes(&app)).await;
    assert_eq!(again["left"], json!([volume]), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_docker_host_that_does_not_answer_is_looked_at_by_the_next_call() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    engine(&world).arm(Fault::new(Name::Status).on("GET", "/containers/json").times(u32::MAX));
    let answer = expect_success(&world, "apps.delete", with_volumes(&app)).await;
    assert_eq!(
        (&answer["status"], &answer["deleted"]),
        (&json!("unseen"), &json!(false)),
        "{answer}"
    );
    assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains("again")), "{answer}");
    engine(&world).disarm();
    let wrong = json!({ "uuid": app, "confirm": "stac" });
    assert_eq!(call_refused(&world, "apps.delete", wrong).await.status, 409);
    let foreign = world.justine.agent.compact_raw("apps.delete", &with_volumes(&app)).await;
    assert_eq!(foreign.status, 404, "{}", foreign.text);
    let again = expect_success(&world, "apps.delete", with_volumes(&app)).await;
    assert_eq!(again["status"], "gone", "{again}");
    assert_eq!(call_refused(&world, "apps.delete", with_volumes(&app)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_without_a_name_go_with_their_containers() {
    let world = World::embedded().await;
    let params = json!({ "image": "redis:7", "name": "cache", "ports": "6379" });
    let app = started(&world, "apps.create", params).await;
    engine(&world).clear_requests();
    let params = json!({ "uuid": app, "confirm": "cache", "volumes": "delete" });
    let answer = expect_success(&world, "apps.delete", params).await;
    assert_eq!(answer["volumes"], "deleted", "{answer}");
    let requests = engine(&world).requests();
    let removal = requests.iter().find(|it| it.method == "DELETE").expect("a removal");
    assert!(
        removal.query.iter().any(|(name, value)| name == "v" && value == "true"),
        "{removal:?}"
    );
}

/// Its containers had to go before Coolify was asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_containers_were_removed_says_so() {
    let world = World::embedded().await;
    let params = json!({ "image": "redis:7", "name": "cache", "ports": "6379" });
    let app = started(&world, "apps.create", params).await;
    world.coolify.arm(Fault::new(Name::Status).status(422).on("DELETE", "/applications/*$"));
    let params = json!({ "uuid": app, "confirm": "cache", "volumes": "delete" });
    let answer = call_refused(&world, "apps.delete", params.clone()).await;
    assert_eq!(answer.json()["details"]["mayHaveHappened"], true, "{}", answer.text);
    assert_eq!(expect_success(&world, "apps.delete", params).await["status"], "gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_of_a_killed_server_is_finished_by_the_next_call() {
    let options = Options::default().with_deadline(DEADLINE);
    let host = options.coolify.host.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let app = stack(&world).await;
    let hold = world.coolify.hold(DELETION.0, DELETION.1);
    let losing = tokio::spawn({
        let host = host.clone();
        async move {
            hold.arrived().await;
            host.lose();
            hold.release();
        }
    });
    let removal = ("DELETE", "/containers/*$");
    kill(&world, (engine(&world), removal), "apps.delete", &with_volumes(&app));
    losing.await.expect("a loss");
    host.restore();
    let answer = loop {
        let answer = world.mark.agent.compact_raw("apps.delete", &with_volumes(&app)).await;
        if answer.status != 409 || !answer.headers.contains_key("retry-after") {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["result"]["status"], "gone", "{}", answer.text);
    assert_eq!(present_volumes(&world, &app), Vec::<String>::new());
}
