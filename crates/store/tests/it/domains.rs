//! Domains: one workspace has a name, an order buys one domain, and nothing is paid for twice.

use std::time::Duration;

use covibe_domain::entities::RegistrationState;
use covibe_domain::{Currency, Timestamp};
use covibe_store::{Begun, DomainRecord, Error, Settlement, Store, Term};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    of_many_workspaces_one_buys_a_domain,
    a_failed_attempt_frees_the_name,
    what_was_given_up_may_be_bought,
    an_order_buys_one_domain,
    nothing_is_debited_twice,
    what_happened_stays,
    the_unsettled_wait_for_their_lease,
    domains_are_listed_by_name,
    an_ended_term_is_asked_about,
    the_server_learns_whose_domains_are_due,
    what_a_workspace_ordered_in_a_day_is_added_up,
);

async fn begin(store: &Store, of: &str, domain: &str, attempt: &str) -> Result<Begun, Error> {
    let mut tx = store.tenant(&tenant(of)).await?;
    let begun = tx.begin_registration(&registration(of, domain, attempt), MINUTE).await?;
    tx.commit().await?;
    Ok(begun)
}

async fn read(store: &Store, of: &str, domain: &str) -> DomainRecord {
    let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
    let found = tx.domain(&workspace(of), domain).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    found
}

fn to(state: RegistrationState, order: Option<&str>) -> Settlement {
    Settlement { state, order: order.map(str::to_owned) }
}

async fn settle(store: &Store, of: &str, domain: &str, to: Settlement) -> Result<bool, Error> {
    let record = read(store, of, domain).await;
    let mut tx = store.tenant(&tenant(of)).await?;
    let settled = tx.settle_registration(&record, &to, at(20)).await?;
    tx.commit().await?;
    Ok(settled)
}

async fn two(fixture: &Fixture) -> &Store {
    crate::isolation::two_tenants(fixture).await;
    &fixture.store
}

async fn of_many_workspaces_one_buys_a_domain(fixture: Fixture) {
    let store = two(&fixture).await;
    let attempts = (0..20).map(|number| async move {
        let of = if number % 2 == 0 { "acme" } else { "beta" };
        let begun = begin(store, of, "a.test", &format!("{number}")).await;
        (of, begun.unwrap())
    });
    let begun = join_all(attempts).await;
    let winner = begun.iter().find(|(_, begun)| *begun == Begun::Now).unwrap().0;
    assert_eq!(begun.iter().filter(|(_, begun)| *begun == Begun::Now).count(), 1, "{begun:?}");
    for (of, begun) in begun {
        match begun {
            Begun::Elsewhere => assert_ne!(of, winner),
            Begun::Already(record) => assert_eq!((of, record.price.minor), (winner, 2_900)),
            Begun::Now => {}
        }
    }
    let record = read(store, winner, "a.test").await;
    assert_eq!((record.state, record.years), (RegistrationState::Registering, 2));
    assert!(record.is_private && record.is_unsettled() && record.lease_left <= MINUTE);
}

async fn a_failed_attempt_frees_the_name(fixture: Fixture) {
    let store = two(&fixture).await;
    assert_eq!(begin(store, "acme", "a.test", "1").await.unwrap(), Begun::Now);
    assert!(settle(store, "acme", "a.test", to(RegistrationState::Failed, None)).await.unwrap());
    assert_eq!(begin(store, "beta", "a.test", "2").await.unwrap(), Begun::Now);
    let again = begin(store, "acme", "a.test", "3").await;
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    assert!(settle(store, "beta", "a.test", to(RegistrationState::Failed, None)).await.unwrap());
    assert_eq!(begin(store, "acme", "a.test", "3").await.unwrap(), Begun::Now);
    let record = read(store, "acme", "a.test").await;
    assert_eq!((record.attempt.as_str(), record.state), ("3", RegistrationState::Registering));
}

async fn what_was_given_up_may_be_bought(fixture: Fixture) {
    use RegistrationState::{Failed, Held, Pending, Registered};
    let store = two(&fixture).await;
    begin(store, "acme", "a.test", "1").await.unwrap();
    assert!(settle(store, "acme", "a.test", to(Failed, None)).await.unwrap());
    assert!(!settle(store, "acme", "a.test", to(Failed, None)).await.unwrap());
    assert!(settle(store, "acme", "a.test", to(Held, Some("7"))).await.unwrap());
    assert!(settle(store, "acme", "a.test", to(Pending, None)).await.unwrap());
    assert_eq!(read(store, "acme", "a.test").await.order.as_deref(), Some("7"));
    assert!(settle(store, "acme", "a.test", to(Registered, Some("8"))).await.unwrap());
    for later in [Failed, Pending, Registered] {
        assert!(!settle(store, "acme", "a.test", to(later, None)).await.unwrap(), "{later}");
    }
    let record = read(store, "acme", "a.test").await;
    assert_eq!((record.order.as_deref(), record.registered_at), (Some("8"), Some(at(20))));
}

async fn an_order_buys_one_domain(fixture: Fixture) {
    let store = two(&fixture).await;
    begin(store, "acme", "a.test", "1").await.unwrap();
    begin(store, "beta", "b.test", "2").await.unwrap();
    let registered = || to(RegistrationState::Registered, Some("7"));
    assert!(settle(store, "acme", "a.test", registered()).await.unwrap());
    let second = settle(store, "beta", "b.test", registered()).await;
    assert!(matches!(second, Err(Error::Conflict)), "{second:?}");
}

async fn what_a_workspace_ordered_in_a_day_is_added_up(fixture: Fixture) {
    let store = two(&fixture).await;
    let spent = async |of: &str, within: std::time::Duration| {
        let mut tx = store.tenant(&tenant(of)).await.unwrap();
        let spent = tx.spent_on_domains(&workspace(of), Currency::Usd, within).await.unwrap();
        tx.commit().await.unwrap();
        spent
    };
    let day = std::time::Duration::from_hours(24);
    let before = spent("acme", day).await;
    let price = registration("acme", "a.test", "1").price.minor;
    begin(store, "acme", "a.test", "1").await.unwrap();
    begin(store, "acme", "b.test", "2").await.unwrap();
    begin(store, "beta", "c.test", "3").await.unwrap();
    assert_eq!(spent("acme", day).await, before + 2 * price);
    assert!(settle(store, "acme", "a.test", to(RegistrationState::Failed, None)).await.unwrap());
    assert_eq!(spent("acme", day).await, before + price, "nothing was bought");
    assert!(
        settle(store, "acme", "b.test", to(RegistrationState::Registered, Some("9")))
            .await
            .unwrap()
    );
    assert_eq!(spent("acme", day).await, before + price);
    assert_eq!(spent("acme", std::time::Duration::ZERO).await, 0, "all of it is older");
}

async fn nothing_is_debited_twice(fixture: Fixture) {
    let store = two(&fixture).await;
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

async fn what_happened_stays(fixture: Fixture) {
    let store = two(&fixture).await;
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

async fn the_unsettled_wait_for_their_lease(fixture: Fixture) {
    let store = two(&fixture).await;
    for (of, domain) in [("acme", "a.test"), ("acme", "b.test"), ("beta", "c.test")] {
        begin(store, of, domain, domain).await.unwrap();
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
    assert!(settle(store, "acme", "b.test", to(RegistrationState::Failed, None)).await.unwrap());
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

async fn an_ended_term_is_asked_about(fixture: Fixture) {
    let store = two(&fixture).await;
    begin(store, "acme", "a.test", "1").await.unwrap();
    let registered = to(RegistrationState::Registered, Some("7"));
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
    let renewed = read(store, "acme", "a.test").await;
    assert_eq!(renewed.expires_at, Some(later));
    assert!(!note(store, "acme", &renewed, Term::Until(later)).await);
    assert_eq!(begin(store, "beta", "a.test", "2").await.unwrap(), Begun::Elsewhere);

    assert!(!note(store, "beta", &renewed, Term::Over).await, "another tenant's");
    assert!(note(store, "acme", &renewed, Term::Over).await);
    assert!(!note(store, "acme", &renewed, Term::Until(later)).await, "it is over");
    assert_eq!(begin(store, "beta", "a.test", "2").await.unwrap(), Begun::Now);
}

async fn the_server_learns_whose_domains_are_due(fixture: Fixture) {
    let store = two(&fixture).await;
    let tenants = async || store.tenants_with_due_domains().await.unwrap();
    for of in ["acme", "beta"] {
        for seen in due(store, of).await {
            let lasting = Timestamp::from_millis(i64::MAX / 2);
            note(store, of, &seen, Term::Until(lasting)).await;
        }
    }
    let before = tenants().await;
    begin(store, "beta", "b.test", "1").await.unwrap();
    assert!(tenants().await.contains(&tenant("beta")), "{before:?}");
    assert!(settle(store, "beta", "b.test", to(RegistrationState::Failed, None)).await.unwrap());
    assert_eq!(tenants().await, before);
}

async fn domains_are_listed_by_name(fixture: Fixture) {
    let store = two(&fixture).await;
    for domain in ["c.test", "a.test", "b.test", "d.test"] {
        begin(store, "acme", domain, domain).await.unwrap();
    }
    assert!(settle(store, "acme", "b.test", to(RegistrationState::Failed, None)).await.unwrap());
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
