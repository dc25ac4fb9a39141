//! Images that lie on the host already, other workspaces' builds among them, can't be run by the names
//! that they have there.

use covibe_sandbox::coolify::Version;
use serde_json::json;

use super::fixture::{Ground, world};

#[tokio::test(flavor = "multi_thread")]
async fn images_that_exist_only_on_the_host_are_refused() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let app = ground.image_app("web").await;
    let id = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let build = format!("{app}:0123456");
    let usual = format!("docker.io/library/{app}:latest");
    for image in ["3f9a", "cafe:1", &id, &build, &usual] {
        let create = json!({ "image": image, "name": "other", "instantDeploy": false });
        let update = json!({ "uuid": app, "patch": { "image": image } });
        let database = json!({ "type": "redis", "name": "cache", "image": image });
        for (tool, params) in
            [("apps.create", create), ("apps.update", update), ("databases.create", database)]
        {
            let refused = ground.call_refused(tool, params, 400).await;
            assert!(refused["error"].to_string().contains("on the host"), "{tool}: {refused}");
        }
        let file = format!("services: {{web: {{image: '{image}'}}}}");
        ground.call_refused("apps.create", json!({ "composeRaw": file }), 422).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_private_registries_are_refused_for_apps_and_databases() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let app = ground.image_app("web").await;
    let requests = world.coolify.requests().len();
    for image in [
        "169.254.169.254/latest/meta-data:1",
        "localhost:5000/a/b:1",
        "10.0.0.1/a:1",
        "host.docker.internal/a:1",
        "nas.local/a:1",
        "ghcr.io:8443/a/b:1",
    ] {
        let create = json!({ "image": image, "name": "other", "instantDeploy": false });
        let refused = ground.call_refused("apps.create", create, 422).await;
        assert!(refused["hint"].to_string().contains("COVIBE_IMAGE_REGISTRIES"), "{refused}");
        let update = json!({ "uuid": app, "patch": { "image": image } });
        ground.call_refused("apps.update", update, 422).await;
        let database = json!({ "type": "redis", "name": "cache", "image": image });
        ground.call_refused("databases.create", database, 422).await;
    }
    let changing = world.coolify.requests().split_off(requests);
    assert!(changing.iter().all(|request| request.method == "GET"), "{changing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_app_gets_the_default_memory_limit() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let repo = covibe_testkit::git::repository(&world.mark.agent, "code").await;
    for params in [
        json!({ "image": "nginx:1.27", "name": "web", "instantDeploy": false }),
        json!({ "repo": repo, "name": "api", "instantDeploy": false }),
    ] {
        let made = ground.call_ok("apps.create", params.clone()).await;
        let path = format!("/applications/{}", made["uuid"].as_str().expect("a text"));
        let application = ground.coolify("GET", &path, &json!(null)).await;
        assert_eq!(application["limits_memory"], "4g", "{params}");
    }
}
