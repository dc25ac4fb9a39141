//! People: invited, given roles, removed; and a person's own profile.

use covibe_testkit_browser::Page;

use super::{PASSWORD, Site, is_sound, submit};

const PEOPLE: &str = "/console/settings/people";

/// Opens what an admin may change about a person.
async fn open(page: &Page, called: &str) {
    page.click(&format!("summary[aria-label='Change: {called}']")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_invites_promotes_and_removes_a_person() {
    let Some(site) = Site::open().await else { return };
    let mut admin = site.admin_page().await;
    admin.goto(&site.url(PEOPLE)).await;
    admin.fill("#invite-email", "lea@northwind.example").await;
    admin.follow("form[action$='/people/invite'] button").await;
    is_sound(&mut admin).await;
    let link = admin.text("#link").await;
    assert!(link.contains("/auth/invitation/"), "a link");
    // Another invitation would end the link of this one.
    admin.evaluate("location.reload()").await;
    admin.wait_for_load().await;
    admin.wait_for("document.querySelector('main') && !document.querySelector('#link')").await;
    assert_eq!(admin.path().await, PEOPLE);
    admin.goto(&site.url("/console/settings/people/invite")).await;
    assert_eq!(admin.path().await, PEOPLE);
    let shown = admin.text("main").await;
    assert!(shown.contains("lea@northwind.example") && !shown.contains("/auth/invitation/"));

    let mut guest = site.browser.page().await;
    let path = link.split_once("/auth/").expect("a path").1;
    guest.goto(&site.url(&format!("/auth/{path}"))).await;
    let fields = [("name", "Lea"), ("password", PASSWORD), ("again", PASSWORD)];
    submit(&mut guest, &fields, "main button").await;
    guest.goto(&site.url(PEOPLE)).await;
    let seen = guest.text("main").await;
    assert!(seen.contains("Mia Andersson") && !seen.contains("Invite a person"), "{seen}");
    is_sound(&mut guest).await;

    admin.goto(&site.url(PEOPLE)).await;
    open(&admin, "Lea").await;
    is_sound(&mut admin).await;
    admin.follow("button[aria-label='Make admin: Lea']").await;
    assert!(admin.text("[role=status].notice").await.contains("role was changed"));
    guest.goto(&site.url(PEOPLE)).await;
    assert!(guest.text("main").await.contains("Invite a person"), "the role counts at once");

    open(&admin, "Lea").await;
    admin.click("button[aria-label='Remove Lea']").await;
    admin.wait_for("document.querySelector('dialog[open]')").await;
    admin.follow("dialog .danger").await;
    assert!(!admin.text("main table").await.contains("lea@northwind.example"));
    is_sound(&mut admin).await;
    guest.goto(&site.url(PEOPLE)).await;
    assert_ne!(guest.path().await, PEOPLE, "whoever is removed is signed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_cannot_leave_the_company() {
    let Some(site) = Site::open().await else { return };
    let mut page = site.admin_page().await;
    page.goto(&site.url("/console/settings/profile")).await;
    is_sound(&mut page).await;
    page.click("form[action$='/leave'] button").await;
    page.wait_for("document.querySelector('dialog[open]')").await;
    page.follow("dialog .danger").await;
    assert!(page.text("main [role=alert]").await.contains("admin"), "{}", page.text("main").await);
    assert!(page.troubles().await.iter().all(|trouble| trouble.starts_with("status 409")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_changes_their_name_and_password_and_ends_a_session() {
    let Some(site) = Site::open().await else { return };
    let user = site.admin(&site.world.mark, "mia@northwind.example").await;
    let mut page = site.with_password(&user).await;
    let other = site.session(&user).await;

    page.goto(&site.url("/console/settings/profile")).await;
    page.fill("#name", "Mia A.").await;
    page.follow("form[action$='/profile/name'] button").await;
    assert!(page.text("[role=status].notice").await.contains("name was changed"));
    assert_eq!(page.evaluate("document.querySelector('#name').value").await, "Mia A.");
    page.click("form[action*='/sessions/'] button").await;
    page.wait_for("document.querySelector('dialog[open]')").await;
    page.follow("dialog .danger").await;
    assert!(site.world.identity.session(&other, false).await.unwrap().is_none());

    page.fill("#current", "not my password").await;
    page.fill("#password", "another lantern harbour").await;
    page.fill("#again", "another lantern harbour").await;
    page.follow("form[action$='/profile/password'] button").await;
    assert!(page.text("main [role=alert]").await.contains("wrong"));
    assert_eq!(
        page.evaluate("document.querySelector('#password').value").await,
        "",
        "no page repeats a password"
    );
    page.troubles().await;
    page.fill("#current", PASSWORD).await;
    page.fill("#password", "another lantern harbour").await;
    page.fill("#again", "another lantern harbour").await;
    page.follow("form[action$='/profile/password'] button").await;
    assert!(page.text("[role=status].notice").await.contains("password was changed"));
    is_sound(&mut page).await;
}
