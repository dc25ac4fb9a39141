//! Pushes of commits whose containers were ended because of a label.

use std::collections::BTreeMap;

use covibe_sandbox::docker::Arrangement;

use super::*;

const RULE: &str = "traefik.http.routers.x.rule";

impl Shop {
    /// Gives the image of the app's containers these labels.
    fn label(&self, keys: &[&str]) {
        let labels = keys.iter().map(|key| ((*key).to_owned(), "Host(`victim.test`)".to_owned()));
        let image_labels: BTreeMap<_, _> = labels.collect();
        let engine = self.world.docker.as_ref().expect("a docker host");
        let of = "shop".to_owned();
        engine.set(Arrangement { of, image_labels, ..Arrangement::default() });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_with_a_rejected_image_is_not_deployed_again_by_calls_or_pushes() {
    let shop = Shop::new().await;
    let bad = shop.commit("b.txt", "With a base image that brings a label").await;
    shop.wait_until_seen(&bad).await;
    shop.wait_until_built(&bad).await;
    shop.label(&[RULE]);
    let process = shop.world.process().await;
    process.platform.look_at_containers().await.expect("Docker answers");
    let answer = shop.agent.compact_raw("apps.deploy", &json!({ "uuid": shop.app })).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains(RULE) && answer.text.contains("commit"), "{}", answer.text);
    shop.label(&[]);
    let good = shop.commit("c.txt", "With another base image").await;
    shop.wait_until_seen(&good).await;
    let back: &[&str] = &["reset", "--quiet", "--hard", "HEAD~1"];
    let force: &[&str] = &["push", "--quiet", "--force"];
    assert_eq!(shop.git(&[back, force, &["rev-parse", "HEAD"]]).await, bad);
    let told = shop.wait_until_seen(&bad).await;
    assert_eq!((&told["skipped"], &told["deployment"]), (&json!(true), &Value::Null), "{told}");
    assert!(text(&told["why"]).contains(RULE), "{told}");
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*bad, &*good]);
}
