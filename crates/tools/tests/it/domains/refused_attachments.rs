//! Calls that `domains.attach` refuses without a change.

use covibe_sandbox::google::Collection;
use covibe_sandbox::opensrs::Rival;
use covibe_testkit::{Options, World};
use serde_json::json;

use super::attachment::{app, delegation, registered, resolve_name};
use super::{expect_failure, expect_success, order_with};

#[tokio::test(flavor = "multi_thread")]
async fn attaching_a_domain_that_is_not_the_workspaces_is_refused() {
    let world = World::embedded().await;
    registered(&world, "marks.com").await;
    let before = delegation(&world, "marks.com");
    world.registrar.set(Rival { domain: "strangers.com".to_owned() });
    for domain in ["marks.com", "strangers.com", "nobodys.com"] {
        let params = json!({ "domain": domain, "ip": "8.8.8.8" });
        let answer = expect_failure(&world.justine.agent, "domains.attach", &params, 404).await;
        assert!(!answer.text.contains("mark\""), "{}", answer.text);
    }
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
    assert_eq!(delegation(&world, "marks.com"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn attaching_a_domain_to_another_workspaces_app_is_refused() {
    let world = World::embedded().await;
    let app = app(&world, "marks-app").await;
    let agent = &world.justine.agent;
    let order = super::order("justines.com");
    agent.compact("domains.register", &order).await.expect("a domain");
    let params = json!({ "domain": "justines.com", "appUuid": app["uuid"] });
    let answer = agent.compact_raw("domains.attach", &params).await;
    assert!([403, 404].contains(&answer.status), "{}", answer.text);
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_targets_are_refused_before_any_request() {
    let world = World::embedded().await;
    registered(&world, "picky.com").await;
    let before = world.registrar.requests().len();
    for (more, status, says) in [
        (json!({}), 400, "exactly one of `appUuid`, `ip` and `cname`"),
        (json!({ "ip": "8.8.8.8", "cname": "a.test" }), 400, "exactly one"),
        (json!({ "ip": "8.8.8" }), 400, "not an IP address"),
        (json!({ "ip": "169.254.169.254" }), 422, "not a public address"),
        (json!({ "ip": "127.0.0.1" }), 422, "not a public address"),
        (json!({ "ip": "::ffff:10.0.0.1" }), 422, "not a public address"),
        (json!({ "cname": "shops.net" }), 422, "`ip` or `appUuid`"),
        (json!({ "cname": "www.picky.com", "subdomains": ["www"] }), 422, "itself"),
        (json!({ "cname": "metadata.google.internal", "subdomains": ["www"] }), 422, "public host"),
        (json!({ "cname": "foo.local", "subdomains": ["www"] }), 422, "public host"),
        (json!({ "cname": "app.justine.vibnai.com", "subdomains": ["www"] }), 422, "appUuid"),
        (json!({ "cname": "vibnai.com", "subdomains": ["www"] }), 422, "appUuid"),
        (json!({ "ip": "8.8.8.8", "subdomains": ["*"] }), 400, "not a subdomain"),
        (json!({ "ip": "8.8.8.8", "subdomains": ["_co-vibe"] }), 400, "not a subdomain"),
        (json!({ "ip": "8.8.8.8", "subdomains": [] }), 400, "subdomains"),
    ] {
        let mut params = json!({ "domain": "picky.com" });
        params.as_object_mut().expect("one").extend(more.as_object().expect("one").clone());
        let answer = expect_failure(&world.mark.agent, "domains.attach", &params, status).await;
        assert!(answer.text.contains(says), "{params}: {}", answer.text);
        let is_told = answer.json()["details"]["fields"].is_object();
        assert_eq!(is_told, status == 422, "{params}: {}", answer.text);
    }
    assert_eq!(world.registrar.requests().len(), before);
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
}

/// The zone of a domain has a name that anybody can compute.
#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_refused_if_the_zone_is_somebody_elses() {
    let world = World::embedded().await;
    let ca = json!({ "ca": { "cprCategory": "CCT", "legalType": "CCT" } });
    expect_success(&world, "domains.register", order_with("example.ca", ca)).await;
    let url = format!("{}/dns/v1/projects/covibe-sandbox/managedZones", world.cloud.url);
    let zone = json!({ "name": "vibn-example-ca-915353e4", "dnsName": "example.ca.",
                       "description": "", "visibility": "public" });
    let client = covibe_testkit::http_client::client().build().expect("a client");
    let token = format!("Bearer {}", world.cloud.token.expose());
    let made = client.post(url).header("Authorization", token).json(&zone).send().await;
    assert_eq!(made.expect("an answer").status(), 200);
    let params = json!({ "domain": "example.ca", "ip": "8.8.8.8" });
    let before = delegation(&world, "example.ca");
    let answer = expect_failure(&world.mark.agent, "domains.attach", &params, 409).await;
    assert!(answer.text.contains("not for this workspace"), "{}", answer.text);
    assert_eq!(resolve_name(&world, "example.ca", "A").await, [""; 0]);
    assert_eq!(delegation(&world, "example.ca"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn attaching_to_an_app_without_ingress_addresses_is_refused() {
    let options = Options::default().with_settings(|it| it.ingress = Vec::new());
    let world = World::start(options).await.expect("SQLite is built in");
    registered(&world, "nowhere.com").await;
    let app = app(&world, "nowhere").await;
    let params = json!({ "domain": "nowhere.com", "appUuid": app["uuid"] });
    let answer = expect_failure(&world.mark.agent, "domains.attach", &params, 503).await;
    assert!(answer.text.contains("COVIBE_INGRESS_ADDRESSES"), "{}", answer.text);
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
}
