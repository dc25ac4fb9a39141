//! Record sets: replaced exactly, listed whole, and served.

use std::net::Ipv4Addr;

use covibe_dns::{
    Cause, ChangeOutcome, Conflict, Effect, Provider as _, RecordChange, RecordKind, RecordSet,
};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::knot::Knot;
use crate::records::a;
use crate::simulated_google_cloud::name;

const OWN: &str = "_co-vibe TXT \"owner=ws_1\"\n";

fn remove(text: &str, kind: &str) -> RecordChange {
    RecordChange::Remove(name(text), RecordKind::parse(kind).unwrap())
}

fn alias(text: &str) -> RecordChange {
    RecordChange::Set(RecordSet::cname(name(text), 300, &name("other.test")))
}

#[tokio::test]
async fn record_sets_are_replaced_exactly_and_served() {
    let Some(knot) = Knot::start() else { return };
    let zone = knot.zone().await;
    let both = || vec![a("example.ca", 1), a("www.example.ca", 1)];
    assert_eq!(knot.change(&zone, both()).await.unwrap(), ChangeOutcome::Changed);
    for name in ["example.ca", "www.example.ca"] {
        assert_eq!(knot.ask(name, RecordType::A).await.unwrap(), ["192.0.2.1"]);
    }
    let serial = knot.ask("example.ca", RecordType::SOA).await;
    assert_eq!(knot.change(&zone, both()).await.unwrap(), ChangeOutcome::Unchanged);
    assert_eq!(knot.ask("example.ca", RecordType::SOA).await, serial);
    let moved = vec![a("www.example.ca", 2), remove("example.ca", "A")];
    assert_eq!(knot.change(&zone, moved).await.unwrap(), ChangeOutcome::Changed);
    assert_eq!(knot.ask("www.example.ca", RecordType::A).await.unwrap(), ["192.0.2.2"]);
    assert_eq!(knot.ask("example.ca", RecordType::A).await, Err(ResponseCode::NoError));
    let slower = RecordSet::a(name("www.example.ca"), 60, &[Ipv4Addr::new(192, 0, 2, 2)]);
    knot.change(&zone, vec![RecordChange::Set(slower.clone())]).await.unwrap();
    assert!(knot.client().records(&zone).await.unwrap().contains(&slower));
}

#[tokio::test]
async fn every_record_type_is_written_listed_and_served() {
    let Some(knot) = Knot::start() else { return };
    let zone = knot.zone().await;
    let long = "x".repeat(600);
    let sets = [
        RecordSet::aaaa(name("example.ca"), 60, &["2001:db8::1".parse().unwrap()]),
        RecordSet::cname(name("shop.example.ca"), 60, &name("bücher.example.ca")),
        RecordSet::mx(name("example.ca"), 60, &[(10, name("bücher.ca")), (20, name("b.test"))]),
        RecordSet::txt(name("example.ca"), 60, &["v=spf1 \"-all\" \\ é;", &long, ""]),
        RecordSet::txt(name("_acme-challenge.example.ca"), 60, &["A", "a"]),
        RecordSet::a(name("*.example.ca"), 60, &[Ipv4Addr::new(192, 0, 2, 9)]),
    ];
    let changes: Vec<_> = sets.iter().cloned().map(RecordChange::Set).collect();
    knot.change(&zone, changes.clone()).await.unwrap();
    assert_eq!(knot.ask("example.ca", RecordType::AAAA).await.unwrap(), ["2001:db8::1"]);
    assert_eq!(knot.ask("shop.example.ca", RecordType::A).await.unwrap(), ["192.0.2.9"]);
    let texts = knot.ask("example.ca", RecordType::TXT).await.unwrap();
    assert!(texts.iter().any(|text| text.matches('x').count() == 600), "{texts:?}");
    let listed = knot.client().records(&zone).await.unwrap();
    assert_eq!(listed.len(), sets.len() + 2);
    for set in &sets {
        assert!(listed.iter().any(|one| one.is_same(set)), "{set:?} {listed:?}");
    }
    assert_eq!(knot.change(&zone, changes).await.unwrap(), ChangeOutcome::Unchanged);
}

#[tokio::test]
async fn record_types_that_the_client_cannot_write_are_listed_and_removed() {
    let records = "mail SRV 1 2 3 mail\nmail CAA 0 issue \"ca.test\"\nmail TYPE65280 \\# 2 abcd\n\
                   MAIL LOC 43 N 79 W 100m\nSub NS ns.sub\nns.sub A 192.0.2.5\n";
    let Some(knot) = Knot::with_zones(&[("example.ca", &format!("{OWN}{records}"))]) else {
        return;
    };
    let zone = knot.zone().await;
    let listed = knot.client().records(&zone).await.unwrap();
    let kinds = listed.iter().filter(|set| *set.name() == name("mail.example.ca"));
    let mut kinds: Vec<_> = kinds.map(|set| set.kind().to_string()).collect();
    kinds.sort();
    assert_eq!(kinds, ["CAA", "SRV", "TYPE29", "TYPE65280"]);
    let unknown = listed.iter().find(|set| set.kind().as_str() == "TYPE65280").unwrap();
    assert_eq!(unknown.data(), ["\\# 2 abcd"]);
    let mut changes: Vec<_> = kinds.iter().map(|kind| remove("mail.example.ca", kind)).collect();
    changes.push(remove("sub.example.ca", "NS"));
    knot.change(&zone, changes).await.unwrap();
    let left = knot.client().records(&zone).await.unwrap();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[tokio::test]
async fn a_cname_and_other_records_replace_each_other_within_one_change() {
    let Some(knot) = Knot::start() else { return };
    let (zone, www) = (knot.zone().await, "www.example.ca");
    knot.change(&zone, vec![a(www, 1)]).await.unwrap();
    let error = knot.change(&zone, vec![alias(www)]).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Exists));
    knot.change(&zone, vec![alias(www), remove(www, "A")]).await.unwrap();
    assert_eq!(knot.ask(www, RecordType::CNAME).await.unwrap(), ["other.test."]);
    knot.change(&zone, vec![a(www, 2), remove(www, "CNAME")]).await.unwrap();
    assert_eq!(knot.ask(www, RecordType::A).await.unwrap(), ["192.0.2.2"]);
    knot.change(&zone, vec![remove(www, "A"), alias(www)]).await.unwrap();
    assert_eq!(knot.ask(www, RecordType::CNAME).await.unwrap(), ["other.test."]);
}

#[tokio::test]
async fn a_zone_transfer_of_many_messages_is_read_completely() {
    let host = |number: usize| format!("h{number} 60 TXT \"{}\"\n", "x".repeat(200));
    let records: String = (0..2000).map(host).collect();
    let Some(knot) = Knot::with_zones(&[("example.ca", &format!("{OWN}{records}"))]) else {
        return;
    };
    let zone = knot.zone().await;
    assert_eq!(knot.client().records(&zone).await.unwrap().len(), 2002);
    knot.change(&zone, vec![a("h1999.example.ca", 1)]).await.unwrap();
    assert_eq!(knot.ask("h1999.example.ca", RecordType::A).await.unwrap(), ["192.0.2.1"]);
}

#[tokio::test]
async fn a_change_too_large_for_one_update_is_refused_and_not_sent() {
    let text = |number: usize| format!("h{} 60 TXT \"{number:0>250}\"\n", number % 4);
    let records: String = (0..400).map(text).collect();
    let Some(knot) = Knot::with_zones(&[("example.ca", &format!("{OWN}{records}"))]) else {
        return;
    };
    let zone = knot.zone().await;
    let all = (0..4).map(|number| remove(&format!("h{number}.example.ca"), "TXT")).collect();
    let error = knot.change(&zone, all).await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::TooLarge, Effect::None));
    assert_eq!(knot.client().records(&zone).await.unwrap().len(), 6);
    knot.change(&zone, vec![remove("h0.example.ca", "TXT")]).await.unwrap();
    assert_eq!(knot.client().records(&zone).await.unwrap().len(), 5);
}
