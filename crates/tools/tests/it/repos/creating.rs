//! `repos.create` and `repos.list`.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::git::clones;
use serde_json::json;

use super::{Desk, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_repository_is_private_and_has_a_commit() {
    let desk = Desk::new().await;
    let params = json!({ "name": "site", "description": "A site" });
    let made = desk.ok("repos.create", params).await;
    assert_eq!((&made["repo"], &made["branch"]), (&json!("site"), &json!("main")));
    let (access, git) = desk.git().await;
    let shown = git.send("GET", "/repos/vibn-mark/site", &[], None).await.json();
    assert_eq!((&shown["private"], &shown["description"]), (&json!(true), &json!("A site")));
    assert_eq!(desk.paths().await, ["README.md"]);
    assert_eq!(desk.content("README.md").await, "# site\n\nA site\n");
    let url = text(&made["cloneUrl"]);
    assert!(!url.contains('@') && url.ends_with("/vibn-mark/site.git"), "{url}");
    let token = text(&access["bot"]["token"]);
    assert!(clones(&url.replace("://", &format!("://mark-bot:{token}@"))).await);
    assert!(!made.to_string().contains(&token));
    assert!(text(&made["sshUrl"]).contains("vibn-mark/site.git"));
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_a_repository_with_a_taken_name_is_a_conflict() {
    let (desk, commit) = Desk::with_site().await;
    for name in ["site", "SITE"] {
        let files = json!({ "other.txt": "x" });
        let taken =
            desk.call_refused(409, "repos.create", json!({ "name": name, "files": files })).await;
        assert!(taken["hint"].is_string(), "{taken}");
    }
    assert_eq!(desk.ok("repos.tree", json!({ "repo": "site" })).await["commit"], json!(commit));
    for name in ["x.git", "x.wiki", "x.rss"] {
        desk.call_refused(422, "repos.create", json!({ "name": name })).await;
    }
    for name in ["..", ".", "-", "a b", "a/b"] {
        desk.call_refused(400, "repos.create", json!({ "name": name })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_after_a_lost_answer_completes_the_repository() {
    let desk = Desk::new().await;
    let params = json!({ "name": "site", "files": { "a.txt": "a" }, "description": "A site" });
    for (method, path) in
        [("POST", "/orgs/*/repos"), ("PATCH", "/repos/*/*$"), ("POST", "/repos/*/*/contents$")]
    {
        desk.world.gitea.arm(Fault::new(Name::DropAfter).on(method, path));
        // A commit is found on its branch, and another description may be written twice.
        let told = desk.call("repos.create", params.clone()).await;
        if let Err(failure) = told {
            assert_eq!(failure["details"]["mayHaveHappened"], true, "{failure}");
            let made = desk.ok("repos.create", params.clone()).await;
            assert_eq!(made["repo"], "site");
        }
        assert_eq!(desk.paths().await, ["a.txt"]);
        assert_eq!(desk.commits().await, 1, "{method} {path}");
        desk.ok("repos.delete", json!({ "repo": "site", "confirm": "site" })).await;
        desk.world.gitea.disarm();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_can_be_created_from_a_template_with_additional_files() {
    let (desk, _) = Desk::with_site().await;
    let params = json!({ "name": "copy", "template": "site", "files": { "own.txt": "x" } });
    let refused = desk.call_refused(422, "repos.create", params.clone()).await;
    assert!(text(&refused["hint"]).contains("template"), "{refused}");
    let (_, git) = desk.git().await;
    let mark = json!({ "template": true });
    assert_eq!(git.json("PATCH", "/repos/vibn-mark/site", &mark).await.status, 200);
    let made = desk.ok("repos.create", params).await;
    let tree = desk.ok("repos.tree", json!({ "repo": "copy" })).await;
    assert_eq!(tree["commit"], made["commit"]);
    let paths: Vec<_> =
        tree["files"].as_array().expect("files").iter().map(|file| text(&file["path"])).collect();
    assert_eq!(paths, ["a.txt", "own.txt", "src/b.txt"]);
    desk.call_refused(404, "repos.create", json!({ "name": "other", "template": "nothing" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repos_list_returns_all_repositories_in_pages() {
    let desk = Desk::new().await;
    assert_eq!(desk.ok("repos.list", json!({})).await, json!({ "repos": [] }));
    let (_, git) = desk.git().await;
    for number in 0..52 {
        let body = json!({ "name": format!("repo-{number:02}"), "private": true });
        assert_eq!(git.json("POST", "/orgs/vibn-mark/repos", &body).await.status, 201);
    }
    let first = desk.ok("repos.list", json!({})).await;
    let second = desk.ok("repos.list", json!({ "next": first["next"] })).await;
    let count = |page: &serde_json::Value| page["repos"].as_array().expect("a list").len();
    assert_eq!((count(&first), count(&second)), (50, 2));
    assert!(second.get("next").is_none());
    assert_eq!(first["repos"][0]["empty"], true);
    for next in ["0-0", "x", "1", "1-x", "-1-2", "99999999999999999999"] {
        desk.call_refused(404, "repos.list", json!({ "next": next })).await;
    }
}
