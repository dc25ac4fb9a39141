//! Repositories: changed, deleted, and used concurrently.

use covibe_sandbox::gitea::Collection;
use serde_json::json;

use super::Bot;

#[tokio::test]
async fn a_renamed_repository_keeps_its_files_and_redirects_its_old_name() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.repository("other", false).await;
    let path = "/repos/vibn-mark/site";
    let body = json!({ "name": "home", "description": "Ours", "private": false });
    let edited = bot.client.patch(path, body).await;
    assert_eq!((edited.status, &edited.json()["full_name"]), (200, &json!("vibn-mark/home")));
    assert_eq!(bot.read("home", "main", "README.md"), "# site\n");
    let moved = bot.client.get(path).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, Some("/api/v1/repos/vibn-mark/home"))
    );
    assert_eq!(bot.read("site", "main", "README.md"), "# site\n", "git follows the old name");
    bot.repository("site", false).await;
    assert_eq!(bot.client.get(path).await.status, 200, "until something takes it");
    let path = "/repos/vibn-mark/home";
    for name in ["other", "a b"] {
        assert_eq!(bot.client.patch(path, json!({ "name": name })).await.status, 422, "{name}");
    }
    assert_eq!(bot.client.get(path).await.json()["description"], "Ours");
}

#[tokio::test]
async fn the_default_branch_can_only_be_set_to_an_existing_branch() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let path = "/repos/vibn-mark/site";
    let to = async |branch: &str| {
        let edited = bot.client.patch(path, json!({ "default_branch": branch })).await;
        edited.json()["default_branch"].as_str().unwrap().to_owned()
    };
    assert_eq!(to("missing").await, "main");
    assert_eq!(to("../../escape").await, "main");
    bot.client.post(&format!("{path}/branches"), json!({ "new_branch_name": "trunk" })).await;
    assert_eq!(to("trunk").await, "trunk");
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    assert_eq!(bot.git(&["-C", "work", "branch", "--show-current"]), "trunk");
}

#[tokio::test]
async fn the_name_of_a_deleted_repository_can_be_reused() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    assert_eq!(bot.client.delete("/repos/vibn-mark/site").await.status, 204);
    assert!(!bot.try_git(&["ls-remote", &bot.url("site")]).status.success());
    assert_eq!(bot.client.simulator.names(Collection::Repositories), ["vibn-elsewhere/secret"]);
    bot.repository("site", false).await;
    assert_eq!(bot.git(&["ls-remote", &bot.url("site")]), "");
}

#[tokio::test]
async fn concurrent_commits_to_different_branches_are_all_stored() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    let writes = (0..8).map(|number| {
        let path = format!("/repos/vibn-mark/site/contents/{number}.txt");
        let body = json!({ "content": super::base64("x"), "new_branch": format!("b{number}") });
        let client = &bot.client;
        async move { client.post(&path, body).await.status }
    });
    let statuses = futures_util::future::join_all(writes).await;
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    let branches = bot.client.get("/repos/vibn-mark/site/branches").await;
    assert_eq!(branches.header("x-total-count"), Some("9"));
}
