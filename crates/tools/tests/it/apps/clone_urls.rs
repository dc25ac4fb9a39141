//! Repositories by their clone URLs, and by the names that they had.

use covibe_domain::Secret;
use covibe_testkit::{Agent, Options, World};
use serde_json::json;

use super::fixture::Ground;
use crate::support::workspace_resources::repository;

#[tokio::test(flavor = "multi_thread")]
async fn clone_urls_are_accepted_only_of_the_workspace_and_their_secrets_not_echoed() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let host = world.gitea.url.trim_start_matches("http://").to_owned();
    for (number, url) in [
        format!("http://mark-bot:s3cr3t@{host}/vibn-mark/site.git"),
        format!("http://{host}/vibn-mark/site"),
        "git@127.0.0.1:vibn-mark/site.git".to_owned(),
        "ssh://git@127.0.0.1:2222/vibn-mark/site.git".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("site-{number}");
        let params = json!({ "repo": url, "name": name, "instantDeploy": false });
        let made = ground.call_ok("apps.create", params).await;
        assert_eq!(made["repo"], "site", "{url}");
        let rewired = ground.call_ok("apps.rewire_git", json!({ "uuid": uuid, "repo": url })).await;
        assert_eq!((&rewired["repo"], rewired.get("renamedFrom")), (&json!("site"), None));
    }
    for url in [
        "https://x:s3cr3t@evil.test/vibn-mark/site.git".to_owned(),
        format!("http://x:s3cr3t@{host}/vibn-justine/site.git"),
        format!("http://x:s3cr3t@{host}/site.git"),
        "s3cr3t:".to_owned(),
    ] {
        let refused = ground.call_refused("apps.create", json!({ "repo": url }), 403).await;
        assert!(!refused.to_string().contains("s3cr3t"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_of_a_renamed_repository_still_deploy_and_rewire_to_its_new_name() {
    let world = World::embedded().await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    ground.branches("site", &["next"]).await;
    let rename = json!({ "name": "home" });
    world.operator().gitea("PATCH", "/repos/vibn-mark/site", &rename).await;
    let refused =
        ground.call_refused("apps.create", json!({ "repo": "site", "name": "b" }), 404).await;
    assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains("home")), "{refused}");
    // Git follows the redirect.
    ground.call_ok("apps.deploy", json!({ "uuid": uuid })).await;
    let patch = json!({ "uuid": uuid, "patch": { "branch": "next" } });
    ground.call_ok("apps.update", patch).await;
    let rewired = ground.call_ok("apps.rewire_git", json!({ "uuid": uuid })).await;
    let told = (&rewired["repo"], &rewired["renamedFrom"], &rewired["branch"], &rewired["changed"]);
    assert_eq!(told, (&json!("home"), &json!("site"), &json!("next"), &json!(true)), "{rewired}");
    let again = ground.call_ok("apps.rewire_git", json!({ "uuid": uuid })).await;
    assert_eq!((again.get("renamedFrom"), &again["changed"]), (None, &json!(false)));
    repository(ground.agent(), "site").await;
    assert_eq!(ground.call_ok("apps.get", json!({ "uuid": uuid })).await["repo"], "home");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_and_coolify_get_the_public_url_of_gitea() {
    let gitea_public_url = Some("https://git.example".to_owned());
    let options = Options { gitea_public_url, ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    let told = ground.call_ok("gitea.credentials", json!({})).await;
    assert!(told.to_string().contains("git.example/vibn-mark/"), "{told}");
    assert!(!told.to_string().contains(&world.gitea.url), "{told}");
    let bot = told["bot"]["token"].as_str().map(Secret::new);
    let body = json!({ "name": "site", "auto_init": true, "default_branch": "main" });
    let made = Agent::new(&world.gitea.url, "", bot);
    let made = made.json("POST", "/api/v1/orgs/vibn-mark/repos", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let url = "https://git.example/vibn-mark/site.git";
    let params = json!({ "repo": url, "name": "site", "instantDeploy": false });
    let made = ground.call_ok("apps.create", params).await;
    let uuid = made["uuid"].as_str().expect("a uuid");
    let cloned = ground.application(uuid).await["git_repository"].to_string();
    assert!(cloned.ends_with("@git.example/vibn-mark/site.git\""), "Coolify clones from there");
    world.stop().await;
}
