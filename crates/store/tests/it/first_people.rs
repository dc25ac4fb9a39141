//! Founders: the first person of an installation, and a company's first member.

use covibe_domain::entities::Role;
use covibe_store::{Membership, Tenant};

use crate::fixture::*;
use crate::people::{credentials, digest_of_person, two_people, user, user_id};

on_both!(ownership_is_taken_once_with_the_latest_link, a_person_founds_one_tenant_at_a_time);

async fn ownership_is_taken_once_with_the_latest_link(fixture: Fixture) {
    two_people(&fixture).await;
    let (store, old, link) =
        (&fixture.store, digest_of_person("acme", 120), digest_of_person("acme", 121));
    assert!(store.offer_ownership(&old).await.unwrap());
    assert!(store.offer_ownership(&link).await.unwrap());
    assert!(!store.offers_ownership(&old).await.unwrap());
    assert!(store.offers_ownership(&link).await.unwrap());
    let mut tx = store.person(&user_id("acme")).await.unwrap();
    assert!(!tx.take_ownership(&old, &user_id("acme")).await.unwrap());
    assert!(tx.take_ownership(&link, &user_id("acme")).await.unwrap());
    assert!(!tx.take_ownership(&link, &user_id("beta")).await.unwrap());
    tx.commit().await.unwrap();
    assert!(store.is_owner(&user_id("acme")).await.unwrap());
    assert!(!store.is_owner(&user_id("beta")).await.unwrap());
    assert!(!store.offer_ownership(&old).await.unwrap());
}

async fn a_person_founds_one_tenant_at_a_time(fixture: Fixture) {
    two_people(&fixture).await;
    let founder = user("carol");
    let mut tx = fixture.store.person(&founder.id).await.unwrap();
    tx.insert_user(&founder, &credentials("carol")).await.unwrap();
    tx.commit().await.unwrap();
    let found = async |name: &str| {
        let tenant = tenant(name);
        let Some(mut tx) = fixture.store.founding(&founder.id, &tenant).await.unwrap() else {
            return false;
        };
        let of = Tenant { id: tenant.clone(), name: name.to_owned(), created_at: at(1) };
        tx.insert_tenant(&of).await.unwrap();
        let user = founder.id.clone();
        let membership =
            Membership { user, tenant, role: Role::Admin, created_at: at(1), made_by: None };
        tx.insert_membership(&membership).await.unwrap();
        tx.commit().await.unwrap();
        true
    };
    let (gamma, delta) = tokio::join!(found("gamma"), found("delta"));
    assert!(gamma != delta, "both or none of two at once");
    assert!(!found("omega").await);
    let mut tx = fixture.store.person_read(&founder.id).await.unwrap();
    assert_eq!(tx.own_memberships().await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}
