//! `repos.commit`.

use serde_json::json;

use super::{Desk, problems, text};

#[tokio::test(flavor = "multi_thread")]
async fn files_are_written_moved_and_deleted_in_one_commit() {
    let (desk, first) = Desk::with_site().await;
    let files = json!([
        { "path": "a.txt", "content": "A\n" },
        { "path": "img/x.bin", "contentBase64": "AP8=" },
        { "path": "lib/b.txt", "from": "src/b.txt" },
    ]);
    let made = desk.commit(files, json!({ "base": first })).await.expect("a commit");
    assert_eq!((&made["parent"], &made["changed"]), (&json!(first), &json!(3)));
    assert!(text(&made["url"]).ends_with(&text(&made["commit"])));
    assert_eq!(desk.paths().await, ["a.txt", "img/x.bin", "lib/b.txt"]);
    assert_eq!(desk.content("a.txt").await, "A\n");
    assert_eq!(desk.content("lib/b.txt").await, "b\n");
    let read = desk.ok("repos.read", json!({ "repo": "site", "paths": ["img/x.bin"] })).await;
    assert_eq!(read["files"][0]["contentBase64"], "AP8=");
    let gone = json!([{ "path": "img/x.bin", "delete": true }]);
    desk.commit(gone, json!({})).await.expect("a commit");
    assert_eq!(desk.paths().await, ["a.txt", "lib/b.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_commit_call_makes_no_second_commit() {
    let (desk, first) = Desk::with_site().await;
    let files =
        json!([{ "path": "a.txt", "content": "A\n" }, { "path": "src/b.txt", "delete": true }]);
    let made = desk.commit(files.clone(), json!({})).await.expect("a commit");
    let again = desk.commit(files.clone(), json!({})).await.expect("the same");
    assert_eq!((&again["commit"], &again["changed"]), (&made["commit"], &json!(0)));
    assert!(text(&again["hint"]).contains("Nothing was committed"));
    // With the base that it had, it is the same call.
    let based = desk.commit(files, json!({ "base": first })).await.expect("the same");
    assert_eq!((&based["commit"], &based["changed"]), (&made["commit"], &json!(2)));
    assert_eq!(desk.commits().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_on_an_outdated_base_is_refused_with_the_changed_files() {
    let (desk, first) = Desk::with_site().await;
    let pushed = desk.push("pushed.txt", "x").await;
    let params = json!({ "repo": "site", "message": "Late", "base": first,
                         "files": [{ "path": "a.txt", "content": "mine" }] });
    let refused = desk.call_refused(409, "repos.commit", params).await;
    assert_eq!(refused["details"]["changed"], json!(["pushed.txt"]), "{refused}");
    assert_eq!(refused["details"]["head"], json!(pushed));
    assert_eq!(desk.content("a.txt").await, "a\n");
    let unknown = "0".repeat(40);
    let files = json!([{ "path": "a.txt", "content": "x" }]);
    let refused = desk.commit(files, json!({ "base": unknown })).await.expect_err("no such commit");
    assert_eq!(refused["details"]["fields"]["base"], json!(["does not exist"]), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_paths_and_contents_are_refused_without_writing_to_gitea() {
    let (desk, _) = Desk::with_site().await;
    desk.world.gitea.clear_requests();
    let paths = [
        "../x",
        "/abs",
        "a//b",
        "a/",
        "./a",
        "a/../b",
        ".git/config",
        "x/.GIT/hooks/y",
        ".git./x",
        "git~1/config",
        "a\\b",
        "a\nb",
        "a\u{202e}b",
        ".g\u{200b}it/config",
    ];
    for path in paths {
        let params = json!({ "repo": "site", "message": "x",
                             "files": [{ "path": path, "content": "x" }] });
        desk.call_refused(422, "repos.commit", params).await;
        let params = json!({ "name": "other", "files": { path: "x" } });
        desk.call_refused(422, "repos.create", params).await;
        let params = json!({ "repo": "site", "message": "x",
                             "files": [{ "path": "ok", "from": path }] });
        desk.call_refused(422, "repos.commit", params).await;
    }
    for files in [
        json!([{ "path": "x", "content": "1" }, { "path": "x", "content": "2" }]),
        json!([{ "path": "x", "content": "1" }, { "path": "x/y", "content": "2" }]),
        json!([{ "path": "x" }]),
        json!([{ "path": "x", "content": "1", "contentBase64": "eA==" }]),
        json!([{ "path": "x", "contentBase64": "no base64" }]),
    ] {
        let refused = desk.commit(files, json!({})).await.expect_err("it is refused");
        assert!(!problems(&refused).is_empty());
    }
    let written = desk.world.gitea.requests().into_iter().filter(|it| it.method != "GET").count();
    assert_eq!(written, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_edits_are_refused_by_path_before_any_change() {
    let (desk, first) = Desk::with_site().await;
    let files = json!([
        { "path": "new.txt", "content": "x" },
        { "path": "a.txt/b", "content": "x" },
        { "path": "gone.txt", "delete": true },
        { "path": "src/c.txt", "from": "nothing.txt" },
        { "path": "src/b.txt", "from": "src/none.txt" },
    ]);
    let folder = json!([{ "path": "src", "content": "x" }]);
    let refused = desk.commit(folder, json!({})).await.expect_err("it is a folder");
    assert_eq!(problems(&refused), ["src"], "{refused}");
    let refused = desk.commit(files, json!({})).await.expect_err("it is refused");
    let expected = ["a.txt/b", "gone.txt", "nothing.txt", "src/none.txt"];
    assert_eq!(problems(&refused), expected, "{refused}");
    let tree = desk.ok("repos.tree", json!({ "repo": "site" })).await;
    assert_eq!(tree["commit"], json!(first));
    let params = json!({ "repo": "site", "message": "x", "branch": "nothing",
                         "files": [{ "path": "x", "content": "x" }] });
    desk.call_refused(422, "repos.commit", params).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_2_mib_or_201_files_are_refused_and_of_200_files_accepted() {
    let (desk, _) = Desk::served_with_site().await;
    let huge = "x".repeat(2 << 20);
    let params = json!({ "repo": "site", "message": "x",
                         "files": [{ "path": "huge", "content": huge }] });
    desk.call_refused(413, "repos.commit", params).await;
    let many = |count: usize| -> serde_json::Value {
        (0..count).map(|at| json!({ "path": format!("{at:03}.txt"), "content": "x" })).collect()
    };
    desk.commit(many(201), json!({})).await.expect_err("too many files");
    let made = desk.commit(many(200), json!({})).await.expect("a commit");
    assert_eq!(made["changed"], 200);
    assert_eq!(desk.paths().await.len(), 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ref_means_the_branch_and_not_the_tag_of_the_same_name() {
    let (desk, first) = Desk::with_site().await;
    let (_, git) = desk.git().await;
    let tag = json!({ "tag_name": "main", "target": first });
    assert_eq!(git.json("POST", "/repos/vibn-mark/site/tags", &tag).await.status, 201);
    let made = desk.commit(json!([{ "path": "a.txt", "content": "new" }]), json!({})).await;
    let commit = made.expect("a commit")["commit"].clone();
    assert_eq!(desk.content("a.txt").await, "new");
    for reference in ["main", "refs/heads/main"] {
        let params = json!({ "repo": "site", "ref": reference });
        assert_eq!(desk.ok("repos.tree", params).await["commit"], commit, "{reference}");
    }
    let params = json!({ "repo": "site", "ref": first, "paths": ["a.txt"] });
    assert_eq!(super::unframed(&desk.ok("repos.read", params).await["files"][0]), "a\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn repos_commit_makes_the_first_commit_of_an_empty_repository() {
    let desk = Desk::new().await;
    let (_, git) = desk.git().await;
    let body = json!({ "name": "site", "private": true });
    assert_eq!(git.json("POST", "/orgs/vibn-mark/repos", &body).await.status, 201);
    desk.call_refused(422, "repos.tree", json!({ "repo": "site" })).await;
    let made = desk.commit(json!([{ "path": "a.txt", "content": "x" }]), json!({})).await;
    let made = made.expect("a commit");
    assert!(made.get("parent").is_none() && made["branch"] == "main", "{made}");
    assert_eq!(desk.paths().await, ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn committing_to_a_protected_branch_is_reported_as_forbidden() {
    let (desk, _) = Desk::with_site().await;
    let (_, git) = desk.git().await;
    let rule = json!({ "rule_name": "main", "branch_name": "main", "enable_push": false });
    let path = "/repos/vibn-mark/site/branch_protections";
    assert_eq!(git.json("POST", path, &rule).await.status, 201);
    let params = json!({ "repo": "site", "message": "x",
                         "files": [{ "path": "a.txt", "content": "x" }] });
    let refused = desk.call_refused(403, "repos.commit", params.clone()).await;
    assert!(text(&refused["hint"]).contains("protected"), "{refused}");
    let archived = json!({ "archived": true });
    assert_eq!(git.json("PATCH", "/repos/vibn-mark/site", &archived).await.status, 200);
    desk.call_refused(422, "repos.commit", params).await;
}
