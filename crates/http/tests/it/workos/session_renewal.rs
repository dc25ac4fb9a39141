//! Looking at WorkOS again, with the renewal of a session's token.

use std::time::Duration;

use covibe_crypto::{digest, mint_token};
use covibe_domain::Timestamp;
use covibe_domain::entities::Role;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::Collection;

use super::browser::{Browser, SESSION};
use super::workos_server::Scene;

/// Gives a session another token that is two hours old, so that the next request renews it.
async fn age(scene: &Scene, browser: &mut Browser) {
    let (who, minted) = (scene.signed_in(browser).await.expect("it is there"), mint_token());
    let before = digest(browser.session().expect("it is there"));
    let then = Timestamp::from_millis(Timestamp::now().as_millis() - 2 * 60 * 60 * 1000);
    let mut tx = scene.world.store.person(&who.user.id).await.expect("it is there");
    assert!(tx.rotate_session(&before, &minted.digest, then).await.expect("it is there"));
    tx.commit().await.expect("it is there");
    browser.jar.insert(SESSION.to_owned(), minted.token.expose().to_owned());
}

/// Renews the token of a session, and waits until WorkOS was asked.
pub(super) async fn renew(scene: &Scene, browser: &mut Browser) {
    age(scene, browser).await;
    let asked = scene.workos.hold("POST", "/user_management/authenticate");
    let before = browser.session().expect("it is there").to_owned();
    assert_eq!(browser.get("/auth/sign-in").await.status, 303, "it does not wait for WorkOS");
    assert_ne!(browser.session().expect("it is there"), before);
    asked.arrived().await;
}

pub(super) async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), wait).await.expect("in time");
}

async fn role(scene: &Scene, browser: &Browser) -> Option<Role> {
    let user = scene.signed_in(browser).await?.user.id;
    let all = scene.world.identity.memberships(&user).await.expect("it is there");
    all.first().map(|one| one.role)
}

/// A company with two admins, of whom the second is signed in.
pub(super) async fn sign_second_admin_in(scene: &Scene) -> Browser {
    let tenant = scene.world.mark.record.tenant.as_str();
    scene.company(Some(tenant), &[("ada@example.com", "admin"), ("bob@example.com", "admin")]);
    for email in ["ada@example.com", "bob@example.com"] {
        let mut browser = scene.browser();
        scene.sign_in(&mut browser, email).await;
        assert_eq!(role(scene, &browser).await, Some(Role::Admin));
        if email.starts_with("bob") {
            return browser;
        }
    }
    panic!("bob is the second")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_renewal_of_a_session_adopts_the_role_at_workos() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    for (slug, expected) in [("member", Role::Member), ("admin", Role::Admin)] {
        scene.change_role("bob@example.com", slug).await;
        renew(&scene, &mut bob).await;
        until(async || role(&scene, &bob).await == Some(expected)).await;
    }
    assert_eq!(scene.workos.count(Collection::Sessions), 2, "the sessions are the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_revoked_at_workos_ends_with_its_renewal() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    scene.revoke_sessions().await;
    assert!(scene.signed_in(&bob).await.is_some(), "nobody has looked yet");
    renew(&scene, &mut bob).await;
    until(async || scene.signed_in(&bob).await.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_continues_while_workos_cannot_be_reached() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    let path = "/user_management/authenticate";
    scene.workos.arm(Fault::new(Name::DropBefore).on("POST", path).times(3));
    renew(&scene, &mut bob).await;
    let is_over = || {
        let requests = scene.workos.requests();
        requests.iter().filter(|one| one.path == path).count() >= 3
    };
    until(async || is_over()).await;
    assert_eq!(role(&scene, &bob).await, Some(Role::Admin));
    scene.workos.disarm();
    scene.change_role("bob@example.com", "member").await;
    renew(&scene, &mut bob).await;
    until(async || role(&scene, &bob).await == Some(Role::Member)).await;
}

/// REST gives no other token, and somebody who was removed might call nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_only_calls_by_rest_is_checked_at_workos_once_an_hour() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    scene.leave("bob@example.com").await;
    age(&scene, &mut bob).await;
    scene.workos.clear_requests();
    let token = bob.session().map(str::to_owned);
    assert_eq!(bob.get("/api/workspaces").await.status, 200, "nobody has looked yet");
    until(async || scene.signed_in(&bob).await.is_none() || role(&scene, &bob).await.is_none())
        .await;
    assert_eq!(bob.session().map(str::to_owned), token, "the answer gives no other one");
    assert_ne!(bob.get("/api/workspaces").await.status, 200);
    let asked = |path: &str| {
        let requests = scene.workos.requests();
        requests.iter().filter(|one| one.path == path).count()
    };
    assert_eq!(asked("/user_management/authenticate"), 1);
}
