//! The journal of creations: one name once, and one claimant at a time.

use std::slice;
use std::time::Duration;

use covibe_store::{Creation, DeletedResource, NewCreation, UnlistedDatabase};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    a_name_and_kind_have_at_most_one_creation,
    a_creation_is_claimed_by_exactly_one_of_many_claimants,
    concurrent_insertions_begin_one_creation,
    a_creation_is_found_by_name_and_digest_until_it_is_deleted,
    a_creation_that_another_call_claimed_is_neither_replaced_nor_deleted,
    a_deleted_resource_is_forgotten_once_its_creation_is_settled,
    creations_of_a_tenant_are_counted_in_all_of_its_workspaces,
    a_deleted_resource_keeps_its_server_after_a_repeated_deletion,
    old_creations_without_a_lease_are_deleted,
    an_unlisted_database_is_stored_until_its_latest_note_is_deleted
);

async fn a_name_and_kind_have_at_most_one_creation(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let again = NewCreation { id: "crt_again".to_owned(), ..creation("acme", "shop") };
    assert_eq!(tx.insert_creation(&again, MINUTE).await.unwrap(), None);
    let other = NewCreation { kind: "database".to_owned(), ..again };
    let until = tx.insert_creation(&other, MINUTE).await.unwrap();
    let found = tx.creation_by_name(&workspace("acme"), "database", "shop").await.unwrap();
    assert_eq!(until, found.map(|found| found.lease_until));
    tx.commit().await.unwrap();
}

async fn a_creation_is_claimed_by_exactly_one_of_many_claimants(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.release_creation("crt_acme_shop").await.unwrap());
    tx.commit().await.unwrap();
    let claim = async |seconds: u64| {
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        let lease = Duration::from_secs(1_000 + seconds);
        let won = tx.claim_creation("crt_acme_shop", at(0), lease, "new").await.unwrap();
        tx.commit().await.unwrap();
        won
    };
    let winners: Vec<_> = join_all((0..20).map(claim)).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let found = tx.creation_by_name(&workspace("acme"), "app", "shop").await.unwrap().unwrap();
    assert_eq!((found.lease_until, found.digest.as_str()), (winners[0], "new"));
    tx.commit().await.unwrap();
}

async fn concurrent_insertions_begin_one_creation(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let begin = async |number: i64| {
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        let row = NewCreation { id: format!("crt_{number}"), ..creation("acme", "blog") };
        let first = tx.insert_creation(&row, MINUTE).await.unwrap().is_some();
        tx.commit().await.unwrap();
        first
    };
    let first = join_all((0..20).map(begin)).await.into_iter().filter(|first| *first).count();
    assert_eq!(first, 1);
}

async fn a_creation_is_found_by_name_and_digest_until_it_is_deleted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.set_creation_uuid("crt_acme_shop", "a4cwgc44ogc0880").await.unwrap());
    assert!(tx.release_creation("crt_acme_shop").await.unwrap());
    let found = tx.creation_by_name(&own, "app", "shop").await.unwrap().unwrap();
    assert_eq!((found.uuid.as_deref(), found.lease_until), (Some("a4cwgc44ogc0880"), at(0)));
    assert!(found.lease_left.is_zero());
    let later =
        NewCreation { started_at: at(60), digest: found.digest, ..creation("acme", "shop-2") };
    assert!(tx.insert_creation(&later, MINUTE).await.unwrap().is_some());
    let latest = tx.creation_by_digest(&own, "app", &later.digest).await.unwrap().unwrap();
    let Creation { id, workspace: of, kind, name, digest, uuid, started_at, .. } = latest;
    assert_eq!(NewCreation { id, workspace: of, kind, name, digest, started_at }, later);
    assert_eq!(uuid, None);
    assert!(tx.delete_creation("crt_acme_shop").await.unwrap());
    assert!(!tx.delete_creation("crt_acme_shop").await.unwrap());
    assert_eq!(tx.creation_by_name(&own, "app", "shop").await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn a_creation_that_another_call_claimed_is_neither_replaced_nor_deleted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let first = tx.creation_by_name(&own, "app", "shop").await.unwrap().unwrap();
    let id = first.id.as_str();
    let held = tx.claim_creation(id, first.lease_until, MINUTE * 2, "second").await.unwrap();
    assert!(tx.set_creation_uuid(id, "note").await.unwrap());
    assert!(!tx.replace_creation(first.lease_until, &first).await.unwrap(), "another lease");
    assert!(!tx.delete_creation_of(id, &first.digest).await.unwrap(), "another digest");
    assert!(tx.replace_creation(held.unwrap(), &first).await.unwrap());
    let back = tx.creation_by_name(&own, "app", "shop").await.unwrap().unwrap();
    assert_eq!(
        (&back.digest, &back.uuid, back.lease_until),
        (&first.digest, &first.uuid, first.lease_until)
    );
    assert!(tx.delete_creation_of(id, &first.digest).await.unwrap());
    assert_eq!(tx.creation_by_name(&own, "app", "shop").await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn a_deleted_resource_is_forgotten_once_its_creation_is_settled(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (own, known) = (workspace("acme"), created_resource("acme"));
    let young = known.created_at;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(!tx.insert_created_resource(&own, &known).await.unwrap(), "its mark is recorded");
    assert_eq!(tx.created_resources(&own, at(0)).await.unwrap(), slice::from_ref(&known));
    assert_eq!(tx.created_resources(&own, young).await.unwrap(), []);
    let ids = [known.uuid.clone(), "another".to_owned()];
    assert_eq!(tx.recorded_resources(&own, &ids).await.unwrap(), slice::from_ref(&known.uuid));
    // Only what was deleted is forgotten.
    assert!(!tx.delete_created_resource(&own, "another", at(800), at(900)).await.unwrap());
    assert!(tx.delete_created_resource(&own, &known.uuid, at(800), young).await.unwrap());
    assert_eq!(tx.recorded_resources(&own, &ids).await.unwrap().len(), 1, "it is not settled");
    assert!(!tx.delete_created_resource(&own, "another", at(900), at(900)).await.unwrap());
    assert_eq!(tx.recorded_resources(&own, &ids).await.unwrap().len(), 0);
    tx.commit().await.unwrap();
}

async fn creations_of_a_tenant_are_counted_in_all_of_its_workspaces(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.count_creations_of_tenant().await.unwrap(), 2);
    let marks = ["crt_acme_blog", "crt_acme_shop", "crt_beta_blog", "crt_beta_shop", "crt_none"];
    let marks = marks.map(str::to_owned);
    assert_eq!(tx.count_marks_of_tenant(&marks).await.unwrap(), 2);
    assert_eq!(tx.count_marks_of_tenant(&marks[1..3]).await.unwrap(), 1);
    let many: Vec<_> = (0..2_000).map(|number| format!("crt_{number}")).collect();
    assert_eq!(tx.count_marks_of_tenant(&[&many[..], &marks[..]].concat()).await.unwrap(), 2);
    assert_eq!(tx.count_marks_of_tenant(&[]).await.unwrap(), 0);
    tx.commit().await.unwrap();
}

async fn a_deleted_resource_keeps_its_server_after_a_repeated_deletion(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (own, known) = (workspace("acme"), deleted_resource("acme"));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.insert_deleted_resource(&DeletedResource { server: None, ..known.clone() }, at(95))
        .await
        .unwrap();
    let found = tx.deleted_resource(&own, &known.uuid).await.unwrap();
    assert_eq!(found, Some(known), "a repeated deletion changes nothing");
    let uuid = created_resource("acme").uuid;
    let made = DeletedResource { workspace: own.clone(), uuid: uuid.clone(), server: None };
    assert_eq!(tx.deleted_resource(&own, &uuid).await.unwrap(), Some(made), "somebody else did");
    assert_eq!(tx.deleted_resource(&own, "another").await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn old_creations_without_a_lease_are_deleted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let begun = creation("acme", "shop").started_at;
    let later = covibe_domain::Timestamp::from_millis(begun.as_millis() + 1);
    let is_there = async |tx: &mut covibe_store::Tx| {
        tx.creation_by_name(&own, "app", "shop").await.unwrap().is_some()
    };
    tx.delete_creations_before(&own, "app", later).await.unwrap();
    assert!(is_there(&mut tx).await, "a call works on it");
    assert!(tx.release_creation("crt_acme_shop").await.unwrap());
    tx.delete_creations_before(&own, "database", later).await.unwrap();
    tx.delete_creations_before(&own, "app", begun).await.unwrap();
    assert!(is_there(&mut tx).await, "another kind, or younger");
    tx.delete_creations_before(&own, "app", later).await.unwrap();
    assert!(!is_there(&mut tx).await);
    tx.commit().await.unwrap();
}

async fn an_unlisted_database_is_stored_until_its_latest_note_is_deleted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (own, known) = (workspace("acme"), unlisted_database("acme"));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let again = UnlistedDatabase { noted_at: at(70), ..known.clone() };
    assert!(!tx.put_unlisted_database(&own, &again).await.unwrap(), "it is noted");
    let any = UnlistedDatabase { noted_at: at(80), ..UnlistedDatabase::any() };
    assert!(tx.put_unlisted_database(&own, &any).await.unwrap());
    let mut noted = tx.unlisted_databases(&own).await.unwrap();
    noted.sort_by_key(|each| each.noted_at);
    assert_eq!(noted, [again.clone(), any.clone()]);
    let earlier = UnlistedDatabase { noted_at: at(79), ..any.clone() };
    tx.delete_unlisted_database(&own, &earlier).await.unwrap();
    tx.delete_unlisted_database(&own, &known).await.unwrap();
    assert_eq!(
        tx.unlisted_databases(&own).await.unwrap(),
        slice::from_ref(&any),
        "it was noted again"
    );
    tx.delete_unlisted_database(&own, &any).await.unwrap();
    tx.delete_unlisted_database(&own, &any).await.unwrap();
    assert_eq!(tx.unlisted_databases(&own).await.unwrap(), []);
    tx.commit().await.unwrap();
}
