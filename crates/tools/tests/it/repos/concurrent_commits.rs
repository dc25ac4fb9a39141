//! Several calls that commit at the same time.

use covibe_store::Backend;
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{Desk, text};

/// Two commits of different files at the same time, each on this base.
async fn commit_twice(desk: &Desk, base: &Value) -> [Result<Value, Value>; 2] {
    let commit = |path: &'static str| {
        let mut more = json!({});
        if base.is_string() {
            more["base"] = base.clone();
        }
        desk.commit(json!([{ "path": path, "content": "x" }]), more)
    };
    let (one, other) = tokio::join!(commit("one.txt"), commit("other.txt"));
    [one, other]
}

async fn on_each_database(test: impl AsyncFn(Desk, String)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let desk = Desk::with_world(world);
        let made = desk.ok("repos.create", json!({ "name": "site" })).await;
        test(desk, text(&made["commit"])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_concurrent_commits_on_the_same_base_conflict() {
    on_each_database(async |desk, first| {
        let told = commit_twice(&desk, &json!(first)).await;
        let (won, lost): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1), "{won:?} {lost:?}");
        let lost = lost[0].as_ref().expect_err("a failure");
        assert_eq!(lost["details"]["head"], won[0].as_ref().expect("a commit")["commit"]);
        assert_eq!(desk.commits().await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_commits_without_a_base_are_both_made_one_after_the_other() {
    on_each_database(async |desk, first| {
        let told = commit_twice(&desk, &Value::Null).await.map(|told| told.expect("a commit"));
        let parents = told.each_ref().map(|told| text(&told["parent"]));
        assert!(parents.contains(&first), "{parents:?}");
        assert_eq!(desk.paths().await, ["README.md", "one.txt", "other.txt"]);
        assert_eq!(desk.commits().await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_does_not_overwrite_a_concurrent_push_to_the_same_file() {
    let (desk, _) = Desk::with_site().await;
    let hold = desk.world.gitea.hold("POST", "/repos/*/*/contents$");
    let files = json!([{ "path": "a.txt", "content": "mine" }]);
    let (told, ()) = tokio::join!(desk.commit(files, json!({})), async {
        hold.arrived().await;
        desk.push("a.txt", "theirs").await;
        drop(hold);
    });
    let refused = told.expect_err("it changed meanwhile");
    assert!(refused["error"].as_str().expect("a text").contains("at the same time"), "{refused}");
    assert_eq!(desk.content("a.txt").await, "theirs");
    assert_eq!(desk.commits().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_reports_a_concurrent_push_of_other_files_in_a_hint() {
    let (desk, first) = Desk::with_site().await;
    let hold = desk.world.gitea.hold("POST", "/repos/*/*/contents$");
    let files = json!([{ "path": "a.txt", "content": "mine" }]);
    let (told, pushed) = tokio::join!(desk.commit(files, json!({ "base": first })), async {
        hold.arrived().await;
        let pushed = desk.push("pushed.txt", "theirs").await;
        drop(hold);
        pushed
    });
    let told = told.expect("both have their files");
    assert_eq!(told["parent"], json!(pushed));
    assert!(told["hint"].as_str().expect("a hint").contains("at the same moment"), "{told}");
    assert_eq!(desk.content("pushed.txt").await, "theirs");
}
