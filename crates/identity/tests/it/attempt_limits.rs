//! Limits of attempts, which two instances count together.

use covibe_domain::{Kind, UserId};
use covibe_identity::{Attempt, Attempts};

use crate::fixture::*;

on_both!(
    two_instances_count_attempts_together,
    attempts_from_a_site_are_limited,
    forgiven_attempts_are_available_again,
);

async fn two_instances_count_attempts_together(fixture: Fixture) {
    let instances = [Attempts::new(fixture.store.clone()), Attempts::new(fixture.store.clone())];
    let (user, address): (UserId, _) = ("usr_mark".parse().unwrap(), "192.0.2.1".parse().unwrap());
    let kinds = [
        (Attempt::Password("mark@acme.test", None), 5, 90),
        (Attempt::PasswordFromSite("mark@acme.test", address), 20, 15),
        (Attempt::SignIn(address), 20, 15),
        (Attempt::UserCode(&user), 10, 60),
        (Attempt::UserCodeFrom(&user, address), 20, 30),
        (Attempt::Device(address), 10, 30),
    ];
    for (attempt, burst, every) in kinds {
        for number in 0..burst {
            instances[number % 2].make(attempt).await.unwrap();
        }
        for instance in &instances {
            let refused = instance.make(attempt).await.unwrap_err();
            assert_eq!(refused.kind, Kind::Limited);
            assert!(refused.retry_after.unwrap().as_secs() <= every, "{refused:?}");
        }
    }
}

async fn attempts_from_a_site_are_limited(fixture: Fixture) {
    let attempts = Attempts::new(fixture.store.clone());
    let (user, address) = ("usr_mark".parse().unwrap(), "2001:db8:1:2::1".parse().unwrap());
    for attempt in [
        Attempt::SignInFromSite(address),
        Attempt::UserCodeFromSite(&user, address),
        Attempt::DeviceFromSite(address),
    ] {
        let mut made = 0;
        while made < 120 && attempts.make(attempt).await.is_ok() {
            made += 1;
        }
        // One more every five seconds, in case this takes long.
        assert!((60..120).contains(&made), "{attempt:?}: {made}");
    }
}

async fn forgiven_attempts_are_available_again(fixture: Fixture) {
    let attempts = Attempts::new(fixture.store.clone());
    let (own, other) =
        (Attempt::Password("mark@acme.test", None), Attempt::Password("jo@acme.test", None));
    for attempt in [own, own, own, own, own, other, other, other, other, other] {
        attempts.make(attempt).await.unwrap();
    }
    attempts.forgive(own, &"usr_mark".parse().unwrap()).await.unwrap();
    attempts.make(own).await.unwrap();
    assert!(attempts.make(other).await.is_err());
}
