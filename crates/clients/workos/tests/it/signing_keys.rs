//! The published keys: fetched once for all, again when a new one signs, and never without end.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::{Key, Settings, TokenTrouble};
use covibe_workos::{Cause, SignInError};

use crate::simulated_workos::World;

fn settings(email: &str) -> Settings {
    Settings { signed_in: Some(email.to_owned()), ..Settings::default() }
}

#[tokio::test]
async fn concurrent_sign_ins_share_one_fetch_of_the_signing_keys() {
    let world = World::new().await;
    let mut codes = Vec::new();
    for number in 0..8 {
        world.workos.set(settings(&format!("{number}@example.test")));
        codes.push(world.code().await);
    }
    let world = std::sync::Arc::new(world);
    let mut all = tokio::task::JoinSet::new();
    for code in codes {
        let world = std::sync::Arc::clone(&world);
        all.spawn(async move { world.exchange(&code).await.is_ok() });
    }
    assert!(all.join_all().await.into_iter().all(|is_ok| is_ok));
    assert_eq!(world.key_requests(), 1);
}

#[tokio::test]
async fn a_rotated_signing_key_is_fetched_once_and_accepted() {
    let world = World::new().await;
    world.workos.set(settings("ann@example.test"));
    world.sign_in().await.unwrap();
    let published = vec![Key::First, Key::Second];
    let rotated = Settings { published, signs: Key::Second, ..settings("ann@example.test") };
    world.workos.set(rotated);
    world.sign_in().await.unwrap();
    world.sign_in().await.unwrap();
    assert_eq!(world.key_requests(), 2);
}

#[tokio::test]
async fn tokens_with_unknown_keys_cause_only_one_more_fetch_of_the_keys() {
    let world = World::new().await;
    world.workos.set(settings("ann@example.test"));
    world.sign_in().await.unwrap();
    let trouble = Some(TokenTrouble::UnknownKey);
    for number in 0..5 {
        let email = format!("{number}@example.test");
        world.workos.set(Settings { trouble, ..settings(&email) });
        assert!(matches!(world.sign_in().await, Err(SignInError::Token(_))));
    }
    assert_eq!(world.key_requests(), 2);
}

#[tokio::test]
async fn unavailable_signing_keys_fail_a_sign_in_and_the_next_one_fetches_them() {
    for (fault, expected) in [
        (Name::Huge, Some(Cause::TooLarge)),
        (Name::Malformed, Some(Cause::Malformed)),
        (Name::ProxyRedirect, Some(Cause::Elsewhere)),
        (Name::Status, None),
    ] {
        let world = World::new().await;
        world.workos.set(settings("ann@example.test"));
        world.workos.arm(Fault::new(fault).on("GET", "/sso/jwks").times(3));
        let Err(SignInError::Call(error)) = world.sign_in().await else { panic!("{fault:?}") };
        assert!(expected.is_none_or(|cause| cause == error.cause), "{fault:?}: {error}");
        world.workos.disarm();
        world.sign_in().await.unwrap();
    }
}
