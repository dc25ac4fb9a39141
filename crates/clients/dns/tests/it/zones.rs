//! Zones: made once, marked, found again, and left alone where they are not ours.

use covibe_dns::{Cause, Conflict, DnsName, Owner, Provider};
use covibe_sandbox::google::Collection;
use hickory_proto::rr::RecordType;
use serde_json::{Value, json};

use crate::simulated_google_cloud::{World, name};

const EXAMPLE: &str = "vibn-example-ca-915353e4";

/// Makes a zone as another program would.
async fn plant(world: &World, zone: &Value) {
    let url = format!("{}/dns/v1/projects/covibe-sandbox/managedZones", world.cloud.url);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let request = http.post(url).bearer_auth(world.cloud.token.expose()).json(zone);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_zone_is_created_once_and_served() {
    let world = World::new().await;
    let zone = world.zone().await;
    assert_eq!(world.zone().await, zone);
    assert_eq!(world.cloud.names(Collection::Zones), [EXAMPLE]);
    assert_eq!(zone.nameservers.len(), 4);
    assert_eq!(zone.nameservers[0].as_str(), "ns-cloud-a1.googledomains.com");
    let served = world.ask("example.ca", RecordType::NS).await.unwrap();
    let named: Vec<_> = zone.nameservers.iter().map(DnsName::dotted).collect();
    assert_eq!(served, named);
    let found = world.client.zone(&zone.domain, &world.owner).await.unwrap();
    assert_eq!(found, Some(zone));
}

#[tokio::test]
async fn a_zone_of_an_internationalized_domain_is_created_and_served() {
    let world = World::new().await;
    let domain = DnsName::zone("bücher.ca").unwrap();
    world.client.ensure_zone(&domain, &world.owner).await.unwrap();
    assert!(world.ask("xn--bcher-kva.ca", RecordType::SOA).await.is_ok());
}

#[tokio::test]
async fn concurrent_creations_of_a_zone_make_one_zone() {
    let world = World::new().await;
    let (first, second) = tokio::join!(world.zone(), world.zone());
    assert_eq!(first, second);
    assert_eq!(world.cloud.count(Collection::Zones), 1);
}

#[tokio::test]
async fn deleting_an_empty_or_a_missing_zone_succeeds() {
    let world = World::new().await;
    let domain = name("example.ca");
    world.client.delete_zone(&domain, &world.owner).await.unwrap();
    world.zone().await;
    world.client.delete_zone(&domain, &world.owner).await.unwrap();
    assert_eq!(world.cloud.count(Collection::Zones), 0);
    assert_eq!(world.client.zone(&domain, &world.owner).await.unwrap(), None);
}

#[tokio::test]
async fn a_zone_of_another_owner_is_neither_found_nor_deleted() {
    let world = World::new().await;
    let domain = world.zone().await.domain;
    let rival = Owner::new("ws_2").unwrap();
    let taken = Cause::Conflict(Conflict::Domain);
    let ensured = world.client.ensure_zone(&domain, &rival).await.unwrap_err();
    let found = world.client.zone(&domain, &rival).await.unwrap_err();
    let deleted = world.client.delete_zone(&domain, &rival).await.unwrap_err();
    assert_eq!([ensured.cause, found.cause, deleted.cause], [taken.clone(), taken.clone(), taken]);
    assert_eq!(world.cloud.count(Collection::Zones), 1);
}

#[tokio::test]
async fn a_zone_without_our_mark_is_not_taken_over() {
    let world = World::new().await;
    let zone = json!({ "name": EXAMPLE, "dnsName": "example.ca.", "description": "" });
    plant(&world, &zone).await;
    let error = world.client.ensure_zone(&name("example.ca"), &world.owner).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Domain));
    // One of another name is beside ours, which other name servers serve.
    plant(&world, &json!({ "name": "byhand", "dnsName": "other.ca.", "description": "" })).await;
    let zone = world.client.ensure_zone(&name("other.ca"), &world.owner).await.unwrap();
    assert_eq!(zone.nameservers[0].as_str(), "ns-cloud-b1.googledomains.com");
    assert_eq!(world.cloud.count(Collection::Zones), 3);
}

#[tokio::test]
async fn a_zone_with_our_labels_is_found_under_another_resource_name() {
    let world = World::new().await;
    let labels = json!({ "managed-by": "co-vibe", "workspace": "ws_1" });
    let zone = json!({
        "name": "older", "dnsName": "example.ca.", "description": "", "labels": labels,
    });
    plant(&world, &zone).await;
    world.zone().await;
    assert_eq!(world.cloud.names(Collection::Zones), ["older"]);
}
