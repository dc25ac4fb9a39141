//! Trees that are too large for the API.

use std::fmt::Write as _;
use std::path::Path;

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::Settings;
use covibe_testkit::{Options, TreeLimits};
use serde_json::json;

use super::Site;
use super::commit_objects::{git, push_commit};

/// Pushes a commit with this number of folders, each with the same 1,000 files, and a link.
fn push(site: &Site, folders: usize, link: &str) {
    push_with(site, folders, link, "a");
}

/// Pushes such a commit whose files have this content.
fn push_with(site: &Site, folders: usize, link: &str, content: &str) {
    push_commit(site, "site", |work| many_files(work, folders, link, content));
}

fn many_files(work: &Path, folders: usize, link: &str, content: &str) -> String {
    let blob = |text: &str| git(work, &["hash-object", "-w", "--stdin"], text);
    let (file, link) = (blob(content), blob(link));
    let tree = |lines: String| git(work, &["mktree"], &lines);
    let list = |count: usize, each: &dyn Fn(usize) -> String| {
        (0..count).fold(String::new(), |mut all, at| {
            writeln!(all, "{}", each(at)).expect("a line");
            all
        })
    };
    let inner = tree(list(1_000, &|at| format!("100644 blob {file}\tf{at:04}")));
    let outer = list(folders, &|at| format!("040000 tree {inner}\td{at:03}"));
    let root = tree(format!("{outer}120000 blob {link}\tlink\n"));
    git(work, &["commit-tree", &root, "-m", "Many files"], "")
}

/// A workspace whose server reads trees above 2,000 entries with git, and none above 8,000.
async fn site() -> Site {
    let tree_limits = TreeLimits { by_api: 2_000, whole: 8_000, clone: 100 << 10 };
    Site::start_with(Options::default().with_settings(|it| it.tree_limits = tree_limits)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_tree_is_checked_with_git_instead_of_the_api() {
    let site = site().await;
    tokio::task::block_in_place(|| push(&site, 3, "/usr/bin/docker"));
    let create = json!({ "repo": "site", "instantDeploy": false });
    assert_eq!(site.problems("apps.create", create.clone()).await, ["link"]);
    tokio::task::block_in_place(|| push(&site, 3, "d000/f0000"));
    site.ok("apps.create", create).await;
    let requests = site.world.gitea.requests();
    let trees = requests.iter().filter(|request| request.path.contains("/git/trees/")).count();
    assert_eq!(trees, 2, "one page of each commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_too_large_to_be_checked_is_refused() {
    let site = site().await;
    tokio::task::block_in_place(|| push(&site, 9, "d000/f0000"));
    assert_eq!(site.problems("apps.create", json!({ "repo": "site" })).await, ["/"]);
}

/// The trees are small, but git fetches all blobs with them.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_clone_without_partial_clones_returns_503_instead_of_a_verdict() {
    let site = site().await;
    let noise: Vec<_> = (0..8_000).map(|_| covibe_crypto::random::<32>()).collect();
    let text = format!("{noise:?}");
    tokio::task::block_in_place(|| push_with(&site, 3, "d000/f0000", &text));
    let create = json!({ "repo": "site", "instantDeploy": false });
    site.world.gitea.set(Settings { partial_clones: false, ..Settings::default() });
    let answer = site.world.mark.agent.compact_raw("apps.create", &create).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("DISABLE_PARTIAL_CLONE"), "{}", answer.text);
    site.world.gitea.set(Settings::default());
    site.ok("apps.create", create).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_clone_without_partial_clones_is_still_checked() {
    let site = site().await;
    tokio::task::block_in_place(|| push(&site, 3, "/usr/bin/docker"));
    site.world.gitea.set(Settings { partial_clones: false, ..Settings::default() });
    let create = json!({ "repo": "site", "instantDeploy": false });
    assert_eq!(site.problems("apps.create", create).await, ["link"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_git_returns_503_instead_of_a_verdict() {
    let site = site().await;
    tokio::task::block_in_place(|| push(&site, 3, "d000/f0000"));
    let create = json!({ "repo": "site", "instantDeploy": false });
    let fault = Fault::new(Name::Status).status(503).on("POST", "/vibn-mark/site.git/*");
    site.world.gitea.arm(fault);
    let answer = site.world.mark.agent.compact_raw("apps.create", &create).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("git failed"), "{}", answer.text);
    site.ok("apps.create", create).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_to_check_of_more_than_16_mib_are_refused() {
    let site = Site::new().await;
    site.push(|work| {
        for number in 0..17 {
            let text = format!("{number}{}", "0".repeat(1_000_000));
            let folder = work.join(format!("d{number}"));
            std::fs::create_dir(&folder).expect("a directory");
            std::fs::write(folder.join(".gitattributes"), text).expect("a file");
        }
    });
    let problems = site.problems("apps.create", json!({ "repo": "site" })).await;
    assert_eq!(problems, ["/"]);
}
