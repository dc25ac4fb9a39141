//! The apps that pushes deploy, and the calls that change this.

use super::*;

impl Shop {
    async fn update(&self, patch: Value) -> Value {
        self.ok("apps.update", json!({ "uuid": self.app, "patch": patch })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_deploy_an_app_only_while_auto_deploy_is_on() {
    let shop = Shop::with_params(Options::default(), json!({ "autoDeploy": false })).await;
    let _watch = shop.world.watch_pushes();
    assert_eq!(shop.get().await["autoDeploy"], false);
    let missed = shop.commit("b.txt", "Missed").await;
    let told = shop.update(json!({ "autoDeploy": true })).await;
    assert_eq!(told["applied"], json!(["autoDeploy"]), "{told}");
    let app = shop.get().await;
    assert_eq!((&app["autoDeploy"], &app["behind"]), (&json!(true), &json!(true)), "{app}");
    assert_eq!(
        (&app["lastPush"]["commit"], &app["lastPush"]["skipped"]),
        (&json!(missed), &json!(true))
    );
    assert!(text(&app["lastPush"]["why"]).contains("were off"), "{app}");
    let pushed = shop.commit("c.txt", "Told").await;
    shop.wait_until_seen(&pushed).await;
    assert_eq!(shop.deployed_commits().await, [shop.first.as_str(), pushed.as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_pushes_that_change_watch_paths_deploy() {
    let shop = Shop::new().await;
    let told = shop.update(json!({ "watchPaths": ["/apps/web/"] })).await;
    assert_eq!(told["applied"], json!(["watchPaths"]), "{told}");
    assert_eq!(shop.get().await["watchPaths"], json!(["apps/web"]));
    let beside = shop.commit("docs.txt", "Explain").await;
    let told = shop.wait_until_seen(&beside).await;
    assert!(text(&told["why"]).contains("watchPaths"), "{told}");
    let inside = shop.commit("apps/web/a.txt", "Change").await;
    shop.wait_until_seen(&inside).await;
    assert_eq!(shop.deployed_commits().await, [shop.first.as_str(), inside.as_str()]);
    // They are stored one a line.
    shop.update(json!({ "watchPaths": ["a\nb", "ä"] })).await;
    assert_eq!(shop.get().await["watchPaths"], json!(["ab", "ä"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_to_an_older_commit_lasts_until_the_next_push() {
    let shop = Shop::new().await;
    let newer = shop.commit("b.txt", "Newer").await;
    shop.wait_until_seen(&newer).await;
    // While the first deployment is in progress, a rollback to its commit begins no other one.
    shop.wait_until_built(&newer).await;
    let back = json!({ "uuid": shop.app, "commit": &shop.first[..10], "wait": true });
    shop.ok("apps.deploy", back).await;
    assert_eq!(
        shop.deployed_commits().await,
        [shop.first.as_str(), newer.as_str(), shop.first.as_str()]
    );
    let app = shop.get().await;
    assert_eq!((&app["behind"], &app["lastPush"]["commit"]), (&json!(true), &json!(newer)));
    let unknown = json!({ "uuid": shop.app, "commit": "0123456789" });
    assert_eq!(shop.agent.compact_raw("apps.deploy", &unknown).await.status, 422);
    let next = shop.commit("c.txt", "Next").await;
    shop.wait_until_seen(&next).await;
    assert_eq!(shop.deployed_commits().await.last(), Some(&next));
    assert_eq!(shop.get().await["behind"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_already_deployed_by_a_call_is_not_deployed_again() {
    let shop = Shop::with_params(Options::default(), json!({})).await;
    let pushed = shop.commit("b.txt", "Pushed").await;
    shop.ok("apps.deploy", json!({ "uuid": shop.app, "wait": true })).await;
    let _watch = shop.world.watch_pushes();
    shop.wait_until_seen(&pushed).await;
    let next = shop.commit("c.txt", "Next").await;
    shop.wait_until_seen(&next).await;
    assert_eq!(
        shop.deployed_commits().await,
        [shop.first.as_str(), pushed.as_str(), next.as_str()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_deploy_is_refused_for_apps_without_a_repository() {
    let shop = Shop::with_params(Options::default(), json!({})).await;
    let image = json!({ "image": "nginx:1.27", "name": "page", "autoDeploy": true });
    assert_eq!(shop.agent.compact_raw("apps.create", &image).await.status, 400);
    let image = json!({ "image": "nginx:1.27", "name": "page" });
    let uuid = text(&shop.ok("apps.create", image).await["uuid"]);
    let app = shop.ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!((&app["autoDeploy"], &app["lastPush"]), (&Value::Null, &Value::Null), "{app}");
    let patch = json!({ "uuid": uuid, "patch": { "autoDeploy": true } });
    let told = shop.ok("apps.update", patch).await;
    assert_eq!(told["ignored"][0]["field"], "autoDeploy", "{told}");
    let deploy = json!({ "uuid": uuid, "commit": "0123456789" });
    assert_eq!(shop.agent.compact_raw("apps.deploy", &deploy).await.status, 400);
}
