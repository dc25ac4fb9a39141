//! Each command, when all goes well.

use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_registrar::{
    Availability, Error, Lookup, Money, OrderOutcome, OrderStatus, Purchase, Reason, Renewal,
};
use covibe_sandbox::opensrs::{Collection, Options, Rival, Settings};

use crate::simulated_opensrs::{EPOCH, World, hosts, registration};

#[tokio::test]
async fn lookups_distinguish_free_registered_and_premium_domains() {
    let world = World::with_domain("mine.com").await;
    let client = &world.client;
    let lookup = |state, premium| Lookup { state, premium, has_claim: false };
    assert_eq!(client.lookup("FREE.com", true).await, Ok(lookup(Availability::Free, false)));
    assert_eq!(client.lookup("mine.com", false).await, Ok(lookup(Availability::Taken, false)));
    assert_eq!(client.lookup("premium.com", false).await, Ok(lookup(Availability::Free, true)));
    world.simulator.set(Settings { sells_premium: false, ..Settings::default() });
    assert_eq!(client.lookup("premium.com", false).await, Ok(lookup(Availability::Taken, true)));
    let requests = world.simulator.requests();
    let cache: Vec<_> = requests.iter().map(|request| request.query["no_cache"].as_str()).collect();
    assert_eq!(cache, ["1", "0", "0", "0"]);
}

#[tokio::test]
async fn prices_are_returned_in_cents_for_the_whole_term() {
    let World { client, simulator, .. } = World::new().await;
    let price =
        async |domain: &str, years: u8| client.price(domain, years, Purchase::New).await.unwrap();
    assert_eq!(price("a.com", 1).await.amount, Money::usd(1_450));
    assert_eq!(price("a.ai", 2).await.amount, Money::usd(22_200));
    let premium = price("premium.com", 1).await;
    assert_eq!((premium.amount, premium.premium), (Money::usd(250_000), true));
    // One year of .ai is not sold: OpenSRS says so, and the table says so before.
    let error = client.price("a.ai", 1, Purchase::Renewal).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Invalid));
    assert_eq!(simulator.requests().last().unwrap().query["reg_type"], "renewal");
}

#[tokio::test]
async fn only_free_domains_are_suggested() {
    let world = World::with_domain("shop.com").await;
    let found = world.client.suggest("shop", &["com", "dev"]).await.unwrap();
    assert_eq!(found, ["shop.dev"]);
    world.simulator.set(Settings { is_horizon: true, ..Settings::default() });
    let error = world.client.suggest("shop", &["com"]).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Account));
}

#[tokio::test]
async fn a_registered_domain_has_the_ordered_nameservers_term_and_privacy() {
    let world = World::new().await;
    let mut wanted = registration("mine.com");
    (wanted.years, wanted.privacy) = (3, true);
    wanted.nameservers = hosts(&["NS2.ns.test.", "ns1.ns.test"]);
    let order = world.client.register(&wanted).await.unwrap();
    assert_eq!(order.standing, OrderOutcome::Active);
    let client = &world.client;
    let details = client.details("mine.com").await.unwrap().unwrap();
    assert_eq!(details.nameservers, ["ns2.ns.test", "ns1.ns.test"]);
    let days = |from: covibe_domain::Timestamp, to: covibe_domain::Timestamp| {
        (to.as_millis() - from.as_millis()) / 86_400_000
    };
    let (created, expires) = (details.registry_created.unwrap(), details.expires.unwrap());
    assert_eq!(days(created, expires), 3 * 365);
    assert_eq!(details.registry_expires, details.expires);
    assert_eq!(details.renewal, Renewal::default());
    let status = client.status("mine.com").await.unwrap().unwrap();
    assert_eq!((status.locked, status.can_modify, status.leaving), (Some(false), true, false));
    assert_eq!(client.nameservers("mine.com").await, Ok(Some(details.nameservers)));
    assert_eq!(client.renewal("mine.com").await, Ok(Some(Renewal::default())));
    assert_eq!(client.privacy("mine.com").await, Ok(Some(true)));
    assert!(!client.auth_code("mine.com").await.unwrap().unwrap().is_empty());
    let owned = client.belongs("mine.com").await.unwrap();
    assert_eq!(owned.and_then(|owned| owned.expires), details.expires);
    let order = client.order(&order.order).await.unwrap().unwrap();
    assert_eq!((order.domain.as_str(), order.status), ("mine.com", OrderStatus::Completed));
    assert_eq!((order.cost, order.years, order.is_new), (Some(Money::usd(5_250)), Some(3), true));
}

#[tokio::test]
async fn lookups_of_domains_and_orders_outside_the_account_return_none() {
    let world = World::new().await;
    world.simulator.set(Rival { domain: "rivals.com".to_owned() });
    for domain in ["rivals.com", "nobodys.com"] {
        assert_eq!(world.client.details(domain).await, Ok(None));
        assert_eq!(world.client.status(domain).await, Ok(None));
        assert_eq!(world.client.belongs(domain).await, Ok(None));
        assert_eq!(world.client.orders_of(domain, EPOCH, 1).await, Ok(Vec::new()));
    }
    assert_eq!(world.client.order("1").await, Ok(None));
}

#[tokio::test]
async fn lock_privacy_and_renewal_of_a_domain_are_changed() {
    let world = World::with_domain("mine.com").await;
    let client = &world.client;
    assert_eq!(client.set_lock("mine.com", true).await, Ok(true));
    assert_eq!(client.status("mine.com").await.unwrap().unwrap().locked, Some(true));
    assert_eq!(client.set_privacy("mine.com", true).await, Ok(true));
    assert_eq!(client.privacy("mine.com").await, Ok(Some(true)));
    let renewal = Renewal { automatic: false, expires: true };
    assert_eq!(client.set_renewal("mine.com", renewal).await, Ok(true));
    assert_eq!(client.renewal("mine.com").await, Ok(Some(renewal)));
    let held = vec!["mine.com".to_owned()];
    world.simulator.set(Settings { held_locks: held, ..Settings::default() });
    let error = client.set_lock("mine.com", false).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Denied));
    assert!(!client.status("mine.com").await.unwrap().unwrap().can_modify);
}

#[tokio::test]
async fn unsupported_locks_and_privacy_are_refused_without_a_request() {
    let world = World::with_domain("mine.co.uk").await;
    let client = &world.client;
    assert!(matches!(client.set_lock("mine.co.uk", true).await, Err(Error::Unfit(_))));
    assert!(matches!(client.set_privacy("mine.co.uk", true).await, Err(Error::Unfit(_))));
    assert!(world.sent_commands().is_empty());
    assert_eq!(client.status("mine.co.uk").await.unwrap().unwrap().locked, None);
}

#[tokio::test]
async fn nameservers_are_changed_only_while_the_domain_is_unlocked() {
    let world = World::with_domain("mine.com").await;
    let client = &world.client;
    let dotted = hosts(&["ns-cloud-a1.googledomains.com.", "ns-cloud-a2.googledomains.com."]);
    assert_eq!(client.set_nameservers("mine.com", &dotted).await, Ok(true));
    // Again: no changes necessary.
    assert_eq!(client.set_nameservers("mine.com", &dotted).await, Ok(true));
    let stored = client.nameservers("mine.com").await.unwrap().unwrap();
    assert_eq!(stored, hosts(&["ns-cloud-a1.googledomains.com", "ns-cloud-a2.googledomains.com"]));
    client.set_lock("mine.com", true).await.unwrap();
    let other = hosts(&["ns1.ns.test", "ns2.ns.test"]);
    let error = client.set_nameservers("mine.com", &other).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Locked));
    client.set_lock("mine.com", false).await.unwrap();
    assert_eq!(client.set_nameservers("mine.com", &other).await, Ok(true));
    let unknown = hosts(&["ns1.nowhere.example", "ns2.nowhere.example"]);
    let error = client.set_nameservers("mine.com", &unknown).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::UnknownNameserver));
    assert_eq!(client.nameservers("mine.com").await, Ok(Some(other)));
}

#[tokio::test]
async fn revoking_a_new_domain_refunds_its_price() {
    let world = World::with_domain("mine.com").await;
    assert_eq!(world.client.balance().await.unwrap().total, Money::usd(498_550));
    world.client.revoke("mine.com").await.unwrap();
    assert_eq!(world.client.balance().await.unwrap().total, Money::usd(500_000));
    assert_eq!(world.simulator.count(Collection::Domains), 0);
    let error = world.client.revoke("mine.com").await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Unknown));
}

#[tokio::test]
async fn orders_of_a_domain_are_listed_in_pages_of_forty() {
    let world = World::with_options(Options { balance: 0, ..Options::default() }).await;
    for _ in 0..41 {
        world.client.register(&registration("held.com")).await.unwrap();
    }
    let page = async |page: u32| world.client.orders_of("held.com", EPOCH, page).await.unwrap();
    assert_eq!((page(1).await.len(), page(2).await.len(), page(3).await.len()), (40, 1, 0));
    let later = Timestamp::from_millis(Timestamp::now().as_millis() + 3 * 86_400_000);
    assert_eq!(world.client.orders_of("held.com", later, 1).await, Ok(Vec::new()));
}

#[tokio::test]
async fn an_order_is_found_although_it_is_still_the_day_before_at_the_registrar() {
    const DAY: i64 = 86_400_000;
    let world = World::new().await;
    // At two o'clock by UTC it is still the day before in Toronto.
    let now = Timestamp::now().as_millis();
    let two = now - now.rem_euclid(DAY) + DAY + DAY / 12;
    world.simulator.advance(Duration::from_millis(u64::try_from(two - now).unwrap()));
    world.client.register(&registration("mine.com")).await.unwrap();
    let since = Timestamp::from_millis(two);
    let orders = world.client.orders_of("mine.com", since, 1).await.unwrap();
    assert_eq!(orders.len(), 1);
    let order = world.client.order(&orders[0].id).await.unwrap().unwrap();
    // The answer contains it in whole seconds.
    assert!(order.placed.unwrap().as_millis() / 1_000 >= two / 1_000);
}
