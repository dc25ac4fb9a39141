//! Orders whose outcome the registrar does not tell, or that it holds.

use std::time::Duration;

use covibe_domain::TenantId;
use covibe_sandbox::opensrs::{Approval, Trouble, TroubleKind};
use covibe_store::{Store, Tx};
use covibe_testkit::{Member, Options, World};
use serde_json::json;
use tokio::time::timeout;

use super::attachment::registered;
use super::zone_removal::lose;
use super::{
    debits, events, expect_failure, expect_success, order, order_with, orders_sent, paid, trouble,
};

/// A world in which an order is there at once or never.
async fn world() -> World {
    let options = Options::default().with_settings(|it| it.settle_orders = Duration::ZERO);
    World::start(options).await.expect("SQLite is built in")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_a_lost_answer_is_found_and_paid_once() {
    for kind in [
        TroubleKind::CodeAfter(400),
        TroubleKind::CodeAfter(436),
        TroubleKind::CodeAfter(705),
        TroubleKind::Contradiction,
    ] {
        let world = world().await;
        trouble(&world, "sw_register", kind.clone());
        let bought = expect_success(&world, "domains.register", order("lost.com")).await;
        assert_eq!(bought["status"], "registered", "{kind:?} {bought}");
        assert_eq!((orders_sent(&world), paid(&world).len()), (1, 1), "{kind:?}");
        assert_eq!(debits(&world).await, ["lost.com/1450"], "{kind:?}");
        let happened = events(&world, "lost.com").await;
        assert_eq!(
            happened,
            ["register.attempt", "register.unknown", "register.success"],
            "{kind:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_did_not_take_effect_can_be_placed_again() {
    let world = world().await;
    trouble(&world, "sw_register", TroubleKind::Code(705, "timed out"));
    let first = world.mark.agent.compact_raw("domains.register", &order("slow.com")).await;
    assert_eq!(first.status, 503, "{}", first.text);
    assert_eq!(debits(&world).await, [""; 0]);
    let bought = expect_success(&world, "domains.register", order("slow.com")).await;
    assert_eq!((&bought["status"], orders_sent(&world)), (&json!("registered"), 2));
    assert_eq!((paid(&world).len(), debits(&world).await.len()), (1, 1));
}

/// An order may appear minutes later: until then, none is sent.
#[tokio::test(flavor = "multi_thread")]
async fn no_further_order_is_sent_while_an_earlier_one_may_still_appear() {
    let world = World::embedded().await;
    trouble(&world, "sw_register", TroubleKind::Code(705, "timed out"));
    for _ in 0..3 {
        let answer =
            expect_failure(&world.mark.agent, "domains.register", &order("late.com"), 503).await;
        assert_eq!(answer.json()["details"]["mayHaveHappened"], json!(true), "{}", answer.text);
        assert!(answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
    }
    assert_eq!(orders_sent(&world), 1);
    expect_failure(&world.justine.agent, "domains.register", &order("late.com"), 409).await;
    assert_eq!(orders_sent(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_order_is_reported_as_failed_and_released_by_the_next_call() {
    let world = World::embedded().await;
    trouble(&world, "sw_register", TroubleKind::Held);
    let held =
        expect_failure(&world.mark.agent, "domains.register", &order("broke.com"), 503).await;
    assert!(
        held.text.contains("not registered") && held.text.contains("operator"),
        "{}",
        held.text
    );
    assert_eq!(debits(&world).await, [""; 0]);
    let seen = expect_success(&world, "domains.get", json!({ "domain": "broke.com" })).await;
    assert_eq!(seen["status"], "held", "{seen}");
    let bought = expect_success(&world, "domains.register", order("broke.com")).await;
    assert_eq!((&bought["status"], orders_sent(&world)), (&json!("registered"), 1), "{bought}");
    assert_eq!((paid(&world).len(), debits(&world).await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_beyond_the_registrars_balance_fails_without_disclosing_it() {
    let mut options = Options::default();
    options.registrar.balance = 100;
    let world = World::start(options).await.expect("SQLite is built in");
    let answer = world.mark.agent.compact_raw("domains.register", &order("dear.com")).await;
    assert!(answer.status >= 500, "{} {}", answer.status, answer.text);
    assert!(!answer.text.contains("100") && !answer.text.contains("balance of"), "{}", answer.text);
    assert_eq!((paid(&world).len(), debits(&world).await.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_pending_order_is_settled_by_the_next_call() {
    let world = World::embedded().await;
    trouble(&world, "sw_register", TroubleKind::OwnerApproval);
    let ca = json!({ "ca": { "cprCategory": "CCT", "legalType": "CCT" } });
    let waits = expect_success(&world, "domains.register", order_with("owner.ca", ca)).await;
    assert_eq!(waits["status"], "pending", "{waits}");
    assert_eq!(debits(&world).await, [""; 0]);
    world.registrar.set(Approval { domain: "owner.ca".to_owned() });
    // An order that waits is not asked about all the time.
    let asked = world.process().await.platform.reconcile_domains().await.expect("an answer");
    assert_eq!(asked.settled + asked.open + asked.failed, 0, "{asked:?}");
    let again = expect_success(&world, "domains.register", waits_again()).await;
    assert_eq!(again["status"], "registered", "{again}");
    assert_eq!(debits(&world).await, ["owner.ca/1300"]);
}

fn waits_again() -> serde_json::Value {
    order_with("owner.ca", json!({ "ca": { "cprCategory": "CCT", "legalType": "CCT" } }))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_an_unknown_outcome_is_settled_by_the_reconciliation() {
    let world = world().await;
    lose_order(&world, &world.mark, "later.com").await;
    assert_eq!((paid(&world).len(), debits(&world).await.len()), (1, 0));
    for _ in 0..12 {
        world.process().await.platform.reconcile_domains().await.expect("an answer");
    }
    let seen = expect_success(&world, "domains.get", json!({ "domain": "later.com" })).await;
    assert_eq!(seen["status"], "registered", "{seen}");
    assert_eq!(debits(&world).await, ["later.com/1450"]);
    let asked = world.process().await.platform.reconcile_domains().await.expect("an answer");
    assert_eq!((asked.settled, asked.open, asked.failed), (0, 0, 0), "nothing is left");
}

/// Has a workspace order a domain, and lets neither the order's answer nor the looks of the call arrive.
async fn lose_order(world: &World, member: &Member, domain: &str) {
    trouble(world, "sw_register", TroubleKind::CodeAfter(400));
    for action in ["get_orders_by_domain", "get_order_info"] {
        let kind = TroubleKind::Code(300, "throttled");
        world.registrar.set(Trouble { action, kind, times: 3 });
    }
    let answer = member.agent.compact_raw("domains.register", &order(domain)).await;
    assert!(answer.status >= 429, "{} {}", answer.status, answer.text);
}

/// Takes a share of the database's connections: half of those that read.
async fn take_share(store: &Store, tenant: &TenantId) -> Vec<Tx> {
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(store.tenant_read(tenant).await.expect("a transaction"));
    }
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_takes_its_share_of_the_database_stops_no_reconciliation() {
    let world = world().await;
    lose_order(&world, &world.mark, "one.com").await;
    lose_order(&world, &world.justine, "two.com").await;
    let process = world.process_on(world.store.clone());
    let taken = take_share(&world.store, &world.mark.record.tenant).await;
    for _ in 0..12 {
        process.platform.reconcile_domains().await.expect("a round");
    }
    drop(taken);
    assert_eq!(debits(&world).await, ["one.com/1450", "two.com/1450"]);
}

/// The reads of the first tenant fail after five seconds, those of the second one succeed.
#[tokio::test(flavor = "multi_thread")]
async fn a_reconciliation_passes_over_a_tenant_whose_domains_cannot_be_read() {
    let world = world().await;
    lose_order(&world, &world.mark, "one.com").await;
    lose_order(&world, &world.justine, "two.com").await;
    let process = world.process_on(world.store.clone());
    let taken = take_share(&world.store.in_background(), &world.mark.record.tenant).await;
    world.registrar.clear_requests();
    let (asked, ()) = tokio::join!(process.platform.reconcile_domains(), async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        drop(taken);
    });
    assert!(asked.expect("a round").failed >= 1);
    assert!(!world.registrar.requests().is_empty(), "the registrar is asked about the other one");
}

/// Neither is answered before both have arrived. The time is shorter than that of the work on one domain.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_removal_of_a_zone_delays_no_order_of_another_tenant() {
    let options = Options { attempt: Duration::from_mins(5), ..Options::default() };
    let options = options.with_settings(|it| it.settle_orders = Duration::ZERO);
    let world = World::start(options).await.expect("SQLite is built in");
    registered(&world, "lost.com").await;
    let attach = json!({ "domain": "lost.com", "ip": "8.8.8.8" });
    expect_success(&world, "domains.attach", attach).await;
    lose(&world, &world.mark, "lost.com", 31).await;
    lose_order(&world, &world.justine, "late.com").await;
    let zone = world.cloud.hold("DELETE", "/projects/*/managedZones/*");
    let order = world.registrar.hold("POST", "/get_orders_by_domain");
    let process = world.process().await;
    let (round, are_asked) = tokio::join!(process.platform.reconcile_domains(), async {
        let asked = async { tokio::join!(zone.arrived(), order.arrived()) };
        let are_asked = timeout(Duration::from_secs(30), asked).await.is_ok();
        drop((zone, order));
        are_asked
    });
    round.expect("a round");
    assert!(are_asked, "both are asked at the same time");
}
