//! A hook whose secret somebody has changed, which only its deliveries show.

use covibe_workspace::PushHooks;

use super::*;

impl Shop {
    /// The only hook of the organisation, once there is one with the id of a secret, and no other than `former`.
    async fn hook_after(&self, former: Option<&Value>) -> Value {
        self.hook_at("/orgs/vibn-mark/hooks", former).await
    }

    /// The same of what Gitea lists at this path.
    async fn hook_at(&self, path: &str, former: Option<&Value>) -> Value {
        let begun = Instant::now();
        loop {
            let all = self.world.operator().gitea_list(path).await;
            let is_new = |hook: &Value| former.is_none_or(|former| former["id"] != hook["id"]);
            match all.as_slice() {
                [hook] if key_in(hook).is_some() && is_new(hook) => return hook.clone(),
                _ => assert!(begun.elapsed() < LONG, "{all:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a delivery about the organisation that is signed with a foreign secret, to an address with this id of a
    /// secret.
    async fn forge(&self, key: &str) {
        self.forge_with(key, "").await;
    }

    /// Sends the same with a message of its commit.
    async fn forge_with(&self, key: &str, message: &str) {
        let owner = self.world.mark.record.gitea_org_id.expect("a number");
        let body = json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": "1".repeat(40),
            "head_commit": { "message": message },
            "repository": { "id": 1, "name": "site",
                            "owner": { "id": owner, "login": "vibn-mark" } },
        });
        let signature = format!("sha256={}", "0".repeat(64));
        let headers = [
            ("content-type", "application/json"),
            ("x-gitea-event", "push"),
            ("x-hub-signature-256", signature.as_str()),
        ];
        let (agent, path) = (self.agent.with_key(None), format!("/api/hooks/gitea?key={key}"));
        let answer = agent.send("POST", &path, &headers, Some(body.to_string())).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
    }

    async fn provision(&self) {
        let path = format!("/api/workspaces/{}/provision", self.agent.slug);
        let answer = self.agent.json("POST", &path, &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

/// The id of a secret in the address of a hook.
fn key_in(hook: &Value) -> Option<&str> {
    hook["config"]["url"].as_str()?.split_once("?key=").map(|(_, key)| key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_signs_with_a_foreign_secret_is_recreated_once() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    shop.provision().await;
    let _watch = shop.world.watch_pushes();
    let made = shop.hook_after(None).await;
    let key = key_in(&made).expect("an id").to_owned();
    // Whoever has not seen the address of the hook changes nothing.
    shop.forge("0000000000000000").await;
    shop.provision().await;
    assert_eq!(shop.hook_after(None).await["id"], made["id"]);
    shop.forge(&key).await;
    let anew = shop.hook_after(Some(&made)).await;
    assert_eq!(key_in(&anew), Some(key.as_str()), "the secret is the same");
    let pushed = shop.edit("b.txt");
    shop.wait_until_seen(&pushed).await;
    // Whoever goes on forging has nothing made again.
    shop.forge(&key).await;
    shop.provision().await;
    assert_eq!(shop.hook_after(None).await["id"], anew["id"]);
}

/// Of a delivery that is too long to be kept, the address alone says whose it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_signs_long_deliveries_with_a_foreign_secret_is_recreated() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    shop.provision().await;
    let _watch = shop.world.watch_pushes();
    let made = shop.hook_after(None).await;
    shop.forge_with(key_in(&made).expect("an id"), &"x".repeat(2 << 20)).await;
    shop.hook_after(Some(&made)).await;
}

/// The look that goes on may have passed over the hook that is to be made anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_signature_that_arrives_during_a_hooks_check_recreates_the_hook() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    shop.provision().await;
    let made = shop.hook_after(None).await;
    let hold = shop.world.gitea.hold("GET", "/orgs/vibn-mark/hooks$");
    let _watch = shop.world.watch_pushes();
    hold.arrived().await;
    shop.forge(key_in(&made).expect("an id")).await;
    hold.release();
    shop.hook_after(Some(&made)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_hook_that_signs_with_a_foreign_secret_is_recreated_once() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let mut shop = Shop::with_params(options, json!({})).await;
    shop.world.set_push_hooks(PushHooks::System).await;
    shop.provision().await;
    let _watch = shop.world.watch_pushes();
    let made = shop.hook_at("/admin/hooks", None).await;
    shop.forge(key_in(&made).expect("an id")).await;
    let anew = shop.hook_at("/admin/hooks", Some(&made)).await;
    let pushed = shop.edit("b.txt");
    shop.wait_until_seen(&pushed).await;
    shop.forge(key_in(&anew).expect("an id")).await;
    shop.provision().await;
    assert_eq!(shop.hook_at("/admin/hooks", None).await["id"], anew["id"]);
}
