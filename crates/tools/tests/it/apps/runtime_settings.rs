//! Settings that last: volumes, health checks, the port that the proxy uses.

use covibe_sandbox::coolify::{Collection, Condition, Outcome, Outcomes, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::fixture::{Ground, STACK, members_of, served_world, world};
use crate::support::CallStyle;

/// The names and paths of an app's volumes in Coolify itself.
async fn coolify_volumes(ground: &Ground<'_>, uuid: &str) -> Vec<(String, String)> {
    let path = format!("/applications/{uuid}/storages");
    let storages = ground.coolify("GET", &path, &json!(null)).await;
    let storages = storages["persistent_storages"].as_array().expect("a list").clone();
    let text = |one: &Value, member: &str| one[member].as_str().expect("a text").to_owned();
    storages.iter().map(|one| (text(one, "name"), text(one, "mount_path"))).collect()
}

/// Deploys an app and returns the verdict.
async fn deploy_and_wait(ground: &Ground<'_>, uuid: &str) -> Value {
    ground.call_ok("apps.deploy", json!({ "uuid": uuid, "wait": true })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_of_a_new_app_are_mounted_on_every_release_and_surface() {
    for version in Version::ALL {
        let world = served_world(version).await;
        let ground = Ground::new(&world, &world.mark);
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            let volumes = json!([{ "name": "data", "mountPath": "/data" }]);
            let params = json!({ "image": "nginx", "name": format!("app-{number}"),
                                 "volumes": volumes, "instantDeploy": false });
            let (status, app) = ground.call_by(via, "apps.create", &params).await;
            assert!(status < 300, "{via:?}: {app}");
            let uuid = app["uuid"].as_str().expect("a uuid");
            let got = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
            assert_eq!(got["volumes"], volumes, "on {}", version.text());
            let named = (format!("{uuid}-data"), "/data".to_owned());
            assert_eq!(coolify_volumes(&ground, uuid).await, [named]);
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_create_hints_at_missing_volumes_and_health_check() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let bare = json!({ "image": "nginx", "name": "bare", "instantDeploy": false });
    let bare = ground.call_ok("apps.create", bare).await;
    let hints = bare["hints"].to_string();
    assert!(hints.contains("lost at its next deployment") && hints.contains("healthCheck"));
    let lasting = json!({ "image": "nginx", "name": "lasting", "instantDeploy": false,
                          "volumes": [{ "name": "data", "mountPath": "/data" }],
                          "healthCheck": { "path": "/" } });
    let lasting = ground.call_ok("apps.create", lasting).await;
    assert!(lasting.get("hints").is_none(), "{lasting}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_list_of_volumes_replaces_the_old_one_and_keeps_all_data() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("site").await;
    let patch = async |volumes: Value| {
        let params = json!({ "uuid": uuid, "patch": { "volumes": volumes } });
        ground.call_ok("apps.update", params).await
    };
    let two = json!([{ "name": "a", "mountPath": "/a" }, { "name": "b", "mountPath": "/b" }]);
    let told = patch(two.clone()).await;
    assert_eq!((&told["applied"], &told["needsDeploy"]), (&json!(["volumes"]), &json!(true)));
    assert!(told.get("hints").is_none(), "{told}");
    deploy_and_wait(&ground, &uuid).await;
    world.coolify.clear_requests();
    assert_eq!(patch(two.clone()).await["needsDeploy"], false, "they are mounted already");
    let requests = world.coolify.requests();
    assert!(requests.iter().all(|one| one.method != "POST"), "nothing is mounted twice");
    let told = patch(json!([{ "name": "a", "mountPath": "/moved" }])).await;
    assert!(told["hints"][0].as_str().expect("a hint").contains("deployment: b. The data is kept"));
    let moved = (format!("{uuid}-a"), "/moved".to_owned());
    assert_eq!(coolify_volumes(&ground, &uuid).await, [moved]);
    let volumes = world.coolify.names(Collection::Volumes);
    assert!(volumes.contains(&format!("{uuid}-b")), "{volumes:?}");
    patch(json!([])).await;
    assert!(ground.call_ok("apps.get", json!({ "uuid": uuid })).await.get("volumes").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_volumes_and_health_checks_are_refused_before_a_creation() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let data = json!([{ "name": "data", "mountPath": "/data" }]);
    let check = json!({ "path": "/" });
    for (source, member, value) in [
        ("composeRaw", "volumes", data.clone()),
        ("composeRaw", "healthCheck", check.clone()),
        ("image", "volumes", json!([{ "name": "data", "mountPath": "/" }])),
        ("image", "volumes", json!([{ "name": "data", "mountPath": "data" }])),
        ("image", "volumes", json!([{ "name": "a b", "mountPath": "/data" }])),
        ("image", "volumes", json!([{ "name": "data", "mountPath": "/dev/shm" }])),
        ("image", "volumes", json!([data[0], data[0]])),
        ("image", "healthCheck", json!({})),
        ("image", "healthCheck", json!({ "path": "/up;id" })),
        ("image", "healthCheck", json!({ "path": "/", "port": 0 })),
        ("image", "healthCheck", json!(true)),
    ] {
        let source_value = if source == "image" { "nginx" } else { STACK };
        let params = json!({ source: source_value, "name": "never", member: value });
        let told = ground.call_refused("apps.create", params.clone(), 400).await;
        assert!(told.to_string().contains(member), "{params}: {told}");
    }
    let uuid = ground.stack("stack", STACK).await;
    let patch = json!({ "volumes": data, "healthCheck": check, "description": "in words" });
    let told = ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
    assert_eq!(members_of(&told["ignored"], "field"), ["volumes", "healthCheck"]);
    assert_eq!(told["applied"], json!(["description"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coolify_too_old_for_volumes_is_reported_with_the_required_version() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("site").await;
    let missing = || Fault::new(Name::Status).status(404).on("GET", "/applications/*/storages");
    world.coolify.arm(missing());
    let patch = json!({ "volumes": [{ "name": "data", "mountPath": "/data" }] });
    let params = json!({ "uuid": uuid, "patch": patch });
    let told = ground.call_refused("apps.update", params, 503).await;
    assert!(told["hint"].as_str().expect("a hint").contains("4.0.0-beta.473"), "{told}");
    world.coolify.arm(missing());
    ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_is_set_changed_and_switched_off() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuid = ground.image_app("site").await;
        let patch = async |check: Value| {
            let params = json!({ "uuid": uuid, "patch": { "healthCheck": check } });
            let told = ground.call_ok("apps.update", params).await;
            assert_eq!(told["applied"], json!(["healthCheck"]), "{told}");
            let kept = ground.application(&uuid).await;
            let member = |name: &str| kept[format!("health_check_{name}")].clone();
            let check = ["enabled", "path", "port"].map(member);
            (check, ["interval", "timeout", "retries", "start_period"].map(member))
        };
        let whole = json!({ "path": "/up", "port": 8080, "interval": 20, "timeout": 3,
                            "retries": 6, "startPeriod": 600 });
        let (check, times) = patch(whole.clone()).await;
        assert_eq!(check, [json!(true), json!("/up"), json!("8080")]);
        assert_eq!(times, [20, 3, 6, 600].map(|number| json!(number)));
        let got = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
        assert_eq!(got["healthCheck"], whole, "it is shown as it is passed");
        let (check, times) = patch(json!({ "path": "/" })).await;
        assert_eq!(check, [json!(true), json!("/"), Value::Null], "the app's own port");
        assert_eq!(times, [5, 5, 10, 5].map(|number| json!(number)), "Coolify's own times");
        assert_eq!(patch(json!(false)).await.0[0], json!(false));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_health_check_keeps_the_previous_version_running() {
    let outcomes = Outcomes::default();
    let mut options = Options::default();
    options.coolify.outcomes = outcomes.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    let params = json!({ "image": "nginx", "name": "site", "healthCheck": { "path": "/" },
                         "instantDeploy": false });
    let uuid = ground.call_ok("apps.create", params).await["uuid"].as_str().expect("it").to_owned();
    deploy_and_wait(&ground, &uuid).await;
    outcomes.next("site", Outcome::Finishes(Condition::Exited));
    let told = deploy_and_wait(&ground, &uuid).await;
    assert_eq!(told["outcome"]["verdict"], "failed", "{told}");
    let got = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!(got["status"], "running", "the good version runs on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_ports_updates_the_proxy_labels() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("site").await;
    let params = json!({ "uuid": uuid, "patch": { "ports": "8080" } });
    let told = ground.call_ok("apps.update", params).await;
    assert_eq!(told["applied"], json!(["ports"]), "{told}");
    let labels = ground.application(&uuid).await["custom_labels"].to_string();
    assert!(labels.contains("loadbalancer.server.port=8080"), "{labels}");
    let got = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!(got["domains"], json!(["site.mark.vibnai.com"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_site_listens_on_port_80() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let repo = crate::support::workspace_resources::repository(ground.agent(), "pages").await;
    let params = json!({ "repo": repo, "buildPack": "static", "instantDeploy": false });
    let mut wrong = params.clone();
    wrong["ports"] = json!("3000");
    let told = ground.call_refused("apps.create", wrong, 400).await;
    assert!(told["hint"].as_str().expect("a hint").contains("port 80"), "{told}");
    let app = ground.call_ok("apps.create", params).await;
    assert_eq!(app["ports"], "80");
    let uuid = app["uuid"].as_str().expect("a uuid");
    let labels = ground.application(uuid).await["custom_labels"].to_string();
    assert!(labels.contains("loadbalancer.server.port=80\""), "{labels}");
    let patch = json!({ "uuid": uuid, "patch": { "ports": "3000" } });
    let told = ground.call_ok("apps.update", patch).await;
    assert_eq!(members_of(&told["ignored"], "field"), ["ports"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_get_returns_the_health_check_as_it_was_passed() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let check = json!({ "path": "/up", "port": 8080, "interval": 5, "timeout": 5, "retries": 10,
                        "startPeriod": 30 });
    let params =
        json!({ "image": "nginx:1", "name": "site", "instantDeploy": false, "healthCheck": check });
    let uuid = ground.call_ok("apps.create", params).await["uuid"].clone();
    let shown = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!(shown["healthCheck"], check);
    let off = json!({ "uuid": uuid, "patch": { "healthCheck": false } });
    ground.call_ok("apps.update", off).await;
    let shown = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!(shown.get("healthCheck"), None);
    world.stop().await;
}
