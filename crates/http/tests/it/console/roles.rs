//! The rights of a role and a membership.

use covibe_domain::entities::Role;
use covibe_identity::User;
use serde_json::json;

use super::{Site, is_sound};

impl Site {
    /// Returns a member of the first workspace, who is no admin.
    async fn member(&self, email: &str) -> User {
        let identity = &self.world.identity;
        let admin = self.admin(&self.world.mark, "mia@northwind.example").await;
        let by = identity.person_caller(&self.person(&admin).await, None).await.expect("a caller");
        let email = email.parse().expect("an address");
        let created = identity.create_member(
            &by.principal,
            &email,
            "Jonas",
            Role::Member,
            Some(self.world.mark.record.id.clone()),
        );
        created.await.expect("a member").0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_the_audit_but_not_the_chain_of_the_company() {
    let Some(site) = Site::open().await else { return };
    let user = site.member("jonas@northwind.example").await;
    let mut page = site.sign_in(&user).await;
    page.goto(&site.url("/console/audit")).await;
    assert!(!page.text("main").await.contains("Your company's audit chain"));
    is_sound(&mut page).await;
    let mut admin = site.admin_page().await;
    admin.goto(&site.url("/console/audit")).await;
    assert!(admin.text("main").await.contains("intact"));
    is_sound(&mut admin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reaches_nothing_of_another_company() {
    let Some(site) = Site::open().await else { return };
    let params = json!({ "image": "nginx:1.27", "name": "secret-app", "instantDeploy": false });
    let app = site.world.justine.agent.compact("apps.create", &params).await.unwrap();
    let app = app["uuid"].as_str().unwrap();
    let mut page = site.admin_page().await;
    page.goto(&site.url(&format!("/console/live/apps/{app}"))).await;
    assert!(page.has_element("main [role=alert]").await);
    assert!(!page.text("body").await.contains("secret-app"));
    let refused = page.troubles().await;
    assert!(
        refused.iter().all(|it| it.starts_with("status 403") || it.starts_with("status 404")),
        "{refused:?}"
    );
    // A switch to a workspace of others is refused, whatever the page offers.
    page.goto(&site.url("/console")).await;
    page.evaluate("document.querySelector('.menu.start button').value = 'justine'").await;
    page.click(".menu.start summary").await;
    page.follow(".menu.start button").await;
    assert!(page.text("main").await.contains("not a member of this workspace"));
    page.goto(&site.url("/console")).await;
    assert_eq!(page.text("h1").await, "mark");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_removed_is_signed_out() {
    let Some(site) = Site::open().await else { return };
    let user = site.member("jonas@northwind.example").await;
    let mut page = site.sign_in(&user).await;
    let admin = site.admin(&site.world.mark, "mia@northwind.example").await;
    let by = site.world.identity.person_caller(&site.person(&admin).await, None).await.unwrap();
    site.world.identity.remove_member(&by.principal, &user.id).await.unwrap();
    page.goto(&site.url("/console/settings/keys")).await;
    assert!(!page.text("main").await.contains("Mint a key"), "{}", page.path().await);
}
