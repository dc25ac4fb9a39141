//! Images that their registry lacks are refused before anything is made, changed or ended.

use std::collections::BTreeMap;

use covibe_image_registry::Config;
use covibe_sandbox::Simulator;
use covibe_sandbox::image_registry::{self, Absent, Labels, RequestedImages};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

/// A world whose server asks a registry for the images of Docker Hub.
async fn world() -> (World, Simulator) {
    let registry = image_registry::start().await.expect("a registry");
    let world = with_hub(&registry.url).await;
    (world, registry)
}

async fn with_hub(url: &str) -> World {
    with_registry("docker.io", url).await
}

async fn with_registry(name: &str, url: &str) -> World {
    let url = url.parse().expect("a URL");
    let endpoints = BTreeMap::from([(name.to_owned(), url)]);
    let images = Some(Config { endpoints, ..Config::default() });
    World::start(Options { images, ..Options::default() }).await.expect("SQLite is built in")
}

/// Makes a call that must be refused because of these images, and checks that it changed nothing at Coolify.
async fn assert_refused(world: &World, tool: &str, params: Value, images: &[&str]) {
    world.coolify.clear_requests();
    let answer = world.mark.agent.compact_raw(tool, &params).await;
    assert_eq!(answer.status, 422, "{tool} {params}: {}", answer.text);
    let told = answer.json();
    assert_eq!(told["details"]["images"], json!(images), "{tool}: {told}");
    assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("tag")), "{tool}: {told}");
    let changed = world.coolify.requests().into_iter().find(|each| each.method != "GET");
    assert!(changed.is_none(), "{tool}: {changed:?}");
}

async fn call_ok(world: &World, tool: &str, params: Value) -> Value {
    let made = world.mark.agent.compact(tool, &params).await;
    made.unwrap_or_else(|why| panic!("{tool} {params}: {why}"))
}

const FILE: &str = "services: {web: {image: 'nginx:doesnotexist', expose: ['80']}, \
    db: {image: 'postgres:17.6'}, cache: {image: 'redis:7'}}";

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_with_absent_images_is_refused_before_anything_is_created() {
    let (world, registry) = world().await;
    registry.set(Absent(vec![
        "library/nginx:doesnotexist".to_owned(),
        "library/postgres:17.6".to_owned(),
    ]));
    let (nginx, postgres) = ("nginx:doesnotexist", "postgres:17.6");
    assert_refused(&world, "apps.create", json!({ "image": nginx, "name": "site" }), &[nginx])
        .await;
    let database = json!({ "type": "postgresql", "name": "db", "image": postgres });
    assert_refused(&world, "databases.create", database, &[postgres]).await;
    let full = ["docker.io/library/nginx:doesnotexist", "docker.io/library/postgres:17.6"];
    assert_refused(&world, "apps.create", json!({ "composeRaw": FILE, "name": "crm" }), &full)
        .await;
    let asked = registry.names(RequestedImages);
    assert!(asked.iter().any(|image| image == "library/redis:7"), "{asked:?}");
    call_ok(&world, "apps.create", json!({ "image": "nginx:1.27", "name": "site" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_to_an_absent_image_is_refused_and_the_old_one_keeps_running() {
    let (world, registry) = world().await;
    let database = json!({ "type": "redis", "name": "cache" });
    let database = call_ok(&world, "databases.create", database).await["uuid"].clone();
    let app = json!({ "image": "nginx:1.27", "name": "site" });
    let app = call_ok(&world, "apps.create", app).await["uuid"].clone();
    let file = "services: {web: {image: 'nginx:1.27', expose: ['80']}}";
    let stack = json!({ "composeRaw": file, "name": "crm" });
    let stack = call_ok(&world, "apps.create", stack).await["uuid"].clone();
    registry.set(Absent(vec![
        "library/nginx:doesnotexist".to_owned(),
        "library/postgres:17.6".to_owned(),
        "library/redis".to_owned(),
    ]));
    let gone = "redis:7.99";
    let patch = json!({ "uuid": database, "patch": { "image": gone }, "restart": true });
    assert_refused(&world, "databases.update", patch, &[gone]).await;
    let absent = "nginx:doesnotexist";
    let patch = json!({ "uuid": app, "patch": { "image": absent } });
    assert_refused(&world, "apps.update", patch, &[absent]).await;
    let full = [
        "docker.io/library/nginx:doesnotexist",
        "docker.io/library/postgres:17.6",
        "docker.io/library/redis:7",
    ];
    assert_refused(
        &world,
        "apps.update",
        json!({ "uuid": stack, "patch": { "composeRaw": FILE } }),
        &full,
    )
    .await;
    let shown = call_ok(&world, "databases.get", json!({ "uuid": database })).await;
    assert_eq!(shown["status"], "running", "{shown}");
}

/// A registry drops old tags.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_is_refused_if_its_image_is_gone_from_the_registry() {
    let (mut world, registry) = world().await;
    let image = json!({ "image": "nginx:1.27", "name": "site", "instantDeploy": false });
    let app = call_ok(&world, "apps.create", image).await["uuid"].clone();
    let file = "services: {web: {image: 'nginx:1.27', expose: ['80']}}";
    let stack = json!({ "composeRaw": file, "name": "crm", "instantDeploy": false });
    let stack = call_ok(&world, "apps.create", stack).await["uuid"].clone();
    let database = json!({ "type": "redis", "name": "cache" });
    let database = call_ok(&world, "databases.create", database).await["uuid"].clone();
    registry.set(Absent(vec!["library/nginx".to_owned(), "library/redis".to_owned()]));
    // Another server remembers no answers.
    world.restart().await;
    assert_refused(&world, "apps.deploy", json!({ "uuid": app }), &["nginx:1.27"]).await;
    let full = ["docker.io/library/nginx:1.27"];
    assert_refused(&world, "apps.deploy", json!({ "uuid": stack }), &full).await;
    let restart = json!({ "uuid": database, "patch": {}, "restart": true });
    assert_refused(&world, "databases.update", restart, &["redis:7.2"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_registry_causes_a_warning_and_blocks_no_call() {
    let world = with_hub("http://127.0.0.1:1").await;
    let database = json!({ "type": "redis", "name": "cache", "image": "redis:7.4" });
    let database = call_ok(&world, "databases.create", database).await["uuid"].clone();
    let patch = json!({ "uuid": database, "patch": { "image": "redis:7.5" } });
    let told = call_ok(&world, "databases.update", patch).await;
    let warnings = told["warnings"].to_string();
    assert!(warnings.contains("It could not be verified that redis:7.5 exists"), "{told}");
}

/// Asking Docker Hub for labels would use up the pulls of the docker hosts behind the same address.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_with_a_proxy_label_is_refused_before_anything_is_created() {
    let labels =
        BTreeMap::from([("traefik.http.routers.x.rule".to_owned(), "Host(`x`)".to_owned())]);
    for (name, image, is_refused) in
        [("ghcr.io", "ghcr.io/acme/shop:1", true), ("docker.io", "acme/shop:1", false)]
    {
        let registry = image_registry::start().await.expect("a registry");
        registry.set(Labels(labels.clone()));
        let world = with_registry(name, &registry.url).await;
        let file = format!("services: {{web: {{image: '{image}', expose: ['80']}}}}");
        for params in [
            json!({ "image": image, "name": "shop" }),
            json!({ "composeRaw": file, "name": "stack" }),
        ] {
            world.coolify.clear_requests();
            let answer = world.mark.agent.compact_raw("apps.create", &params).await;
            if !is_refused {
                assert_eq!(answer.status, 200, "{}", answer.text);
                continue;
            }
            let told = answer.json();
            assert_eq!(answer.status, 422, "{told}");
            assert!(told["error"].as_str().is_some_and(|it| it.contains("traefik.http")), "{told}");
            assert!(told["hint"].as_str().is_some_and(|it| it.contains("LABEL")), "{told}");
            let changed = world.coolify.requests().into_iter().find(|each| each.method != "GET");
            assert!(changed.is_none(), "{changed:?}");
        }
        registry.set(Labels(BTreeMap::from([("traefik.enable".to_owned(), "true".to_owned())])));
        call_ok(&world, "apps.create", json!({ "image": image, "name": "plain" })).await;
    }
}
