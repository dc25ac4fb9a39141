//! Changes of a person at WorkOS: their address, and their name.

use covibe_domain::Kind;
use covibe_domain::entities::Role;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::Collection;
use covibe_store::{Backend, User};
use covibe_testkit_http::Person;
use serde_json::json;

use super::browser::Browser;
use super::members::{admin, principal, request};
use super::session_renewal::{renew, until};
use super::workos_server::Scene;

async fn user(scene: &Scene, browser: &Browser) -> User {
    scene.signed_in(browser).await.expect("a session").user
}

/// Signs in, and returns the person.
async fn sign_in_as(scene: &Scene, email: &str) -> (Browser, User) {
    let mut browser = scene.browser();
    let seen = scene.sign_in(&mut browser, email).await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    let user = user(scene, &browser).await;
    (browser, user)
}

/// Another address, which WorkOS has verified, and a name.
async fn change(scene: &Scene, email: &str) {
    let change = json!({ "email": "Countess@example.com", "email_verified": true,
                         "first_name": "Ada", "last_name": "Lovelace" });
    scene.change_account(email, change).await;
}

async fn taken_over_with_a_sign_in(backend: Backend) {
    let Some(scene) = Scene::on(backend).await else { return };
    let before = sign_in_as(&scene, "ada@example.com").await.1;
    assert_eq!(before.name, "ada");
    change(&scene, "ada@example.com").await;
    let after = sign_in_as(&scene, "countess@example.com").await.1;
    let expected = User {
        email: "countess@example.com".parse().expect("an address"),
        name: "Ada Lovelace".to_owned(),
        ..before.clone()
    };
    assert_eq!(after, expected, "the same person");
    // The former address is free for its current owner.
    let other = sign_in_as(&scene, "ada@example.com").await.1;
    assert_ne!(other.id, before.id);
    assert_eq!(sign_in_as(&scene, "countess@example.com").await.1, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_adopts_a_changed_address_and_name() {
    taken_over_with_a_sign_in(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_adopts_a_changed_address_and_name_on_postgres() {
    taken_over_with_a_sign_in(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_adopts_a_changed_address_and_name() {
    let scene = Scene::new().await;
    let (mut ada, before) = sign_in_as(&scene, "ada@example.com").await;
    change(&scene, "ada@example.com").await;
    assert_eq!(user(&scene, &ada).await, before, "nobody has looked yet");
    renew(&scene, &mut ada).await;
    until(async || user(&scene, &ada).await.email.as_str() == "countess@example.com").await;
    assert_eq!(user(&scene, &ada).await.name, "Ada Lovelace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_that_is_not_verified_is_not_adopted() {
    let scene = Scene::new().await;
    let before = sign_in_as(&scene, "ada@example.com").await.1;
    let change = json!({ "email": "boss@example.com", "first_name": "Ada" });
    scene.change_account("ada@example.com", change).await;
    let mut browser = scene.browser();
    // An environment that asks nobody to verify.
    scene.set("boss@example.com", |settings| settings.verifies_email = false);
    let back = scene.go(&mut browser, "/auth/sign-in").await;
    assert_eq!(browser.go_back(&back).await.status, 303);
    let expected = User { name: "Ada".to_owned(), ..before };
    assert_eq!(user(&scene, &browser).await, expected, "only the name is");
}

/// The owner of an address now is not kept out by somebody who has not been here since theirs
/// changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_reassigned_address_belongs_to_its_new_holder() {
    let scene = Scene::new().await;
    let before = sign_in_as(&scene, "ada@example.com").await.1;
    change(&scene, "ada@example.com").await;
    let other = sign_in_as(&scene, "ada@example.com").await.1;
    assert_ne!(other.id, before.id);
    assert_eq!((other.email.as_str(), other.name.as_str()), ("ada@example.com", "ada"));
    let after = sign_in_as(&scene, "countess@example.com").await.1;
    assert_eq!((after.id, after.name.as_str()), (before.id, "Ada Lovelace"));
    // An account that no longer exists has no other address: it may be the same person, or
    // another one.
    scene.remove_account("ada@example.com").await;
    let mut browser = scene.browser();
    let seen = scene.sign_in(&mut browser, "ada@example.com").await;
    assert_eq!((seen.status, browser.session()), (409, None), "{}", seen.text);
}

async fn nothing_with_a_taken_address(backend: Backend) {
    let Some(scene) = Scene::on(backend).await else { return };
    let world = &scene.world;
    let other = Person::member(world, &world.mark, "countess", Role::Member).await;
    let other = async || world.identity.session(other.token(), false).await.expect("it is there");
    let theirs = other().await.expect("a session").user;
    let (mut ada, before) = sign_in_as(&scene, "ada@example.com").await;
    change(&scene, "ada@example.com").await;
    renew(&scene, &mut ada).await;
    let (_, after) = sign_in_as(&scene, "countess@example.com").await;
    assert_eq!(after, before, "also not the name, and they are signed in as who they are");
    assert_eq!(user(&scene, &ada).await, before);
    assert_eq!(other().await.expect("a session").user, theirs, "nothing of theirs was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_adopted_with_an_address_that_another_account_has() {
    nothing_with_a_taken_address(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_adopted_with_an_address_that_another_account_has_on_postgres() {
    nothing_with_a_taken_address(Backend::Postgres).await;
}

/// A person who accepted an invitation is in its workspace, whatever their address is by then.
#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_invitation_counts_after_the_address_has_changed() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let identity = &scene.world.identity;
    sign_in_as(&scene, "bob@example.com").await;
    identity.invite(&by, request(&scene, "bob@example.com")).await.unwrap();
    let token = scene.workos.names(Collection::InvitationTokens).remove(0);
    let page = format!("{}/invite", scene.workos.url).parse().unwrap();
    let fields = [("invitation_token", token.as_str()), ("answer", "approve")];
    assert_eq!(scene.browser().submit_elsewhere(page, &fields).await.status, 302);
    let change = json!({ "email": "robert@example.com", "email_verified": true });
    scene.change_account("bob@example.com", change).await;
    let (bob, user) = sign_in_as(&scene, "robert@example.com").await;
    assert_eq!(user.email.as_str(), "robert@example.com");
    assert_eq!(principal(&scene, &bob).await.workspace, scene.world.mark.record.id);
    assert!(identity.invitations(&by).await.unwrap().is_empty(), "it has ended");
}

/// It is for the address, which may be somebody else's by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_pending_invitation_does_not_follow_a_changed_address() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let identity = &scene.world.identity;
    sign_in_as(&scene, "bob@example.com").await;
    identity.invite(&by, request(&scene, "bob@example.com")).await.unwrap();
    let change = json!({ "email": "robert@example.com", "email_verified": true });
    scene.change_account("bob@example.com", change).await;
    let (_, user) = sign_in_as(&scene, "robert@example.com").await;
    assert!(identity.memberships(&user.id).await.unwrap().is_empty());
    let open = identity.invitations(&by).await.unwrap();
    assert_eq!(open.len(), 1, "it waits for whoever has the address");
    // The new address can be invited, and the other invitation be revoked.
    identity.invite(&by, request(&scene, "robert@example.com")).await.unwrap();
    identity.revoke_invitation(&by, &open[0].id).await.unwrap();
    let open = identity.invitations(&by).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].email.as_str(), "robert@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming_a_person_changes_the_name_at_workos_first() {
    let scene = Scene::new().await;
    let ada = admin(&scene).await;
    let by = principal(&scene, &ada).await;
    let identity = &scene.world.identity;
    identity.rename(&by, "Ada Lovelace").await.unwrap();
    let there = scene.account("ada@example.com").await;
    assert_eq!(
        (there.first_name.as_deref(), there.last_name.as_deref()),
        (Some("Ada"), Some("Lovelace"))
    );
    assert_eq!(sign_in_as(&scene, "ada@example.com").await.1.name, "Ada Lovelace");
    identity.rename(&by, "Ada").await.unwrap();
    assert_eq!(sign_in_as(&scene, "ada@example.com").await.1.name, "Ada");
    scene.workos.arm(Fault::new(Name::Status).on("PUT", "/user_management/users/*").times(9));
    assert_eq!(identity.rename(&by, "Countess").await.unwrap_err().kind, Kind::Upstream);
    assert_eq!(user(&scene, &ada).await.name, "Ada", "nothing was said to be done");
}
