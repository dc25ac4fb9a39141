//! Histories with an object that takes much more memory than it takes in a pack.

use std::path::Path;
use std::time::Duration;

use covibe_testkit::Options;
use serde_json::{Value, json};

use super::Site;
use super::commit_objects::{git, push_commit};
use super::repository_compose::{FILE, create_app, shop};
use super::volume_changes::seen;

/// The number of commits on top of the one with the long message: more than Gitea puts into a delivery.
const NEWER: usize = 6;

/// Creates a shop whose oldest commit has a message of 129 MiB, and whose newest commit is a usual one.
fn shop_with_long_message(work: &Path) -> String {
    shop(work, FILE);
    git(work, &["add", "--all"], "");
    let tree = git(work, &["write-tree"], "");
    let person = "Mark <mark@example.com> 1700000000 +0000";
    let head = format!("tree {tree}\nauthor {person}\ncommitter {person}\n");
    let object = format!("{head}\n{}\n", "a".repeat(129 << 20));
    let oldest = git(work, &["hash-object", "-w", "-t", "commit", "--stdin"], &object);
    (0..NEWER).fold(oldest, |parent, number| {
        let message = format!("Commit {number}");
        git(work, &["commit-tree", &tree, "-p", &parent, "-m", &message], "")
    })
}

/// Creates a shop with two versions of a file of 100 MiB, one of which a pack stores as a difference.
fn shop_with_versions(work: &Path) -> String {
    shop(work, FILE);
    let lines = "0123456789abcdef0123456789abcdef\n".repeat((100 << 20) / 33);
    for version in 0..2 {
        let text = format!("{version}\n{lines}{version}\n");
        std::fs::write(work.join("data.txt"), text).expect("a file");
        git(work, &["add", "--all"], "");
        git(work, &["commit", "--quiet", "--message", "Change the data"], "");
    }
    git(work, &["rev-parse", "HEAD"], "")
}

fn push_shop(site: &Site, write: impl FnOnce(&Path) -> String) -> String {
    tokio::task::block_in_place(|| push_commit(site, "site", write))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_with_a_commit_message_of_more_than_128_mib_is_refused() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let site = Site::start_with(options).await;
    site.push(|work| shop(work, FILE));
    let (_, uuid) = create_app(&site).await;
    let bad = push_shop(&site, shop_with_long_message);
    let deploy = json!({ "uuid": uuid });
    let answer = site.world.mark.agent.compact_raw("apps.deploy", &deploy).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    for part in ["vibn-mark/site", "128 MiB", "commit message", "Start a new repository"] {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
    // A push of it is settled, too, and is not tried again.
    let _watch = site.world.watch_pushes();
    let told = seen(&site, &uuid, &bad).await;
    assert_eq!((&told["skipped"], &told["deployment"]), (&json!(true), &Value::Null), "{told}");
    assert!(told["why"].to_string().contains("128 MiB"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_with_versions_of_a_file_of_100_mib_is_deployed() {
    let site = Site::new().await;
    let commit = push_shop(&site, shop_with_versions);
    let (_, uuid) = create_app(&site).await;
    assert_eq!(site.deployed_commit(&uuid).await, commit);
}
