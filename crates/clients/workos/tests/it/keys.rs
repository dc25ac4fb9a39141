//! The published keys: fetched once for all, again when a new one signs, and never without end.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::{Key, Settings, TokenTrouble};
use covibe_workos::{Cause, SignInError};

use crate::world::World;

fn settings(email: &str) -> Settings {
    Settings { signed_in: Some(email.to_owned()), ..Settings::default() }
}

#[tokio::test]
async fn people_who_sign_in_at_once_share_a_fetch() {
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
async fn a_key_that_replaces_another_is_found() {
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
async fn invented_keys_make_one_more_fetch_and_no_further_ones() {
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
async fn unavailable_keys_fail_sign_ins_and_are_fetched_again() {
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
