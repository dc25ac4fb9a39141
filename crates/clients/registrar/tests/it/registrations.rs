//! The outcomes of a registration: done, waiting, held, lost to a rival, or not known.

use std::time::Duration;

use covibe_registrar::{Availability, Ca, Effect, Money, OrderOutcome, OrderStatus, Reason};
use covibe_sandbox::opensrs::{Approval, Collection, Options, Rival, Settings, TroubleKind};

use crate::simulated_opensrs::{EPOCH, World, registration};

#[tokio::test]
async fn a_registration_sends_every_option_instead_of_using_account_defaults() {
    let world = World::new().await;
    world.client.register(&registration("mine.com")).await.unwrap();
    let requests = world.simulator.requests();
    let sent: Vec<_> =
        requests[0].query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        sent,
        [
            "auto_renew=0",
            "custom_nameservers=0",
            "custom_tech_contact=1",
            "domain=mine.com",
            "f_lock_domain=0",
            "f_whois_privacy=0",
            "handle=process",
            "link_domains=0",
            "period=1",
            "reg_type=new",
            "reg_username=w1a2b3c4",
        ]
    );
    assert_eq!(world.simulator.names(Collection::Payments), ["mine.com/1450"]);
}

#[tokio::test]
async fn an_order_without_sufficient_balance_is_held_costs_nothing_and_is_cancelled() {
    let world = World::with_options(Options { balance: 1_449, ..Options::default() }).await;
    let client = &world.client;
    let held = client.register(&registration("mine.com")).await.unwrap();
    assert_eq!(held.standing, OrderOutcome::Held);
    assert_eq!(client.order(&held.order).await.unwrap().unwrap().status, OrderStatus::Pending);
    assert_eq!(client.lookup("mine.com", true).await.unwrap().state, Availability::Free);
    assert_eq!(client.process(&held.order).await, Ok(OrderOutcome::Held));
    client.cancel(&held.order).await.unwrap();
    assert_eq!(client.order(&held.order).await.unwrap().unwrap().status, OrderStatus::Cancelled);
    let error = client.process(&held.order).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Invalid));
    assert_eq!(client.balance().await.unwrap().total, Money::usd(1_449));
    assert_eq!(world.simulator.count(Collection::Payments), 0);
}

#[tokio::test]
async fn a_held_order_is_processed_later_or_cancelled() {
    let world = World::new().await;
    let client = &world.client;
    world.trouble("sw_register", TroubleKind::Held);
    let held = client.register(&registration("mine.com")).await.unwrap();
    assert_eq!(held.standing, OrderOutcome::Held);
    assert_eq!(client.process(&held.order).await, Ok(OrderOutcome::Active));
    assert_eq!(world.simulator.names(Collection::Domains), ["mine.com"]);
    world.trouble("sw_register", TroubleKind::Held);
    let other = client.register(&registration("other.com")).await.unwrap();
    client.cancel_held_before(4_000_000_000).await.unwrap();
    let order = client.order(&other.order).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert_eq!(world.simulator.names(Collection::Payments), ["mine.com/1450"]);
}

#[tokio::test]
async fn an_order_waiting_at_the_registry_becomes_active_later_and_is_paid_once() {
    let world = World::new().await;
    let client = &world.client;
    world.trouble("sw_register", TroubleKind::Waits);
    let waiting = client.register(&registration("mine.com")).await.unwrap();
    assert_eq!(waiting.standing, OrderOutcome::Waiting);
    assert_eq!(client.lookup("mine.com", true).await.unwrap().state, Availability::Waiting);
    assert_eq!(client.balance().await.unwrap().held, Money::usd(1_450));
    assert_eq!(client.details("mine.com").await, Ok(None));
    let again = client.register(&registration("mine.com")).await.unwrap_err();
    assert_eq!((again.reason(), again.effect()), (Some(Reason::Processing), Effect::Possible));
    world.simulator.advance(Duration::from_mins(2));
    let order = client.order(&waiting.order).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Completed);
    assert!(client.details("mine.com").await.unwrap().is_some());
    let again = client.register(&registration("mine.com")).await.unwrap_err();
    assert_eq!(again.reason(), Some(Reason::Taken));
    assert_eq!(world.simulator.names(Collection::Payments), ["mine.com/1450"]);
}

#[tokio::test]
async fn the_amount_reserved_for_a_waiting_order_is_not_spent_twice() {
    let world = World::with_options(Options { balance: 2_899, ..Options::default() }).await;
    world.trouble("sw_register", TroubleKind::Waits);
    let first = world.client.register(&registration("first.com")).await.unwrap();
    let second = world.client.register(&registration("second.com")).await.unwrap();
    assert_eq!((first.standing, second.standing), (OrderOutcome::Waiting, OrderOutcome::Held));
    world.simulator.advance(Duration::from_mins(2));
    assert_eq!(world.client.process(&second.order).await, Ok(OrderOutcome::Held));
    assert_eq!(world.simulator.names(Collection::Payments), ["first.com/1450"]);
}

#[tokio::test]
async fn a_ca_domain_becomes_active_after_its_owners_approval() {
    let world = World::new().await;
    let mut wanted = registration("mine.ca");
    let (cpr_category, legal_type) = ("CCT".to_owned(), "cct".to_owned());
    wanted.ca = Some(Ca { cpr_category, legal_type });
    world.trouble("sw_register", TroubleKind::OwnerApproval);
    let waiting = world.client.register(&wanted).await.unwrap();
    assert_eq!(waiting.standing, OrderOutcome::Waiting);
    let order = world.client.order(&waiting.order).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::OwnerApproval);
    let sent = &world.simulator.requests()[0].query;
    assert_eq!((&*sent["legal_type"], &*sent["isa_trademark"]), ("CCT", "0"));
    assert_eq!(world.client.belongs("mine.ca").await, Ok(None));
    world.simulator.set(Approval { domain: "mine.ca".to_owned() });
    assert!(world.client.belongs("mine.ca").await.unwrap().is_some());
    let order = world.client.order(&waiting.order).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Completed);
}

#[tokio::test]
async fn registering_a_domain_of_someone_else_fails_without_an_order() {
    let world = World::new().await;
    world.simulator.set(Rival { domain: "wanted.com".to_owned() });
    let error = world.client.register(&registration("wanted.com")).await.unwrap_err();
    assert_eq!((error.reason(), error.effect()), (Some(Reason::Taken), Effect::None));
    assert_eq!(world.client.belongs("wanted.com").await, Ok(None));
    assert_eq!(world.simulator.count(Collection::Orders), 0);
}

#[tokio::test]
async fn an_order_with_an_unclear_outcome_is_found_in_the_list_of_orders() {
    for kind in
        [TroubleKind::CodeAfter(705), TroubleKind::CodeAfter(400), TroubleKind::Contradiction]
    {
        let world = World::new().await;
        world.trouble("sw_register", kind);
        let error = world.client.register(&registration("mine.com")).await.unwrap_err();
        assert_eq!((error.reason(), error.effect()), (Some(Reason::Unclear), Effect::Possible));
        let orders = world.client.orders_of("mine.com", EPOCH, 1).await.unwrap();
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0].status, OrderStatus::Completed);
        assert!(world.client.belongs("mine.com").await.unwrap().is_some());
        assert_eq!(world.sent_commands().iter().filter(|sent| *sent == "sw_register").count(), 1);
        assert_eq!(world.simulator.names(Collection::Payments), ["mine.com/1450"]);
    }
}

#[tokio::test]
async fn a_premium_domain_is_bought_only_at_exactly_the_agreed_price() {
    let world = World::new().await;
    let mut wanted = registration("premium.com");
    for price in [None, Some(Money::usd(249_999))] {
        wanted.premium_price = price;
        let error = world.client.register(&wanted).await.unwrap_err();
        assert_eq!(error.reason(), Some(Reason::Invalid), "{price:?}");
    }
    wanted.premium_price = Some(Money::usd(250_000));
    world.simulator.set(Settings { sells_premium: false, ..Settings::default() });
    let error = world.client.register(&wanted).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Taken));
    world.simulator.set(Settings::default());
    assert_eq!(world.client.register(&wanted).await.unwrap().standing, OrderOutcome::Active);
    assert_eq!(world.simulator.names(Collection::Payments), ["premium.com/250000"]);
}

#[tokio::test]
async fn an_order_with_nameservers_that_the_registry_refuses_is_declined() {
    let world = World::new().await;
    let mut wanted = registration("mine.com");
    wanted.nameservers = vec!["ns1.nowhere.example".to_owned(), "ns2.nowhere.example".to_owned()];
    let error = world.client.register(&wanted).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::UnknownNameserver));
    let orders = world.client.orders_of("mine.com", EPOCH, 1).await.unwrap();
    assert_eq!(
        orders.iter().map(|order| order.status).collect::<Vec<_>>(),
        [OrderStatus::Declined]
    );
}
