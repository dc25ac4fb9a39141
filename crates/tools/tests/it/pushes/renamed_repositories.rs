//! Repositories that were renamed or deleted, and others that have their names now.

use super::*;

impl Shop {
    /// Renames the app's repository to `page`, and makes another one of its old name.
    async fn replace(&self) {
        let rename = json!({ "name": "page" });
        self.world.operator().gitea("PATCH", "/repos/vibn-mark/site", &rename).await;
        self.create().await;
    }

    /// Makes a repository `site`.
    async fn create(&self) {
        let files = json!({ "index.html": "<h1>Another</h1>\n" });
        self.ok("repos.create", json!({ "name": "site", "files": files })).await;
    }

    /// Deletes the repository `site`.
    async fn delete(&self) {
        let operator = self.world.operator();
        let gone = operator.ask_gitea("DELETE", "/repos/vibn-mark/site", &Value::Null).await;
        assert_eq!(gone.status, 204);
    }

    /// A call that must end in a conflict; returns the text of the answer.
    async fn conflict(&self, tool: &str, params: Value) -> String {
        let answer = self.agent.compact_raw(tool, &params).await;
        assert_eq!(answer.status, 409, "{tool}: {}", answer.text);
        answer.text
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_to_a_renamed_repository_deploys_it_though_its_old_name_is_reused() {
    let shop = Shop::new().await;
    shop.replace().await;
    let pushed = shop.commit_to("page", "b.txt", "Renamed").await;
    shop.wait_until_seen(&pushed).await;
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*pushed]);
    assert_eq!(shop.get().await["repo"], "page", "the clone URL has the current name");
    // What is pushed to the other repository is not the app's.
    shop.commit_to("site", "c.txt", "Another").await;
    let own = shop.commit_to("page", "d.txt", "Own").await;
    shop.wait_until_seen(&own).await;
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*pushed, &*own]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_to_a_renamed_repository_updates_the_apps_clone_url() {
    let shop = Shop::new().await;
    let rename = json!({ "name": "page" });
    shop.world.operator().gitea("PATCH", "/repos/vibn-mark/site", &rename).await;
    let pushed = shop.commit_to("page", "b.txt", "Renamed").await;
    shop.wait_until_seen(&pushed).await;
    assert_eq!(shop.get().await["repo"], "page");
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*pushed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deploying_an_app_whose_repositorys_old_name_is_reused_is_refused() {
    let shop = Shop::with_params(Options::default(), json!({})).await;
    shop.replace().await;
    let own = shop.commit_to("page", "b.txt", "Renamed").await;
    let uuid = json!({ "uuid": shop.app });
    for (tool, params) in [
        ("apps.deploy", uuid.clone()),
        ("apps.deploy", json!({ "uuid": shop.app, "commit": shop.first })),
        ("apps.update", json!({ "uuid": shop.app, "patch": { "branch": "main" } })),
    ] {
        let told = shop.conflict(tool, params).await;
        assert!(told.contains("renamed to page") && told.contains("apps.rewire_git"), "{told}");
    }
    assert_eq!(shop.deployed_commits().await, [&*shop.first]);
    let rewired = shop.ok("apps.rewire_git", uuid.clone()).await;
    let told = (&rewired["repo"], &rewired["renamedFrom"], &rewired["changed"]);
    assert_eq!(told, (&json!("page"), &json!("site"), &json!(true)), "{rewired}");
    shop.ok("apps.deploy", uuid).await;
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*own]);
    // The other one is built only if the call says so.
    let other = json!({ "uuid": shop.app, "repo": "site" });
    assert_eq!(shop.ok("apps.rewire_git", other).await["repo"], "site");
    shop.ok("apps.deploy", json!({ "uuid": shop.app })).await;
    assert_eq!(shop.deployed_commits().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_recreated_once_is_followed_and_a_second_time_needs_a_rewire() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    let _watch = shop.world.watch_pushes();
    shop.delete().await;
    let gone = shop.until(|app| app["lastPush"]["skipped"] == true).await;
    assert!(text(&gone["lastPush"]["why"]).contains("is gone"), "{gone}");
    shop.create().await;
    let made = shop.until(|app| app["lastPush"]["commit"] != shop.first).await;
    assert!(text(&made["lastPush"]["why"]).contains("followed from now on"), "{made}");
    assert_eq!((&made["lastPush"]["skipped"], &made["behind"]), (&json!(true), &json!(true)));
    assert_eq!(
        shop.deployed_commits().await,
        [&*shop.first],
        "what it has at first is not deployed"
    );
    let pushed = shop.commit("b.txt", "Again").await;
    shop.wait_until_seen(&pushed).await;
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*pushed]);
    // The second time, a call has to say so.
    shop.delete().await;
    let gone = shop.until(|app| app["lastPush"]["skipped"] == true).await;
    assert!(text(&gone["lastPush"]["why"]).contains("apps.rewire_git"), "{gone}");
    shop.create().await;
    shop.commit("c.txt", "Once more").await;
    let told = shop.conflict("apps.deploy", json!({ "uuid": shop.app })).await;
    assert!(told.contains("is gone") && told.contains("apps.rewire_git"), "{told}");
    shop.ok("apps.rewire_git", json!({ "uuid": shop.app })).await;
    let last = shop.commit("d.txt", "Rewired").await;
    shop.wait_until_seen(&last).await;
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*pushed, &*last]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_push_to_a_repository_recreated_empty_is_deployed() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    let _watch = shop.world.watch_pushes();
    shop.delete().await;
    let empty = json!({ "name": "site", "private": true, "default_branch": "main" });
    shop.world.operator().gitea("POST", "/orgs/vibn-mark/repos", &empty).await;
    let is_followed = |app: &Value| {
        let why = app["lastPush"]["why"].as_str();
        why.is_some_and(|why| why.contains("followed from now on"))
    };
    shop.until(is_followed).await;
    let pushed = shop.commit("b.txt", "Again").await;
    shop.wait_until_seen(&pushed).await;
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*pushed]);
}

/// A round lists five hundred repositories; the app's is not among them.
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_beyond_the_500_of_a_round_is_still_checked_for_pushes_and_deletion() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Box::pin(Shop::behind_many(options)).await;
    shop.lose_deliveries(true);
    let _watch = shop.world.watch_pushes();
    shop.first_round().await;
    let pushed = shop.edit("b.txt");
    shop.wait_until_seen(&pushed).await;
    shop.delete().await;
    let gone = shop.until(|app| app["lastPush"]["skipped"] == true).await;
    assert!(text(&gone["lastPush"]["why"]).contains("is gone"), "{gone}");
}
