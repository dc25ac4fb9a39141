//! First run, onboarding, signing in and out, invitations.

use std::time::Duration;

use covibe_domain::entities::Role;
use covibe_identity::NewInvitationRequest;
use covibe_testkit_http::Options;

use super::{PASSWORD, Site, is_sound, submit};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_person_signs_up_and_founds_a_company() {
    let long = Duration::from_mins(2);
    let options =
        Options { attempt: long, ..Options::default() }.with_settings(|it| it.lease = long);
    let Some(site) = Site::with(options).await else { return };
    let link = site.world.identity.offer_ownership().await.unwrap().expect("nobody has signed up");
    let mut page = site.browser.page().await;
    page.goto(&site.url(&format!("/auth/first-run/{}", link.expose()))).await;
    is_sound(&mut page).await;
    let person = [
        ("email", "ada@analytical.example"),
        ("name", "Ada Lovelace"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    submit(&mut page, &person, "main button[type=submit]").await;
    assert_eq!(page.path().await, "/onboarding");
    is_sound(&mut page).await;
    let hold = site.world.gitea.hold("POST", "/admin/users$");
    let company = [("company", "Analytical Engines"), ("workspace", "Difference Engine")];
    submit(&mut page, &company, "main form[action='/onboarding'] button").await;
    assert_eq!(page.path().await, "/console");
    assert_eq!(page.text("h1").await, "Difference Engine");
    // The page shows the run that sets the workspace up, and its end without being reloaded.
    page.wait_for("document.querySelector('[data-setup-state]').textContent.includes(' of ')")
        .await;
    assert!(!page.has_element("form[action='/console/workspace/provision']").await);
    is_sound(&mut page).await;
    hold.release();
    page.wait_for_load().await;
    page.wait_for("document.querySelector('main dl .badge')?.textContent === 'ready'").await;
    is_sound(&mut page).await;

    // A member of no company is told how to become one.
    let email = "grace@elsewhere.example".parse().unwrap();
    let nobody = site
        .world
        .identity
        .adopt_admin(&site.world.mark.record.tenant, &email, "Grace")
        .await
        .unwrap();
    let other = site.admin(&site.world.mark, "mia@northwind.example").await;
    let by = site.world.identity.person_caller(&site.person(&other).await, None).await.unwrap();
    site.world.identity.remove_member(&by.principal, &nobody.id).await.unwrap();
    let session = site.session(&nobody).await;
    let mut guest = site.browser.page().await;
    guest.set_cookie(&site.url("/"), "covibe_session", &session).await;
    guest.goto(&site.url("/console/live")).await;
    assert_eq!(guest.path().await, "/onboarding");
    assert!(guest.text("main").await.contains("invite grace@elsewhere.example"));

    // The link is used up, and nobody else is led to found a company.
    let mut other = site.browser.page().await;
    other.goto(&site.url(&format!("/auth/first-run/{}", link.expose()))).await;
    assert!(other.text("main").await.contains("no longer works"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unprovisioned_workspace_is_provisioned_from_its_overview() {
    let Some(site) = Site::open().await else { return };
    let late = site.world.new_workspace("late").await;
    let user = site.admin(&late, "mia@northwind.example").await;
    let mut page = site.sign_in(&user).await;
    assert!(page.text("main").await.contains("Nothing is set up for this workspace"));
    is_sound(&mut page).await;
    page.follow("form[action='/console/workspace/provision'] button").await;
    let text = page.text("main").await;
    assert!(text.contains("The workspace is provisioned.") && !text.contains("Continue"), "{text}");
    is_sound(&mut page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_joins_and_signs_in_again() {
    let Some(site) = Site::open().await else { return };
    let admin = site.admin(&site.world.mark, "mia@northwind.example").await;
    let by = site.world.identity.person_caller(&site.person(&admin).await, None).await.unwrap();
    let request = NewInvitationRequest {
        email: "lea@northwind.example".parse().unwrap(),
        role: Role::Member,
        workspace: Some(site.world.mark.record.id.clone()),
        provider: None,
    };
    let invited = site.world.identity.invite(&by.principal, request).await.unwrap();
    let mut page = site.browser.page().await;
    page.goto(&site.url(&format!("/auth/invitation/{}", invited.token.expose()))).await;
    is_sound(&mut page).await;
    submit(
        &mut page,
        &[("name", "Lea"), ("password", PASSWORD), ("again", PASSWORD)],
        "main button",
    )
    .await;
    assert_eq!(page.path().await, "/console");

    // Out, and in again; the page that was asked for comes after it.
    page.click("details.menu:last-of-type summary").await;
    page.follow("form[action='/auth/sign-out'] button").await;
    assert_eq!(page.path().await, "/auth/sign-in");
    page.goto(&site.url("/console/live?x=1")).await;
    assert_eq!(page.path().await, "/auth/sign-in?returnTo=%2Fconsole%2Flive%3Fx%3D1");
    is_sound(&mut page).await;
    submit(
        &mut page,
        &[("email", "lea@northwind.example"), ("password", "wrong wrong wrong")],
        "main button",
    )
    .await;
    assert!(page.text("[role=alert]").await.contains("wrong"));
    assert_eq!(
        page.evaluate("document.querySelector('#email').value").await,
        "lea@northwind.example"
    );
    let troubles = page.troubles().await;
    assert!(troubles.iter().all(|trouble| trouble.starts_with("status 401")), "{troubles:?}");
    submit(&mut page, &[("password", PASSWORD)], "main button").await;
    assert_eq!(page.path().await, "/console/live?x=1");
    is_sound(&mut page).await;
}
