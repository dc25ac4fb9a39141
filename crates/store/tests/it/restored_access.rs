//! The access that a restored database revives ends, and the deployments that wait in it; everything else stays.

use covibe_store::{QueueState, end_access_in_postgres, end_access_in_sqlite};

use crate::device_grants::{device, device_grants};
use crate::fixture::*;
use crate::people::{digest_of_person, two_people};

on_both!(the_access_that_a_restore_revives_ends_for_all_tenants,);

async fn end_access(fixture: &Fixture) {
    let ended = match &fixture.database {
        TestDatabase::Sqlite(folder) => {
            end_access_in_sqlite(&folder.path().join("covibe.sqlite")).await
        }
        TestDatabase::Postgres(database) => end_access_in_postgres(&database.admin_url).await,
    };
    ended.unwrap();
}

async fn the_access_that_a_restore_revives_ends_for_all_tenants(fixture: Fixture) {
    two_people(&fixture).await;
    for name in ["acme", "beta"] {
        device_grants(&fixture, name).await;
    }
    end_access(&fixture).await;
    for name in ["acme", "beta"] {
        let [session, link, invitation] = [102, 103, 104].map(|what| digest_of_person(name, what));
        let mut tx = fixture.store.credential(&session).await.unwrap();
        assert_eq!(tx.presented_session().await.unwrap(), None);
        tx.commit().await.unwrap();
        let mut tx = fixture.store.credential(&link).await.unwrap();
        assert_eq!(tx.presented_link(&link).await.unwrap(), None);
        tx.commit().await.unwrap();
        let mut tx = fixture.store.credential(&invitation).await.unwrap();
        let found = tx.presented_invitation().await.unwrap().unwrap();
        assert!(found.ended_at.is_some(), "{found:?}");
        tx.commit().await.unwrap();
        assert_eq!(fixture.store.device_grant(&device(name)).await.unwrap(), None);
        let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
        let id = queued_deployment(name).id;
        let queued = tx.queued_deployment(&workspace(name), &id).await.unwrap().unwrap();
        assert_eq!(queued.state, QueueState::Cancelled);
        assert!(queued.ended_at.is_some() && queued.reason.is_some(), "{queued:?}");
        assert_eq!(tx.members().await.unwrap().len(), 1);
        assert_eq!(tx.keys(&workspace(name)).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
    }
}
