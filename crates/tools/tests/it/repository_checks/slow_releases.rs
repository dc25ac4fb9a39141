//! Releases of repositories whose history takes long to copy.

use std::fs;
use std::time::Duration;

use covibe_testkit::Options;
use serde_json::json;

use super::repository_compose::{FILE, create_app, shop};
use super::{Site, repository};

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_gets_no_turn_in_time_is_queued_and_deployed_later() {
    let options = Options::default().with_settings(|it| {
        it.release_times.turn = Duration::from_millis(300);
        it.tree_limits.by_api = 50;
    });
    let site = Site::start_with(options).await;
    let commit = site.push(|work| shop(work, FILE));
    let (_, uuid) = create_app(&site).await;
    repository(&site.world.mark.agent, "large").await;
    site.push_to("large", |work| {
        for at in 0..60 {
            fs::write(work.join(format!("f{at}")), "").expect("a file");
        }
    });
    // It is read with git, and takes the one copy of the tenant meanwhile.
    let held = site.world.gitea.hold("POST", "/vibn-mark/large.git/git-upload-pack");
    let large = site.ok("apps.create", json!({ "repo": "large", "instantDeploy": false }));
    let deployed = async {
        held.arrived().await;
        let waits = site.ok("apps.deploy", json!({ "uuid": uuid, "force": true })).await;
        held.release();
        waits
    };
    let (_, waits) = tokio::join!(large, deployed);
    assert_eq!((&waits["status"], &waits["position"]), (&json!("queued"), &json!(1)), "{waits}");
    assert_eq!(site.deployed_commit(&uuid).await, commit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_whose_release_cannot_be_copied_in_time_is_refused() {
    let copy = Duration::from_millis(300);
    let options = Options::default().with_settings(|it| it.release_times.copy = copy);
    let site = Site::start_with(options).await;
    site.push(|work| shop(work, FILE));
    let held = site.world.gitea.hold("POST", "/vibn-mark/site.git/git-upload-pack");
    let params = json!({ "repo": "site", "name": "shop" });
    let refused = site.call("apps.create", params).await.expect_err("it takes too long");
    assert!(refused.to_string().contains("with its history in time"), "{refused}");
    drop(held);
}
