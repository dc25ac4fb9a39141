//! The amounts that a tenant, with all of its workspaces, and all tenants together spend on domains in a day.

use std::time::Duration;

use covibe_domain::Currency;
use covibe_domain::entities::RegistrationState;
use covibe_store::{NewRegistration, RegistrationStart, Store, WorkspaceRecord};
use futures_util::future::join_all;

use crate::domains::{begin_registration, read_domain, settle, settlement, store_with_two_tenants};
use crate::fixture::*;

on_both!(
    spending_of_a_tenant_in_a_day_sums_orders_that_did_not_fail,
    orders_of_all_workspaces_of_a_tenant_count_towards_its_spending,
    concurrent_orders_of_two_workspaces_of_a_tenant_cannot_each_spend_the_rest,
    spending_of_all_tenants_sums_the_orders_of_each,
    concurrent_orders_of_two_tenants_cannot_each_spend_the_rest_of_all,
    a_held_order_that_is_released_counts_as_one_of_now,
);

const DAY: Duration = Duration::from_hours(24);

/// Returns the amount that a tenant has ordered within this time, in cents.
async fn spent(store: &Store, of: &str, within: Duration) -> i64 {
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    let spent = tx.spent_on_domains(Currency::Usd, within, "").await.unwrap();
    tx.commit().await.unwrap();
    spent
}

/// Adds another workspace of the first tenant.
async fn put_annex(store: &Store) {
    let annex = WorkspaceRecord { tenant: tenant("acme"), ..record("annex") };
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.insert_workspace(&annex).await.unwrap();
    tx.commit().await.unwrap();
}

/// Returns a registration by one of the workspaces of the first tenant.
fn registration_by(of: &str, domain: &str) -> NewRegistration {
    NewRegistration { workspace: workspace(of), ..registration("acme", domain, domain) }
}

/// Registers a domain for a workspace of the first tenant, unless the tenant then had spent more than this. Returns
/// whether it was registered.
async fn buy_within(store: &Store, limit: i64, wanted: &NewRegistration) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let spent = tx.spent_on_domains(Currency::Usd, DAY, "").await.unwrap();
    if spent + wanted.price.minor > limit {
        return false;
    }
    let begun = tx.begin_registration(wanted, MINUTE).await.unwrap();
    assert_eq!(begun, RegistrationStart::Now);
    tx.commit().await.unwrap();
    true
}

async fn spending_of_a_tenant_in_a_day_sums_orders_that_did_not_fail(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let before = spent(store, "acme", DAY).await;
    let price = registration("acme", "a.test", "1").price.minor;
    begin_registration(store, "acme", "a.test", "1").await.unwrap();
    begin_registration(store, "acme", "b.test", "2").await.unwrap();
    begin_registration(store, "beta", "c.test", "3").await.unwrap();
    assert_eq!(spent(store, "acme", DAY).await, before + 2 * price);
    assert!(
        settle(store, "acme", "a.test", settlement(RegistrationState::Failed, None)).await.unwrap()
    );
    assert_eq!(spent(store, "acme", DAY).await, before + price, "nothing was bought");
    assert!(
        settle(store, "acme", "b.test", settlement(RegistrationState::Registered, Some("9")))
            .await
            .unwrap()
    );
    assert_eq!(spent(store, "acme", DAY).await, before + price);
    assert_eq!(spent(store, "acme", Duration::ZERO).await, 0, "all of it is older");
}

async fn orders_of_all_workspaces_of_a_tenant_count_towards_its_spending(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    put_annex(store).await;
    let (before, others) = (spent(store, "acme", DAY).await, spent(store, "beta", DAY).await);
    let price = registration("acme", "a.test", "1").price.minor;
    for (of, domain) in [("acme", "a.test"), ("annex", "b.test")] {
        assert!(buy_within(store, i64::MAX, &registration_by(of, domain)).await, "{of}");
    }
    assert_eq!(spent(store, "acme", DAY).await, before + 2 * price);
    assert_eq!(spent(store, "beta", DAY).await, others, "another tenant's");
}

async fn concurrent_orders_of_two_workspaces_of_a_tenant_cannot_each_spend_the_rest(
    fixture: Fixture,
) {
    let store = store_with_two_tenants(&fixture).await;
    put_annex(store).await;
    let price = registration("acme", "a.test", "1").price.minor;
    let limit = spent(store, "acme", DAY).await + price;
    let orders = (0..8).map(|number| async move {
        let of = if number % 2 == 0 { "acme" } else { "annex" };
        buy_within(store, limit, &registration_by(of, &format!("d{number}.test"))).await
    });
    let bought = join_all(orders).await;
    assert_eq!(bought.iter().filter(|is_bought| **is_bought).count(), 1, "{bought:?}");
    assert_eq!(spent(store, "acme", DAY).await, limit);
}

/// Returns the amount that all tenants together have ordered in a day besides this attempt, as a transaction of the
/// first one reads it.
async fn spent_by_all(store: &Store, other_than: &str) -> i64 {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let spent = tx.spent_on_domains_by_all(Currency::Usd, DAY, other_than).await.unwrap();
    // It reads no other rows of the other tenant than before.
    assert_eq!(tx.domain(&workspace("beta"), "b.test").await.unwrap(), None);
    tx.commit().await.unwrap();
    spent
}

async fn spending_of_all_tenants_sums_the_orders_of_each(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let before = spent_by_all(store, "").await;
    let price = registration("acme", "a.test", "1").price.minor;
    begin_registration(store, "acme", "a.test", "first").await.unwrap();
    begin_registration(store, "beta", "b.test", "second").await.unwrap();
    assert_eq!(spent_by_all(store, "").await, before + 2 * price);
    assert_eq!(spent_by_all(store, "second").await, before + price);
    assert!(
        settle(store, "beta", "b.test", settlement(RegistrationState::Failed, None)).await.unwrap()
    );
    assert_eq!(spent_by_all(store, "").await, before + price, "nothing was bought");
}

/// Registers a domain for a tenant, unless all tenants together then had spent more than this. Returns whether it was
/// registered.
async fn buy_within_all(store: &Store, limit: i64, of: &str, domain: &str) -> bool {
    let wanted = registration(of, domain, domain);
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    let spent = tx.spent_on_domains_by_all(Currency::Usd, DAY, domain).await.unwrap();
    if spent + wanted.price.minor > limit {
        return false;
    }
    let begun = tx.begin_registration(&wanted, MINUTE).await.unwrap();
    assert_eq!(begun, RegistrationStart::Now);
    tx.commit().await.unwrap();
    true
}

async fn concurrent_orders_of_two_tenants_cannot_each_spend_the_rest_of_all(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let price = registration("acme", "a.test", "1").price.minor;
    let limit = spent_by_all(store, "").await + price;
    let orders = (0..8).map(|number| async move {
        let of = if number % 2 == 0 { "acme" } else { "beta" };
        buy_within_all(store, limit, of, &format!("d{number}.test")).await
    });
    let bought = join_all(orders).await;
    assert_eq!(bought.iter().filter(|is_bought| **is_bought).count(), 1, "{bought:?}");
    assert_eq!(spent_by_all(store, "").await, limit);
}

async fn a_held_order_that_is_released_counts_as_one_of_now(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    let before = spent(store, "acme", DAY).await;
    let price = registration("acme", "a.test", "1").price.minor;
    begin_registration(store, "acme", "a.test", "held").await.unwrap();
    let held = settlement(RegistrationState::Held, Some("9"));
    assert!(settle(store, "acme", "a.test", held).await.unwrap());
    let aged = "UPDATE domains SET attempted_at = 0 WHERE attempt = 'held'";
    fixture.tamper("acme", aged).await;
    assert_eq!(spent(store, "acme", DAY).await, before, "it was ordered long ago");
    let record = read_domain(store, "acme", "a.test").await;
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.count_held_order_as_new(&record).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(spent(store, "acme", DAY).await, before + price);
}
