//! Deliveries that Gitea did not send, or that say something else than it did.

use covibe_domain::Secret;
use covibe_workspace::{HookSecret, HookTrial};

use super::*;

impl Shop {
    /// Sends a delivery with this signature, and returns the status of the answer.
    async fn deliver(&self, body: &[u8], signature: Option<&str>) -> u16 {
        self.deliver_to("/api/hooks/gitea", body, signature).await
    }

    /// Sends a delivery to the address of the workspace's own hook.
    async fn deliver_to_own(&self, body: &[u8], signature: &str) -> u16 {
        let path = format!("/api/hooks/gitea?key={}", self.world.hook_id(&self.world.mark));
        self.deliver_to(&path, body, Some(signature)).await
    }

    async fn deliver_to(&self, path: &str, body: &[u8], signature: Option<&str>) -> u16 {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("x-gitea-event", "push"),
            ("x-gitea-delivery", "11111111-1111-1111-1111-111111111111"),
        ];
        headers.extend(signature.map(|signature| ("x-hub-signature-256", signature)));
        let agent = self.agent.with_key(None);
        let body = Some(String::from_utf8(body.to_vec()).expect("text"));
        agent.send("POST", path, &headers, body).await.status
    }

    /// Waits until a delivery was sent, and returns its body.
    async fn delivery(&self) -> Value {
        let begun = Instant::now();
        loop {
            if let Some(found) = self.deliveries().into_iter().next() {
                return found;
            }
            assert!(begun.elapsed() < LONG, "no delivery");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn signed(secret: &str, body: &[u8]) -> String {
    HookSecret::new(Secret::new(secret)).sign(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_not_signed_by_its_organisations_hook_is_refused() {
    let shop = Shop::new().await;
    shop.first_round().await;
    shop.lose_deliveries(true);
    let pushed = shop.edit("b.txt");
    let body = text(&shop.delivery().await["body"]).into_bytes();
    let (own, others) =
        (shop.world.hook_secret(&shop.world.mark), shop.world.hook_secret(&shop.world.justine));
    let right = signed(own.expose(), &body);
    assert_eq!(shop.deliver(&body, None).await, 401);
    for wrong in ["", "sha256=", "sha256=00", &right[7..], &signed(others.expose(), &body)] {
        assert_eq!(shop.deliver(&body, Some(wrong)).await, 401, "{wrong}");
    }
    // Signed, and changed afterwards.
    let text_of = String::from_utf8(body.clone()).expect("text");
    let changed = text_of.replace("refs/heads/main", "refs/heads/next");
    assert_ne!(changed, text_of);
    assert_eq!(shop.deliver(changed.as_bytes(), Some(&right)).await, 401);
    // Another organisation's name, by one's own secret; and one that nobody has.
    let mut told: Value = serde_json::from_slice(&body).expect("JSON");
    for number in [shop.world.justine.record.gitea_org_id.expect("a number"), 987_654] {
        told["repository"]["owner"]["id"] = json!(number);
        let body = told.to_string().into_bytes();
        assert_eq!(shop.deliver(&body, Some(&signed(own.expose(), &body))).await, 401);
    }
    let huge = vec![b' '; (1 << 20) + 1];
    assert_eq!(shop.deliver(&huge, Some(&signed(own.expose(), &huge))).await, 413);
    let deep = "[".repeat(100_000).into_bytes();
    assert_eq!(shop.deliver(&deep, Some(&signed(own.expose(), &deep))).await, 401);
    assert_eq!(shop.agent.send("GET", "/api/hooks/gitea", &[], None).await.status, 405);
    assert_eq!(shop.deployed_commits().await, [&*shop.first]);
    assert_eq!(shop.get().await["lastPush"]["commit"], shop.first);
    // The real one still counts.
    assert_eq!(shop.deliver(&body, Some(&right)).await, 202);
    shop.wait_until_seen(&pushed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_of_5_mib_is_accepted_and_one_over_16_mib_refused() {
    let shop = Shop::new().await;
    shop.first_round().await;
    shop.lose_deliveries(true);
    let pushed = shop.edit("b.txt");
    let mut told: Value =
        serde_json::from_str(&text(&shop.delivery().await["body"])).expect("JSON");
    told["commits"] = json!([{ "added": ["x".repeat(5 << 20)] }]);
    let body = told.to_string().into_bytes();
    let own = shop.world.hook_secret(&shop.world.mark);
    assert_eq!(shop.deliver_to_own(&body, &signed("wrong", &body)).await, 401);
    assert_eq!(shop.deployed_commits().await, [&*shop.first]);
    assert_eq!(shop.deliver_to_own(&body, &signed(own.expose(), &body)).await, 202);
    shop.wait_until_seen(&pushed).await;
    let huge = vec![b' '; (16 << 20) + 1];
    assert_eq!(shop.deliver_to_own(&huge, &signed(own.expose(), &huge)).await, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_deployed_by_the_round_though_deliveries_are_rate_limited() {
    let shop = Shop::new().await;
    shop.first_round().await;
    shop.lose_deliveries(true);
    let pushed = shop.edit("b.txt");
    let body = text(&shop.delivery().await["body"]).into_bytes();
    let wrong = signed("wrong", &body);
    let mut status = 401;
    while status == 401 {
        status = shop.deliver_to_own(&body, &wrong).await;
    }
    assert_eq!(status, 429);
    shop.wait_until_seen(&pushed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_delivery_deploys_nothing_again() {
    let shop = Shop::new().await;
    let older = shop.edit("b.txt");
    shop.wait_until_seen(&older).await;
    let newer = shop.edit("c.txt");
    shop.wait_until_seen(&newer).await;
    let first = shop.delivery().await;
    for _ in 0..3 {
        let again = json!({ "uuid": first["uuid"] });
        let (status, _) =
            shop.world.gitea.control("POST", "deliveries", &again).expect("an answer");
        assert_eq!(status, 204);
    }
    // The same body under other ids is acted on, and finds nothing to do.
    let body = text(&first["body"]);
    let secret = shop.world.hook_secret(&shop.world.mark);
    let signature = signed(secret.expose(), body.as_bytes());
    assert_eq!(shop.deliver(body.as_bytes(), Some(&signature)).await, 202);
    let last = shop.edit("d.txt");
    shop.wait_until_seen(&last).await;
    assert_eq!(
        shop.deployed_commits().await,
        [shop.first.as_str(), older.as_str(), newer.as_str(), last.as_str()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_hostile_deliveries_are_counted_in_few_audit_entries() {
    let shop = Shop::with_params(Options::default(), json!({})).await;
    shop.edit("b.txt");
    let body = text(&shop.delivery().await["body"]).into_bytes();
    let wrong = signed("wrong", &body);
    for _ in 0..40 {
        assert_eq!(shop.deliver(&body, Some(&wrong)).await, 401);
    }
    shop.world.dispatcher.flush().await;
    let mut tx = shop.world.store.tenant_read(&shop.world.mark.record.tenant).await.expect("a tx");
    let entries = tx.audit(&shop.world.mark.record.id, 500).await.expect("entries");
    tx.commit().await.expect("its end");
    let of_hook: Vec<_> = entries.iter().filter(|it| it.tool == "hooks.gitea").collect();
    let counted: i64 = of_hook.iter().map(|it| it.repeats.as_ref().map_or(1, |it| it.count)).sum();
    assert_eq!(counted, 40, "{of_hook:?}");
    assert!(of_hook.len() <= 3 && of_hook.iter().all(|it| it.actor.is_none()), "{of_hook:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_trial_is_accepted_only_with_the_installations_own_signature() {
    let shop = Shop::new().await;
    let trial = HookTrial::random();
    let (path, asked) = (trial.address(""), trial.address(""));
    let arrived = async || shop.agent.send("GET", &asked, &[], None).await.json();
    let post = async |signature: &str| {
        let headers = [("content-type", "application/json"), ("x-hub-signature-256", signature)];
        shop.agent.send("POST", &path, &headers, Some("{}".to_owned())).await.status
    };
    assert_eq!(post(&signed("guessed", b"{}")).await, 401);
    let own = shop.world.hook_secret(&shop.world.mark);
    assert_eq!(post(&signed(own.expose(), b"{}")).await, 401, "a workspace's secret is no trial's");
    assert_eq!(arrived().await, json!({ "arrived": false }));
    let keys = shop.world.secrets();
    assert_eq!(post(&trial.secrets(&keys)[0].sign(b"{}")).await, 202);
    assert_eq!(arrived().await, json!({ "arrived": true }));
    for wrong in ["", "?check=", "?check=0", "?other=1"] {
        let path = format!("/api/hooks/gitea{wrong}");
        assert_eq!(shop.agent.send("GET", &path, &[], None).await.status, 405, "{wrong}");
    }
}
