//! Zones: taken once while they are empty, and given back.

use covibe_dns::{Cause, Conflict, DnsName, Owner, Provider as _};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::knot::Knot;
use crate::records::a;
use crate::simulated_google_cloud::name;

const TAKEN: Cause = Cause::Conflict(Conflict::Domain);

fn rival() -> Owner {
    Owner::new("ws_2").unwrap()
}

#[tokio::test]
async fn an_empty_zone_is_claimed_once_and_marked_with_its_owner() {
    let Some(knot) = Knot::start() else { return };
    let (client, domain) = (knot.client(), name("example.ca"));
    assert_eq!(client.zone(&domain, &knot.owner).await.unwrap(), None);
    let zone = knot.zone().await;
    assert_eq!(knot.zone().await, zone);
    assert_eq!(zone.nameservers, [name("ns1.dns.test"), name("ns2.dns.test")]);
    let mark = knot.ask("_co-vibe.example.ca", RecordType::TXT).await.unwrap();
    assert_eq!(mark, ["owner=ws_1"]);
    assert_eq!(client.zone(&domain, &knot.owner).await.unwrap().as_ref(), Some(&zone));
    let kinds = client.records(&zone).await.unwrap();
    assert_eq!(kinds.iter().map(|set| set.kind().as_str()).collect::<Vec<_>>(), ["NS", "SOA"]);
}

#[tokio::test]
async fn a_zone_of_another_owner_is_neither_found_nor_released() {
    let Some(knot) = Knot::start() else { return };
    let (client, domain) = (knot.client(), knot.zone().await.domain);
    let ensured = client.ensure_zone(&domain, &rival()).await.unwrap_err();
    let found = client.zone(&domain, &rival()).await.unwrap_err();
    let deleted = client.delete_zone(&domain, &rival()).await.unwrap_err();
    assert_eq!([ensured.cause, found.cause, deleted.cause], [TAKEN, TAKEN, TAKEN]);
    assert!(client.zone(&domain, &knot.owner).await.unwrap().is_some());
}

#[tokio::test]
async fn only_one_of_two_concurrent_owners_claims_a_zone() {
    let Some(knot) = Knot::start() else { return };
    let (client, domain, rival) = (knot.client(), name("example.ca"), rival());
    let both =
        tokio::join!(client.ensure_zone(&domain, &knot.owner), client.ensure_zone(&domain, &rival));
    let lost = match both {
        (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
        other => panic!("{other:?}"),
    };
    assert_eq!(lost.cause, TAKEN);
}

#[tokio::test]
async fn a_zone_with_records_is_not_claimed() {
    let Some(knot) = Knot::with_zones(&[("example.ca", "www A 192.0.2.1\n")]) else { return };
    let domain = name("example.ca");
    let error = knot.client().ensure_zone(&domain, &knot.owner).await.unwrap_err();
    assert_eq!(error.cause, TAKEN);
    let mark = knot.ask("_co-vibe.example.ca", RecordType::TXT).await;
    assert_eq!(mark, Err(ResponseCode::NXDomain));
}

#[tokio::test]
async fn an_emptied_zone_is_released_and_can_be_claimed_by_another_owner() {
    let Some(knot) = Knot::start() else { return };
    let (client, zone) = (knot.client(), knot.zone().await);
    knot.change(&zone, vec![a("www.example.ca", 1)]).await.unwrap();
    let error = client.delete_zone(&zone.domain, &knot.owner).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::NotEmpty));
    let remove =
        covibe_dns::RecordChange::Remove(name("www.example.ca"), covibe_dns::RecordKind::A);
    knot.change(&zone, vec![remove]).await.unwrap();
    for _ in 0..2 {
        client.delete_zone(&zone.domain, &knot.owner).await.unwrap();
    }
    assert_eq!(client.zone(&zone.domain, &knot.owner).await.unwrap(), None);
    let next = client.ensure_zone(&zone.domain, &rival()).await.unwrap();
    assert_ne!(next.id, zone.id);
    // The former owner can no longer change it.
    let error = knot.change(&zone, vec![a("www.example.ca", 1)]).await.unwrap_err();
    assert_eq!(error.cause, Cause::NotFound);
    assert!(client.records(&zone).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_dnssec_signed_zone_is_claimed_and_changed_like_any_other() {
    let Some(knot) = Knot::with_zones(&[("signed.ca", "")]) else { return };
    let (client, domain) = (knot.client(), DnsName::zone("signed.ca").unwrap());
    let zone = client.ensure_zone(&domain, &knot.owner).await.unwrap();
    assert!(knot.ask("signed.ca", RecordType::DNSKEY).await.is_ok());
    knot.change(&zone, vec![a("www.signed.ca", 1)]).await.unwrap();
    knot.change(&zone, vec![a("www.signed.ca", 2), a("signed.ca", 2)]).await.unwrap();
    assert_eq!(knot.ask("www.signed.ca", RecordType::A).await.unwrap(), ["192.0.2.2"]);
    assert_eq!(client.records(&zone).await.unwrap().len(), 4);
}
