//! Domains that the operator's own DNS server serves, a real Knot, by dynamic updates.

use std::time::Duration;

use covibe_dns::{DnsName, UpdateConfig};
use covibe_domain::Secret;
use covibe_domain::entities::DnsProvider;
use covibe_sandbox::google::Collection;
use covibe_sandbox::opensrs::Settings;
use covibe_testkit::{Options, World, dns_queries};
use covibe_testkit_knot::{KEY, Knot, NAMESERVERS, SECRET};
use serde_json::json;

use super::attachment::{delegation, registered};
use super::{expect_failure, expect_success};

/// A world with that server beside Cloud DNS.
async fn world(knot: &Knot) -> World {
    let name = |text: &str| DnsName::parse(text).expect("a name");
    let updates = UpdateConfig {
        server: knot.address,
        key_name: name(KEY),
        key_secret: Secret::new(SECRET),
        nameservers: NAMESERVERS.map(name).to_vec(),
        timeout: Duration::from_mins(1),
    };
    let options = Options { dns_updates: Some(updates), ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    // The registries know the server's names, and those that new domains have.
    let known_nameservers = ["systemdns.com", "dns.test"].map(str::to_owned).to_vec();
    world.registrar.set(Settings { known_nameservers, ..Settings::default() });
    world
}

/// Chooses where mark's next domains are served.
async fn choose(world: &World, provider: Option<DnsProvider>) {
    let record = &world.mark.record;
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.set_dns_provider(&record.id, provider).await.expect("a workspace"));
    tx.commit().await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attached_domain_stays_at_its_dns_provider_when_the_workspaces_changes() {
    let Some(knot) = Knot::with(&[("resident.com", "")]) else { return };
    let world = world(&knot).await;
    for domain in ["resident.com", "elsewhere.com"] {
        registered(&world, domain).await;
    }
    choose(&world, Some(DnsProvider::Rfc2136)).await;
    let params = json!({ "domain": "resident.com", "ip": "8.8.8.8" });
    expect_success(&world, "domains.attach", params).await;
    let shown = expect_success(&world, "domains.get", json!({ "domain": "resident.com" })).await;
    assert_eq!(shown["dnsProvider"], "rfc2136", "{shown}");
    for host in ["resident.com", "www.resident.com"] {
        assert_eq!(dns_queries::ask(knot.address, host, "A").await, ["8.8.8.8"], "{host}");
    }
    let delegated = format!("locked {}", NAMESERVERS.join(","));
    assert_eq!(delegation(&world, "resident.com"), delegated);
    // The operator has to make a zone at such a server first.
    let params = json!({ "domain": "elsewhere.com", "ip": "8.8.8.8" });
    let answer = world.mark.agent.compact_raw("domains.attach", &params).await;
    assert!(answer.status >= 400 && answer.text.contains("operator"), "{}", answer.text);
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);

    choose(&world, None).await;
    let params = json!({ "domain": "resident.com", "ip": "1.1.1.1" });
    expect_success(&world, "domains.attach", params).await;
    assert_eq!(dns_queries::ask(knot.address, "www.resident.com", "A").await, ["1.1.1.1"]);
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfigured_dns_provider_is_reported_as_a_matter_for_the_operator() {
    let world = World::embedded().await;
    registered(&world, "lost.com").await;
    choose(&world, Some(DnsProvider::Rfc2136)).await;
    let params = json!({ "domain": "lost.com", "ip": "8.8.8.8" });
    let answer = expect_failure(&world.mark.agent, "domains.attach", &params, 503).await;
    assert!(answer.text.contains("operator"), "{}", answer.text);
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
}
