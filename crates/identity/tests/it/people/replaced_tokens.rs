//! Tokens that were replaced: a page that presents one ends its session, a stream does not.

use covibe_crypto::{MintedToken, SecretBox, mint_token};
use covibe_domain::{Timestamp, WorkspaceId};
use covibe_identity::{Identity, MINTED_A_DAY, Proof};

use super::*;

on_both!(
    a_stream_with_a_replaced_token_ends_and_its_session_continues,
    a_request_with_a_replaced_token_ends_the_session,
    the_csrf_token_of_an_open_page_outlives_rotations_of_token_and_key,
);

/// Replaces the token of a session some minutes ago; returns the new one.
async fn replace_token(fixture: &Fixture, of: &SignedIn, token: &Secret) -> Secret {
    let MintedToken { token: renewed, digest } = mint_token();
    let then = Timestamp::now().before(std::time::Duration::from_mins(5));
    let mut tx = fixture.store.person(&of.user.id).await.unwrap();
    let presented = covibe_crypto::digest(token.expose());
    assert!(tx.rotate_session(&presented, &digest, then).await.unwrap());
    tx.commit().await.unwrap();
    renewed
}

/// A session, the token that it began with, and the one that it has now.
async fn rotated_session(fixture: &Fixture) -> (SignedIn, Secret, Secret) {
    let acme = Company::new(fixture, "ann").await;
    let token = session(fixture, &acme.admin).await;
    let of = find_signed_in(fixture, &token).await.unwrap();
    let renewed = replace_token(fixture, &of, &token).await;
    (of, token, renewed)
}

async fn a_stream_with_a_replaced_token_ends_and_its_session_continues(fixture: Fixture) {
    let (of, token, renewed) = rotated_session(&fixture).await;
    let identity = &fixture.identity;
    let refused = identity.authenticate_person(token.expose(), None, Proof::Follows).await;
    assert_eq!(refused.unwrap_err().kind, Kind::Unauthenticated);
    assert_eq!(find_signed_in(&fixture, &renewed).await.unwrap().session, of.session);
}

async fn a_request_with_a_replaced_token_ends_the_session(fixture: Fixture) {
    let (_, token, renewed) = rotated_session(&fixture).await;
    let identity = &fixture.identity;
    let refused = identity.authenticate_person(token.expose(), None, Proof::Reads).await;
    assert_eq!(refused.unwrap_err().kind, Kind::Unauthenticated);
    assert!(find_signed_in(&fixture, &renewed).await.is_none(), "it may be a copy");
}

async fn the_csrf_token_of_an_open_page_outlives_rotations_of_token_and_key(fixture: Fixture) {
    let (old, new) = (SecretBox::fresh_config(), SecretBox::fresh_config());
    let of_keys = |config: &Secret| {
        let keys = SecretBox::from_config(config).unwrap();
        Identity::new(fixture.store.clone(), MINTED_A_DAY, &keys)
    };
    let acme = Company::new(&fixture, "ann").await;
    let token = session(&fixture, &acme.admin).await;
    let page = of_keys(&old).session(token.expose(), false).await.unwrap().unwrap();
    let workspace: WorkspaceId = "ws_acme".parse().unwrap();
    let of_workspace = page.token_for_page(&workspace);
    assert_eq!(SignedIn::workspace_of_page(&of_workspace), Some(workspace.as_str()));
    let renewed = replace_token(&fixture, &page, &token).await;
    let both = Secret::new(format!("{},{}", new.expose(), old.expose()));
    for (keys, counts) in [(&old, true), (&both, true), (&new, false)] {
        let now = of_keys(keys).session(renewed.expose(), false).await.unwrap().unwrap();
        for open in [&page.csrf, &of_workspace] {
            assert_eq!(now.check(Proof::Sent(open)).is_ok(), counts);
        }
        assert!(now.check(Proof::Sent(&now.csrf)).is_ok());
        for forged in ["", ".ws_acme"] {
            assert!(now.check(Proof::Sent(forged)).is_err());
        }
    }
    let other = session(&fixture, &acme.admin).await;
    let other = of_keys(&old).session(other.expose(), false).await.unwrap().unwrap();
    assert!(other.check(Proof::Sent(&page.csrf)).is_err(), "another session of the same person");
}

/// Otherwise many people who change something at once would keep everybody from reading.
#[tokio::test]
async fn a_session_is_found_while_changes_of_other_people_keep_its_use_from_being_recorded() {
    let fixture = Fixture::sqlite().await;
    let acme = Company::new(&fixture, "ann").await;
    let token = session(&fixture, &acme.admin).await;
    let of = find_signed_in(&fixture, &token).await.unwrap();
    let mut tx = fixture.store.person(&of.user.id).await.unwrap();
    let long_ago = Timestamp::now().before(std::time::Duration::from_mins(10));
    tx.touch_session(&of.session, long_ago).await.unwrap();
    tx.commit().await.unwrap();
    let held = fixture.store.person(&"usr_other".parse().unwrap()).await.unwrap();
    assert_eq!(find_signed_in(&fixture, &token).await.unwrap().session, of.session);
    drop(held);
}
