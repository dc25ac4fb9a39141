//! Sessions and keys that had expired before an account was taken over did not end then.

use std::time::Duration;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{LinkId, SessionId, Timestamp};
use covibe_identity::{Expiry, KeyRequest, LinkPurpose, TakenOver};
use covibe_store::{LinkMaker, NewSession, OneTimeLink, WorkspaceRecord};

use super::address_proof::prove_by_link;
use super::*;

on_both!(a_takeover_does_not_count_expired_keys_sessions_and_links);

fn long_ago() -> Timestamp {
    Timestamp::now().before(Duration::from_hours(8 * 24))
}

/// Mints a key that never expires and one that soon has, in a workspace of a company.
async fn mint_keys(fixture: &Fixture, by: &Principal) {
    let workspace = WorkspaceRecord {
        id: by.workspace.clone(),
        tenant: by.tenant.clone(),
        slug: by.slug.clone(),
        gitea_org: "vibn-none".to_owned(),
        gitea_bot_username: "none-bot".to_owned(),
        ..record(ProvisionStatus::Ready)
    };
    let mut tx = fixture.store.tenant(&by.tenant).await.unwrap();
    tx.insert_workspace(&workspace).await.unwrap();
    tx.commit().await.unwrap();
    let soon = Duration::from_millis(500);
    for expiry in [Expiry::Never, Expiry::At(Timestamp::now().after(soon))] {
        let request = KeyRequest { scope: KeyScope::Tenant, expiry, ..KeyRequest::default() };
        fixture.identity.mint(by, request).await.unwrap();
    }
    tokio::time::sleep(soon).await;
}

/// Inserts a link that somebody made for a member of a company, and that has expired.
async fn insert_link(fixture: &Fixture, company: &Company, maker: &UserId) {
    let (user, tenant) = (company.admin.clone(), company.tenant.clone());
    let link = OneTimeLink {
        id: LinkId::from_random(covibe_crypto::random()),
        digest: covibe_crypto::digest("a link"),
        user: user.clone(),
        purpose: LinkPurpose::Password,
        maker: LinkMaker::Admin { user: maker.clone(), tenant: tenant.clone() },
        expires_at: long_ago(),
    };
    let mut tx = fixture.store.tenant_and_person(&tenant, &user).await.unwrap();
    tx.insert_link(&link, long_ago()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Inserts a session that was last used when it began, long ago.
async fn insert_session(fixture: &Fixture, user: &UserId) {
    let id = SessionId::from_random(covibe_crypto::random());
    let (digest, at) = (covibe_crypto::digest("a session"), long_ago());
    let session = NewSession { id, digest, at, address: None, agent: None, tenant: None };
    let mut tx = fixture.store.person(user).await.unwrap();
    tx.insert_session(&session).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_takeover_does_not_count_expired_keys_sessions_and_links(fixture: Fixture) {
    let acme = Company::new(&fixture, "a").await;
    let (carol, first) = acme.member(&fixture, "carol", Role::Admin).await;
    use_link(&fixture, &first).await.unwrap();
    mint_keys(&fixture, &principal(&acme.tenant, &carol)).await;
    insert_link(&fixture, &acme, &carol).await;
    insert_session(&fixture, &carol).await;
    let (_, ended) = prove_by_link(&fixture, "carol").await;
    assert_eq!(ended, TakenOver { keys: 1, sessions: 1, links: 0, invitations: 0 });
}
