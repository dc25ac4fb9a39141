//! Links that nobody made cost nothing: no password is hashed for them, and nobody else waits for it.

use covibe_testkit_http::{Person, World};
use futures_util::future::join_all;

use super::sign_in::{member, sign_in};
use super::{PASSWORD, location};

const FIELDS: [(&str, &str); 4] =
    [("email", "eve@example.com"), ("name", "Eve"), ("password", PASSWORD), ("again", PASSWORD)];

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_hashed_for_an_unknown_link() {
    let world = World::embedded().await;
    let mut ada = member(&world).await;
    let link = world.first_run().await;
    let before = world.identity.hashed_passwords();
    let requests = (0..40).map(async |number| {
        let kind = ["link", "first-run", "invitation"][number % 3];
        let mut eve = Person::new(&world.mark.agent.origin);
        let path = format!("/auth/{kind}/{number}");
        assert_eq!(eve.submit(&path, &FIELDS).await.status, 404, "{path}");
    });
    let signed_in = async {
        assert_eq!(location(&sign_in(&mut ada, "ada@example.com", PASSWORD, "").await), "/console");
    };
    tokio::join!(join_all(requests), signed_in);
    assert_eq!(world.identity.hashed_passwords() - before, 1, "the one that signed in");
    let mut eve = Person::new(&world.mark.agent.origin);
    assert_eq!(location(&eve.submit(&link, &FIELDS).await), "/onboarding");
    assert_eq!(world.identity.hashed_passwords() - before, 2);
}

/// A link that somebody has is an attempt to sign in like a password, from whatever client.
#[tokio::test(flavor = "multi_thread")]
async fn attempts_with_a_link_are_limited_before_a_password_is_hashed() {
    let world = World::embedded().await;
    let link = world.first_run().await;
    let taken = Person::member(&world, &world.mark, "eve", covibe_domain::entities::Role::Member);
    taken.await;
    let mut limited = 0;
    for _ in 0..25 {
        let answer = Person::new(&world.mark.agent.origin).submit(&link, &FIELDS).await;
        assert!(matches!(answer.status, 409 | 429), "{}: {}", answer.status, answer.text);
        limited += u64::from(answer.status == 429);
    }
    assert!((4..=5).contains(&limited), "{limited}: 20 at once, and 4 a minute");
    assert_eq!(world.identity.hashed_passwords(), 25 - limited);
}
