//! Record sets: replaced exactly, listed whole, and served.

use std::net::Ipv4Addr;

use covibe_dns::{Cause, ChangeOutcome, Conflict, Provider, RecordChange, RecordKind, RecordSet};
use covibe_sandbox::google::Collection;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use crate::simulated_google_cloud::{World, name};

pub(crate) fn a(text: &str, last: u8) -> RecordChange {
    RecordChange::Set(RecordSet::a(name(text), 300, &[Ipv4Addr::new(192, 0, 2, last)]))
}

fn remove(text: &str) -> RecordChange {
    RecordChange::Remove(name(text), RecordKind::A)
}

#[tokio::test]
async fn record_sets_are_replaced_exactly_and_served() {
    let world = World::new().await;
    let zone = world.zone().await;
    let both = || vec![a("example.ca", 1), a("www.example.ca", 1)];
    assert_eq!(world.change(&zone, both()).await.unwrap(), ChangeOutcome::Changed);
    for name in ["example.ca", "www.example.ca"] {
        assert_eq!(world.ask(name, RecordType::A).await.unwrap(), ["192.0.2.1"]);
    }
    assert_eq!(world.change(&zone, both()).await.unwrap(), ChangeOutcome::Unchanged);
    assert_eq!(world.count("POST", "/changes"), 1);
    let moved = vec![a("www.example.ca", 2), remove("example.ca")];
    assert_eq!(world.change(&zone, moved).await.unwrap(), ChangeOutcome::Changed);
    assert_eq!(world.ask("www.example.ca", RecordType::A).await.unwrap(), ["192.0.2.2"]);
    assert_eq!(world.ask("example.ca", RecordType::A).await, Err(ResponseCode::NoError));
    assert_eq!(world.ask("none.example.ca", RecordType::A).await, Err(ResponseCode::NXDomain));
    assert_eq!(world.ask("other.ca", RecordType::A).await, Err(ResponseCode::Refused));
}

#[tokio::test]
async fn every_record_type_is_written_listed_and_served() {
    let world = World::new().await;
    let zone = world.zone().await;
    let long = "x".repeat(600);
    let sets = [
        RecordSet::aaaa(name("example.ca"), 60, &["2001:db8::1".parse().unwrap()]),
        RecordSet::cname(name("shop.example.ca"), 60, &name("www.example.ca")),
        RecordSet::mx(name("example.ca"), 60, &[(10, name("mail.example.ca"))]),
        RecordSet::txt(name("example.ca"), 60, &["v=spf1 \"-all\"", &long]),
        RecordSet::a(name("*.example.ca"), 60, &[Ipv4Addr::new(192, 0, 2, 9)]),
    ];
    let changes: Vec<_> = sets.iter().cloned().map(RecordChange::Set).collect();
    world.change(&zone, changes.clone()).await.unwrap();
    assert_eq!(world.ask("example.ca", RecordType::AAAA).await.unwrap(), ["2001:db8::1"]);
    let alias = world.ask("shop.example.ca", RecordType::CNAME).await.unwrap();
    assert_eq!(alias, ["www.example.ca."]);
    assert_eq!(world.ask("example.ca", RecordType::MX).await.unwrap(), ["10 mail.example.ca."]);
    assert_eq!(world.ask("shop.example.ca", RecordType::A).await.unwrap(), ["192.0.2.9"]);
    assert_eq!(world.ask("any.example.ca", RecordType::A).await.unwrap(), ["192.0.2.9"]);
    // Longer than a datagram, so TCP serves it.
    let texts = world.ask("example.ca", RecordType::TXT).await.unwrap();
    assert!(texts.iter().any(|text| text.matches('x').count() == 600), "{texts:?}");
    let listed = world.client.records(&zone).await.unwrap();
    assert_eq!(listed.len(), sets.len() + 2);
    assert!(sets.iter().all(|set| listed.iter().any(|one| one.is_same(set))));
    assert_eq!(world.change(&zone, changes).await.unwrap(), ChangeOutcome::Unchanged);
}

#[tokio::test]
async fn records_of_a_zone_are_listed_over_many_pages() {
    let world = World::new().await;
    let zone = world.zone().await;
    for hundred in 0..3 {
        let host = |number: usize| a(&format!("h{hundred}-{number}.example.ca"), 1);
        world.change(&zone, (0..100).map(host).collect()).await.unwrap();
    }
    assert_eq!(world.client.records(&zone).await.unwrap().len(), 302);
    assert_eq!(world.cloud.count(Collection::RecordSets), 302);
}

#[tokio::test]
async fn a_cname_alongside_other_records_is_refused_before_it_is_sent() {
    let world = World::new().await;
    let zone = world.zone().await;
    world.change(&zone, vec![a("www.example.ca", 1)]).await.unwrap();
    let alias =
        || RecordChange::Set(RecordSet::cname(name("www.example.ca"), 300, &name("other.test")));
    let error = world.change(&zone, vec![alias()]).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Exists));
    assert_eq!(world.count("POST", "/changes"), 1);
    world.change(&zone, vec![remove("www.example.ca"), alias()]).await.unwrap();
    assert_eq!(world.ask("www.example.ca", RecordType::CNAME).await.unwrap(), ["other.test."]);
}

#[tokio::test]
async fn a_zone_with_records_is_not_deleted() {
    let world = World::new().await;
    let zone = world.zone().await;
    world.change(&zone, vec![a("example.ca", 1)]).await.unwrap();
    let error = world.client.delete_zone(&zone.domain, &world.owner).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::NotEmpty));
    world.change(&zone, vec![remove("example.ca")]).await.unwrap();
    world.client.delete_zone(&zone.domain, &world.owner).await.unwrap();
}
