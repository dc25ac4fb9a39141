//! Activity is stored once, forgotten when asked, and removed at its end.

use std::time::Duration;

use covibe_domain::companion::ActivityKey;
use covibe_domain::{Timestamp, WorkspaceId};
use covibe_store::{ActivityKind, ActivityState, Tx};

use crate::fixture::*;

on_both!(
    the_activity_salt_of_a_workspace_is_never_replaced,
    an_activity_item_is_claimed_once_for_each_machine,
    the_latest_activity_state_replaces_the_earlier_one,
    forgetting_a_repository_removes_only_the_activity_of_its_machine,
    expired_activity_of_all_tenants_is_removed,
    deleting_a_workspace_deletes_its_activity,
);

const DAY: Duration = Duration::from_hours(24);

fn key(digit: char) -> ActivityKey {
    digit.to_string().repeat(ActivityKey::LENGTH).parse().unwrap()
}

fn state(machine: char, details: &str) -> ActivityState {
    ActivityState {
        machine: key(machine),
        subject: key('a'),
        repo: key('b'),
        details: details.to_owned(),
        at: at(50),
    }
}

/// Writes a row of each table.
pub(crate) async fn put_activity(tx: &mut Tx, workspace: &WorkspaceId) {
    tx.activity_salt(workspace, &"5a".repeat(32)).await.unwrap();
    assert!(tx.claim_activity_item(workspace, &key('1'), "item", DAY).await.unwrap());
    tx.forget_activity(workspace, &key('1'), &key('9'), DAY).await.unwrap();
    tx.put_activity_state(workspace, ActivityKind::Worktree, &state('1', "{}"), DAY).await.unwrap();
}

async fn all_states(tx: &mut Tx, repo: Option<char>) -> Vec<ActivityState> {
    let (own, repo) = (workspace("acme"), repo.map(key));
    tx.activity_states(&own, ActivityKind::Worktree, repo.as_ref(), at(0), 10).await.unwrap()
}

async fn the_activity_salt_of_a_workspace_is_never_replaced(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let salt = tx.activity_salt(&workspace("acme"), &"77".repeat(32)).await.unwrap();
    assert_eq!(salt, "5a".repeat(32), "it was made before");
    tx.commit().await.unwrap();
}

async fn an_activity_item_is_claimed_once_for_each_machine(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let own = workspace("acme");
    assert!(!tx.claim_activity_item(&own, &key('1'), "item", DAY).await.unwrap());
    assert!(tx.claim_activity_item(&own, &key('1'), "another", DAY).await.unwrap());
    assert!(tx.claim_activity_item(&own, &key('2'), "item", DAY).await.unwrap());
    tx.commit().await.unwrap();
}

async fn the_latest_activity_state_replaces_the_earlier_one(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let (kind, later) = (ActivityKind::Worktree, ActivityState { at: at(60), ..state('1', "[1]") });
    tx.put_activity_state(&own, kind, &later, DAY).await.unwrap();
    tx.put_activity_state(&own, kind, &state('2', "[2]"), DAY).await.unwrap();
    assert_eq!(all_states(&mut tx, None).await, [later.clone(), state('2', "[2]")]);
    assert_eq!(all_states(&mut tx, Some('b')).await.len(), 2);
    assert_eq!(all_states(&mut tx, Some('c')).await, []);
    assert_eq!(tx.count_activity_states(&own, kind).await.unwrap(), 2);
    assert_eq!(tx.count_activity_states(&own, ActivityKind::Session).await.unwrap(), 0);
    let found = tx.activity_state(&own, kind, &key('1'), &key('a')).await.unwrap();
    assert_eq!(found, Some(later));
    tx.commit().await.unwrap();
}

async fn forgetting_a_repository_removes_only_the_activity_of_its_machine(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.put_activity_state(&own, ActivityKind::Worktree, &state('2', "[2]"), DAY).await.unwrap();
    assert_eq!(tx.activity_forgotten_at(&own, &key('1'), &key('b')).await.unwrap(), None);
    let before = Timestamp::now();
    assert_eq!(tx.forget_activity(&own, &key('1'), &key('b'), DAY).await.unwrap(), 1);
    let forgotten = tx.activity_forgotten_at(&own, &key('1'), &key('b')).await.unwrap();
    assert!(forgotten.is_some_and(|at| at >= before));
    assert_eq!(tx.activity_forgotten_at(&own, &key('2'), &key('b')).await.unwrap(), None);
    assert_eq!(all_states(&mut tx, None).await, [state('2', "[2]")]);
    tx.commit().await.unwrap();
}

async fn expired_activity_of_all_tenants_is_removed(fixture: Fixture) {
    for (name, byte) in [("acme", 1), ("beta", 2)] {
        fill(&fixture.store, name, byte).await;
    }
    assert_eq!(fixture.store.remove_old_activity().await.unwrap(), 0);
    for name in ["acme", "beta"] {
        for table in ["activity_states", "activity_items", "activity_forgotten"] {
            fixture.tamper(name, &format!("UPDATE {table} SET expires_at = 1")).await;
        }
    }
    assert_eq!(fixture.store.remove_old_activity().await.unwrap(), 6);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(all_states(&mut tx, None).await, []);
    tx.commit().await.unwrap();
}

async fn deleting_a_workspace_deletes_its_activity(fixture: Fixture) {
    let row =
        covibe_store::Tenant { id: tenant("acme"), name: "Acme".to_owned(), created_at: at(1) };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.insert_tenant(&row).await.unwrap();
    tx.insert_workspace(&record("acme")).await.unwrap();
    put_activity(&mut tx, &workspace("acme")).await;
    assert!(tx.delete_workspace(&workspace("acme"), at(50)).await.unwrap().is_some());
    tx.commit().await.unwrap();
}
