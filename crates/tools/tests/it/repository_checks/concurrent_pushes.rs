//! The commit that is judged is the one that is built, whatever is pushed meanwhile.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use covibe_testkit::Options;
use serde_json::json;

use super::Site;

fn evil(work: &Path) {
    symlink("/usr/bin/docker", work.join(".env")).expect("a link");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_pushed_after_the_verdict_is_not_built() {
    let site = Site::new().await;
    let app = site.app().await;
    let tip = site.push(|_| {});
    let hold = site.world.coolify.hold("POST", "/deploy$");
    let pushed = async {
        hold.arrived().await;
        site.push(evil);
        drop(hold);
    };
    let (_, ()) = tokio::join!(site.ok("apps.deploy", json!({ "uuid": app })), pushed);
    assert_eq!(site.deployed_commit(&app).await, tip);
    site.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_pushed_while_a_deployment_waits_is_not_built() {
    let mut options = Options::default();
    options.coolify.pace = Duration::from_hours(1);
    let site = Site::start_with(options).await;
    let app = site.app().await;
    site.push(|_| {});
    let deploy = json!({ "uuid": app });
    let waiting = site.ok("apps.deploy", deploy.clone()).await;
    // The same commit waits already; a newer one takes its place.
    let again = site.ok("apps.deploy", deploy.clone()).await;
    assert_eq!((&again["uuid"], &again["skipped"]), (&waiting["uuid"], &json!(true)));
    let next = site.push(|work| fs::write(work.join("a"), "a").expect("a file"));
    let newer = site.ok("apps.deploy", deploy).await;
    assert_eq!(newer["skipped"], false, "{newer}");
    site.push(evil);
    site.world.coolify.advance(Duration::from_hours(3));
    assert_eq!(site.deployed_commit(&app).await, next);
    let told = site.ok("apps.deployments", json!({ "uuid": app })).await;
    assert_eq!(told["deployments"][1]["status"], "cancelled", "{told}");
    site.assert_sound();
}

/// Coolify checks out the branch first, and git does not write a file again that the commit shares with
/// it. So the attributes of a later push decide on a plan's bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_nixpacks_plan_that_another_commit_could_re_encode_is_refused() {
    let site = Site::new().await;
    let app = site.app().await;
    // With another hash in its place, the quotes around `$Id:` no longer open a text.
    let expanding = "A = \"\"\"$Id:\"\"\"#$\nB = \"\"\"\n\"$(id)\" = 'x'\n# \"\"\"\n";
    for text in [expanding, "A = '\u{a5}'\n"] {
        let plan = format!("[variables]\n{text}");
        site.push(|work| fs::write(work.join("nixpacks.toml"), plan).expect("a file"));
        let deploy = json!({ "uuid": app });
        assert_eq!(site.problems("apps.deploy", deploy).await, ["nixpacks.toml"], "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verdict_on_a_commit_is_cached() {
    let site = Site::new().await;
    let app = site.app().await;
    site.push(|_| {});
    let trees = || {
        let requests = site.world.gitea.requests();
        requests.iter().filter(|request| request.path.contains("/git/trees/")).count()
    };
    let before = trees();
    for _ in 0..3 {
        site.ok("apps.deploy", json!({ "uuid": app })).await;
    }
    assert_eq!(trees() - before, 1);
}

/// An update writes places that were judged at an older commit.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_build_settings_waits_until_a_deployment_in_checking_is_queued() {
    let site = Site::new().await;
    let old = site.push(|work| {
        for name in ["Dockerfile", "Other"] {
            fs::write(work.join(name), "FROM nginx:1").expect("a file");
        }
    });
    let app = site.app().await;
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    site.deployed_commit(&app).await;
    let new = site.push(|work| fs::write(work.join("a"), "a").expect("a file"));
    let hold = site.world.gitea.hold("GET", "/repos/*/*/git/trees/*");
    let deploying = site.ok("apps.deploy", json!({ "uuid": app }));
    let patch = json!({ "commit": old, "dockerfileLocation": "/Other" });
    let updating = async {
        hold.arrived().await;
        let update = site.ok("apps.update", json!({ "uuid": app, "patch": patch }));
        let mut update = std::pin::pin!(update);
        let early = tokio::time::timeout(Duration::from_millis(300), &mut update).await;
        assert!(early.is_err(), "it waits until the deployment is queued");
        hold.release();
        update.await
    };
    tokio::join!(deploying, updating);
    assert_eq!(site.deployed_commit(&app).await, new);
    assert_eq!(site.application(&app).await["dockerfile_location"], "/Other");
}
