//! The records of resources whose containers were ended.

use covibe_store::Rejection;

use crate::fixture::*;

on_both!(the_last_rejection_of_a_resource_is_known, a_rejection_is_forgotten_alone);

async fn the_last_rejection_of_a_resource_is_known(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let latest = Rejection {
        container: "worker".to_owned(),
        label: None,
        image: None,
        file: Some("f".repeat(64)),
        commit: Some("c".repeat(40)),
        at: at(96),
        ..rejection("acme")
    };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.put_rejection(&own, &latest).await.unwrap();
    assert_eq!(tx.rejection(&own, &latest.resource).await.unwrap(), Some(latest));
    tx.commit().await.unwrap();
}

async fn a_rejection_is_forgotten_alone(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let other = Rejection { resource: "another".to_owned(), ..rejection("acme") };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.put_rejection(&own, &other).await.unwrap();
    tx.delete_rejection(&own, &other.resource).await.unwrap();
    tx.delete_rejection(&own, &other.resource).await.unwrap();
    assert_eq!(tx.rejection(&own, &other.resource).await.unwrap(), None);
    let kept = rejection("acme");
    assert_eq!(tx.rejection(&own, &kept.resource).await.unwrap(), Some(kept));
    tx.commit().await.unwrap();
}
