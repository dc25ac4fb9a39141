//! Dockerfiles that give their image a label on which the host's proxy or Coolify acts.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::Site;

const FOREIGN: &str = "FROM scratch\nLABEL org.x=y \\\n  traefik.http.routers.x.rule=Host(`a`)\n";

fn write(work: &Path, path: &str, text: &str) {
    let path = work.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dockerfile_with_a_proxy_label_is_refused_if_the_app_is_built_by_it() {
    let site = Site::new().await;
    site.push(|work| write(work, "web/Dockerfile.web", "FROM scratch\n"));
    let params = json!({ "repo": "site", "buildPack": "dockerfile", "baseDirectory": "/web",
                         "dockerfileLocation": "/Dockerfile.web", "instantDeploy": false });
    let app = site.ok("apps.create", params.clone()).await["uuid"].clone();
    let before = site.push(|_| {});
    site.push(|work| {
        write(work, "web/Dockerfile.web", FOREIGN);
        write(work, "web/Dockerfile.job", FOREIGN);
    });
    let deploy = json!({ "uuid": app });
    let only = ["web/Dockerfile.web"];
    assert_eq!(site.problems("apps.deploy", deploy.clone()).await, only);
    let mut another = params;
    another["name"] = json!("another");
    assert_eq!(site.problems("apps.create", another).await, only);
    // The one that the app is built by counts, and the commit.
    site.push(|work| write(work, "web/Dockerfile.web", "FROM scratch\n"));
    let job = json!({ "uuid": app, "patch": { "dockerfileLocation": "/Dockerfile.job" } });
    assert_eq!(site.problems("apps.update", job).await, ["web/Dockerfile.job"]);
    site.ok("apps.deploy", deploy).await;
    site.ok("apps.update", json!({ "uuid": app, "patch": { "commit": before } })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_dockerfile_with_a_proxy_label_does_not_block_a_deployment() {
    let site = Site::new().await;
    let app = site.app().await;
    let tip = site.push(|work| write(work, "Dockerfile", FOREIGN));
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(site.deployed_commit(&app).await, tip);
}
