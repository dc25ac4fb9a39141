//! `apps.delete`: confirmed, volumes kept, followed until it is gone.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::json;

use super::fixture::{Ground, STACK, members_of, served_world, text, world};
use crate::support::{CallStyle, on_each_release};

on_each_release!(only_the_exact_name_deletes_by_every_surface_and_release);

/// The switches that Coolify was sent with the last deletion.
fn switches(world: &World) -> BTreeMap<String, String> {
    let requests = world.coolify.requests();
    let last = requests.iter().rev().find(|request| request.method == "DELETE");
    last.map(|request| request.query.clone()).expect("a deletion")
}

/// A stack whose database has a volume.
fn stack_with_volume() -> String {
    let volume = "image: postgres:16\n    volumes: [\"data:/data\"]";
    STACK.replace("image: postgres:16", volume) + "volumes: {data: {}}\n"
}

async fn only_the_exact_name_deletes_by_every_surface_and_release(version: Version) {
    let world = served_world(version).await;
    let ground = Ground::new(&world, &world.mark);
    for via in CallStyle::ALL {
        let app = ground.image_app("my-site").await;
        let stack = ground.stack("my-stack", STACK).await;
        for (uuid, name) in [(app, "my-site"), (stack, "my-stack")] {
            for wrong in [json!({}), json!({ "confirm": "wrong" }), json!({ "confirm": "" })] {
                let mut params = wrong;
                params["uuid"] = json!(uuid);
                let (status, failure) = ground.call_by(via, "apps.delete", &params).await;
                assert_eq!((status, &failure["error"]), (409, &json!("Confirmation required")));
                assert!(!failure.to_string().contains(name), "{failure}");
            }
            let params = json!({ "uuid": uuid, "confirm": name });
            let (status, answer) = ground.call_by(via, "apps.delete", &params).await;
            let gone =
                json!({ "uuid": uuid, "deleted": true, "status": "gone", "volumes": "none" });
            assert_eq!((status, answer), (200, gone), "{via:?} on {}", version.text());
            assert_eq!(ground.call_by(via, "apps.get", &json!({ "uuid": uuid })).await.0, 404);
            assert_eq!(ground.call_by(via, "apps.delete", &params).await.0, 404);
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_are_deleted_only_on_request() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let file = stack_with_volume();
    for (asked, told, sent) in [(None, "kept", "false"), (Some("delete"), "deleted", "true")] {
        let uuid = ground.stack("crm", &file).await;
        let params = json!({ "uuid": uuid, "confirm": "crm", "volumes": asked });
        let (status, answer) = ground.call_by(CallStyle::Tool, "apps.delete", &params).await;
        assert_eq!((status, &answer["volumes"]), (200, &json!(told)), "{answer}");
        let switches = switches(&world);
        let expected = [
            ("delete_configurations", "true"),
            ("delete_volumes", sent),
            ("docker_cleanup", "false"),
            ("delete_connected_networks", "true"),
        ];
        for (name, value) in expected {
            assert_eq!(
                switches.get(name).map(String::as_str),
                Some(value),
                "{name} is on unless told"
            );
        }
    }
    let params = json!({ "uuid": "zzzz2345zzzz2345zzzz2345", "volumes": "keep" });
    ground.call_refused("apps.delete", params, 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_reports_no_volumes_only_if_coolify_listed_none() {
    // With a docker host, the answer is what was seen there.
    let options = Options { docker: false, ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    let without = ground.image_app("without").await;
    let params = json!({ "image": "nginx:1", "name": "with", "instantDeploy": false,
        "volumes": [{ "name": "data", "mountPath": "/data" }] });
    let with = text(&ground.call_ok("apps.create", params).await["uuid"]).clone();
    let silent = ground.image_app("silent").await;
    let fault = Fault::new(Name::Status).status(404);
    let path = format!("/applications/{silent}/storages");
    world.coolify.arm(fault.on("GET", &path).times(9));
    for (uuid, name, told) in [
        (without, "without", json!("none")),
        (with, "with", json!("kept")),
        (silent, "silent", json!(null)),
    ] {
        let params = json!({ "uuid": uuid, "confirm": name });
        assert_eq!(ground.call_ok("apps.delete", params).await["volumes"], told, "{name}");
    }
    world.stop().await;
}

/// Coolify forgets a resource also if it could remove nothing of it (4.3.11).
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_without_docker_access_says_that_the_host_was_not_checked() {
    let options = Options { docker: false, ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    let app = ground.stack("crm", &stack_with_volume()).await;
    let made =
        ground.call_ok("databases.create", json!({ "type": "redis", "name": "cache" })).await;
    let database = text(&made["uuid"]);
    world.coolify.advance(Duration::from_mins(1));
    for (tool, uuid, name) in [("apps.delete", app, "crm"), ("databases.delete", database, "cache")]
    {
        let params = json!({ "uuid": uuid, "confirm": name, "volumes": "delete" });
        let answer = ground.call_ok(tool, params).await;
        let hint = text(&answer["hint"]);
        assert!(
            hint.contains("COVIBE_DOCKER_HOST") && hint.contains("could not check"),
            "{answer}"
        );
        let seen = json!({ "uuid": uuid, "deleted": true, "status": "gone", "hint": hint });
        assert_eq!(answer, seen);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_deletion_returns_deleting_at_the_deadline() {
    let mut options = Options::default().with_deadline(Duration::from_secs(2));
    options.coolify.deletion = Some(Duration::from_secs(6));
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("slow").await;
    let params = json!({ "uuid": uuid, "confirm": "slow" });
    let answer = ground.call_ok("apps.delete", params.clone()).await;
    assert_eq!((&answer["deleted"], &answer["status"]), (&json!(false), &json!("deleting")));
    assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains("apps.get")), "{answer}");
    let again = ground.call_ok("apps.delete", params).await;
    assert_eq!(again["status"], "deleting", "a second call is as good as the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_deleted_app_is_free_again() {
    let world = world(Version::V4_1).await;
    let ground = Ground::new(&world, &world.mark);
    for round in 0..2 {
        let uuid = match round {
            0 => ground.image_app("site").await,
            _ => ground.stack("site", STACK).await,
        };
        ground.call_ok("apps.delete", json!({ "uuid": uuid, "confirm": "site" })).await;
    }
    let uuid = ground.repo_app("site").await;
    let app = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!(text(&app["url"]), "https://site.mark.vibnai.com");
    let listed = ground.call_ok("apps.list", json!({})).await;
    assert_eq!(members_of(&listed["apps"], "name"), ["site"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_another_workspaces_app_is_forbidden() {
    let world = world(Version::V4_3).await;
    let theirs = Ground::new(&world, &world.justine).image_app("site").await;
    let ground = Ground::new(&world, &world.mark);
    ground.call_refused("apps.delete", json!({ "uuid": theirs, "confirm": "site" }), 403).await;
    Ground::new(&world, &world.justine).call_ok("apps.get", json!({ "uuid": theirs })).await;
}

/// Coolify would forget the app, and its containers and volumes would stay for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_refused_while_the_host_is_unreachable() {
    let options = Options::default();
    let host = options.coolify.host.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    let file = stack_with_volume();
    let app = ground.stack("crm", &file).await;
    let image = ground.image_app("web").await;
    let database = json!({ "type": "redis", "name": "cache" });
    let database = ground.call_ok("databases.create", database).await["uuid"].clone();
    host.lose();
    // Coolify reports it once it has looked.
    ground.call_ok("apps.get", json!({ "uuid": app })).await;
    world.coolify.advance(Duration::from_mins(1));
    world.coolify.clear_requests();
    for (tool, uuid, name) in [
        ("apps.delete", json!(app), "crm"),
        ("apps.delete", json!(image), "web"),
        ("databases.delete", database, "cache"),
    ] {
        let params = json!({ "uuid": uuid, "confirm": name, "volumes": "delete" });
        let refused = ground.call_refused(tool, params, 503).await;
        assert!(refused.to_string().contains("nothing was deleted"), "{refused}");
    }
    assert!(world.coolify.requests().iter().all(|request| request.method == "GET"));
    host.restore();
    let params = json!({ "uuid": app, "confirm": "crm", "volumes": "delete" });
    assert_eq!(ground.call_ok("apps.delete", params).await["volumes"], "deleted");
}

/// Coolify removes the containers that there are when a deletion begins, and forgets the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_refused_while_a_deployment_is_in_progress() {
    let mut options = Options::default().with_deadline(Duration::from_millis(1500));
    options.coolify.pace = Duration::from_hours(1);
    options.coolify.deletion = Some(Duration::from_hours(2));
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    let app = ground.image_app("site").await;
    ground.call_ok("apps.deploy", json!({ "uuid": app })).await;
    world.coolify.advance(Duration::from_mins(90));
    let delete = json!({ "uuid": app, "confirm": "site" });
    let refused = ground.call_refused("apps.delete", delete.clone(), 409).await;
    assert!(refused.to_string().contains("in progress"), "{refused}");
    assert_eq!(refused["details"].get("mayHaveHappened"), None, "{refused}");
    // It can be deployed again, and what waits is no reason to keep the app.
    world.coolify.advance(Duration::from_hours(1));
    ground.call_ok("apps.deploy", json!({ "uuid": app, "force": true })).await;
    let deleting = ground.call_ok("apps.delete", delete).await;
    assert_eq!(deleting["status"], "deleting", "{deleting}");
    let barred =
        ground.call_refused("apps.deploy", json!({ "uuid": app, "force": true }), 409).await;
    assert!(barred.to_string().contains("being deleted"), "{barred}");
    world.coolify.advance(Duration::from_hours(3));
    let containers = world.coolify.names(Collection::Containers);
    assert!(!containers.contains(&app), "{containers:?}");
}
