//! Changes of somebody else at the same time, and updates that are lost or arrive twice.

use std::sync::Arc;

use covibe_dns::{
    Cause, ChangeOutcome, Conflict, Effect, Error, Provider as _, RecordChange, RecordKind,
    RecordSet,
};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::knot::{Knot, change, config};
use super::relay::{Act, Hold, Relay};
use crate::records::a;
use crate::simulated_google_cloud::name;

const WWW: &str = "www.example.ca";

fn aaaa(last: u16) -> RecordChange {
    let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last);
    RecordChange::Set(RecordSet::aaaa(name(WWW), 300, &[address]))
}

fn alias() -> RecordChange {
    RecordChange::Set(RecordSet::cname(name(WWW), 300, &name("other.test")))
}

fn remove(kind: RecordKind) -> RecordChange {
    RecordChange::Remove(name(WWW), kind)
}

/// Makes a rival's changes after this client's look and before its change. Returns the outcome of
/// this client's change, and the number of updates that it sent.
async fn race(
    knot: &Knot,
    before: Vec<RecordChange>,
    rival: Vec<RecordChange>,
    own: Vec<RecordChange>,
) -> (Result<ChangeOutcome, Error>, usize) {
    let zone = knot.zone().await;
    if !before.is_empty() {
        knot.change(&zone, before).await.unwrap();
    }
    let hold = Hold::new();
    let relay = Relay::start(knot.address, [Act::Hold(Arc::clone(&hold))]).await;
    let client = covibe_dns::UpdateServer::new(config(relay.address)).unwrap();
    let first = async {
        hold.arrived.acquire().await.unwrap().forget();
        knot.change(&zone, rival).await.unwrap();
        hold.released.add_permits(1);
    };
    let (late, ()) = tokio::join!(change(&client, &zone, own), first);
    (late, relay.updates())
}

#[tokio::test]
async fn an_update_is_repeated_after_a_record_set_was_added_concurrently() {
    let Some(knot) = Knot::start() else { return };
    let (late, updates) = race(&knot, vec![], vec![a(WWW, 1)], vec![a(WWW, 2)]).await;
    assert_eq!((late.unwrap(), updates), (ChangeOutcome::Changed, 2));
    assert_eq!(knot.ask(WWW, RecordType::A).await.unwrap(), ["192.0.2.2"]);
}

#[tokio::test]
async fn an_update_is_repeated_after_a_record_set_was_changed_concurrently() {
    let Some(knot) = Knot::start() else { return };
    let (late, updates) = race(&knot, vec![a(WWW, 9)], vec![a(WWW, 1)], vec![a(WWW, 2)]).await;
    assert_eq!((late.unwrap(), updates), (ChangeOutcome::Changed, 2));
    assert_eq!(knot.ask(WWW, RecordType::A).await.unwrap(), ["192.0.2.2"]);
}

#[tokio::test]
async fn an_update_is_repeated_after_a_record_set_was_removed_concurrently() {
    let Some(knot) = Knot::start() else { return };
    let gone = vec![remove(RecordKind::A)];
    let (late, updates) = race(&knot, vec![a(WWW, 9)], gone, vec![a(WWW, 2)]).await;
    assert_eq!((late.unwrap(), updates), (ChangeOutcome::Changed, 2));
    assert_eq!(knot.ask(WWW, RecordType::A).await.unwrap(), ["192.0.2.2"]);
}

#[tokio::test]
async fn concurrent_changes_of_different_record_sets_both_succeed() {
    let Some(knot) = Knot::start() else { return };
    let (late, updates) = race(&knot, vec![], vec![a("example.ca", 1)], vec![a(WWW, 2)]).await;
    assert_eq!((late.unwrap(), updates), (ChangeOutcome::Changed, 1));
    assert_eq!(knot.ask("example.ca", RecordType::A).await.unwrap(), ["192.0.2.1"]);
}

#[tokio::test]
async fn a_cname_that_conflicts_with_a_concurrent_record_set_is_reported() {
    let Some(knot) = Knot::start() else { return };
    let own = vec![remove(RecordKind::A), alias()];
    let (late, _) = race(&knot, vec![a(WWW, 1)], vec![aaaa(1)], own).await;
    assert_eq!(late.unwrap_err().cause, Cause::Conflict(Conflict::Exists));
    assert_eq!(knot.ask(WWW, RecordType::A).await.unwrap(), ["192.0.2.1"]);
    assert_eq!(knot.ask(WWW, RecordType::AAAA).await.unwrap(), ["2001:db8::1"]);
}

#[tokio::test]
async fn a_record_set_that_conflicts_with_a_concurrent_cname_is_reported() {
    let Some(knot) = Knot::start() else { return };
    let rival = vec![remove(RecordKind::Aaaa), alias()];
    let (late, _) = race(&knot, vec![aaaa(1)], rival, vec![a(WWW, 1)]).await;
    assert_eq!(late.unwrap_err().cause, Cause::Conflict(Conflict::Exists));
    assert_eq!(knot.ask(WWW, RecordType::CNAME).await.unwrap(), ["other.test."]);
}

#[tokio::test]
async fn a_change_of_a_concurrently_released_zone_fails_as_not_found() {
    let Some(knot) = Knot::start() else { return };
    let zone = knot.zone().await;
    let hold = Hold::new();
    let relay = Relay::start(knot.address, [Act::Hold(Arc::clone(&hold))]).await;
    let client = covibe_dns::UpdateServer::new(config(relay.address)).unwrap();
    let give_back = async {
        hold.arrived.acquire().await.unwrap().forget();
        knot.client().delete_zone(&zone.domain, &knot.owner).await.unwrap();
        hold.released.add_permits(1);
    };
    let (late, ()) = tokio::join!(change(&client, &zone, vec![a(WWW, 1)]), give_back);
    assert_eq!(late.unwrap_err().cause, Cause::NotFound);
    assert_eq!(knot.ask(WWW, RecordType::A).await, Err(ResponseCode::NXDomain));
}

#[tokio::test]
async fn a_change_succeeds_after_a_lost_or_forged_update_or_answer() {
    let Some(knot) = Knot::start() else { return };
    let acts = [
        (Act::LoseUpdate, 2),
        (Act::LoseAnswer, 1),
        (Act::Tamper, 1),
        (Act::Forge(ResponseCode::Refused), 2),
        (Act::Forge(ResponseCode::NoError), 2),
        (Act::Forge(ResponseCode::NXRRSet), 2),
    ];
    let zone = knot.zone().await;
    for (last, (act, updates)) in (1..).zip(acts) {
        let relay = Relay::start(knot.address, [act]).await;
        let client = covibe_dns::UpdateServer::new(config(relay.address)).unwrap();
        let outcome = change(&client, &zone, vec![a(WWW, last)]).await.unwrap();
        assert_eq!((outcome, relay.updates()), (ChangeOutcome::Changed, updates), "{last}");
        let served = knot.ask(WWW, RecordType::A).await.unwrap();
        assert_eq!(served, [format!("192.0.2.{last}")]);
    }
}

#[tokio::test]
async fn a_zone_is_claimed_with_one_update_although_the_answer_is_lost() {
    let Some(knot) = Knot::start() else { return };
    let relay = Relay::start(knot.address, [Act::LoseAnswer]).await;
    let client = covibe_dns::UpdateServer::new(config(relay.address)).unwrap();
    client.ensure_zone(&name("example.ca"), &knot.owner).await.unwrap();
    assert_eq!(relay.updates(), 1);
}

#[tokio::test]
async fn repeatedly_lost_updates_are_reported_as_possibly_applied() {
    let Some(knot) = Knot::start() else { return };
    let zone = knot.zone().await;
    let relay = Relay::start(knot.address, [0; 3].map(|_| Act::LoseUpdate)).await;
    let client = covibe_dns::UpdateServer::new(config(relay.address)).unwrap();
    let error = change(&client, &zone, vec![a(WWW, 1)]).await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Dropped, Effect::Possible));
    knot.client().delete_zone(&zone.domain, &knot.owner).await.unwrap();
    let relay = Relay::start(knot.address, [0; 3].map(|_| Act::LoseUpdate)).await;
    let client = covibe_dns::UpdateServer::new(config(relay.address)).unwrap();
    let error = client.ensure_zone(&name("example.ca"), &knot.owner).await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Dropped, Effect::Possible));
}

#[tokio::test]
async fn a_replayed_update_is_refused_and_changes_nothing() {
    let Some(knot) = Knot::start() else { return };
    let zone = knot.zone().await;
    let relay = Relay::start(knot.address, []).await;
    let client = covibe_dns::UpdateServer::new(config(relay.address)).unwrap();
    change(&client, &zone, vec![a(WWW, 1)]).await.unwrap();
    change(&client, &zone, vec![a(WWW, 2)]).await.unwrap();
    assert_eq!(relay.replay().await, ResponseCode::YXDomain);
    assert_eq!(knot.ask(WWW, RecordType::A).await.unwrap(), ["192.0.2.2"]);
}
