//! Repositories that stay private.

use std::fs;
use std::path::Path;

use covibe_companion::exclude::{
    Change, EXCLUSIONS, MARKER, Target, change_exclusions, is_excluded, list_exclusions,
    set_include_only,
};
use covibe_companion::git::{Git, locate};
use covibe_companion::queue::Queue;

use super::sync_fixture::{Desk, StubUplink, git, origin};

async fn exclude(desk: &Desk, path: &Path) -> covibe_companion::exclude::Listing {
    change_exclusions(&desk.home, Change::Exclude, &Target::Path(path.into())).await.unwrap()
}

async fn include(desk: &Desk, path: &Path) -> covibe_companion::exclude::Listing {
    change_exclusions(&desk.home, Change::Include, &Target::Path(path.into())).await.unwrap()
}

#[tokio::test]
async fn an_exclusion_covers_all_worktrees_and_folders_of_a_repository() {
    let desk = Desk::new();
    let (main, other) = (desk.repository("main"), desk.repository("other"));
    git(&main, &["worktree", "add", "-q", "../linked"]);
    let nested = desk.repository("main/nested");
    exclude(&desk, &main.join("a.txt")).await;
    for path in [&main, &main.join("x/y"), &desk.root.join("linked")] {
        assert!(is_excluded(&desk.home, path), "{}", path.display());
        desk.event(path, "s", "edit");
    }
    assert!(desk.inbox().is_empty());
    assert!(!is_excluded(&desk.home, &other));
    assert!(!is_excluded(&desk.home, &nested));
    include(&desk, &main).await;
    assert!(!is_excluded(&desk.home, &main));
}

#[tokio::test]
async fn markers_git_configuration_globs_and_remotes_exclude_repositories() {
    let desk = Desk::new();
    let names = ["marked", "configured", "globbed", "remote", "plain"];
    let [marked, configured, globbed, remote, plain] = names.map(|name| desk.repository(name));
    git(&marked, &["worktree", "add", "-q", "../marked-2"]);
    fs::write(marked.join(MARKER), "").unwrap();
    git(&configured, &["config", "covibe.exclude", "true"]);
    git(&remote, &["remote", "add", "up", "https://ada:pw@GitHub.com/me/shop.git"]);
    let glob = Target::Glob(format!("{}/glob*", desk.root.display()));
    change_exclusions(&desk.home, Change::Exclude, &glob).await.unwrap();
    let pattern = Target::Remote("github.com/me/*".to_owned());
    change_exclusions(&desk.home, Change::Exclude, &pattern).await.unwrap();
    for path in [&marked, &desk.root.join("marked-2"), &configured, &globbed, &remote] {
        assert!(is_excluded(&desk.home, path), "{}", path.display());
    }
    assert!(!is_excluded(&desk.home, &plain));
    change_exclusions(&desk.home, Change::Include, &pattern).await.unwrap();
    assert!(!is_excluded(&desk.home, &remote));
    let still = include(&desk, &globbed).await;
    assert!(still.lines.iter().any(|line| line.contains("--glob")), "{:?}", still.lines);
}

#[tokio::test]
async fn rules_that_cannot_be_read_exclude_everything() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    desk.event(&repository, "s", "edit");
    for text in ["{", "[]", r#"{"version":2}"#, r#"{"globs":1}"#] {
        fs::write(desk.home.path(EXCLUSIONS), text).unwrap();
        assert!(is_excluded(&desk.home, &repository), "{text}");
    }
    let stub = StubUplink::honest();
    let mut watcher = desk.watcher(&stub);
    let sent = watcher.run_once().await;
    assert!(sent.is_ok() && stub.batches.borrow().is_empty());
    let problem = list_exclusions(&desk.home, &repository).unwrap_err();
    assert!(problem.hint.is_some());
    assert!(
        change_exclusions(&desk.home, Change::Exclude, &Target::Path(repository)).await.is_err()
    );
    assert_eq!(fs::read_to_string(desk.home.path(EXCLUSIONS)).unwrap(), r#"{"globs":1}"#);
    fs::remove_file(desk.home.path(EXCLUSIONS)).unwrap();
    std::os::unix::fs::symlink("nowhere", desk.home.path(EXCLUSIONS)).unwrap();
    assert!(is_excluded(&desk.home, &desk.root.join("a")));
}

#[tokio::test]
async fn excluding_deletes_queued_items_and_requests_deletion_on_the_server() {
    let desk = Desk::connected();
    let (private, open) = (desk.repository("private"), desk.repository("open"));
    for repository in [&private, &open] {
        desk.event(repository, "s", "prompt");
    }
    let down = StubUplink::answering(|_| Ok(super::sync_fixture::answer(503, "")));
    assert!(desk.watcher(&down).run_once().await.is_err());
    assert_eq!(desk.queued(), 4);
    desk.event(&private, "s", "edit");
    let listing = exclude(&desk, &private).await;
    assert_eq!((listing.purged.events, listing.purged.items, listing.purged.requests), (1, 2, 1));
    assert_eq!(desk.queued(), 3);
    let folder = desk.home.path("queue");
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("private"), "{text}");
    }
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    assert_eq!(stub.forgotten.borrow().len(), 1);
    assert!(stub.items().iter().all(|item| item.repo.name == "open"));
    assert_eq!(desk.queued(), 0);
    // The watcher has no memory of it, either.
    desk.watcher(&stub).run_once().await.unwrap();
    assert_eq!(stub.forgotten.borrow().len(), 1);
    let registry = fs::read_to_string(desk.home.path("repos.json")).unwrap();
    assert!(!registry.contains("/private"), "{registry}");
}

#[tokio::test]
async fn a_running_watcher_applies_new_exclusions_and_markers() {
    let desk = Desk::connected();
    let (a, b) = (desk.repository("a"), desk.repository("b"));
    let stub = StubUplink::honest();
    let mut watcher = desk.watcher(&stub);
    for repository in [&a, &b] {
        desk.event(repository, "s", "prompt");
    }
    watcher.run_once().await.unwrap();
    let before = stub.items().len();
    assert_eq!(before, 4);
    exclude(&desk, &a).await;
    fs::write(b.join(MARKER), "").unwrap();
    for repository in [&a, &b] {
        desk.event(repository, "s", "end");
    }
    watcher.run_once().await.unwrap();
    watcher.run_once().await.unwrap();
    assert_eq!(stub.items().len(), before);
    assert_eq!(stub.forgotten.borrow().len(), 2, "{:?}", stub.forgotten.borrow());
}

#[tokio::test]
async fn a_moved_repository_stays_excluded() {
    let desk = Desk::connected();
    let private = desk.repository("private");
    exclude(&desk, &private).await;
    let moved = desk.root.join("moved");
    fs::rename(&private, &moved).unwrap();
    desk.event(&moved, "s", "edit");
    assert!(desk.inbox().is_empty());

    // A clone elsewhere has no mark, and the same first commit.
    git(&desk.root, &["clone", "-q", "moved", "clone"]);
    desk.event(&desk.root.join("clone"), "s", "edit");
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    assert!(stub.batches.borrow().is_empty());

    // Its owner can include the clone alone.
    include(&desk, &desk.root.join("clone")).await;
    desk.event(&desk.root.join("clone"), "s", "edit");
    desk.watcher(&stub).run_once().await.unwrap();
    assert_eq!(stub.snapshots().len(), 1);
    assert!(is_excluded(&desk.home, &moved));
}

#[tokio::test]
async fn a_moved_repository_keeps_its_key_without_a_remote() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    let stub = StubUplink::honest();
    let mut watcher = desk.watcher(&stub);
    desk.event(&repository, "s", "edit");
    watcher.run_once().await.unwrap();
    fs::rename(&repository, desk.root.join("b")).unwrap();
    desk.event(&desk.root.join("b"), "s2", "edit");
    watcher.run_once().await.unwrap();
    let keys: std::collections::BTreeSet<_> =
        stub.items().iter().map(|i| i.repo.key.clone()).collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(stub.snapshots().len(), 2);
}

#[tokio::test]
async fn include_only_mode_excludes_everything_not_included() {
    let desk = Desk::new();
    let (a, b) = (desk.repository("a"), desk.repository("b"));
    set_include_only(&desk.home, true).unwrap();
    include(&desk, &a).await;
    assert!(!is_excluded(&desk.home, &a));
    assert!(is_excluded(&desk.home, &b));
    let glob = Target::Glob(format!("{}/b", desk.root.display()));
    change_exclusions(&desk.home, Change::Include, &glob).await.unwrap();
    assert!(!is_excluded(&desk.home, &b));
    set_include_only(&desk.home, false).unwrap();
    assert!(!is_excluded(&desk.home, &desk.repository("c")));
}

#[tokio::test]
async fn an_excluded_remote_behind_insteadof_is_excluded() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    git(&repository, &["config", "url.https://github.com/me/.insteadOf", "me:"]);
    git(&repository, &["remote", "add", "origin", "me:shop.git"]);
    let place = locate(&repository).unwrap();
    let remote = Git::find().unwrap().remote(&place).await;
    assert_eq!(remote.as_deref(), Some("github.com/me/shop"));
    let pattern = Target::Remote("github.com/me".to_owned());
    change_exclusions(&desk.home, Change::Exclude, &pattern).await.unwrap();
    desk.event(&repository, "s", "edit");
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    assert!(stub.batches.borrow().is_empty());
}

#[test]
fn a_request_to_forget_replaces_an_earlier_one_and_never_expires() {
    let desk = Desk::new();
    let queue = Queue::new(&desk.home);
    let key = "ab".repeat(16).parse().unwrap();
    for _ in 0..3 {
        queue.add_forget(&origin("https://a.example"), &key).unwrap();
    }
    assert_eq!((queue.names().len(), queue.expire()), (1, 0));
}
