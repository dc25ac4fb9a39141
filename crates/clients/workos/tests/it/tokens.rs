//! Access tokens that can't be trusted: none of them signs anybody in.

use covibe_domain::Secret;
use covibe_sandbox::workos::{CLIENT_ID, Settings, TokenTrouble};
use covibe_workos::{SignInError, TokenError, WorkOs, WorkOsConfig};

use crate::simulated_workos::World;

fn expected_error(trouble: TokenTrouble) -> TokenError {
    match trouble {
        TokenTrouble::ForeignKey => TokenError::Signature,
        TokenTrouble::UnknownKey => TokenError::UnknownKey,
        TokenTrouble::Unsigned | TokenTrouble::SharedSecret => TokenError::Algorithm,
        TokenTrouble::Expired | TokenTrouble::Early => TokenError::Time,
        TokenTrouble::Endless => TokenError::Form,
        TokenTrouble::Audience | TokenTrouble::Client => TokenError::Audience,
        TokenTrouble::Issuer => TokenError::Issuer,
        TokenTrouble::Subject | TokenTrouble::Organization => TokenError::Subject,
    }
}

#[tokio::test]
async fn every_forged_or_foreign_token_is_refused() {
    let mut world = World::new().await;
    let mut config = WorkOsConfig::new(CLIENT_ID, world.workos.token.clone()).unwrap();
    config.base = world.workos.url.parse().unwrap();
    config.issuer = Some("https://api.workos.com/".to_owned());
    world.client = WorkOs::new(config).unwrap();
    for trouble in TokenTrouble::ALL {
        let signed_in = Some(format!("{trouble:?}@example.test"));
        let settings = Settings { signed_in, ..Settings::default() };
        world.workos.set(settings.clone());
        world.sign_in().await.unwrap();
        world.workos.set(Settings { trouble: Some(trouble), ..settings });
        let outcome = world.sign_in().await;
        let Err(SignInError::Token(error)) = outcome else { panic!("{trouble:?}: {outcome:?}") };
        assert_eq!(error, expected_error(trouble), "{trouble:?}");
    }
}

#[tokio::test]
async fn a_token_of_any_issuer_is_accepted_if_no_issuer_is_configured() {
    let world = World::new().await;
    let signed_in = Some("ann@example.test".to_owned());
    let trouble = Some(TokenTrouble::Issuer);
    world.workos.set(Settings { signed_in, trouble, ..Settings::default() });
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_malformed_token_is_refused_without_fetching_the_keys() {
    let world = World::new().await;
    for text in ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let outcome = world.client.verify(&Secret::new(text)).await;
        assert!(matches!(outcome, Err(SignInError::Token(_))), "{text}");
    }
    assert_eq!(world.key_requests(), 0);
}
