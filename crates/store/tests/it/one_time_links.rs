//! Links: who made them, and what ends them.

use covibe_domain::entities::Role;
use covibe_store::{Error, LinkMaker, LinkPurpose, Membership, OneTimeLink, PendingLink};

use crate::fixture::*;
use crate::people::{digest_of_person, link, two_people, user, user_id};

on_both!(
    a_link_is_used_once_and_only_by_its_person,
    a_link_of_the_operator_is_stored_without_a_tenant,
    links_that_prove_an_address_are_deleted_only_with_all_links,
    admins_list_and_remove_only_the_links_of_their_tenant,
    links_and_invitations_of_an_admin_end_only_in_their_tenant,
    a_transaction_of_tenant_and_person_changes_rows_of_both_only,
);

async fn a_link_is_used_once_and_only_by_its_person(fixture: Fixture) {
    two_people(&fixture).await;
    let digest = digest_of_person("acme", 103);
    let mut tx = fixture.store.credential(&digest).await.unwrap();
    assert_eq!(tx.presented_link(&digest).await.unwrap(), Some(link("acme")));
    tx.commit().await.unwrap();
    let mut tx = fixture.store.person(&user_id("beta")).await.unwrap();
    assert!(!tx.take_link(&digest).await.unwrap(), "somebody else's");
    tx.commit().await.unwrap();
    let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
    assert!(tx.take_link(&digest).await.unwrap());
    assert!(!tx.take_link(&digest).await.unwrap());
}

async fn a_link_of_the_operator_is_stored_without_a_tenant(fixture: Fixture) {
    two_people(&fixture).await;
    let digest = digest_of_person("acme", 103);
    let link = OneTimeLink { maker: LinkMaker::Operator, ..link("acme") };
    let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
    tx.delete_links().await.unwrap();
    tx.insert_link(&link, at(10)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = fixture.store.credential(&digest).await.unwrap();
    assert_eq!(tx.presented_link(&digest).await.unwrap(), Some(link));
    tx.commit().await.unwrap();
}

async fn links_that_prove_an_address_are_deleted_only_with_all_links(fixture: Fixture) {
    two_people(&fixture).await;
    let link = |number: u8, expires_at| OneTimeLink {
        id: format!("lnk_proof{number}").parse().unwrap(),
        digest: digest_of_person("acme", number),
        purpose: LinkPurpose::Proof,
        maker: LinkMaker::Operator,
        expires_at,
        ..link("acme")
    };
    let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
    tx.insert_link(&link(104, at(100)), at(10)).await.unwrap();
    tx.delete_links().await.unwrap();
    assert!(!tx.take_link(&digest_of_person("acme", 103)).await.unwrap(), "that of an admin");
    tx.insert_link(&link(105, at(40)), at(10)).await.unwrap();
    assert_eq!(tx.delete_all_links(at(50)).await.unwrap(), 1, "the other one had expired");
    assert!(!tx.take_link(&digest_of_person("acme", 104)).await.unwrap());
    assert!(!tx.take_link(&digest_of_person("acme", 105)).await.unwrap());
}

async fn admins_list_and_remove_only_the_links_of_their_tenant(fixture: Fixture) {
    two_people(&fixture).await;
    let OneTimeLink { id, user, expires_at, .. } = link("acme");
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let beta = tx.links_of_tenant(at(20)).await.unwrap();
    assert_eq!((beta.len(), &beta[0].user), (1, &user_id("beta")));
    assert!(!tx.delete_link_of_tenant(&id).await.unwrap(), "another tenant's");
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let pending = PendingLink { id: id.clone(), made_by: user.clone(), user, expires_at };
    assert_eq!(tx.links_of_tenant(at(20)).await.unwrap(), [pending]);
    assert_eq!(tx.links_of_tenant(at(100)).await.unwrap(), [], "expired");
    assert!(tx.delete_link_of_tenant(&id).await.unwrap());
    assert!(!tx.delete_link_of_tenant(&id).await.unwrap());
    assert_eq!(tx.links_of_tenant(at(20)).await.unwrap(), []);
}

async fn links_and_invitations_of_an_admin_end_only_in_their_tenant(fixture: Fixture) {
    two_people(&fixture).await;
    let left = async |name: &str| {
        let mut tx = fixture.store.credential(&digest_of_person(name, 103)).await.unwrap();
        let link = tx.presented_link(&digest_of_person(name, 103)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
        let open = tx.invitations(at(20)).await.unwrap().len();
        tx.commit().await.unwrap();
        (link.is_some(), open)
    };
    for (admin, expected) in [("acme", (true, 1)), ("beta", (false, 0))] {
        let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
        tx.delete_links_made_by(&user_id(admin), at(20)).await.unwrap();
        tx.end_invitations_made_by(&user_id(admin), at(20)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((left("acme").await, left("beta").await), ((true, 1), expected), "{admin}");
    }
}

async fn a_transaction_of_tenant_and_person_changes_rows_of_both_only(fixture: Fixture) {
    two_people(&fixture).await;
    let (acme, beta) = (tenant("acme"), user_id("beta"));
    let mut tx = fixture.store.tenant_and_person(&acme, &beta).await.unwrap();
    assert_eq!(tx.members().await.unwrap().len(), 1);
    assert_eq!(tx.sessions().await.unwrap().len(), 1);
    assert_eq!(tx.own_memberships().await.unwrap()[0].tenant, tenant("beta"));
    let joined = Membership {
        user: beta.clone(),
        tenant: acme.clone(),
        role: Role::Member,
        created_at: at(20),
        made_by: Some(user_id("acme")),
    };
    tx.insert_membership(&joined).await.unwrap();
    tx.delete_links().await.unwrap();
    let own = tx.own_memberships().await.unwrap();
    assert_eq!(own.len(), 2);
    for membership in &own {
        tx.enter_membership(membership).await.unwrap();
        assert_eq!(tx.membership(&beta).await.unwrap().as_ref(), Some(membership));
        assert_eq!(tx.person().await.unwrap().unwrap().0, user("beta"));
    }
    let foreign = Membership { user: user_id("acme"), ..joined };
    assert!(matches!(tx.enter_membership(&foreign).await, Err(Error::OtherTenant)));
    tx.commit().await.unwrap();
    let mut tx = fixture.store.credential(&digest_of_person("acme", 103)).await.unwrap();
    assert!(
        tx.presented_link(&digest_of_person("acme", 103)).await.unwrap().is_some(),
        "somebody else's"
    );
}
