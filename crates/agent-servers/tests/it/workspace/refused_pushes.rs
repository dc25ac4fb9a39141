//! Pushes that are refused: protected repositories and branches, other remotes, secrets.

use std::fs;

use covibe_domain::Kind;
use serde_json::json;

use super::pushes::{World, push};
use super::workspace_fixture::git;

#[tokio::test]
async fn pushes_to_the_default_and_protected_branches_are_refused() {
    let world = World::new().await;
    let cx = world.context();
    world.desk.write("a.txt", "1");
    let before = world.remote_head("main");
    let rule = json!({ "branch_name": "release", "rule_name": "release", "enable_push": true });
    assert_eq!(world.api("POST", "/repos/operator/shop/branch_protections", rule).await.0, 201);
    git(&world.root(), &["push", "--quiet", &world.address("operator/shop"), "HEAD:release"]);
    world.gitea.advance(std::time::Duration::from_secs(5));
    for (params, part) in [
        (json!({ "message": "x" }), "default branch"),
        (json!({ "message": "x", "branch": "main" }), "default branch"),
        (json!({ "message": "x", "branch": "release" }), "protected"),
        (json!({ "message": "x", "branch": "refs/heads/main" }), "not a branch name"),
        (json!({ "message": "x", "branch": "a b" }), "not a branch name"),
        (json!({ "message": "x", "branch": "--force" }), "not a branch name"),
        (json!({ "message": "x", "branch": "+main" }), "not a branch name"),
    ] {
        let failure = push(&cx, params).await.unwrap_err();
        assert!(failure.message.contains(part), "{failure:?}");
    }
    assert_eq!(world.remote_head("main"), before);
    assert_eq!(git(&world.root(), &["rev-list", "--count", "HEAD"]), "1");
}

#[tokio::test]
async fn only_the_configured_push_branch_is_accepted() {
    let mut world = World::new().await;
    world.desk = world.desk.with("WORKSPACE_PUSH_BRANCH", "agents/7");
    let cx = world.context();
    world.desk.write("a.txt", "1");
    let other = push(&cx, json!({ "message": "x", "branch": "other" })).await.unwrap_err();
    assert_eq!(other.kind, Kind::Forbidden);
    let pushed = push(&cx, json!({ "message": "x" })).await.unwrap();
    assert_eq!(pushed["branch"], "agents/7");
}

#[tokio::test]
async fn a_push_to_a_protected_repository_is_refused_by_its_current_name() {
    let mut world = World::new().await;
    world.desk = world.desk.with("COVIBE_PROTECTED_REPOS", "*/billing*");
    let cx = world.context();
    world.desk.write("a.txt", "1");
    push(&cx, json!({ "message": "x", "branch": "one" })).await.unwrap();
    assert_eq!(
        world.api("PATCH", "/repos/operator/shop", json!({ "name": "billing-2" })).await.0,
        200
    );
    world.desk.write("b.txt", "1");
    // The remote still has the old name.
    let failure = push(&cx, json!({ "message": "x", "branch": "two" })).await.unwrap_err();
    assert_eq!(failure.message, "The repository operator/billing-2 is protected. Ask a person.");
    assert_eq!(
        world.api("PATCH", "/repos/operator/billing-2", json!({ "name": "till" })).await.0,
        200
    );
    let pushed = push(&cx, json!({ "message": "x", "branch": "two" })).await.unwrap();
    assert_eq!(pushed["repository"], "operator/till");
}

#[tokio::test]
async fn pushes_to_other_remotes_or_rewritten_addresses_are_refused() {
    let world = World::new().await;
    let cx = world.context();
    world.desk.write("a.txt", "1");
    let (root, good) = (world.root(), format!("{}/operator/shop.git", world.gitea.url));
    let evil = "http://127.0.0.1:1/operator/shop.git";
    fs::write(
        world.desk.path("root/evil.conf"),
        "[url \"http://127.0.0.1:1/\"]\n insteadOf = http\n",
    )
    .unwrap();
    for (key, value, kind) in [
        ("remote.origin.url", evil, Kind::Conflict),
        ("remote.origin.pushurl", evil, Kind::Forbidden),
        ("url.http://127.0.0.1:1/.insteadOf", &*world.gitea.url, Kind::Forbidden),
        ("url.http://127.0.0.1:1/.pushInsteadOf", &*world.gitea.url, Kind::Forbidden),
        ("include.path", "../evil.conf", Kind::Forbidden),
    ] {
        git(&root, &["config", "--add", key, value]);
        let failure = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{key}: {failure:?}");
        git(&root, &["config", "--unset", "--fixed-value", key, value]);
    }
    for address in
        [evil, "file:///srv/shop", "ext::sh -c id", "https://github.com/operator/shop", "../other"]
    {
        git(&root, &["remote", "set-url", "origin", address]);
        let failure = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Forbidden, "{address}: {failure:?}");
    }
    git(&root, &["remote", "set-url", "origin", &good]);
    assert_eq!(world.remote_head("b"), None);
    assert!(push(&cx, json!({ "message": "x", "branch": "b" })).await.is_ok());
}

#[tokio::test]
async fn a_push_with_secret_content_in_any_commit_is_refused() {
    let world = World::new().await;
    let cx = world.context();
    let token = world.gitea.token.expose().to_owned();
    let key = ["-----BEGIN PRIV", "ATE KEY-----\nMIIE\n"].concat();
    let npm = format!("{}{}", ["np", "m_"].concat(), "a1B2".repeat(9));
    for (path, content, rule) in [
        (".env", "PORT=80\n".to_owned(), "an .env file with values"),
        ("deploy/key.pem", key.clone(), "a private key"),
        ("config.js", format!("const token = '{npm}';\n"), "an npm token"),
        ("notes.md", format!("use {token}\n"), "a token of this server"),
        ("id_ed25519", "anything".to_owned(), "an SSH key"),
    ] {
        let file = world.desk.write(path, &content);
        let failure = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap_err();
        assert_eq!(
            (&failure.details["path"], &failure.details["rule"]),
            (&json!(path), &json!(rule))
        );
        assert!(!format!("{failure:?}").contains(&token) && !format!("{failure:?}").contains(&npm));
        assert_eq!(git(&world.root(), &["rev-list", "--count", "HEAD"]), "1");
        fs::remove_file(file).unwrap();
    }
    let file = world.desk.write("old.pem", key);
    git(&world.root(), &["add", "--all"]);
    git(&world.root(), &["commit", "--quiet", "-m", "Key"]);
    fs::remove_file(file).unwrap();
    let failure = push(&cx, json!({ "message": "Remove it", "branch": "b" })).await.unwrap_err();
    assert_eq!(failure.details["path"], "old.pem");
    assert_eq!(world.remote_head("b"), None);
    git(&world.root(), &["reset", "--quiet", "--hard", "HEAD~1"]);
    world.desk.write(".env.example", "PORT=\n");
    assert!(push(&cx, json!({ "message": "Fine", "branch": "b" })).await.is_ok());
}

#[tokio::test]
async fn pushes_with_unfinished_merges_nested_repositories_or_filters_are_refused() {
    let world = World::new().await;
    let cx = world.context();
    let root = world.root();
    fs::write(root.join(".git/MERGE_HEAD"), "x").unwrap();
    world.desk.write("a.txt", "1");
    let failure = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap_err();
    assert!(failure.message.contains("MERGE_HEAD"), "{failure:?}");
    fs::remove_file(root.join(".git/MERGE_HEAD")).unwrap();
    fs::create_dir(root.join("nested")).unwrap();
    git(&root.join("nested"), &["init", "--quiet"]);
    git(&root.join("nested"), &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    let failure = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap_err();
    assert!(failure.message.contains("nested"), "{failure:?}");
    fs::remove_dir_all(root.join("nested")).unwrap();
    world.desk.write(".gitattributes", "*.bin filter=lfs diff=lfs\n");
    world.desk.write("x.bin", "1");
    let failure = push(&cx, json!({ "message": "x", "branch": "b" })).await.unwrap_err();
    assert!(failure.message.contains("x.bin") && failure.message.contains("lfs"), "{failure:?}");
}

#[tokio::test]
async fn unconfigured_or_unauthorized_pushes_report_the_reason() {
    let mut world = World::new().await;
    world.desk.write("a.txt", "1");
    world.desk = world.desk.with("GITEA_API_TOKEN", &"0".repeat(40));
    let failure =
        push(&world.context(), json!({ "message": "x", "branch": "b" })).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unready);
    let cx = super::workspace_fixture::Desk::new().context();
    let failure = push(&cx, json!({ "message": "x" })).await.unwrap_err();
    assert_eq!(failure.message, "Pushes are not set up.");
}
