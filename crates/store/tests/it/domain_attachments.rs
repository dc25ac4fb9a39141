//! The attachment of domains: recorded by the holder of a lease, and seen by nobody else.

use covibe_domain::entities::{DnsProvider, RegistrationState};
use covibe_domain::{Currency, Timestamp};
use covibe_store::{Attachment, DomainRecord, RegistrationStart, Settlement, Store, Term};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    a_domain_is_leased_to_exactly_one_of_concurrent_calls,
    only_the_lease_holder_writes_an_attachment,
    only_served_domains_of_the_workspace_are_listed_as_attached,
    an_unlocked_domain_is_due_once_its_lease_has_ended,
    an_expired_domain_is_due_for_removal_of_its_zone_after_a_month,
    a_lost_domain_keeps_its_zone_on_record_until_it_is_removed,
    a_lost_domain_is_expired_again_after_an_order_that_failed,
    only_the_own_tenant_sets_the_dns_provider_of_a_workspace,
);

async fn register_domain(store: &Store, of: &str, domain: &str) -> DomainRecord {
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    let begun = tx.begin_registration(&registration(of, domain, domain), MINUTE).await.unwrap();
    assert_eq!(begun, RegistrationStart::Now);
    let seen = tx.domain(&workspace(of), domain).await.unwrap().unwrap();
    let to = Settlement {
        state: RegistrationState::Registered,
        order: Some(format!("order of {domain}")),
    };
    let now = tx.now().await.unwrap();
    assert!(tx.settle_registration(&seen, &to, now).await.unwrap());
    let lasting = Term::Until(Timestamp::from_millis(i64::MAX / 2));
    assert!(tx.note_term(&seen, lasting, now).await.unwrap());
    tx.commit().await.unwrap();
    read_domain(store, of, domain).await
}

async fn read_domain(store: &Store, of: &str, domain: &str) -> DomainRecord {
    let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
    let found = tx.domain(&workspace(of), domain).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    found
}

async fn hold_domain(store: &Store, seen: &DomainRecord) -> Option<DomainRecord> {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let held = tx.hold_domain(seen, MINUTE).await.unwrap();
    tx.commit().await.unwrap();
    held
}

async fn note(store: &Store, held: &DomainRecord) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let noted = tx.note_attachment(held).await.unwrap();
    tx.commit().await.unwrap();
    noted
}

async fn release_domain(store: &Store, held: &DomainRecord) {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.let_go_of_domain(held, at(40)).await.unwrap();
    tx.commit().await.unwrap();
}

fn served_attachment() -> Attachment {
    Attachment {
        provider: Some(DnsProvider::CloudDns),
        zone: Some("4711".to_owned()),
        attached_at: Some(at(30)),
        is_unlocked: true,
    }
}

async fn store_with_two_tenants(fixture: &Fixture) -> &Store {
    crate::tenant_isolation::two_tenants(fixture).await;
    &fixture.store
}

async fn a_domain_is_leased_to_exactly_one_of_concurrent_calls(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let seen = register_domain(store, "acme", "a.test").await;
    let held = join_all((0..10).map(|_| hold_domain(store, &seen))).await;
    let mut held = held.into_iter().flatten();
    let holder = held.next().unwrap();
    assert_eq!(held.next(), None);
    let now = read_domain(store, "acme", "a.test").await;
    assert!(!now.lease_left.is_zero() && now.lease_until == holder.lease_until);
    assert_eq!(hold_domain(store, &now).await, None, "somebody has it");
    release_domain(store, &holder).await;
    let free = read_domain(store, "acme", "a.test").await;
    assert!(free.lease_left.is_zero());
    assert!(hold_domain(store, &free).await.is_some());
}

async fn only_the_lease_holder_writes_an_attachment(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let seen = register_domain(store, "acme", "a.test").await;
    assert_eq!(seen.attachment, Attachment::default());
    assert!(!note(store, &DomainRecord { lease_until: at(7), ..seen.clone() }).await);
    let mut held = hold_domain(store, &seen).await.unwrap();
    held.attachment = served_attachment();
    assert!(note(store, &held).await);
    assert_eq!(read_domain(store, "acme", "a.test").await.attachment, served_attachment());
    let mut foreign = store.tenant(&tenant("beta")).await.unwrap();
    assert!(!foreign.note_attachment(&held).await.unwrap());
    drop(foreign);
    release_domain(store, &held).await;
    assert!(!note(store, &held).await, "its lease ended");
    assert_eq!(read_domain(store, "acme", "a.test").await.attachment, served_attachment());
}

async fn only_served_domains_of_the_workspace_are_listed_as_attached(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    for domain in ["a.test", "b.test"] {
        register_domain(store, "acme", domain).await;
    }
    let seen = read_domain(store, "acme", "a.test").await;
    let mut held = hold_domain(store, &seen).await.unwrap();
    held.attachment = served_attachment();
    assert!(note(store, &held).await);
    let names = ["a.test", "b.test", "x.a.test"].map(domain_name);
    for (of, attached) in [("acme", vec![domain_name("a.test")]), ("beta", vec![])] {
        let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
        assert_eq!(tx.attached_domains(&workspace("acme"), &names).await.unwrap(), attached);
        assert_eq!(tx.attached_domains(&workspace("acme"), &[]).await.unwrap(), []);
        tx.commit().await.unwrap();
    }
}

async fn an_unlocked_domain_is_due_once_its_lease_has_ended(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let seen = register_domain(store, "acme", "a.test").await;
    let due = async || {
        let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
        let found = tx.due_domains(10).await.unwrap();
        tx.commit().await.unwrap();
        found.iter().any(|found| found.name == seen.name)
    };
    assert!(!due().await);
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let mut held = tx.hold_domain(&seen, std::time::Duration::ZERO).await.unwrap().unwrap();
    held.attachment.is_unlocked = true;
    assert!(tx.note_attachment(&held).await.unwrap());
    tx.commit().await.unwrap();
    assert!(due().await, "its holder died");
    assert!(store.tenants_with_due_domains().await.unwrap().contains(&tenant("acme")));
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let now = tx.now().await.unwrap();
    tx.let_go_of_domain(&held, now).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!due().await, "it was tried a moment ago");
}

async fn an_expired_domain_is_due_for_removal_of_its_zone_after_a_month(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let mut now = store.tenant_read(&tenant("acme")).await.unwrap();
    let (now, day) = (now.now().await.unwrap().as_millis(), 24 * 60 * 60 * 1000);
    for (domain, days, zone) in [("a.test", 31, true), ("b.test", 29, true), ("c.test", 31, false)]
    {
        let seen = register_domain(store, "acme", domain).await;
        if zone {
            let held = hold_domain(store, &seen).await.unwrap();
            let served = Attachment { is_unlocked: false, ..served_attachment() };
            assert!(note(store, &DomainRecord { attachment: served, ..held.clone() }).await);
            release_domain(store, &held).await;
        }
        let mut tx = store.tenant(&tenant("acme")).await.unwrap();
        let then = Timestamp::from_millis(now - days * day);
        assert!(tx.note_term(&seen, Term::Over, then).await.unwrap());
        tx.commit().await.unwrap();
    }
    let due = async |of: &str| {
        let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
        let found = tx.due_domains(10).await.unwrap();
        tx.commit().await.unwrap();
        let expired = found.into_iter().filter(|it| it.state == RegistrationState::Expired);
        expired.map(|it| it.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((due("acme").await, due("beta").await), (vec!["a.test".to_owned()], vec![]));
    assert!(store.tenants_with_due_domains().await.unwrap().contains(&tenant("acme")));
    let lost = read_domain(store, "acme", "a.test").await;
    let held = hold_domain(store, &lost).await.expect("it can be held to remove the zone");
    assert_eq!(due("acme").await, [""; 0], "somebody works on it");
    assert!(note(store, &DomainRecord { attachment: Attachment::default(), ..held.clone() }).await);
    release_domain(store, &held).await;
    assert_eq!(due("acme").await, [""; 0], "it has none");
}

/// Registers a domain of acme's that gets a zone, lets acme lose it a month ago, and begins to order it again.
/// Returns the domain.
async fn order_lost_domain(store: &Store) -> DomainRecord {
    let seen = register_domain(store, "acme", "a.test").await;
    let held = hold_domain(store, &seen).await.unwrap();
    assert!(note(store, &DomainRecord { attachment: served_attachment(), ..held.clone() }).await);
    release_domain(store, &held).await;
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let month = 31 * 24 * 60 * 60 * 1000;
    let then = Timestamp::from_millis(tx.now().await.unwrap().as_millis() - month);
    assert!(tx.note_term(&seen, Term::Over, then).await.unwrap());
    let again = registration("acme", "a.test", "again");
    assert_eq!(tx.begin_registration(&again, MINUTE).await.unwrap(), RegistrationStart::Now);
    tx.commit().await.unwrap();
    read_domain(store, "acme", "a.test").await
}

/// Settles an order of acme's. Returns whether its outcome was not known.
async fn settle(store: &Store, ordered: &DomainRecord, state: RegistrationState) -> bool {
    let to = Settlement { state, order: None };
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let settled = tx.settle_registration(ordered, &to, at(20)).await.unwrap();
    tx.commit().await.unwrap();
    settled
}

async fn a_lost_domain_keeps_its_zone_on_record_until_it_is_removed(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let ordered = order_lost_domain(store).await;
    let kept = Attachment { attached_at: None, is_unlocked: false, ..served_attachment() };
    assert_eq!(ordered.attachment, kept);
    assert!(settle(store, &ordered, RegistrationState::Failed).await);
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    let due = tx.due_domains(10).await.unwrap();
    tx.commit().await.unwrap();
    let due: Vec<_> = due.into_iter().filter(|it| it.name == ordered.name).collect();
    assert_eq!(due.first().map(|it| &it.attachment), Some(&kept), "its zone is removed");
    assert!(store.tenants_with_due_domains().await.unwrap().contains(&tenant("acme")));
}

async fn a_lost_domain_is_expired_again_after_an_order_that_failed(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let ordered = order_lost_domain(store).await;
    let spent = async || {
        let mut tx = store.tenant(&tenant("acme")).await.unwrap();
        let day = std::time::Duration::from_hours(24);
        let sum = tx.spent_on_domains(Currency::Usd, day, "").await.unwrap();
        tx.commit().await.unwrap();
        sum
    };
    let before = spent().await;
    assert!(settle(store, &ordered, RegistrationState::Failed).await);
    assert!(!settle(store, &ordered, RegistrationState::Failed).await, "it is known");
    assert_eq!(spent().await, before - ordered.price.minor, "nothing was bought");
    let failed = read_domain(store, "acme", "a.test").await;
    assert_eq!(failed.state, RegistrationState::Expired);
    assert!(settle(store, &ordered, RegistrationState::Registered).await, "a late answer");
    let bought = read_domain(store, "acme", "a.test").await;
    assert_eq!(bought.state, RegistrationState::Registered);
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.note_term(&bought, Term::Over, at(21)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(!settle(store, &ordered, RegistrationState::Registered).await, "it is lost again");
}

async fn only_the_own_tenant_sets_the_dns_provider_of_a_workspace(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let read = async |of: &str| {
        let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
        let found = tx.dns_provider(&workspace("acme")).await.unwrap();
        tx.commit().await.unwrap();
        found
    };
    assert_eq!(read("acme").await, None);
    for provider in [Some(DnsProvider::Rfc2136), Some(DnsProvider::CloudDns), None] {
        for (of, has_it) in [("beta", false), ("acme", true)] {
            let mut tx = store.tenant(&tenant(of)).await.unwrap();
            let changed = tx.set_dns_provider(&workspace("acme"), provider).await.unwrap();
            assert_eq!(changed, has_it);
            tx.commit().await.unwrap();
        }
        assert_eq!((read("acme").await, read("beta").await), (provider, None));
    }
}
