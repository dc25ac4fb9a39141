//! The keys by which Coolify clones over SSH: written down before they are made, and found by app and creation.

use covibe_store::{CloneKey, Error};

use crate::fixture::*;

on_both!(
    a_clone_key_is_found_by_its_app_and_by_its_creation,
    a_second_clone_key_of_a_creation_or_an_app_is_refused,
    tenants_with_clone_keys_are_listed,
);

/// A key that was written down and not made.
fn planned_key(id: &str, creation: Option<&str>) -> CloneKey {
    CloneKey {
        id: id.to_owned(),
        creation: creation.map(str::to_owned),
        app: None,
        private_key: None,
        left_repository: None,
        made_at: at(30),
        ..clone_key("acme")
    }
}

async fn a_clone_key_is_found_by_its_app_and_by_its_creation(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (acme, mut tx) = (workspace("acme"), fixture.store.tenant(&tenant("acme")).await.unwrap());
    let made = clone_key("acme");
    assert_eq!(tx.clone_key_of_app(&acme, &app("acme")).await.unwrap(), Some(made.clone()));
    let mut new = planned_key("new", Some("crt_new"));
    tx.insert_clone_key(&acme, &new).await.unwrap();
    assert_eq!(tx.clone_key_of_creation(&acme, "crt_new").await.unwrap(), Some(new.clone()));
    assert_eq!(tx.clone_key_of_app(&acme, &app("beta")).await.unwrap(), None);
    new.app = Some(app("beta"));
    new.private_key = Some("key4cwgc44ogc0880400beta".parse().unwrap());
    (new.repository, new.left_repository) = (9, Some(7));
    assert!(tx.update_clone_key(&acme, &new).await.unwrap());
    assert_eq!(tx.clone_key_of_app(&acme, &app("beta")).await.unwrap(), Some(new.clone()));
    assert_eq!(tx.clone_keys(&acme).await.unwrap(), [made.clone(), new.clone()]);
    // Another note does not revert a rotation.
    tx.replace_clone_key(&acme, &new, "ssh-ed25519 AAAArotated").await.unwrap();
    assert!(tx.update_clone_key(&acme, &new).await.unwrap());
    let rotated = tx.clone_key_of_app(&acme, &app("beta")).await.unwrap().unwrap();
    assert_eq!(rotated.public_key, "ssh-ed25519 AAAArotated");
    tx.delete_clone_key(&acme, &new.id).await.unwrap();
    assert!(!tx.update_clone_key(&acme, &new).await.unwrap());
    assert_eq!(tx.clone_keys(&acme).await.unwrap(), [made]);
    tx.commit().await.unwrap();
}

async fn a_second_clone_key_of_a_creation_or_an_app_is_refused(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let acme = workspace("acme");
    for taken in [
        planned_key("second", clone_key("acme").creation.as_deref()),
        CloneKey { app: Some(app("acme")), ..planned_key("third", None) },
    ] {
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        let refused = tx.insert_clone_key(&acme, &taken).await;
        assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    }
    // Keys of no creation are those that were given up.
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    for id in ["given-up", "given-up-too"] {
        tx.insert_clone_key(&acme, &planned_key(id, None)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn tenants_with_clone_keys_are_listed(fixture: Fixture) {
    let tenants = async || fixture.store.tenants_with_clone_keys().await.unwrap();
    assert_eq!(tenants().await, []);
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    assert_eq!(tenants().await, [tenant("acme"), tenant("beta")]);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.delete_clone_key(&workspace("acme"), &clone_key("acme").id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tenants().await, [tenant("beta")]);
}
