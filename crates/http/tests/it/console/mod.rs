//! The console in a real browser, over a whole server.

mod access_protection;
mod activity;
mod agent_connection;
mod api_keys;
mod device_approval;
mod first_steps;
mod live_resources;
mod page_properties;
mod people;
mod photos;
mod roles;

use covibe_domain::{Email, TenantId};
use covibe_identity::{BrowserOrigin, LinkPurpose, SignedIn, User};
use covibe_testkit_browser::{Browser, Page};
use covibe_testkit_http::{Member, Options, World};

/// The password of people in these tests.
const PASSWORD: &str = "harbour lantern willow";

/// A world, and the browser in which people visit it.
struct Site {
    world: World,
    browser: &'static Browser,
}

impl Site {
    /// Returns a site; `None` where there is no browser.
    async fn open() -> Option<Self> {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Option<Self> {
        let browser = Browser::shared()?;
        let world = World::start(options).await.expect("SQLite is built in");
        Some(Self { world, browser })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.mark.agent.origin)
    }

    /// Returns an admin of a member's tenant.
    async fn admin(&self, of: &Member, email: &str) -> User {
        self.admin_of(&of.record.tenant, email).await
    }

    async fn admin_of(&self, tenant: &TenantId, email: &str) -> User {
        let email: Email = email.parse().expect("an address");
        let appointed = self.world.identity.adopt_admin(tenant, &email, "Mia Andersson");
        appointed.await.expect("an admin")
    }

    /// Returns the page of a person who has come by a link and sees the overview.
    async fn sign_in(&self, user: &User) -> Page {
        let link = self.world.identity.create_link(&user.id, LinkPurpose::SignIn).await;
        let link = link.expect("a link");
        let mut page = self.browser.page().await;
        page.goto(&self.url(&format!("/auth/link/{}", link.expose()))).await;
        assert_eq!(page.path().await, "/console");
        page
    }

    /// Returns the page of an admin of the first workspace's tenant.
    async fn admin_page(&self) -> Page {
        let user = self.admin(&self.world.mark, "mia@northwind.example").await;
        self.sign_in(&user).await
    }

    /// Returns the page of a person who has come by a link and chosen their password.
    async fn with_password(&self, user: &User) -> Page {
        let link = self.world.identity.create_link(&user.id, LinkPurpose::Password).await;
        let link = link.expect("a link");
        let mut page = self.browser.page().await;
        page.goto(&self.url(&format!("/auth/link/{}", link.expose()))).await;
        is_sound(&mut page).await;
        submit(&mut page, &[("password", PASSWORD), ("again", PASSWORD)], "main button").await;
        assert_eq!(page.path().await, "/console");
        page
    }

    /// Returns a person in a session of their own.
    async fn person(&self, user: &User) -> SignedIn {
        let token = self.session(user).await;
        let signed_in = self.world.identity.session(&token, false).await;
        signed_in.expect("an answer").expect("a session")
    }

    /// Returns the token of a session of a person who signs in without a browser.
    async fn session(&self, user: &User) -> String {
        let from = BrowserOrigin::default();
        let token = self.world.identity.start_session(&user.id, from, None).await;
        token.expect("a session").expose().to_owned()
    }
}

/// Fills the fields of the only form that has them, and sends it.
async fn submit(page: &mut Page, fields: &[(&str, &str)], button: &str) {
    for (name, value) in fields {
        page.fill(&format!("main input[name={name}]"), value).await;
    }
    page.follow(button).await;
}

/// Fails if a page has anything wrong: for people who use a keyboard or a screen reader, in its policy, in its log.
async fn is_sound(page: &mut Page) {
    let (path, found) = (page.path().await, page.accessibility().await);
    assert!(found.is_empty(), "{path}: {found:#?}");
    page.assert_clean().await;
}
