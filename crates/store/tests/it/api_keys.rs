//! Keys: listed, revoked, touched.

use crate::fixture::*;

on_both!(
    keys_are_listed_until_revoked,
    revoked_keys_are_deleted_once_they_are_old,
    last_uses_of_keys_are_recorded_for_many_tenants_at_once,
);

async fn revoked_keys_are_deleted_once_they_are_old(fixture: Fixture) {
    for (name, byte) in [("acme", 1), ("beta", 2)] {
        fill(&fixture.store, name, byte).await;
        let mut tx = fixture.store.tenant(&tenant(name)).await.unwrap();
        assert_eq!(tx.delete_revoked_keys(at(100)).await.unwrap(), 0, "none is revoked");
        assert!(tx.revoke_key(&workspace(name), &key(name), at(30)).await.unwrap());
        assert_eq!(tx.delete_revoked_keys(at(30)).await.unwrap(), 0, "none is old");
        tx.commit().await.unwrap();
    }
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(tx.delete_revoked_keys(at(31)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    for (byte, is_kept) in [(1, false), (2, true)] {
        let mut tx = fixture.store.credential(&digest(byte)).await.unwrap();
        assert_eq!(tx.key_by_digest(&digest(byte)).await.unwrap().is_some(), is_kept);
        tx.commit().await.unwrap();
    }
}

async fn keys_are_listed_until_revoked(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let newer = covibe_store::NewKey {
        id: key("newer"),
        created_at: at(20),
        name: None,
        agent_type: None,
        expires_at: None,
        ..new_key("acme", 7)
    };
    tx.insert_key(&newer).await.unwrap();
    let ids: Vec<_> = tx.keys(&own).await.unwrap().into_iter().map(|key| key.id).collect();
    assert_eq!(ids, [key("newer"), key("acme")]);
    assert!(tx.revoke_key(&own, &key("acme"), at(30)).await.unwrap());
    assert!(!tx.revoke_key(&own, &key("acme"), at(31)).await.unwrap());
    assert_eq!(tx.keys(&own).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.credential(&digest(1)).await.unwrap();
    let revoked = tx.key_by_digest(&digest(1)).await.unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(at(30)));
    assert_eq!(revoked.key.expires_at, Some(at(9_000)));
    tx.commit().await.unwrap();
}

async fn last_uses_of_keys_are_recorded_for_many_tenants_at_once(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    let uses = |acme, beta| {
        [(tenant("beta"), key("beta"), at(beta)), (tenant("acme"), key("acme"), at(acme))]
    };
    fixture.store.touch_keys(&[]).await.unwrap();
    fixture.store.touch_keys(&uses(100, 200)).await.unwrap();
    fixture.store.touch_keys(&uses(90, 300)).await.unwrap();
    for (byte, used) in [(1, 100), (2, 300)] {
        let mut tx = fixture.store.credential(&digest(byte)).await.unwrap();
        let found = tx.key_by_digest(&digest(byte)).await.unwrap().unwrap();
        assert_eq!(found.key.last_used_at, Some(at(used)));
        tx.commit().await.unwrap();
    }
}
