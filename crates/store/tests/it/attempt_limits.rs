//! Limits of attempts: counted together by all instances, by the clock of the database.

use std::time::Duration;

use covibe_domain::KeyDigest;
use covibe_store::{AttemptRate, ShareOf};
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::fixture::*;

on_both!(
    instances_count_attempts_together,
    attempts_with_different_digests_are_limited_separately,
    an_attempt_becomes_available_again,
    forgotten_attempts_are_available_again,
    old_attempts_that_limit_nothing_any_more_are_removed,
    all_of_several_attempts_are_made_or_none,
    instances_make_all_of_several_attempts_or_none,
);

/// Whoever makes the attempts.
const BY: ShareOf<'static> = ShareOf::Strangers;

/// No attempt becomes available again during a test.
const SLOW: AttemptRate = AttemptRate { burst: 5, every: Duration::from_hours(1) };

fn digest(byte: u8) -> KeyDigest {
    KeyDigest::new([byte; 32])
}

async fn instances_count_attempts_together(fixture: Fixture) {
    let stores = [fixture.store.clone(), fixture.another().await];
    let attempt =
        async |number: usize| stores[number % 2].attempt(BY, &digest(1), SLOW).await.unwrap();
    let outcomes = join_all((0..16).map(attempt)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5, "{outcomes:?}");
    let wait = stores[1].attempt(BY, &digest(1), SLOW).await.unwrap().unwrap_err();
    assert!(wait > Duration::from_mins(50) && wait <= SLOW.every, "{wait:?}");
}

async fn attempts_with_different_digests_are_limited_separately(fixture: Fixture) {
    for byte in [1, 2] {
        for _ in 0..5 {
            assert_eq!(fixture.store.attempt(BY, &digest(byte), SLOW).await.unwrap(), Ok(()));
        }
        assert!(fixture.store.attempt(BY, &digest(byte), SLOW).await.unwrap().is_err());
    }
}

async fn an_attempt_becomes_available_again(fixture: Fixture) {
    let fast = AttemptRate { burst: 1, every: Duration::from_millis(1) };
    assert_eq!(fixture.store.attempt(BY, &digest(1), fast).await.unwrap(), Ok(()));
    // The clock of the database goes on by itself.
    while fixture.store.attempt(BY, &digest(1), fast).await.unwrap().is_err() {}
}

async fn forgotten_attempts_are_available_again(fixture: Fixture) {
    for byte in [1, 1, 1, 1, 1, 2] {
        assert_eq!(fixture.store.attempt(BY, &digest(byte), SLOW).await.unwrap(), Ok(()));
    }
    fixture.store.forget_attempts(BY, &digest(1)).await.unwrap();
    for byte in [1, 1, 1, 1, 1, 2, 2, 2, 2] {
        assert_eq!(fixture.store.attempt(BY, &digest(byte), SLOW).await.unwrap(), Ok(()));
    }
    assert!(fixture.store.attempt(BY, &digest(2), SLOW).await.unwrap().is_err());
}

async fn old_attempts_that_limit_nothing_any_more_are_removed(fixture: Fixture) {
    let fast = AttemptRate { burst: 1, every: Duration::from_millis(1) };
    fixture.store.attempt(BY, &digest(1), SLOW).await.unwrap().unwrap();
    fixture.store.attempt(BY, &digest(2), fast).await.unwrap().unwrap();
    while fixture.store.remove_old_attempts().await.unwrap() == 0 {}
    assert_eq!(fixture.store.remove_old_attempts().await.unwrap(), 0);
    for _ in 0..4 {
        fixture.store.attempt(BY, &digest(1), SLOW).await.unwrap().unwrap();
    }
    assert!(
        fixture.store.attempt(BY, &digest(1), SLOW).await.unwrap().is_err(),
        "it is still counted"
    );
}

async fn all_of_several_attempts_are_made_or_none(fixture: Fixture) {
    let store = &fixture.store;
    let attempts = [(digest(1), SLOW), (digest(2), AttemptRate { burst: 2, ..SLOW })];
    for _ in 0..2 {
        assert_eq!(store.attempt_all(BY, &attempts).await.unwrap(), Ok(()));
    }
    for _ in 0..3 {
        let refused = store.attempt_all(BY, &attempts).await.unwrap();
        assert!(matches!(refused, Err((1, _))), "{refused:?}");
    }
    // They used nothing of the first subject.
    for _ in 0..3 {
        assert_eq!(store.attempt(BY, &digest(1), SLOW).await.unwrap(), Ok(()));
    }
    assert!(store.attempt(BY, &digest(1), SLOW).await.unwrap().is_err());
}

async fn instances_make_all_of_several_attempts_or_none(fixture: Fixture) {
    let stores = [fixture.store.clone(), fixture.another().await];
    let (one, other, both) = ((digest(1), SLOW), (digest(2), SLOW), digest(3));
    let make = async |number: usize, attempts: [(KeyDigest, AttemptRate); 2]| {
        stores[number % 2].attempt_all(BY, &attempts).await.unwrap()
    };
    let together = AttemptRate { burst: 7, ..SLOW };
    for number in 0..5 {
        assert_eq!(make(number, [one, (both, together)]).await, Ok(()));
    }
    let outcomes = join_all((0..8).map(|number| make(number, [other, (both, together)]))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| !matches!(outcome, Err((0, _)))), "{outcomes:?}");
    let (place, wait) = make(0, [one, (both, together)]).await.unwrap_err();
    assert!(place == 0 && wait <= SLOW.every, "{place} {wait:?}");
    // Refused attempts used nothing of the other subject.
    for _ in 0..3 {
        assert_eq!(fixture.store.attempt(BY, &digest(2), SLOW).await.unwrap(), Ok(()));
    }
    assert!(fixture.store.attempt(BY, &digest(2), SLOW).await.unwrap().is_err());
}

/// Otherwise others would wait for those who try all the time.
#[tokio::test]
async fn a_refused_attempt_does_not_wait_for_the_writer() {
    let fixture = Fixture::sqlite().await;
    let attempts = [(digest(1), AttemptRate { burst: 1, ..SLOW })];
    assert_eq!(fixture.store.attempt_all(BY, &attempts).await.unwrap(), Ok(()));
    let (tenant, user) = (tenant("acme"), "usr_adaa".parse().unwrap());
    let held = fixture.store.tenant(&tenant).await.unwrap();
    for by in [BY, ShareOf::Person(&user), ShareOf::Tenant(&tenant)] {
        let refused = timeout(MINUTE, fixture.store.attempt_all(by, &attempts)).await.unwrap();
        assert!(matches!(refused, Ok(Err((0, _)))), "{by:?}: {refused:?}");
    }
    held.commit().await.unwrap();
}
