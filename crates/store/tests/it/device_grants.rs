//! Devices that are being set up: found by a code, decided once, consumed once.

use std::time::Duration;

use covibe_domain::KeyDigest;
use covibe_domain::entities::AgentType;
use covibe_store::{
    Decider, DeviceGrant, DeviceState, Error, MAX_UNDECIDED_DEVICES, NewDeviceGrant, NewKey,
    PolledGrant, Store, Tenant, Tx,
};
use covibe_testkit_postgres::Database;
use futures_util::future::{join, join_all};
use tokio::time::timeout;

use crate::fixture::*;
use crate::people::{people, user_id};
use crate::tenant_isolation::two_tenants;

on_both!(
    a_device_is_found_by_each_of_its_codes_where_that_code_is_expected,
    two_devices_with_the_same_code_are_refused,
    devices_that_poll_too_early_are_told_to_wait_longer,
    concurrent_decisions_on_a_device_decide_it_once,
    concurrent_takers_of_an_approved_device_get_its_keys_once,
    a_dropped_transaction_leaves_an_approval_unchanged,
    expired_device_codes_are_not_decided_and_are_removed,
    devices_of_the_largest_network_give_way_when_too_many_wait_for_a_decision,
    deleting_a_workspace_deletes_its_device_grants,
);

fn digest(name: &str, what: u8) -> KeyDigest {
    let byte = name.bytes().fold(what, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    KeyDigest::new([what, byte].repeat(16).try_into().unwrap())
}

pub(crate) fn device(name: &str) -> KeyDigest {
    digest(name, 110)
}

fn user_code(name: &str) -> KeyDigest {
    digest(name, 111)
}

pub(crate) fn new(name: &str) -> NewDeviceGrant {
    NewDeviceGrant {
        device: device(name),
        user_code: user_code(name),
        machine: format!("{name}'s <laptop>"),
        agents: vec![AgentType::ClaudeCode, AgentType::Other],
        address: Some("192.0.2.7".to_owned()),
        network: "192.0.2.0".to_owned(),
        interval: Duration::from_secs(5),
        lifetime: Duration::from_mins(10),
    }
}

fn decider(name: &str) -> Decider {
    Decider { tenant: tenant(name), workspace: workspace(name), user: user_id(name) }
}

/// A device that a tenant has approved.
pub(crate) async fn device_grants(fixture: &Fixture, name: &str) {
    fixture.store.insert_device_grant(&new(name)).await.unwrap();
    assert!(approve(&fixture.store, name).await);
}

async fn approve(store: &Store, name: &str) -> bool {
    store.decide_device_grant(&user_code(name), (&decider(name), None), true).await.unwrap()
}

/// The transaction in which a tenant delivers the keys of a device, if the tenant has approved it.
async fn find_approved(store: &Store, by: &str, name: &str) -> Option<(Tx, DeviceGrant)> {
    store.approved_device_grant(&tenant(by), &device(name)).await.unwrap()
}

async fn find_grant(store: &Store, code: &KeyDigest) -> Option<DeviceGrant> {
    store.device_grant(code).await.unwrap()
}

async fn state(store: &Store, name: &str) -> DeviceState {
    find_grant(store, &device(name)).await.unwrap().state
}

async fn poll(store: &Store, name: &str) -> PolledGrant {
    store.poll_device_grant(&device(name)).await.unwrap().unwrap()
}

async fn a_device_is_found_by_each_of_its_codes_where_that_code_is_expected(fixture: Fixture) {
    let store = &fixture.store;
    store.insert_device_grant(&new("acme")).await.unwrap();
    let by_user_code = store.device_grant_by_user_code(&user_code("acme")).await.unwrap();
    for grant in [find_grant(store, &device("acme")).await, by_user_code] {
        let grant = grant.unwrap();
        assert_eq!(
            (grant.machine.as_str(), grant.state),
            ("acme's <laptop>", DeviceState::Pending)
        );
        assert_eq!(grant.agents, [AgentType::ClaudeCode, AgentType::Other]);
        assert_eq!(grant.address.as_deref(), Some("192.0.2.7"));
        assert_eq!(grant.interval, Duration::from_secs(5));
        assert!(grant.left > Duration::from_mins(9) && grant.left <= Duration::from_mins(10));
        assert!(grant.age < Duration::from_mins(1));
    }
    assert_eq!(find_grant(store, &device("beta")).await, None);
    assert_eq!(find_grant(store, &user_code("acme")).await, None);
    assert_eq!(store.poll_device_grant(&user_code("acme")).await.unwrap(), None);
    assert_eq!(store.device_grant_by_user_code(&device("acme")).await.unwrap(), None);
}

async fn two_devices_with_the_same_code_are_refused(fixture: Fixture) {
    fixture.store.insert_device_grant(&new("acme")).await.unwrap();
    let same_device = NewDeviceGrant { user_code: user_code("beta"), ..new("acme") };
    let same_code = NewDeviceGrant { device: device("beta"), ..new("acme") };
    for taken in [same_device, same_code] {
        let refused = fixture.store.insert_device_grant(&taken).await;
        assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    }
}

async fn devices_that_poll_too_early_are_told_to_wait_longer(fixture: Fixture) {
    let store = &fixture.store;
    store.insert_device_grant(&new("acme")).await.unwrap();
    assert!(!poll(store, "acme").await.is_early, "the first may come at any time");
    for _ in 0..3 {
        let PolledGrant { grant, is_early } = poll(store, "acme").await;
        assert_eq!((is_early, grant.interval), (true, Duration::from_secs(10)));
    }
    let in_time = NewDeviceGrant { interval: Duration::from_millis(500), ..new("beta") };
    store.insert_device_grant(&in_time).await.unwrap();
    for _ in 0..3 {
        assert!(!poll(store, "beta").await.is_early, "a little too early is tolerated");
    }
    assert_eq!(store.poll_device_grant(&device("nobody")).await.unwrap(), None);
}

async fn concurrent_decisions_on_a_device_decide_it_once(fixture: Fixture) {
    two_tenants(&fixture).await;
    let stores = [fixture.store.clone(), fixture.another().await];
    fixture.store.insert_device_grant(&new("acme")).await.unwrap();
    let (code, by) = (user_code("acme"), [decider("acme"), decider("beta")]);
    let decide = async |number: usize| {
        let (store, by) = (&stores[number % 2], &by[number % 2]);
        store.decide_device_grant(&code, (by, None), number < 2).await.unwrap()
    };
    let decided = join_all((0..4).map(decide)).await;
    assert_eq!(decided.iter().filter(|decided| **decided).count(), 1, "{decided:?}");
    assert!(
        !fixture.store.decide_device_grant(&device("acme"), (&by[0], None), true).await.unwrap()
    );
    assert_ne!(state(&fixture.store, "acme").await, DeviceState::Pending);
}

async fn concurrent_takers_of_an_approved_device_get_its_keys_once(fixture: Fixture) {
    two_tenants(&fixture).await;
    let stores = [fixture.store.clone(), fixture.another().await];
    fixture.store.insert_device_grant(&new("acme")).await.unwrap();
    assert!(find_approved(&fixture.store, "acme", "acme").await.is_none());
    assert!(approve(&fixture.store, "acme").await);
    assert!(find_approved(&fixture.store, "beta", "acme").await.is_none(), "somebody else's");
    assert!(!poll(&fixture.store, "acme").await.is_early);
    let take = async |store: &Store| {
        let Some((mut tx, grant)) = find_approved(store, "acme", "acme").await else {
            return false;
        };
        assert_eq!(grant.state, DeviceState::Approved(decider("acme")));
        let key = NewKey { id: "key_device".parse().unwrap(), ..new_key("acme", 77) };
        tx.insert_key(&key).await.unwrap();
        tx.end_device_grant(&device("acme"), true).await.unwrap();
        tx.commit().await.unwrap();
        true
    };
    let taken = join(take(&stores[0]), take(&stores[1])).await;
    assert!(taken.0 != taken.1, "{taken:?}");
    assert_eq!(state(&fixture.store, "acme").await, DeviceState::Consumed);
    assert!(!take(&stores[1]).await);
    assert_eq!(poll(&fixture.store, "acme").await.grant.state, DeviceState::Consumed);
}

async fn a_dropped_transaction_leaves_an_approval_unchanged(fixture: Fixture) {
    two_tenants(&fixture).await;
    device_grants(&fixture, "acme").await;
    let (mut tx, _) = find_approved(&fixture.store, "acme", "acme").await.unwrap();
    tx.end_device_grant(&device("acme"), true).await.unwrap();
    drop(tx);
    assert_eq!(state(&fixture.store, "acme").await, DeviceState::Approved(decider("acme")));
    let (mut tx, _) = find_approved(&fixture.store, "acme", "acme").await.unwrap();
    tx.end_device_grant(&device("acme"), false).await.unwrap();
    let again = tx.end_device_grant(&device("acme"), true).await;
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    tx.commit().await.unwrap();
    assert_eq!(state(&fixture.store, "acme").await, DeviceState::Denied);
    assert!(find_approved(&fixture.store, "acme", "acme").await.is_none());
}

async fn expired_device_codes_are_not_decided_and_are_removed(fixture: Fixture) {
    two_tenants(&fixture).await;
    let short = |name| NewDeviceGrant { lifetime: Duration::ZERO, ..new(name) };
    fixture.store.insert_device_grant(&short("acme")).await.unwrap();
    assert_eq!(poll(&fixture.store, "acme").await.grant.left, Duration::ZERO);
    assert!(!approve(&fixture.store, "acme").await);
    device_grants(&fixture, "beta").await;
    let age = async |time: Duration| {
        let millis = time.as_millis() + 1;
        let sql = format!("UPDATE device_grants SET expires_at = expires_at - {millis}");
        as_superuser(&fixture, &sql).await;
    };
    age(Duration::from_mins(10)).await;
    assert!(find_approved(&fixture.store, "beta", "beta").await.is_none());
    fixture.store.insert_device_grant(&new("gamma")).await.unwrap();
    assert_eq!(fixture.store.remove_old_device_grants().await.unwrap(), 1, "the undecided one");
    assert_eq!(find_grant(&fixture.store, &device("acme")).await, None);
    assert!(find_grant(&fixture.store, &device("beta")).await.is_some(), "a poll learns the end");
    age(Duration::from_hours(24)).await;
    fixture.store.insert_device_grant(&new("delta")).await.unwrap();
    assert_eq!(fixture.store.remove_old_device_grants().await.unwrap(), 2);
    assert_eq!(find_grant(&fixture.store, &device("beta")).await, None);
    assert!(find_grant(&fixture.store, &device("delta")).await.is_some());
}

/// Runs SQL that no policy and no grant stops.
async fn as_superuser(fixture: &Fixture, sql: &str) {
    match &fixture.database {
        TestDatabase::Postgres(database) => {
            raw_postgres(&database.superuser_url, sql).await.map(drop).unwrap();
        }
        TestDatabase::Sqlite(_) => fixture.raw(sql).await.unwrap(),
    }
}

/// The oldest three of the devices of others are of a small network.
async fn devices_of_the_largest_network_give_way_when_too_many_wait_for_a_decision(
    fixture: Fixture,
) {
    two_tenants(&fixture).await;
    let store = &fixture.store;
    device_grants(&fixture, "acme").await;
    let (zeros, others) = ("0".repeat(64), MAX_UNDECIDED_DEVICES - 1);
    let fill = format!(
        "INSERT INTO device_grants (device_digest, user_digest, machine, agents, state, \
            interval_ms, created_at, expires_at, network) \
         WITH RECURSIVE numbers (n) AS ( \
            SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {others} \
         ) SELECT substr('{zeros}' || n, length('{zeros}' || n) - 63), \
            substr('{zeros}' || n, length('{zeros}' || n) - 63), \
            'x', 'codex', 'pending', 5000, 0, 9999999990000 + n, \
            CASE WHEN n <= 3 THEN '198.51.100.0' ELSE '203.0.113.0' END FROM numbers"
    );
    as_superuser(&fixture, &fill).await;
    let is_there = async |number: u8| {
        let mut code = [0; 32];
        code[31] = number;
        find_grant(store, &KeyDigest::new(code)).await.is_some()
    };
    store.insert_device_grant(&new("beta")).await.unwrap();
    assert!(is_there(4).await, "a decided one does not count");
    store.insert_device_grant(&new("gamma")).await.unwrap();
    assert!(!is_there(4).await && is_there(5).await);
    store.insert_device_grant(&new("delta")).await.unwrap();
    assert!(!is_there(5).await && is_there(6).await);
    assert!(is_there(1).await && is_there(3).await, "they are of a small network");
    for name in ["acme", "beta", "gamma", "delta"] {
        assert!(find_grant(store, &device(name)).await.is_some(), "{name}");
    }
    as_superuser(&fixture, "UPDATE device_grants SET expires_at = 1 WHERE machine = 'x'").await;
    store.insert_device_grant(&new("epsilon")).await.unwrap();
    assert!(is_there(6).await, "expired ones do not count");
}

#[tokio::test]
async fn polls_that_change_nothing_do_not_wait_for_the_writer() {
    let fixture = Fixture::sqlite().await;
    two_tenants(&fixture).await;
    device_grants(&fixture, "beta").await;
    let slow = NewDeviceGrant { interval: Duration::from_mins(5), ..new("gamma") };
    fixture.store.insert_device_grant(&slow).await.unwrap();
    assert!(!poll(&fixture.store, "gamma").await.is_early);
    let held = fixture.store.tenant(&tenant("acme")).await.unwrap();
    for (name, expected) in [("nobody", None), ("beta", Some(false)), ("gamma", Some(true))] {
        let code = device(name);
        let polled = timeout(MINUTE, fixture.store.poll_device_grant(&code)).await.unwrap();
        assert_eq!(polled.unwrap().map(|polled| polled.is_early), expected, "{name}");
    }
    held.commit().await.unwrap();
}

async fn deleting_a_workspace_deletes_its_device_grants(fixture: Fixture) {
    let row = Tenant { id: tenant("acme"), name: "Acme".to_owned(), created_at: at(1) };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.insert_tenant(&row).await.unwrap();
    tx.insert_workspace(&record("acme")).await.unwrap();
    tx.commit().await.unwrap();
    device_grants(&fixture, "acme").await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.delete_workspace(&workspace("acme"), at(50)).await.unwrap().is_some());
    tx.commit().await.unwrap();
    assert_eq!(find_grant(&fixture.store, &device("acme")).await, None);
}

/// Runs a statement as the server does, with these settings.
async fn with(database: &Database, settings: &str, sql: &str) -> Result<Vec<String>, String> {
    raw_postgres(&database.runtime_url, &format!("BEGIN; {settings} {sql}; COMMIT")).await
}

#[tokio::test]
async fn a_device_code_shows_only_its_own_row() {
    let Some(fixture) = Fixture::postgres().await else { return };
    two_tenants(&fixture).await;
    for name in ["acme", "beta"] {
        people(&fixture, name).await;
    }
    device_grants(&fixture, "acme").await;
    fixture.store.insert_device_grant(&new("beta")).await.unwrap();
    let TestDatabase::Postgres(database) = &fixture.database else { panic!("made on PostgreSQL") };
    let presenting = |code: KeyDigest| format!("SET LOCAL app.credential = '{code}';");
    let seen = "SELECT machine FROM device_grants";
    for (settings, expected) in [
        (presenting(user_code("acme")), &["acme's <laptop>"][..]),
        (presenting(device("beta")), &["beta's <laptop>"]),
        ("SET LOCAL app.tenant_id = 'ten_acme';".to_owned(), &["acme's <laptop>"]),
        ("SET LOCAL app.tenant_id = 'ten_beta';".to_owned(), &[]),
        (String::new(), &[]),
    ] {
        assert_eq!(with(database, &settings, seen).await.unwrap(), expected, "{settings}");
        let removed = with(database, &settings, "DELETE FROM device_grants RETURNING state").await;
        let is_own = settings.contains("ten_acme");
        assert_eq!(removed.unwrap().len(), usize::from(is_own), "{settings}");
        if is_own {
            device_grants(&fixture, "acme").await;
        }
    }
    // Decided by one tenant, it is no other one's; undecided, only for the own tenant.
    let taken = "UPDATE device_grants SET tenant_id = 'ten_beta' RETURNING state";
    let as_beta =
        format!("{} SET LOCAL app.tenant_id = 'ten_beta';", presenting(user_code("acme")));
    assert_eq!(with(database, &as_beta, taken).await.unwrap(), [""; 0]);
    let for_acme = "UPDATE device_grants SET tenant_id = 'ten_acme', state = 'approved'";
    let as_beta =
        format!("{} SET LOCAL app.tenant_id = 'ten_beta';", presenting(user_code("beta")));
    let refused = with(database, &as_beta, for_acme).await.unwrap_err();
    assert!(refused.contains("row-level security"), "{refused}");
    let planted = "INSERT INTO device_grants SELECT repeat('a', 64), repeat('b', 64), 'x', 'other', NULL, \
                   'approved', 'ten_acme', 'ws_acme', 'usr_acme', 5, NULL, 0, 9999999999999";
    for settings in ["SET LOCAL app.tenant_id = 'ten_beta';", ""] {
        let refused = with(database, settings, planted).await.unwrap_err();
        assert!(refused.contains("row-level security"), "{refused}");
    }
}
