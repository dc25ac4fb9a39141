//! Every call that decides on what is built asks for the verdict.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::Site;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

fn evil(work: &Path) {
    symlink("/usr/bin/docker", work.join(".env")).expect("a link");
}

fn good(work: &Path) {
    fs::remove_file(work.join(".env")).expect("a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_pins_the_checked_commit_and_disables_unsafe_git_settings() {
    let site = Site::new().await;
    let app = site.app().await;
    let tip = site.push(|_| {});
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    let application = site.application(&app).await;
    assert_eq!(application["git_commit_sha"], tip);
    for switch in ["is_auto_deploy_enabled", "is_git_lfs_enabled", "is_git_submodules_enabled"] {
        assert_eq!(application["settings"][switch], false, "{switch}");
    }
    assert_eq!(site.deployed_commit(&app).await, tip);
    // It follows its branch all the same.
    let next = site.push(|work| fs::write(work.join("a"), "a").expect("a file"));
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(site.deployed_commit(&app).await, next);
}

/// They are on in an application from before an upgrade of Coolify to the first release that has them.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_disables_lfs_submodules_and_preview_deployments() {
    let site = Site::new().await;
    let app = site.app().await;
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    let switches =
        ["is_git_lfs_enabled", "is_git_submodules_enabled", "is_preview_deployments_enabled"];
    for switch in switches {
        let body = json!({ switch: true });
        site.world.operator().coolify("PATCH", &format!("/applications/{app}"), &body).await;
        site.ok("apps.deploy", json!({ "uuid": app, "force": true })).await;
        // It may wait for the one before.
        let is_off = async {
            while site.application(&app).await["settings"][switch] != false {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LONG, is_off).await.unwrap_or_else(|_| panic!("{switch} is on"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pinning_or_deploying_an_unsafe_commit_is_refused() {
    let site = Site::new().await;
    let app = site.app().await;
    let (bad, fine) = (site.push(evil), site.push(good));
    let pin = |commit: &str| json!({ "uuid": app, "patch": { "commit": commit } });
    assert_eq!(site.problems("apps.update", pin(&bad)).await, [".env"]);
    site.ok("apps.update", pin(&fine)).await;
    site.push(evil);
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(site.deployed_commit(&app).await, fine);
    assert_eq!(site.problems("apps.update", pin("HEAD")).await, [".env"]);
    // An operator's own choice is judged when it is deployed.
    let body = json!({ "git_commit_sha": bad });
    site.world.operator().coolify("PATCH", &format!("/applications/{app}"), &body).await;
    assert_eq!(site.problems("apps.deploy", json!({ "uuid": app })).await, [".env"]);
    site.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_the_commit_to_head_unpins_it() {
    let site = Site::new().await;
    let app = site.app().await;
    let old = site.push(|_| {});
    let pin = |commit: &str| json!({ "uuid": app, "patch": { "commit": commit } });
    site.ok("apps.update", pin(&old)).await;
    let new = site.push(|work| fs::write(work.join("a"), "a").expect("a file"));
    let released = site.ok("apps.update", pin("HEAD")).await;
    assert_eq!(released["applied"], json!(["commit"]), "{released}");
    site.ok("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(site.deployed_commit(&app).await, new);
}

#[tokio::test(flavor = "multi_thread")]
async fn rewiring_or_switching_branch_to_an_unsafe_commit_is_refused() {
    let site = Site::new().await;
    let app = site.app().await;
    crate::support::workspace_resources::repository(&site.world.mark.agent, "other").await;
    site.push_to("other", evil);
    let rewire = json!({ "uuid": app, "repo": "other" });
    assert_eq!(site.problems("apps.rewire_git", rewire).await, [".env"]);
    assert_eq!(site.ok("apps.get", json!({ "uuid": app })).await["repo"], "site");
    site.push(evil);
    let branch = json!({ "uuid": app, "patch": { "branch": "main" } });
    assert_eq!(site.problems("apps.update", branch).await, [".env"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dockerfile_location_that_is_overwritten_or_a_link_is_refused() {
    let site = Site::new().await;
    site.push(|work| {
        fs::create_dir(work.join("web")).expect("a folder");
        fs::write(work.join("web/Dockerfile"), "FROM scratch\n").expect("a file");
        symlink("web", work.join("link")).expect("a link");
    });
    let create = json!({ "repo": "site", "instantDeploy": false, "buildPack": "dockerfile",
                         "dockerfileLocation": "/web/Dockerfile" });
    let app = site.ok("apps.create", create).await["uuid"].clone();
    for location in ["/.env", "/docker-compose.yaml"] {
        let patch = json!({ "uuid": app, "patch": { "dockerfileLocation": location } });
        let parameter = ["patch.dockerfileLocation"];
        assert_eq!(site.problems("apps.update", patch).await, parameter, "{location}");
        let create = json!({ "repo": "site", "name": "x", "dockerfileLocation": location });
        assert_eq!(site.problems("apps.create", create).await, ["dockerfileLocation"]);
    }
    for member in [("dockerfileLocation", "/link/Dockerfile"), ("baseDirectory", "/link")] {
        let patch = json!({ "uuid": app, "patch": { member.0: member.1 } });
        let refused = site.call("apps.update", patch).await.expect_err("it leads elsewhere");
        assert!(refused["error"].to_string().contains("has no /link/"), "{member:?}: {refused}");
    }
    let plain =
        json!({ "repo": "site", "name": "plain", "buildPack": "nixpacks", "instantDeploy": false });
    let plain = site.ok("apps.create", plain).await["uuid"].clone();
    let patch = json!({ "uuid": plain, "patch": { "baseDirectory": "/link" } });
    assert_eq!(site.problems("apps.update", patch).await, ["link"]);
    let patch = json!({ "uuid": app, "patch": { "dockerfileLocation": "/web/Dockerfile" } });
    site.ok("apps.update", patch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nixpacks_config_file_under_another_name_is_refused() {
    let site = Site::new().await;
    let app = site.app().await;
    let variable = json!({ "uuid": app, "key": "NIXPACKS_CONFIG_FILE", "value": "evil.toml" });
    let refused = site.call("apps.envs.upsert", variable).await.expect_err("it is refused");
    assert!(
        refused["hint"].as_str().is_some_and(|hint| hint.contains("nixpacks.toml")),
        "{refused}"
    );
    // One that an operator set in Coolify.
    let body = json!({ "key": "NIXPACKS_CONFIG_FILE", "value": "evil.toml" });
    site.world.operator().coolify("POST", &format!("/applications/{app}/envs"), &body).await;
    let refused = site.call("apps.deploy", json!({ "uuid": app })).await.expect_err("refused");
    assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains("envs.delete")), "{refused}");
}
