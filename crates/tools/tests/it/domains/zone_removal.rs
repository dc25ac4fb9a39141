//! The fate of the zone of a domain that a workspace loses.

use covibe_domain::{DomainName, Timestamp};
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Collection;
use covibe_sandbox::opensrs::{Release, TroubleKind};
use covibe_store::{Backend, Term};
use covibe_testkit::{Member, Options, Reconciled, World};
use serde_json::json;

use super::attachment::{registered, resolve_name};
use super::former_domains::detach;
use super::{events, expect_success, order, trouble};

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

fn name(text: &str) -> DomainName {
    DomainName::from_written(text).expect("a domain")
}

/// Attaches a domain of mark's to an address.
async fn attach(world: &World, domain: &str, ip: &str) {
    expect_success(world, "domains.attach", json!({ "domain": domain, "ip": ip })).await;
}

/// Writes down that the account lost the domain so many days ago.
pub(super) async fn lose(world: &World, of: &Member, domain: &str, days: i64) {
    let record = &of.record;
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    let seen = tx.domain(&record.id, domain).await.expect("a row").expect("the domain");
    let then = tx.now().await.expect("a time").as_millis() - days * DAY;
    let then = Timestamp::from_millis(then);
    assert!(tx.note_term(&seen, Term::Over, then).await.expect("a change"), "{domain}");
    tx.commit().await.expect("an end");
}

async fn round(world: &World) -> Reconciled {
    world.process().await.platform.reconcile_domains().await.expect("a round")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_is_removed_a_month_after_its_domain_was_lost() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        for domain in ["kept.com", "moved.com", "lost.com"] {
            registered(&world, domain).await;
            attach(&world, domain, "8.8.8.8").await;
        }
        lose(&world, &world.mark, "moved.com", 29).await;
        lose(&world, &world.mark, "lost.com", 31).await;
        world.registrar.set(Release { domain: "lost.com".to_owned() });
        assert_eq!(round(&world).await, Reconciled { settled: 1, open: 0, failed: 0 });
        let zones = world.cloud.names(Collection::Zones);
        assert_eq!(zones.len(), 2, "{zones:?}");
        assert!(zones.iter().all(|zone| !zone.contains("lost")), "{zones:?}");
        assert_eq!(resolve_name(&world, "moved.com", "A").await, ["8.8.8.8"]);
        assert_eq!(events(&world, "lost.com").await.last().expect("an event"), "zone.removed");
        assert_eq!(round(&world).await, Reconciled::default(), "nothing is left");

        let agent = &world.justine.agent;
        agent.compact("domains.register", &order("lost.com")).await.expect("it is free");
        detach(&world).await;
        let params = json!({ "domain": "lost.com", "ip": "1.1.1.1" });
        agent.compact("domains.attach", &params).await.expect("nobody else's zone");
        assert_eq!(resolve_name(&world, "lost.com", "A").await, ["1.1.1.1"]);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_cannot_be_removed_is_retried_later_or_removed_by_the_operator() {
    let world = World::embedded().await;
    registered(&world, "lost.com").await;
    attach(&world, "lost.com", "8.8.8.8").await;
    lose(&world, &world.mark, "lost.com", 31).await;
    world.cloud.arm(Fault::new(Name::Status).status(500).times(u32::MAX));
    assert_eq!(round(&world).await, Reconciled { settled: 0, open: 0, failed: 1 });
    world.cloud.disarm();
    assert_eq!(round(&world).await, Reconciled::default(), "hours later");
    assert_eq!(world.cloud.names(Collection::Zones).len(), 1);
    let record = &world.mark.record;
    let name = name("lost.com");
    let platform = &world.process().await.platform;
    assert!(platform.remove_zone(record, &name).await.expect("the operator does it now"));
    assert!(!platform.remove_zone(record, &name).await.expect("it is gone"));
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_zone_of_a_lost_domain_can_be_removed_after_an_order_that_failed() {
    let world = World::embedded().await;
    registered(&world, "lost.com").await;
    attach(&world, "lost.com", "8.8.8.8").await;
    lose(&world, &world.mark, "lost.com", 31).await;
    world.registrar.set(Release { domain: "lost.com".to_owned() });
    trouble(&world, "sw_register", TroubleKind::Code(485, "Domain taken"));
    let refused = world.mark.agent.compact_raw("domains.register", &order("lost.com")).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let shown = expect_success(&world, "domains.get", json!({ "domain": "lost.com" })).await;
    assert_eq!(shown["status"], "expired", "{shown}");
    let platform = &world.process().await.platform;
    let removed = platform.remove_zone(&world.mark.record, &name("lost.com")).await;
    assert!(removed.expect("nobody works on it"), "it is on record");
    assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_whose_zone_was_removed_can_be_attached_again() {
    let world = World::embedded().await;
    registered(&world, "again.com").await;
    attach(&world, "again.com", "8.8.8.8").await;
    let (platform, name) = (&world.process().await.platform, name("again.com"));
    let justines = platform.remove_zone(&world.justine.record, &name).await;
    assert_eq!(justines.expect_err("mark's").kind.status(), 404);
    assert!(platform.remove_zone(&world.mark.record, &name).await.expect("removed"));
    let shown = expect_success(&world, "domains.get", json!({ "domain": "again.com" })).await;
    assert_eq!((&shown["status"], &shown["zone"]), (&json!("registered"), &json!(null)), "{shown}");
    attach(&world, "again.com", "1.1.1.1").await;
    assert_eq!(resolve_name(&world, "www.again.com", "A").await, ["1.1.1.1"]);
}
