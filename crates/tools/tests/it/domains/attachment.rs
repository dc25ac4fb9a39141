//! `domains.attach`: from a registered domain to an app, an address or another name.

use covibe_sandbox::google;
use covibe_sandbox::opensrs::{Collection, Settings, TroubleKind};
use covibe_testkit::{World, dns_queries};
use serde_json::{Value, json};

use super::{events, expect_failure, expect_success, order, order_with, trouble};

/// The address at which the apps of a world are reached.
pub(super) const INGRESS: &str = "198.51.100.7";

/// Registers a domain.
pub(super) async fn registered(world: &World, domain: &str) {
    expect_success(world, "domains.register", order(domain)).await;
}

/// Creates an app.
pub(super) async fn app(world: &World, name: &str) -> Value {
    let params = json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false });
    expect_success(world, "apps.create", params).await
}

/// The state of each step, as `step:state`.
pub(super) fn states(answer: &Value) -> Vec<String> {
    let steps = answer["steps"].as_array().unwrap_or_else(|| panic!("steps: {answer}"));
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    steps.iter().map(|it| format!("{}:{}", word(&it["step"]), word(&it["state"]))).collect()
}

/// Returns the answers of DNS.
pub(super) async fn resolve_name(world: &World, name: &str, kind: &str) -> Vec<String> {
    dns_queries::ask(world.cloud.dns(), name, kind).await
}

/// Returns the lock and the name servers of a domain at the registrar: `locked ns1,ns2`.
pub(super) fn delegation(world: &World, domain: &str) -> String {
    let all = world.registrar.names(Collection::Delegations);
    let found = all.iter().find_map(|one| one.strip_prefix(&format!("{domain} ")));
    found.expect("a domain").to_owned()
}

/// The zone's name servers, as the registrar has to name them.
pub(super) fn served_by(answer: &Value) -> String {
    let names = answer["nameservers"].as_array().expect("a list");
    let names: Vec<_> = names.iter().map(|name| name.as_str().expect("a name")).collect();
    assert!(names.len() > 1 && names.iter().all(|name| !name.ends_with('.')), "{names:?}");
    names.join(",")
}

#[tokio::test(flavor = "multi_thread")]
async fn attaching_a_domain_to_an_app_sets_dns_name_servers_app_and_lock() {
    let world = World::embedded().await;
    registered(&world, "shop.com").await;
    let app = app(&world, "shop").await;
    let params = json!({ "domain": "shop.com", "appUuid": app["uuid"] });
    let answer = expect_success(&world, "domains.attach", params.clone()).await;
    let all = ["app:changed", "zone:changed", "records:changed", "nameservers:changed"];
    assert_eq!(states(&answer)[..4], all, "{answer}");
    assert_eq!(states(&answer)[4..], ["lock:changed"], "{answer}");
    assert_eq!(answer["hosts"], json!(["shop.com", "www.shop.com"]));
    assert_eq!(answer["needsDeploy"], true, "{answer}");
    assert!(answer["hint"].as_str().expect("a hint").contains("apps.deploy"), "{answer}");
    for host in ["shop.com", "www.shop.com"] {
        assert_eq!(resolve_name(&world, host, "A").await, [INGRESS], "{host}");
    }
    assert_eq!(delegation(&world, "shop.com"), format!("locked {}", served_by(&answer)));
    let listed = expect_success(&world, "apps.domains.list", json!({ "uuid": app["uuid"] })).await;
    let hosts: Vec<_> = listed["domains"].as_array().expect("a list").iter().collect();
    let hosts: Vec<_> = hosts.iter().map(|each| each["domain"].as_str().expect("a host")).collect();
    assert_eq!(hosts, ["shop.mark.vibnai.com", "shop.com", "www.shop.com"]);
    assert_eq!(answer["appDomains"], json!(hosts));
    let happened = events(&world, "shop.com").await;
    assert_eq!(
        happened[2..],
        [
            "attach.attempt",
            "attach.zone",
            "attach.records",
            "attach.nameservers",
            "attach.lock",
            "attach.success"
        ]
    );
    let shown = expect_success(&world, "domains.get", json!({ "domain": "shop.com" })).await;
    assert_eq!(shown["dnsProvider"], "cloud_dns", "{shown}");
    assert!(shown["zone"].is_string(), "{shown}");

    let again = expect_success(&world, "domains.attach", params).await;
    assert!(states(&again).iter().all(|state| state.ends_with(":unchanged")), "{again}");
    assert_eq!((&again["needsDeploy"], again.get("hint")), (&json!(false), None), "{again}");
    assert_eq!(world.cloud.names(google::Collection::Zones).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attaching_a_domain_to_a_compose_app_keeps_its_existing_hosts() {
    let world = World::embedded().await;
    registered(&world, "stack.com").await;
    let file = "services: {web: {image: 'a/web:1', expose: ['3000']}, db: {image: 'postgres:16'}}";
    let params = json!({ "composeRaw": file, "name": "stack", "instantDeploy": false });
    let stack = expect_success(&world, "apps.create", params).await;
    let params = json!({ "domain": "stack.com", "appUuid": "stack", "subdomains": ["@"] });
    let answer = expect_success(&world, "domains.attach", params).await;
    assert!(states(&answer).contains(&"app:changed".to_owned()), "{answer}");
    let listed =
        expect_success(&world, "apps.domains.list", json!({ "uuid": stack["uuid"] })).await;
    let attached = json!({ "domain": "stack.com", "service": "web", "url": "https://stack.com",
                           "port": 3000 });
    assert_eq!(listed["domains"].as_array().expect("a list").len(), 2, "{listed}");
    assert!(listed["domains"].as_array().expect("a list").contains(&attached), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attaching_to_another_target_replaces_the_dns_records() {
    let world = World::embedded().await;
    registered(&world, "moves.com").await;
    let attach = async |more: Value| {
        let mut params = json!({ "domain": "moves.com" });
        params.as_object_mut().expect("an object").extend(more.as_object().expect("one").clone());
        expect_success(&world, "domains.attach", params).await
    };
    let first = attach(json!({ "ip": "8.8.8.8" })).await;
    assert_eq!(states(&first)[0], "app:skipped", "{first}");
    assert_eq!(resolve_name(&world, "moves.com", "A").await, ["8.8.8.8"]);
    attach(json!({ "ip": "2606:4700::1111" })).await;
    assert_eq!(resolve_name(&world, "moves.com", "A").await, [""; 0]);
    assert_eq!(resolve_name(&world, "www.moves.com", "AAAA").await, ["2606:4700::1111"]);
    attach(json!({ "cname": "Shops.Example.Net.", "subdomains": ["WWW"] })).await;
    assert_eq!(resolve_name(&world, "www.moves.com", "CNAME").await, ["shops.example.net."]);
    assert_eq!(resolve_name(&world, "www.moves.com", "AAAA").await, [""; 0]);
    assert_eq!(resolve_name(&world, "moves.com", "AAAA").await, ["2606:4700::1111"]);
    let last = attach(json!({ "ip": "1.1.1.1", "subdomains": ["www", "a.b"] })).await;
    assert_eq!(states(&last)[2], "records:changed", "{last}");
    for host in ["www.moves.com", "a.b.moves.com"] {
        assert_eq!(resolve_name(&world, host, "A").await, ["1.1.1.1"], "{host}");
    }
}

/// The registrar's lock prevents a change of name servers.
#[tokio::test(flavor = "multi_thread")]
async fn the_registrar_lock_is_removed_to_change_name_servers_and_set_again() {
    let world = World::embedded().await;
    registered(&world, "locked.com").await;
    let mut params = json!({ "domain": "locked.com", "ip": "8.8.8.8", "updateRegistrarNs": false });
    let answer = expect_success(&world, "domains.attach", params.clone()).await;
    assert_eq!(states(&answer)[3..], ["nameservers:skipped", "lock:changed"]);
    assert!(delegation(&world, "locked.com").starts_with("locked "));
    params["updateRegistrarNs"] = json!(true);
    let answer = expect_success(&world, "domains.attach", params).await;
    assert_eq!(states(&answer)[3..], ["nameservers:changed", "lock:changed"]);
    assert_eq!(delegation(&world, "locked.com"), format!("locked {}", served_by(&answer)));
    let happened = events(&world, "locked.com").await;
    let ends = ["attach.unlock", "attach.nameservers", "attach.lock", "attach.success"];
    assert!(happened.ends_with(&ends.map(str::to_owned)), "{happened:?}");
}

/// The registry's lock is not the one that the registrar tells of.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_known_only_by_the_registrars_refusal_is_removed_too() {
    let world = World::embedded().await;
    registered(&world, "conflict.com").await;
    let refusal = TroubleKind::Code(405, "Object status prohibits operation");
    trouble(&world, "advanced_update_nameservers", refusal);
    let params = json!({ "domain": "conflict.com", "ip": "8.8.8.8" });
    let answer = expect_success(&world, "domains.attach", params).await;
    assert_eq!(states(&answer)[3], "nameservers:changed", "{answer}");
    assert_eq!(delegation(&world, "conflict.com"), format!("locked {}", served_by(&answer)));
    assert!(events(&world, "conflict.com").await.contains(&"attach.unlock".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_name_servers_are_reported_and_the_next_call_continues() {
    let world = World::embedded().await;
    registered(&world, "horizon.com").await;
    let known = vec!["systemdns.com".to_owned()];
    world.registrar.set(Settings { known_nameservers: known, ..Settings::default() });
    let before = delegation(&world, "horizon.com");
    let params = json!({ "domain": "horizon.com", "ip": "8.8.8.8" });
    let answer = expect_failure(&world.mark.agent, "domains.attach", &params, 503).await.json();
    let states = states(&answer["details"]);
    let expected = ["app:skipped", "zone:changed", "records:changed", "nameservers:failed"];
    assert_eq!(states, expected, "{answer}");
    assert_eq!(resolve_name(&world, "horizon.com", "A").await, ["8.8.8.8"]);
    assert_eq!(delegation(&world, "horizon.com"), before);
    assert_eq!(events(&world, "horizon.com").await.last().expect("events"), "attach.failed");
    world.registrar.set(Settings::default());
    let answer = expect_success(&world, "domains.attach", params).await;
    let expected = ["zone:unchanged", "records:unchanged", "nameservers:changed"];
    assert_eq!(super::attachment::states(&answer)[1..4], expected);
    assert!(delegation(&world, "horizon.com").starts_with("locked "));
}

/// A change that the registrar made without an answer is seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_server_change_with_a_lost_answer_is_found_and_reported() {
    let world = World::embedded().await;
    registered(&world, "unclear.com").await;
    trouble(&world, "advanced_update_nameservers", TroubleKind::CodeAfter(705));
    let params = json!({ "domain": "unclear.com", "ip": "8.8.8.8" });
    let answer = expect_success(&world, "domains.attach", params).await;
    assert_eq!(states(&answer)[3], "nameservers:changed", "{answer}");
}

/// A lock that can't be set is no reason to fail: the server sets it later.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_cannot_be_set_is_reported_and_set_by_a_later_call() {
    let world = World::embedded().await;
    registered(&world, "later.com").await;
    let held_locks = vec!["later.com".to_owned()];
    world.registrar.set(Settings { held_locks, ..Settings::default() });
    let params = json!({ "domain": "later.com", "ip": "8.8.8.8" });
    let answer = expect_success(&world, "domains.attach", params.clone()).await;
    assert_eq!(states(&answer)[4], "lock:later", "{answer}");
    world.registrar.set(Settings::default());
    let answer = expect_success(&world, "domains.attach", params).await;
    assert_eq!(states(&answer)[4], "lock:changed", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_under_a_tld_without_locks_skips_the_lock() {
    let world = World::embedded().await;
    let contact = json!({ "period": 1 });
    expect_success(&world, "domains.register", order_with("offen.de", contact)).await;
    let params = json!({ "domain": "offen.de", "ip": "8.8.8.8" });
    let answer = expect_success(&world, "domains.attach", params).await;
    assert_eq!(states(&answer)[4], "lock:skipped", "{answer}");
}
