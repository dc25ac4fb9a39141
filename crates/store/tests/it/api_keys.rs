//! Keys: listed, revoked, touched.

use covibe_domain::Actor;
use covibe_store::{NewKey, RevokedKey, WorkspaceRecord};

use crate::fixture::*;

on_both!(
    keys_are_listed_until_revoked,
    revoked_keys_are_deleted_once_they_are_old,
    a_revocation_ends_the_keys_of_the_tenant_that_were_minted_with_the_key,
    a_workspace_that_leaves_ends_the_keys_that_were_minted_elsewhere_with_its_keys,
    last_uses_of_keys_are_recorded_for_many_tenants_at_once,
);

async fn revoked_keys_are_deleted_once_they_are_old(fixture: Fixture) {
    for (name, byte) in [("acme", 1), ("beta", 2)] {
        fill(&fixture.store, name, byte).await;
        let mut tx = fixture.store.tenant(&tenant(name)).await.unwrap();
        assert_eq!(tx.delete_revoked_keys(at(100)).await.unwrap(), 0, "none is revoked");
        assert!(tx.revoke_key(&workspace(name), &key(name), at(30)).await.unwrap().is_some());
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

/// One of the keys between was revoked before, and another tenant's key claims to be a descendant.
async fn a_revocation_ends_the_keys_of_the_tenant_that_were_minted_with_the_key(fixture: Fixture) {
    for (name, byte) in [("acme", 1), ("beta", 2)] {
        fill(&fixture.store, name, byte).await;
    }
    let new = |of: &str, name: &str, with: Option<&str>, byte| NewKey {
        id: key(name),
        name: Some(name.to_owned()),
        minted_with: with.map(key),
        ..new_key(of, byte)
    };
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    tx.insert_key(&new("beta", "stranger", Some("acme"), 20)).await.unwrap();
    tx.commit().await.unwrap();
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    for (name, with, byte) in [
        ("child", Some("acme"), 11),
        ("grandchild", Some("child"), 12),
        ("greatgrandchild", Some("grandchild"), 13),
        ("sibling", None, 14),
    ] {
        tx.insert_key(&new("acme", name, with, byte)).await.unwrap();
    }
    let listed = tx.keys(&own).await.unwrap();
    let minter = |name| listed.iter().find(|one| one.id == key(name)).unwrap().minted_by.clone();
    assert_eq!(minter("child"), Some(Actor::Key(key("acme"))));
    assert_eq!(minter("sibling"), None);
    let revoked = |name: &str, time: i64| RevokedKey {
        id: key(name),
        name: Some(name.to_owned()),
        workspace: workspace("acme"),
        at: at(time),
    };
    assert_eq!(
        tx.revoke_key(&own, &key("grandchild"), at(20)).await.unwrap(),
        Some(vec![revoked("greatgrandchild", 20)])
    );
    // As a revocation of the keys of one scope of a person leaves them.
    tx.insert_key(&new("acme", "left", Some("grandchild"), 15)).await.unwrap();
    assert_eq!(
        tx.revoke_key(&own, &key("acme"), at(30)).await.unwrap(),
        Some(vec![revoked("child", 30), revoked("left", 30)])
    );
    let left: Vec<_> = tx.keys(&own).await.unwrap().into_iter().map(|key| key.id).collect();
    assert_eq!(left, [key("sibling")]);
    tx.commit().await.unwrap();
    let unrecorded = async |before: i64| {
        fixture.store.unrecorded_revocations(&tenant("acme"), at(before)).await.unwrap()
    };
    let first = (revoked("greatgrandchild", 20), key("grandchild").to_string());
    let with_acme = |name| (revoked(name, 30), key("acme").to_string());
    assert_eq!(unrecorded(30).await, std::slice::from_ref(&first));
    assert_eq!(unrecorded(31).await, [first.clone(), with_acme("child"), with_acme("left")]);
    let recorded = [first.0, revoked("left", 30)];
    fixture.store.note_recorded_revocations(&tenant("acme"), &recorded).await.unwrap();
    assert_eq!(unrecorded(31).await, [with_acme("child")]);
    for (byte, at_time) in [(13, Some(20)), (12, Some(20)), (15, Some(30)), (2, None), (20, None)] {
        let mut tx = fixture.store.credential(&digest(byte)).await.unwrap();
        let found = tx.key_by_digest(&digest(byte)).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, at_time.map(at), "{byte}");
        tx.commit().await.unwrap();
    }
}

/// Once as it is deleted, and once as it is moved to another tenant.
async fn a_workspace_that_leaves_ends_the_keys_that_were_minted_elsewhere_with_its_keys(
    fixture: Fixture,
) {
    for (name, byte) in [("acme", 1), ("beta", 2)] {
        fill(&fixture.store, name, byte).await;
    }
    for is_moved in [false, true] {
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        let fresh = WorkspaceRecord { tenant: tenant("acme"), ..record("fresh") };
        tx.insert_workspace(&fresh).await.unwrap();
        for (of, name, with, byte) in [
            ("fresh", "first", None, 11),
            ("fresh", "inside", Some("first"), 12),
            ("acme", "outside", Some("inside"), 13),
            ("acme", "further", Some("outside"), 14),
        ] {
            let named = Some(name.to_owned());
            let (id, minted_with) = (key(name), with.map(key));
            let new = NewKey { id, name: named, minted_with, ..new_key(of, byte) };
            tx.insert_key(&new).await.unwrap();
        }
        let ended = if is_moved {
            tx.move_workspace(&fresh.id, &tenant("beta"), at(50)).await.unwrap()
        } else {
            tx.delete_workspace(&fresh.id, at(50)).await.unwrap().unwrap()
        };
        let ended: Vec<_> = ended.into_iter().map(|key| (key.id, key.workspace)).collect();
        let of_acme = |name| (key(name), workspace("acme"));
        assert_eq!(ended, [of_acme("further"), of_acme("outside")], "moved: {is_moved}");
        tx.commit().await.unwrap();
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        let left = tx.keys(&workspace("acme")).await.unwrap();
        assert_eq!(left.into_iter().map(|key| key.id).collect::<Vec<_>>(), [key("acme")]);
        assert_eq!(tx.delete_revoked_keys(at(51)).await.unwrap(), 2);
        tx.commit().await.unwrap();
    }
}

async fn keys_are_listed_until_revoked(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let newer = NewKey {
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
    assert_eq!(tx.revoke_key(&own, &key("acme"), at(30)).await.unwrap(), Some(vec![]));
    assert_eq!(tx.revoke_key(&own, &key("acme"), at(31)).await.unwrap(), None);
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
