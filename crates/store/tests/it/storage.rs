//! Object storage: written down by the holder of a lease, with its sealed secret, and seen by nobody else.

use std::time::Duration;

use covibe_domain::entities::{StorageProvider, StorageState};
use covibe_store::{Error, NewStorage, StorageRecord, Store, WorkspaceRecord};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    the_storage_is_leased_to_exactly_one_of_concurrent_calls,
    only_the_lease_holder_writes_the_storage,
    a_bucket_of_another_workspace_is_refused,
    storage_is_counted_by_tenant_and_provider,
    a_workspace_with_storage_is_not_deleted,
    resources_with_a_storage_key_are_recorded_until_deleted,
);

async fn read_storage(store: &Store, of: &str) -> Option<StorageRecord> {
    let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
    let found = tx.storage(&workspace(of)).await.unwrap();
    tx.commit().await.unwrap();
    found
}

async fn hold_storage(store: &Store, lease: Duration) -> Option<StorageRecord> {
    let seen = read_storage(store, "acme").await.unwrap();
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let held = tx.hold_storage(&seen, lease).await.unwrap();
    tx.commit().await.unwrap();
    held
}

async fn note(store: &Store, held: &StorageRecord) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let noted = tx.note_storage(held).await.unwrap();
    tx.commit().await.unwrap();
    noted
}

async fn the_storage_is_leased_to_exactly_one_of_concurrent_calls(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let calls = (0..8).map(|_| hold_storage(&fixture.store, MINUTE));
    let held: Vec<_> = join_all(calls).await.into_iter().flatten().collect();
    assert_eq!(held.len(), 1);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.let_go_of_storage(&held[0]).await.unwrap();
    tx.commit().await.unwrap();
    // The lease of a process that was killed passes.
    assert!(hold_storage(&fixture.store, Duration::ZERO).await.is_some());
    assert!(hold_storage(&fixture.store, MINUTE).await.is_some());
}

async fn only_the_lease_holder_writes_the_storage(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let first = hold_storage(&fixture.store, Duration::ZERO).await.unwrap();
    let second = hold_storage(&fixture.store, MINUTE).await.unwrap();
    assert!(second.state == StorageState::Provisioning && second.place == new_storage("acme"));
    let told = |held: &StorageRecord, id: &str| StorageRecord {
        state: StorageState::Ready,
        account: Some("a@p.iam.gserviceaccount.com".to_owned()),
        access_key_id: Some(id.to_owned()),
        secret: Some("v1.key1.sealed".to_owned()),
        previous_key_id: Some("GOOG1E0".to_owned()),
        ..held.clone()
    };
    assert!(!note(&fixture.store, &told(&first, "late")).await);
    assert!(note(&fixture.store, &told(&second, "GOOG1E1")).await);
    let found = read_storage(&fixture.store, "acme").await.unwrap();
    assert!(found.access_key_id.as_deref() == Some("GOOG1E1") && found.secret.is_some());
    let keys = fixture.store.secrets_keys().await.unwrap();
    assert!(keys.iter().any(|key| key.id == "key1"), "{keys:?}");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let renewed = Some("v1.key2.sealed".to_owned());
    tx.reseal_storage(&workspace("acme"), "v1.other.sealed", None).await.unwrap();
    tx.reseal_storage(&workspace("acme"), "v1.key1.sealed", renewed.clone()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(read_storage(&fixture.store, "acme").await.unwrap().secret == renewed);
}

async fn a_bucket_of_another_workspace_is_refused(fixture: Fixture) {
    for (name, byte) in [("acme", 1), ("beta", 2)] {
        fill(&fixture.store, name, byte).await;
    }
    let held = hold_storage(&fixture.store, MINUTE).await.unwrap();
    let taken = StorageRecord { place: new_storage("beta"), ..held };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(matches!(tx.note_storage(&taken).await, Err(Error::Conflict)));
    drop(tx);
    // What a workspace has stays when another one is asked for.
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let other = NewStorage { bucket: "other".to_owned(), ..new_storage("beta") };
    tx.begin_storage(&workspace("beta"), &other).await.unwrap();
    tx.commit().await.unwrap();
    assert!(read_storage(&fixture.store, "beta").await.unwrap().place == new_storage("beta"));
}

async fn storage_is_counted_by_tenant_and_provider(fixture: Fixture) {
    for (name, byte) in [("acme", 1), ("beta", 2)] {
        fill(&fixture.store, name, byte).await;
    }
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    for (name, provider) in [("second", StorageProvider::Gcs), ("third", StorageProvider::S3)] {
        let sibling = WorkspaceRecord { tenant: tenant("acme"), ..record(name) };
        tx.insert_workspace(&sibling).await.unwrap();
        let new = NewStorage { provider, ..new_storage(name) };
        tx.begin_storage(&sibling.id, &new).await.unwrap();
    }
    assert_eq!(tx.count_storage(StorageProvider::Gcs).await.unwrap(), 2);
    assert_eq!(tx.count_storage(StorageProvider::S3).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("beta")).await.unwrap();
    assert_eq!(tx.count_storage(StorageProvider::Gcs).await.unwrap(), 1);
}

async fn a_workspace_with_storage_is_not_deleted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let held = hold_storage(&fixture.store, MINUTE).await.unwrap();
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let settled = tx.domain(&workspace("acme"), "acme.test").await.unwrap().unwrap();
    assert!(tx.settle_registration(&settled, &not_bought(), at(5)).await.unwrap());
    assert!(matches!(tx.delete_workspace(&workspace("acme"), at(50)).await, Err(Error::Conflict)));
    let stale = StorageRecord { lease_until: at(1), ..held.clone() };
    assert!(!tx.delete_storage(&stale).await.unwrap());
    assert!(tx.delete_storage(&held).await.unwrap());
    assert!(tx.delete_workspace(&workspace("acme"), at(50)).await.unwrap().is_some());
    tx.commit().await.unwrap();
}

async fn resources_with_a_storage_key_are_recorded_until_deleted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let acme = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let again =
        covibe_store::StorageInjection { access_key_id: "GOOG1E2".to_owned(), ..injection("acme") };
    tx.put_storage_injection(&acme, &again).await.unwrap();
    assert_eq!(tx.storage_injections(&acme).await.unwrap(), [again]);
    tx.delete_storage_injections(&acme, "uuid-of-other").await.unwrap();
    assert_eq!(tx.storage_injections(&acme).await.unwrap().len(), 1);
    tx.delete_storage_injections(&acme, "uuid-of-acme-shop").await.unwrap();
    assert_eq!(tx.storage_injections(&acme).await.unwrap(), []);
    tx.commit().await.unwrap();
}
