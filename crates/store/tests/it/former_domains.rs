//! Domains that a workspace has lost and another one has.

use covibe_domain::entities::RegistrationState;
use covibe_domain::{TenantId, Timestamp};
use covibe_store::{DomainRecord, FormerDomain, RegistrationStart, Settlement, Store, Term};

use crate::fixture::*;

on_both!(
    a_lost_domain_is_listed_once_another_workspace_has_it,
    only_the_lease_holder_releases_a_lost_domain,
    a_domain_that_is_lost_again_is_released_again,
    a_failed_order_of_a_lost_domain_does_not_release_it,
    an_order_that_failed_makes_nobody_a_former_holder,
    the_row_of_a_former_holder_is_hidden_from_the_next_one,
);

const DOMAIN: &str = "a.test";

async fn store_with_two_tenants(fixture: &Fixture) -> &Store {
    crate::tenant_isolation::two_tenants(fixture).await;
    &fixture.store
}

async fn read_domain(store: &Store, of: &str) -> DomainRecord {
    let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
    let found = tx.domain(&workspace(of), DOMAIN).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    found
}

/// Orders the domain for a workspace, whose order ends in this state.
async fn order(store: &Store, of: &str, attempt: &str, state: RegistrationState) {
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    let new = registration(of, DOMAIN, attempt);
    let begun = tx.begin_registration(&new, MINUTE).await.unwrap();
    assert_eq!(begun, RegistrationStart::Now);
    let seen = tx.domain(&workspace(of), DOMAIN).await.unwrap().unwrap();
    let to = Settlement { state, order: Some(format!("order {attempt}")) };
    assert!(tx.settle_registration(&seen, &to, at(20)).await.unwrap());
    tx.commit().await.unwrap();
}

async fn register(store: &Store, of: &str, attempt: &str) {
    order(store, of, attempt, RegistrationState::Registered).await;
}

async fn lose(store: &Store, of: &str) {
    let seen = read_domain(store, of).await;
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    assert!(tx.note_term(&seen, Term::Over, Timestamp::now()).await.unwrap());
    tx.commit().await.unwrap();
}

/// Releases the domain of a workspace. Returns whether that was written down.
async fn release(store: &Store, of: &str) -> bool {
    let seen = read_domain(store, of).await;
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    let held = tx.hold_domain(&seen, MINUTE).await.unwrap().unwrap();
    let released = tx.note_released_domain(&held, at(30)).await.unwrap();
    tx.let_go_of_domain(&held, at(30)).await.unwrap();
    tx.commit().await.unwrap();
    released
}

/// Returns the names of the tenants that have lost the domain to another one.
async fn former_holders(store: &Store) -> Vec<String> {
    let mut holders = Vec::new();
    for FormerDomain { tenant: holder, workspace: of, name } in
        store.former_domains().await.unwrap()
    {
        let holder = short_name(&holder).to_owned();
        assert_eq!((of, name), (workspace(&holder), domain_name(DOMAIN)));
        holders.push(holder);
    }
    holders
}

fn short_name(of: &TenantId) -> &str {
    of.as_str().trim_start_matches("ten_")
}

async fn has_former_holder(store: &Store, of: &str) -> bool {
    store.has_former_holder(&domain_name(DOMAIN), &workspace(of)).await.unwrap()
}

async fn a_lost_domain_is_listed_once_another_workspace_has_it(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    register(store, "acme", "1").await;
    assert!(!has_former_holder(store, "beta").await);
    lose(store, "acme").await;
    assert_eq!(former_holders(store).await, [""; 0], "nobody else has it");
    assert!(has_former_holder(store, "beta").await);
    assert!(!has_former_holder(store, "acme").await, "it may have it again");
    order(store, "beta", "2", RegistrationState::Pending).await;
    assert_eq!(former_holders(store).await, [""; 0], "the order may come to nothing");
    let seen = read_domain(store, "beta").await;
    let to = Settlement { state: RegistrationState::Registered, order: None };
    let mut tx = store.tenant(&tenant("beta")).await.unwrap();
    assert!(tx.settle_registration(&seen, &to, at(21)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(former_holders(store).await, ["acme"]);
}

async fn only_the_lease_holder_releases_a_lost_domain(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    register(store, "acme", "1").await;
    assert!(!release(store, "acme").await, "it is not lost");
    lose(store, "acme").await;
    register(store, "beta", "2").await;
    let seen = read_domain(store, "acme").await;
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let held = tx.hold_domain(&seen, MINUTE).await.unwrap().unwrap();
    assert!(!tx.note_released_domain(&seen, at(30)).await.unwrap(), "without the lease");
    tx.let_go_of_domain(&held, at(30)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(has_former_holder(store, "beta").await);
    assert!(release(store, "acme").await);
    assert!(!has_former_holder(store, "beta").await);
    assert_eq!(former_holders(store).await, [""; 0]);
}

async fn a_domain_that_is_lost_again_is_released_again(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    register(store, "acme", "1").await;
    lose(store, "acme").await;
    register(store, "beta", "2").await;
    assert!(release(store, "acme").await);
    lose(store, "beta").await;
    register(store, "acme", "3").await;
    assert_eq!(former_holders(store).await, ["beta"]);
    assert!(release(store, "beta").await);
    lose(store, "acme").await;
    register(store, "beta", "4").await;
    assert_eq!(former_holders(store).await, ["acme"]);
    assert!(has_former_holder(store, "beta").await);
}

async fn a_failed_order_of_a_lost_domain_does_not_release_it(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    register(store, "acme", "1").await;
    lose(store, "acme").await;
    order(store, "acme", "2", RegistrationState::Failed).await;
    register(store, "beta", "3").await;
    assert_eq!(former_holders(store).await, ["acme"]);
    assert!(has_former_holder(store, "beta").await);
    assert!(release(store, "acme").await);
    assert!(!has_former_holder(store, "beta").await);
    lose(store, "beta").await;
    order(store, "acme", "4", RegistrationState::Failed).await;
    assert!(!has_former_holder(store, "beta").await, "nothing was attached since");
    assert!(has_former_holder(store, "acme").await);
}

async fn an_order_that_failed_makes_nobody_a_former_holder(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    order(store, "acme", "1", RegistrationState::Failed).await;
    register(store, "beta", "2").await;
    assert_eq!(former_holders(store).await, [""; 0]);
    assert!(!has_former_holder(store, "beta").await);
}

async fn the_row_of_a_former_holder_is_hidden_from_the_next_one(fixture: Fixture) {
    let store = store_with_two_tenants(&fixture).await;
    register(store, "acme", "1").await;
    lose(store, "acme").await;
    register(store, "beta", "2").await;
    let held = read_domain(store, "acme").await;
    let mut tx = store.tenant(&tenant("beta")).await.unwrap();
    assert_eq!(tx.domain(&workspace("acme"), DOMAIN).await.unwrap(), None);
    assert!(!tx.note_released_domain(&held, at(30)).await.unwrap());
    tx.commit().await.unwrap();
    let TestDatabase::Postgres(database) = &fixture.database else { return };
    // The setting shows more to the owner of the tables, and nothing to the server.
    for scope in ["SET LOCAL app.tenant_id = 'ten_beta'", "SET LOCAL app.tenant_id = ''"] {
        let sql = format!(
            "BEGIN; {scope}; SET LOCAL covibe.former_domains = 'on'; SELECT tenant_id FROM domains"
        );
        let seen = raw_postgres(&database.runtime_url, &sql).await.unwrap();
        assert!(seen.iter().all(|of| of == "ten_beta"), "{seen:?}");
    }
    let after = "BEGIN; SELECT has_former_holder('a.test', 'ws_beta'); \
                 SELECT current_setting('covibe.former_domains', true)";
    let seen = raw_postgres(&database.runtime_url, after).await.unwrap();
    assert_eq!(seen, ["t", ""], "the setting ends with the function");
}
