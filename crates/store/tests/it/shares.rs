//! The shares of tenants and people in the one connection of SQLite that writes.

use covibe_domain::UserId;
use futures_util::future::join_all;
use tokio::sync::Mutex;

use crate::fixture::*;

/// Otherwise a person who repeats a change all the time would keep every tenant from changing anything.
#[tokio::test]
async fn a_change_of_a_tenant_waits_for_at_most_one_of_many_changes_of_people() {
    let fixture = Fixture::sqlite().await;
    let (store, served) = (&fixture.store, Mutex::new(Vec::new()));
    let held = store.tenant(&tenant("held")).await.unwrap();
    let change_of_person = async |number: usize| {
        let user: UserId = format!("usr_mark{}", number % 10).parse().unwrap();
        let tx = store.person(&user).await.unwrap();
        served.lock().await.push("a person");
        tx.commit().await.unwrap();
    };
    let change_of_tenant = async {
        let tx = store.tenant(&tenant("acme")).await.unwrap();
        served.lock().await.push("the tenant");
        tx.commit().await.unwrap();
    };
    let all_of_people = join_all((0..20).map(change_of_person));
    // They come to the queue in this order, and are served once the writer is free.
    let (_, (), released) = tokio::join!(all_of_people, change_of_tenant, held.commit());
    released.unwrap();
    let served = served.into_inner();
    assert_eq!(served.len(), 21);
    assert!(served[..2].contains(&"the tenant"), "{served:?}");
}
