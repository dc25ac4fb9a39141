//! Organisations are tenants, and their members are members here.

use covibe_domain::entities::Role;
use covibe_domain::{TenantId, UserId};
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::Collection;
use covibe_store::Backend;

use super::browser::Browser;
use super::members::{principal, request};
use super::session_renewal::sign_second_admin_in;
use super::workos_server::Scene;

/// Founds a company with a workspace of this slug.
pub(super) async fn found_company(scene: &Scene, browser: &mut Browser, slug: &str) -> String {
    let csrf = scene.signed_in(browser).await.expect("it is there").csrf;
    let fields =
        [("csrf", csrf.as_str()), ("company", "Acme"), ("workspace", "Looms"), ("slug", slug)];
    let seen = browser.submit("/onboarding", &fields).await;
    assert_eq!(seen.location(), "/console", "{}", seen.text);
    role(scene, browser).await.expect("it is there").0
}

/// Returns the tenant where a person is, and their role.
async fn role(scene: &Scene, browser: &Browser) -> Option<(String, Role)> {
    let who = scene.signed_in(browser).await?;
    let all = scene.world.identity.memberships(&who.user.id).await.expect("it is there");
    all.first().map(|one| (one.tenant.as_str().to_owned(), one.role))
}

#[tokio::test(flavor = "multi_thread")]
async fn founding_a_company_creates_its_organisation_at_workos() {
    let scene = Scene::new().await;
    let mut ada = scene.browser();
    scene.sign_in(&mut ada, "ada@example.com").await;
    assert_eq!(role(&scene, &ada).await, None, "a sign-in makes no company");
    assert_eq!(scene.workos.count(Collection::Organizations), 0);
    assert_eq!(ada.get("/onboarding").await.status, 200);
    let tenant = found_company(&scene, &mut ada, "looms").await;
    let organizations = scene.workos.names(Collection::Organizations);
    assert!(organizations[0].ends_with(&format!("Acme {tenant}")), "{organizations:?}");
    assert_eq!(scene.workos.names(Collection::Memberships), ["ada@example.com Acme admin active"]);
    // Whoever signs up beside it gets none of it.
    let mut eve = scene.browser();
    scene.sign_in(&mut eve, "eve@example.com").await;
    assert_eq!(role(&scene, &eve).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_the_organisation_are_members_of_the_company_with_their_roles() {
    let scene = Scene::new().await;
    let mut ada = scene.browser();
    scene.sign_in(&mut ada, "ada@example.com").await;
    let tenant = found_company(&scene, &mut ada, "looms").await;
    // An administrator of WorkOS gives two people a membership.
    let organization = scene.workos.names(Collection::Organizations)[0].clone();
    let organization = organization.split(' ').next().unwrap();
    for (email, slug, expected) in
        [("bob@example.com", "member", Role::Member), ("carol@example.com", "admin", Role::Admin)]
    {
        let mut browser = scene.browser();
        scene.sign_in(&mut browser, email).await;
        assert_eq!(role(&scene, &browser).await, None);
        scene.join(email, organization, slug).await;
        scene.sign_in(&mut browser, email).await;
        assert_eq!(role(&scene, &browser).await, Some((tenant.clone(), expected)), "{email}");
        // What becomes of the membership there becomes of it here.
        scene.leave(email).await;
        scene.sign_in(&mut browser, email).await;
        assert_eq!(role(&scene, &browser).await, None, "{email}");
    }
    // The last admin stays, whatever happens there.
    scene.leave("ada@example.com").await;
    scene.sign_in(&mut ada, "ada@example.com").await;
    assert_eq!(role(&scene, &ada).await, Some((tenant, Role::Admin)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_is_not_the_tenants_own_gives_no_role() {
    let scene = Scene::new().await;
    let mark = scene.world.mark.record.tenant.as_str();
    scene.company(None, &[("ada@example.com", "admin")]);
    scene.company(Some("tn_none"), &[("bob@example.com", "admin")]);
    for email in ["ada@example.com", "bob@example.com"] {
        let mut browser = scene.browser();
        scene.sign_in(&mut browser, email).await;
        assert_eq!(role(&scene, &browser).await, None, "{email}");
    }
    // A tenant is one organisation: a second one with its id, made by whoever has the key, gets nothing.
    scene.company(Some(mark), &[("carol@example.com", "admin")]);
    let mut carol = scene.browser();
    scene.sign_in(&mut carol, "carol@example.com").await;
    assert_eq!(role(&scene, &carol).await, Some((mark.to_owned(), Role::Admin)));
    scene.company(Some(mark), &[("dave@example.com", "admin")]);
    let mut dave = scene.browser();
    scene.sign_in(&mut dave, "dave@example.com").await;
    assert_eq!(role(&scene, &dave).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_several_organisations_is_a_member_of_all_of_their_tenants() {
    let scene = Scene::new().await;
    let tenants = [&scene.world.mark, &scene.world.justine].map(|it| it.record.tenant.as_str());
    for tenant in tenants {
        scene.company(Some(tenant), &[("ada@example.com", "member")]);
    }
    let mut ada = scene.browser();
    let seen = scene.sign_in(&mut ada, "ada@example.com").await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    let who = scene.signed_in(&ada).await.unwrap();
    let all = scene.world.identity.memberships(&who.user.id).await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(who.tenant.is_none(), "they choose one themselves");
    assert_eq!(ada.get("/console").await.location(), "/auth/company?returnTo=%2Fconsole");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_whose_creation_failed_is_created_with_the_next_sign_in() {
    for (method, path) in
        [("POST", "/organizations"), ("POST", "/user_management/organization_memberships")]
    {
        for fault in [Name::Status, Name::StatusAfter, Name::DropAfter] {
            let scene = Scene::new().await;
            let mut ada = scene.browser();
            scene.sign_in(&mut ada, "ada@example.com").await;
            scene.workos.arm(Fault::new(fault).on(method, path).times(9));
            let tenant = found_company(&scene, &mut ada, "looms").await;
            scene.workos.disarm();
            scene.sign_in(&mut ada, "ada@example.com").await;
            assert_eq!(role(&scene, &ada).await, Some((tenant.clone(), Role::Admin)), "{fault:?}");
            let organizations = scene.workos.names(Collection::Organizations);
            assert!(organizations.len() == 1 && organizations[0].ends_with(&tenant), "{fault:?}");
            let memberships = scene.workos.names(Collection::Memberships);
            assert_eq!(memberships, ["ada@example.com Acme admin active"], "{fault:?}");
        }
    }
}

/// Has WorkOS fail for the organisation of a tenant, until the simulator is disarmed.
async fn fail_organization(scene: &Scene, tenant: &TenantId) {
    let path = format!("/organizations/{}", scene.organization(tenant).await);
    scene.workos.arm(Fault::new(Name::Status).on("GET", &path).times(100));
}

/// Returns the tenants of a person.
async fn tenants_of(scene: &Scene, user: &UserId) -> Vec<TenantId> {
    let all = scene.world.identity.memberships(user).await.expect("memberships");
    all.into_iter().map(|one| one.tenant).collect()
}

async fn sign_in_while_each_company_fails(backend: Backend) {
    let Some(scene) = Scene::on(backend).await else { return };
    let tenants = [&scene.world.mark, &scene.world.justine].map(|it| it.record.tenant.clone());
    for tenant in &tenants {
        let members = [("ada@example.com", "member"), ("bob@example.com", "member")];
        scene.company(Some(tenant.as_str()), &members);
    }
    for (email, failing, working) in [
        ("ada@example.com", &tenants[0], &tenants[1]),
        ("bob@example.com", &tenants[1], &tenants[0]),
    ] {
        fail_organization(&scene, failing).await;
        let mut browser = scene.browser();
        let seen = scene.sign_in(&mut browser, email).await;
        assert_eq!(seen.status, 303, "{}", seen.text);
        let user = scene.signed_in(&browser).await.expect("a session").user.id;
        assert_eq!(tenants_of(&scene, &user).await, std::slice::from_ref(working));
        scene.workos.disarm();
        scene.sign_in(&mut browser, email).await;
        assert_eq!(tenants_of(&scene, &user).await.len(), 2, "the next sign-in retries it");
        fail_organization(&scene, failing).await;
        scene.sign_in(&mut browser, email).await;
        assert_eq!(tenants_of(&scene, &user).await.len(), 2, "a failure removes nobody");
        scene.workos.disarm();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_with_the_companies_that_work_while_one_fails() {
    sign_in_while_each_company_fails(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_with_the_companies_that_work_while_one_fails_on_postgres() {
    sign_in_while_each_company_fails(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_demoted_at_workos_signs_in_as_a_member_while_the_organisation_fails() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    scene.change_role("bob@example.com", "member").await;
    let tenant = &scene.world.mark.record.tenant;
    fail_organization(&scene, tenant).await;
    let seen = scene.sign_in(&mut bob, "bob@example.com").await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    let expected = Some((tenant.as_str().to_owned(), Role::Member));
    assert_eq!(role(&scene, &bob).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whose_removal_fails_gets_no_session_before_it_succeeds() {
    let scene = Scene::new().await;
    let mut bob = sign_second_admin_in(&scene).await;
    let user = scene.signed_in(&bob).await.expect("a session").user.id;
    let by = principal(&scene, &bob).await;
    scene.world.identity.invite(&by, request(&scene, "carol@example.com")).await.unwrap();
    let (left, joined) = (&scene.world.mark.record.tenant, &scene.world.justine.record.tenant);
    scene.company(Some(joined.as_str()), &[("bob@example.com", "member")]);
    let organization = scene.organization(left).await;
    scene.leave_organization("bob@example.com", &organization).await;
    // The invitation has to be revoked first.
    let path = "/user_management/invitations/*/revoke";
    scene.workos.arm(Fault::new(Name::Status).on("POST", path).times(100));
    scene.sign_in(&mut bob, "bob@example.com").await;
    assert_eq!(bob.session(), None);
    let tenants = tenants_of(&scene, &user).await;
    assert!(tenants.contains(joined), "the other company is as at WorkOS");
    scene.workos.disarm();
    let seen = scene.sign_in(&mut bob, "bob@example.com").await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    assert_eq!(tenants_of(&scene, &user).await, std::slice::from_ref(joined));
}
