//! Volumes of compose files in repositories: none leaves its place without a word, and each can come back.

use std::time::{Duration, Instant};

use covibe_domain::CellName;
use covibe_testkit::Options;
use serde_json::{Value, json};

use super::Site;
use super::repository_compose::{FILE, create_app, file_at_coolify, shop};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(50);

/// The shop with another volume in the place of its data.
fn moved() -> String {
    format!("{}volumes: {{files: {{}}}}\n", FILE.replace("'./data:/data'", "'files:/data'"))
}

/// Waits until the last push that was seen is this commit, and returns what is told of it.
pub(super) async fn seen(site: &Site, app: &str, commit: &str) -> Value {
    let begun = Instant::now();
    loop {
        let told = site.ok("apps.get", json!({ "uuid": app })).await["lastPush"].clone();
        if told["commit"] == commit {
            return told;
        }
        assert!(begun.elapsed() < LONG, "{told}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_replaces_a_volume_deploys_only_with_confirmation_in_its_file() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let site = Site::start_with(options).await;
    site.push(|work| shop(work, FILE));
    let (_, uuid) = create_app(&site).await;
    let _watch = site.world.watch_pushes();
    let refused = site.push(|work| shop(work, &moved()));
    let told = seen(&site, &uuid, &refused).await;
    let why = told["why"].as_str().expect("a reason");
    for part in ["/data has the volume data", "x-confirm-volumes: [\"data\"]", "confirmVolumes"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    let pushed = site.push(|work| shop(work, &format!("{}x-confirm-volumes: [data]\n", moved())));
    let told = seen(&site, &uuid, &pushed).await;
    assert_eq!(told["skipped"], false, "{told}");
    let warning = told["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("/data had the volume data, and gets files"), "{warning}");
    assert_eq!(site.deployed_commit(&uuid).await, pushed);
    let next = site.push(|work| std::fs::write(work.join("a"), "a").expect("a file"));
    let told = seen(&site, &uuid, &next).await;
    assert_eq!((&told["skipped"], told.get("warnings")), (&json!(false), None), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deploying_an_older_commit_with_other_volumes_needs_confirm_volumes() {
    let site = Site::new().await;
    let first = site.push(|work| shop(work, FILE));
    let (_, uuid) = create_app(&site).await;
    site.push(|work| shop(work, &moved()));
    let confirmed = json!({ "uuid": uuid, "confirmVolumes": ["data"] });
    let deployed = site.ok("apps.deploy", confirmed).await;
    assert!(deployed["next"].to_string().contains("gets files"), "{deployed}");
    site.deployed_commit(&uuid).await;
    let back = json!({ "uuid": uuid, "commit": first });
    let refused = site.call("apps.deploy", back).await.expect_err("another volume");
    let hint = refused["hint"].as_str().expect("a hint");
    assert!(hint.contains("`confirmVolumes: [\"files\"]` to apps.deploy"), "{hint}");
    // What is confirmed counts when the deployment has waited, too.
    let pause = async |is_paused: bool| {
        let store = &site.world.store;
        let paused = store.pause_deployment_queue(&CellName::default(), is_paused).await;
        paused.expect("the queue");
    };
    pause(true).await;
    let back = json!({ "uuid": uuid, "commit": first, "confirmVolumes": ["files", "old"] });
    let waits = site.ok("apps.deploy", back).await;
    assert_eq!(waits["position"], 1, "{waits}");
    for confirmed in [json!(["old", "files"]), json!(["files"])] {
        let again = json!({ "uuid": uuid, "commit": first, "confirmVolumes": confirmed });
        let same = site.ok("apps.deploy", again).await;
        assert_eq!((&same["uuid"], &same["skipped"]), (&waits["uuid"], &json!(true)), "{same}");
    }
    pause(false).await;
    assert_eq!(site.deployed_commit(&uuid).await, first);
    let file = file_at_coolify(&site, &uuid).await;
    assert!(file.contains("data:/data") && !file.contains("files:"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn confirm_volumes_is_refused_for_apps_without_a_compose_file_in_a_repository() {
    let site = Site::new().await;
    let params = json!({ "image": "nginx:1.27", "name": "plain" });
    let plain = site.ok("apps.create", params).await;
    let file = "services: {web: {image: 'nginx:1.27', expose: ['80']}}";
    let stack = site.ok("apps.create", json!({ "composeRaw": file, "name": "stack" })).await;
    for (app, hint) in [(&plain, "Leave out"), (&stack, "apps.update with `composeRaw`")] {
        let params = json!({ "uuid": app["uuid"], "confirmVolumes": ["data"] });
        let refused = site.call("apps.deploy", params).await.expect_err("no such volume");
        assert!(refused["hint"].to_string().contains(hint), "{refused}");
    }
    let params = json!({ "uuid": plain["uuid"], "patch": { "ports": "8080" },
                         "confirmVolumes": ["data"] });
    let refused = site.call("apps.update", params).await.expect_err("no such volume");
    assert!(refused["hint"].to_string().contains("Leave out"), "{refused}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_mounted_folder_that_is_a_symbolic_link_is_refused() {
    let site = Site::new().await;
    site.push(|work| {
        shop(work, &FILE.replace("'./data:/data'", "'./conf:/etc/conf:ro'"));
        std::fs::create_dir(work.join("real")).expect("a folder");
        std::fs::write(work.join("real/a.conf"), "a").expect("a file");
        std::os::unix::fs::symlink("real", work.join("conf")).expect("a link");
    });
    let params = json!({ "repo": "site", "name": "shop" });
    let refused = site.call("apps.create", params.clone()).await.expect_err("a link");
    let told = refused.to_string();
    assert!(told.contains("conf is a symbolic link") && told.contains("copy"), "{told}");
    site.push(|work| shop(work, &FILE.replace("'./data:/data'", "'./real:/etc/conf:ro'")));
    site.ok("apps.create", params).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_build_context_do_not_use_up_the_limit_of_mounted_files() {
    let site = Site::new().await;
    site.push(|work| {
        shop(work, &FILE.replace("'./data:/data'", "'./zone.conf:/etc/zone.conf:ro'"));
        for number in 0..20 {
            let text = "x".repeat(10 << 10);
            std::fs::write(work.join(format!("web/{number}.css")), text).expect("a file");
        }
        std::fs::write(work.join("zone.conf"), "the zone").expect("a file");
    });
    let (_, uuid) = create_app(&site).await;
    assert!(file_at_coolify(&site, &uuid).await.contains("the zone"));
}
