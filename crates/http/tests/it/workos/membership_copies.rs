//! Memberships that ended at WorkOS end here, with the keys of the people, although nobody comes by.

use covibe_domain::Secret;
use covibe_domain::entities::{KeyScope, Role};
use covibe_identity::{Expiry, KeyRequest};
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;

use super::browser::Browser;
use super::members::{admin, principal};
use super::session_renewal::{renew, sign_second_admin_in, until};
use super::workos_server::Scene;

/// Mints a key of the tenant that never expires, and returns its token.
pub(super) async fn mint(scene: &Scene, browser: &Browser) -> Secret {
    let by = principal(scene, browser).await;
    let scope = KeyScope::Tenant;
    let request = KeyRequest { scope, expiry: Expiry::Never, ..KeyRequest::default() };
    scene.world.identity.mint(&by, request).await.expect("a key").token
}

pub(super) async fn is_valid(scene: &Scene, key: &Secret) -> bool {
    let header = format!("Bearer {}", key.expose());
    scene.world.identity.authenticate(Some(&header)).await.is_ok()
}

/// Returns the members of mark's company, each with their role.
async fn members(scene: &Scene) -> Vec<(String, Role)> {
    let mut tx = scene.world.store.tenant_read(&scene.world.mark.record.tenant).await.expect("it");
    let members = tx.members().await.expect("a list");
    tx.commit().await.expect("an end");
    members.into_iter().map(|one| (one.user.email.to_string(), one.role)).collect()
}

fn ada_alone() -> [(String, Role); 1] {
    [("ada@example.com".to_owned(), Role::Admin)]
}

async fn keys_of_a_removed_person_end(backend: Backend) {
    let Some(scene) = Scene::on(backend).await else { return };
    let bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.leave("bob@example.com").await;
    scene.revoke_sessions().await;
    assert!(is_valid(&scene, &key).await, "nobody has looked yet");
    scene.world.identity.copy_memberships().await.expect("a round");
    assert!(!is_valid(&scene, &key).await);
    assert_eq!(members(&scene).await, ada_alone());
    assert!(scene.signed_in(&bob).await.is_none() || bob_has_no_company(&scene, &bob).await);
}

async fn bob_has_no_company(scene: &Scene, bob: &Browser) -> bool {
    let user = scene.signed_in(bob).await.expect("a session").user.id;
    scene.world.identity.memberships(&user).await.expect("a list").is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_person_removed_at_workos_end_with_the_next_round() {
    keys_of_a_removed_person_end(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_person_removed_at_workos_end_with_the_next_round_on_postgres() {
    keys_of_a_removed_person_end(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_ends_the_keys_of_a_deleted_account_and_of_a_demoted_admin() {
    let scene = Scene::new().await;
    let bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.remove_account("bob@example.com").await;
    scene.world.identity.copy_memberships().await.expect("a round");
    assert!(!is_valid(&scene, &key).await);
    assert_eq!(members(&scene).await, ada_alone());

    let scene = Scene::new().await;
    let bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.change_role("bob@example.com", "member").await;
    scene.world.identity.copy_memberships().await.expect("a round");
    assert!(!is_valid(&scene, &key).await, "only an admin has keys of the tenant");
    let [ada] = ada_alone();
    assert_eq!(members(&scene).await, [ada, ("bob@example.com".to_owned(), Role::Member)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_renewal_ends_the_membership_that_has_ended_at_workos() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.leave("bob@example.com").await;
    scene.revoke_sessions().await;
    renew(&scene, &mut bob).await;
    until(async || !is_valid(&scene, &key).await).await;
    assert_eq!(members(&scene).await, ada_alone());
}

/// A session may also end because its person signed out at WorkOS.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_renewal_ends_no_membership_that_lasts_at_workos() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.revoke_sessions().await;
    renew(&scene, &mut bob).await;
    until(async || scene.signed_in(&bob).await.is_none()).await;
    scene.world.identity.copy_memberships().await.expect("a round");
    assert!(is_valid(&scene, &key).await);
    assert_eq!(members(&scene).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_changes_nothing_while_workos_fails() {
    let scene = Scene::new().await;
    let bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.leave("bob@example.com").await;
    let organization = "/organizations/";
    for (fault, path) in [
        (Name::Status, "/user_management/organization_memberships"),
        (Name::Status, organization),
        (Name::ProxyNotFound, organization),
        (Name::Status, "/user_management/users/"),
        (Name::ProxyNotFound, "/user_management/users/"),
    ] {
        scene.workos.arm(Fault::new(fault).on("GET", path).times(100));
        scene.world.identity.copy_memberships().await.expect_err(path);
        scene.workos.disarm();
        assert!(is_valid(&scene, &key).await, "{path}");
        assert_eq!(members(&scene).await.len(), 2, "{path}");
    }
    // A failed round does not count, so that the next one need not wait for an hour.
    scene.world.identity.copy_memberships().await.expect("a round");
    assert!(!is_valid(&scene, &key).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_person_whose_calls_take_the_companys_share_of_the_database_stops_no_round() {
    let scene = Scene::new().await;
    let bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.leave("bob@example.com").await;
    let mut share = Vec::new();
    for _ in 0..4 {
        let tenant = &scene.world.mark.record.tenant;
        share.push(scene.world.store.tenant_read(tenant).await.expect("it is there"));
    }
    scene.world.identity.copy_memberships().await.expect("a round");
    drop(share);
    assert!(!is_valid(&scene, &key).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_ends_the_keys_of_removed_people_although_it_fails_for_one_before_them() {
    let scene = Scene::new().await;
    let tenant = scene.world.mark.record.tenant.as_str();
    let emails = ["ada@example.com", "bob@example.com", "carol@example.com"];
    scene.company(Some(tenant), &emails.map(|email| (email, "admin")));
    let mut removed = Vec::new();
    for email in emails {
        let mut browser = scene.browser();
        scene.sign_in(&mut browser, email).await;
        let user = scene.signed_in(&browser).await.expect("a session").user.id;
        removed.push((user, email, mint(&scene, &browser).await));
    }
    removed.remove(0);
    for (_, email, _) in &removed {
        scene.leave(email).await;
    }
    // A round goes by the ids of people.
    removed.sort_by(|(one, ..), (other, ..)| one.as_str().cmp(other.as_str()));
    let [(_, failing, kept), (_, _, ended)] = &removed[..] else { panic!("they are two") };
    let path = format!("/user_management/users/{}", scene.account(failing).await.id);
    scene.workos.arm(Fault::new(Name::Status).on("GET", &path).times(100));
    scene.world.identity.copy_memberships().await.expect_err(failing);
    assert!(is_valid(&scene, kept).await && !is_valid(&scene, ended).await);
    scene.workos.disarm();
    scene.world.identity.copy_memberships().await.expect("a round");
    assert!(!is_valid(&scene, kept).await);
    assert_eq!(members(&scene).await, ada_alone());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_and_people_of_a_missing_organisation_stay() {
    let scene = Scene::new().await;
    let ada = admin(&scene).await;
    let key = mint(&scene, &ada).await;
    scene.leave("ada@example.com").await;
    scene.world.identity.copy_memberships().await.expect("a round");
    assert_eq!(members(&scene).await, ada_alone());
    assert!(is_valid(&scene, &key).await);

    let scene = Scene::new().await;
    let bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    scene.remove_organization().await;
    scene.world.identity.copy_memberships().await.expect("a round");
    assert!(is_valid(&scene, &key).await, "the server may use another environment of WorkOS now");
    assert_eq!(members(&scene).await.len(), 2);
}
