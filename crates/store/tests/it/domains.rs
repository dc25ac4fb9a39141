//! Domains: one workspace has a name, an order buys one domain, and nothing is paid for twice.

use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_domain::entities::RegistrationState;
use covibe_store::{DomainRecord, Error, RegistrationStart, Settlement, Store, Term};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    a_domain_is_registered_by_exactly_one_of_many_workspaces,
    a_failed_registration_frees_the_name,
    only_old_refusals_without_an_order_are_deleted,
    a_registered_domain_is_not_settled_again,
    an_order_settles_at_most_one_domain,
    an_order_is_debited_once_across_tenants,
    domain_events_and_debits_are_append_only,
    unsettled_domains_are_due_once_their_lease_has_ended,
    domains_are_listed_by_name_in_pages,
    a_domain_is_due_when_its_term_has_ended,
    tenants_with_due_domains_are_listed,
);

pub(crate) async fn begin_registration(
    store: &Store,
    of: &str,
    domain: &str,
    attempt: &str,
) -> Result<RegistrationStart, Error> {
    let mut tx = store.tenant(&tenant(of)).await?;
    let begun = tx.begin_registration(&registration(of, domain, attempt), MINUTE).await?;
    tx.commit().await?;
    Ok(begun)
}

pub(crate) async fn read_domain(store: &Store, of: &str, domain: &str) -> DomainRecord {
    let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
    let found = tx.domain(&workspace(of), domain).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    found
}

pub(crate) fn settlement(state: RegistrationState, order: Option<&str>) -> Settlement {
    Settlement { state, order: order.map(str::to_owned) }
}

pub(crate) async fn settle(
    store: &Store,
    of: &str,
    domain: &str,
    to: Settlement,
) -> Result<bool, Error> {
    let record = read_domain(store, of, domain).await;
    let mut tx = store.tenant(&tenant(of)).await?;
    let settled = tx.settle_registration(&record, &to, at(20)).await?;
    tx.commit().await?;
    Ok(settled)
}

pub(crate) async fn store_with_two_tenants(fixture: &Fixture) -> &Store {
    crate::tenant_isolation::two_tenants(fixture).await;
    &fixture.store
}

async fn a_domain_is_registered_by_exactly_one_of_many_workspaces(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let attempts = (0..20).map(|number| async move {
        let of = if number % 2 == 0 { "acme" } else { "beta" };
        let begun = begin_registration(store, of, "a.test", &format!("{number}")).await;
        (of, begun.unwrap())
    });
    let begun = join_all(attempts).await;
    let winner = begun.iter().find(|(_, begun)| *begun == RegistrationStart::Now).unwrap().0;
    assert_eq!(
        begun.iter().filter(|(_, begun)| *begun == RegistrationStart::Now).count(),
        1,
        "{begun:?}"
    );
    for (of, begun) in begun {
        match begun {
            RegistrationStart::Elsewhere => assert_ne!(of, winner),
            RegistrationStart::Already(record) => {
                assert_eq!((of, record.price.minor), (winner, 2_900));
            }
            RegistrationStart::Now => {}
        }
    }
    let record = read_domain(store, winner, "a.test").await;
    assert_eq!((record.state, record.years), (RegistrationState::Registering, 2));
    assert!(record.is_private && record.is_unsettled() && record.lease_left <= MINUTE);
}

async fn a_failed_registration_frees_the_name(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    assert_eq!(
        begin_registration(store, "acme", "a.test", "1").await.unwrap(),
        RegistrationStart::Now
    );
    assert!(
        settle(store, "acme", "a.test", settlement(RegistrationState::Failed, None)).await.unwrap()
    );
    assert_eq!(
        begin_registration(store, "beta", "a.test", "2").await.unwrap(),
        RegistrationStart::Now
    );
    let again = begin_registration(store, "acme", "a.test", "3").await;
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    assert!(
        settle(store, "beta", "a.test", settlement(RegistrationState::Failed, None)).await.unwrap()
    );
    assert_eq!(
        begin_registration(store, "acme", "a.test", "3").await.unwrap(),
        RegistrationStart::Now
    );
    let record = read_domain(store, "acme", "a.test").await;
    assert_eq!((record.attempt.as_str(), record.state), ("3", RegistrationState::Registering));
}

async fn only_old_refusals_without_an_order_are_deleted(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let failed = |order| settlement(RegistrationState::Failed, order);
    for (domain, order) in [("old.test", None), ("paid.test", Some("9")), ("new.test", None)] {
        begin_registration(store, "acme", domain, domain).await.unwrap();
        assert!(settle(store, "acme", domain, failed(order)).await.unwrap());
    }
    begin_registration(store, "acme", "open.test", "open.test").await.unwrap();
    let aged = "UPDATE domains SET attempted_at = 0 WHERE name <> 'new.test'";
    fixture.tamper("acme", aged).await;
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.delete_old_refusals(&workspace("acme"), MINUTE).await.unwrap();
    for (domain, is_kept) in
        [("old.test", false), ("paid.test", true), ("new.test", true), ("open.test", true)]
    {
        let found = tx.domain(&workspace("acme"), domain).await.unwrap();
        assert_eq!(found.is_some(), is_kept, "{domain}");
    }
    tx.commit().await.unwrap();
}

async fn a_registered_domain_is_not_settled_again(fixture: Fixture) {
    use RegistrationState::{Failed, Held, Pending, Registered};
    let store = store_with_two_tenants(&fixture).await;
    begin_registration(store, "acme", "a.test", "1").await.unwrap();
    assert!(settle(store, "acme", "a.test", settlement(Failed, None)).await.unwrap());
    assert!(!settle(store, "acme", "a.test", settlement(Failed, None)).await.unwrap());
    assert!(settle(store, "acme", "a.test", settlement(Held, Some("7"))).await.unwrap());
    assert!(settle(store, "acme", "a.test", settlement(Pending, None)).await.unwrap());
    assert_eq!(read_domain(store, "acme", "a.test").await.order.as_deref(), Some("7"));
    assert!(settle(store, "acme", "a.test", settlement(Registered, Some("8"))).await.unwrap());
    for later in [Failed, Pending, Registered] {
        assert!(
            !settle(store, "acme", "a.test", settlement(later, None)).await.unwrap(),
            "{later}"
        );
    }
    let record = read_domain(store, "acme", "a.test").await;
    assert_eq!((record.order.as_deref(), record.registered_at), (Some("8"), Some(at(20))));
}

async fn an_order_settles_at_most_one_domain(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    begin_registration(store, "acme", "a.test", "1").await.unwrap();
    begin_registration(store, "beta", "b.test", "2").await.unwrap();
    let registered = || settlement(RegistrationState::Registered, Some("7"));
    assert!(settle(store, "acme", "a.test", registered()).await.unwrap());
    let second = settle(store, "beta", "b.test", registered()).await;
    assert!(matches!(second, Err(Error::Conflict)), "{second:?}");
}

async fn an_order_is_debited_once_across_tenants(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    for (of, order, fits) in [("acme", "7", true), ("acme", "8", true), ("beta", "7", false)] {
        let mut tx = store.tenant(&tenant(of)).await.unwrap();
        assert_eq!(tx.insert_debit(&debit(of, order)).await.is_ok(), fits, "{of} {order}");
        if fits {
            tx.commit().await.unwrap();
        }
    }
    for (of, debits) in [
        ("acme", vec![debit("acme", "8"), debit("acme", "7"), debit("acme", "acme")]),
        ("beta", vec![debit("beta", "beta")]),
    ] {
        let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
        assert_eq!(tx.debits(&workspace(of), 10).await.unwrap(), debits);
        tx.commit().await.unwrap();
    }
}

async fn domain_events_and_debits_are_append_only(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let event = |number| domain_event("acme", "a.test", number);
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    for number in 11..=15 {
        tx.insert_domain_event(&event(number)).await.unwrap();
    }
    tx.insert_debit(&debit("acme", "7")).await.unwrap();
    tx.commit().await.unwrap();
    for (of, events) in [("acme", vec![event(15), event(14), event(13)]), ("beta", vec![])] {
        let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
        let found = tx.domain_events(&workspace("acme"), &domain_name("a.test"), 3).await.unwrap();
        assert_eq!(found, events);
        tx.commit().await.unwrap();
    }
    for table in ["vibn_domain_events", "vibn_billing_ledger"] {
        for change in ["DELETE FROM {}", "UPDATE {} SET at = 0"] {
            let refused = fixture.raw(&change.replace("{}", table)).await.unwrap_err();
            let is_refused = refused.contains("append-only") || refused.contains("permission");
            assert!(is_refused, "{refused}");
        }
    }
}

async fn unsettled_domains_are_due_once_their_lease_has_ended(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    for (of, domain) in [("acme", "a.test"), ("acme", "b.test"), ("beta", "c.test")] {
        begin_registration(store, of, domain, domain).await.unwrap();
    }
    let unsettled = async || {
        let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
        let found = tx.due_domains(10).await.unwrap();
        tx.commit().await.unwrap();
        found
    };
    assert_eq!(unsettled().await, []);
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.release_domain(&workspace("acme"), &domain_name("a.test"), "another", at(11)).await.unwrap();
    tx.release_domain(&workspace("acme"), &domain_name("b.test"), "b.test", at(11)).await.unwrap();
    tx.commit().await.unwrap();
    let found = unsettled().await;
    assert_eq!(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["b.test"]);
    let claim = async |seconds: u64| {
        let mut tx = store.tenant(&tenant("acme")).await.unwrap();
        let lease = Duration::from_secs(1_000 + seconds);
        let won = tx.claim_domain(&found[0], lease).await.unwrap();
        tx.commit().await.unwrap();
        won
    };
    let winners = join_all((0..10).map(claim)).await;
    assert_eq!(winners.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(unsettled().await, []);
    assert!(
        settle(store, "acme", "b.test", settlement(RegistrationState::Failed, None)).await.unwrap()
    );
    assert_eq!(unsettled().await, []);
}

async fn due(store: &Store, of: &str) -> Vec<DomainRecord> {
    let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
    let found = tx.due_domains(10).await.unwrap();
    tx.commit().await.unwrap();
    found
}

async fn note(store: &Store, of: &str, seen: &DomainRecord, term: Term) -> bool {
    note_at(store, of, seen, term, Timestamp::now()).await
}

async fn note_at(store: &Store, of: &str, seen: &DomainRecord, term: Term, now: Timestamp) -> bool {
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    let is_news = tx.note_term(seen, term, now).await.unwrap();
    tx.commit().await.unwrap();
    is_news
}

async fn a_domain_is_due_when_its_term_has_ended(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    begin_registration(store, "acme", "a.test", "1").await.unwrap();
    let registered = settlement(RegistrationState::Registered, Some("7"));
    assert!(settle(store, "acme", "a.test", registered).await.unwrap());
    let [bought] = due(store, "acme").await.try_into().unwrap();
    assert_eq!((bought.name.as_str(), bought.expires_at), ("a.test", None));
    assert!(note_at(store, "acme", &bought, Term::Until(at(30)), at(20)).await);
    let [seen] = due(store, "acme").await.try_into().unwrap();
    assert_eq!(seen.expires_at, Some(at(30)));
    assert!(!note(store, "acme", &seen, Term::Unknown).await);
    assert_eq!(due(store, "acme").await, [], "a term is not asked about all the time");

    let later = Timestamp::from_millis(Timestamp::now().as_millis() + 86_400_000);
    assert!(note(store, "acme", &seen, Term::Until(later)).await);
    let renewed = read_domain(store, "acme", "a.test").await;
    assert_eq!(renewed.expires_at, Some(later));
    assert!(!note(store, "acme", &renewed, Term::Until(later)).await);
    assert_eq!(
        begin_registration(store, "beta", "a.test", "2").await.unwrap(),
        RegistrationStart::Elsewhere
    );

    assert!(!note(store, "beta", &renewed, Term::Over).await, "another tenant's");
    assert!(note(store, "acme", &renewed, Term::Over).await);
    assert!(!note(store, "acme", &renewed, Term::Until(later)).await, "it is over");
    assert_eq!(
        begin_registration(store, "beta", "a.test", "2").await.unwrap(),
        RegistrationStart::Now
    );
}

async fn tenants_with_due_domains_are_listed(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let tenants = async || store.tenants_with_due_domains().await.unwrap();
    for of in ["acme", "beta"] {
        for seen in due(store, of).await {
            let lasting = Timestamp::from_millis(i64::MAX / 2);
            note(store, of, &seen, Term::Until(lasting)).await;
        }
    }
    let before = tenants().await;
    begin_registration(store, "beta", "b.test", "1").await.unwrap();
    assert!(tenants().await.contains(&tenant("beta")), "{before:?}");
    assert!(
        settle(store, "beta", "b.test", settlement(RegistrationState::Failed, None)).await.unwrap()
    );
    assert_eq!(tenants().await, before);
}

async fn domains_are_listed_by_name_in_pages(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    for domain in ["c.test", "a.test", "b.test", "d.test"] {
        begin_registration(store, "acme", domain, domain).await.unwrap();
    }
    assert!(
        settle(store, "acme", "b.test", settlement(RegistrationState::Failed, None)).await.unwrap()
    );
    let list = async |of: &str, after: &str| {
        let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
        let found = tx.domains(&workspace("acme"), after, 2).await.unwrap();
        tx.commit().await.unwrap();
        found.into_iter().map(|it| it.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list("acme", "").await, ["a.test", "acme.test"]);
    assert_eq!(list("acme", "acme.test").await, ["c.test", "d.test"]);
    assert_eq!(list("acme", "d.test").await, [""; 0]);
    assert_eq!(list("beta", "").await, [""; 0]);
}
