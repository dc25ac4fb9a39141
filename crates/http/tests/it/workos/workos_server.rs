//! A server whose people sign in by a simulated WorkOS.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_crypto::SecretBox;
use covibe_domain::{Secret, TenantId};
use covibe_identity::{SignedIn, WorkOsSettings};
use covibe_sandbox::Simulator;
use covibe_sandbox::workos::{self, CLIENT_ID, Collection, Company, Settings};
use covibe_store::Backend;
use covibe_testkit_http::{Options, World};
use covibe_workos::{OrganizationId, Rate, WorkOs, WorkOsConfig};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use url::Url;

use super::browser::{Browser, BrowserAnswer};

pub(super) struct Scene {
    pub(super) world: World,
    pub(super) workos: Simulator,
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self::on(Backend::Sqlite).await.expect("it is there")
    }

    /// A server on which somebody at WorkOS may act in a person's name.
    pub(super) async fn with_impersonation() -> Self {
        Self::start(Options::default(), true, None).await.expect("it is there")
    }

    /// A server that makes calls to WorkOS at this rate.
    pub(super) async fn with_rate(rate: Rate) -> Self {
        Self::start(Options::default(), false, Some(rate)).await.expect("it is there")
    }

    /// `None` where a PostgreSQL is needed and there is none.
    pub(super) async fn on(backend: Backend) -> Option<Self> {
        Self::start(Options { backend, ..Options::default() }, false, None).await
    }

    /// A server on PostgreSQL that waits so long for an entry of the audit; `None` if there is no PostgreSQL.
    pub(super) async fn with_audit_timeout(timeout: Duration) -> Option<Self> {
        let options = Options { backend: Backend::Postgres, ..Options::default() };
        Self::start(options.with_settings(|it| it.audit_timeout = timeout), false, None).await
    }

    async fn start(
        options: Options,
        allows_impersonation: bool,
        rate: Option<Rate>,
    ) -> Option<Self> {
        let world = World::start(options).await?;
        let callback: Url =
            format!("{}/callback", world.mark.agent.origin).parse().expect("it is there");
        let options = workos::Options {
            redirect_uris: vec![callback.to_string(), "https://co-vibe.test/callback".to_owned()],
            ..workos::Options::default()
        };
        let workos = workos::start(options).await.expect("it is there");
        let seals = SecretBox::from_password(&Secret::new("p".repeat(32))).expect("it is there");
        let mut config = config(&workos);
        config.rate = rate.unwrap_or(config.rate);
        let client = WorkOs::new(config).expect("it is there");
        let settings = WorkOsSettings { client, seals, callback, allows_impersonation };
        world.identity.sign_in_by_workos(settings);
        Some(Self { world, workos })
    }

    pub(super) fn browser(&self) -> Browser {
        Browser::new(&self.world.mark.agent.origin)
    }

    /// Has everybody's browser be signed in at AuthKit as this person.
    pub(super) fn as_person(&self, email: &str) {
        self.set(email, |_| {});
    }

    pub(super) fn set(&self, email: &str, change: impl FnOnce(&mut Settings)) {
        let mut settings = Settings { signed_in: Some(email.to_owned()), ..Settings::default() };
        change(&mut settings);
        self.workos.set(settings);
    }

    /// Adds an organisation at WorkOS.
    pub(super) fn company(&self, external_id: Option<&str>, members: &[(&str, &str)]) {
        let members = members.iter().map(|(email, role)| ((*email).into(), (*role).into()));
        let (name, external_id) = ("Acme".to_owned(), external_id.map(str::to_owned));
        self.workos.set(Company { name, external_id, members: members.collect() });
    }

    /// Has an administrator of WorkOS make a person a member.
    pub(super) async fn join(&self, email: &str, organization: &str, role: &str) {
        let user = self.account(email).await.id;
        let organization = organization.parse().expect("it is there");
        self.client().create_membership(&user, &organization, role).await.expect("it is there");
    }

    /// Has an administrator of WorkOS end the memberships of a person.
    pub(super) async fn leave(&self, email: &str) {
        let user = self.account(email).await.id;
        for membership in self.client().memberships_of(&user).await.expect("it is there") {
            self.client().delete_membership(&membership.id).await.expect("it is there");
        }
    }

    /// Has an administrator of WorkOS end the membership of a person in an organisation.
    pub(super) async fn leave_organization(&self, email: &str, organization: &OrganizationId) {
        let user = self.account(email).await.id;
        let found = self.client().membership(&user, organization).await;
        let membership = found.expect("an answer").expect("a membership");
        self.client().delete_membership(&membership.id).await.expect("an end");
    }

    /// Has an administrator of WorkOS change the role of a person in their first organisation.
    pub(super) async fn change_role(&self, email: &str, role: &str) {
        let user = self.account(email).await.id;
        let membership = self.client().memberships_of(&user).await.expect("it is there").remove(0);
        self.client().set_role(&membership.id, role).await.expect("it is there");
    }

    /// Has an administrator of WorkOS change what an account says of a person.
    pub(super) async fn change_account(&self, email: &str, change: Value) {
        self.administer(Method::PUT, email, change).await;
    }

    /// Has an administrator of WorkOS remove an account.
    pub(super) async fn remove_account(&self, email: &str) {
        self.administer(Method::DELETE, email, Value::Null).await;
    }

    /// Has an administrator of WorkOS remove the organisation of mark's company.
    pub(super) async fn remove_organization(&self) {
        let id = self.organization(&self.world.mark.record.tenant).await;
        self.send(Method::DELETE, &format!("/organizations/{id}"), Value::Null).await;
    }

    /// Returns the organisation of a tenant.
    pub(super) async fn organization(&self, tenant: &TenantId) -> OrganizationId {
        let found = self.client().organization_by_external_id(tenant.as_str()).await;
        found.expect("an answer").expect("an organisation").id
    }

    async fn administer(&self, method: Method, email: &str, body: Value) {
        let id = self.account(email).await.id;
        self.send(method, &format!("/user_management/users/{id}"), body).await;
    }

    async fn send(&self, method: Method, path: &str, body: Value) {
        let url = format!("{}{path}", self.workos.url);
        let client = reqwest::Client::builder().no_proxy().build().expect("it is there");
        let request = client.request(method, url).bearer_auth(self.workos.token.expose());
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let answer = request.send().await.expect("it is there");
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
    }

    /// Returns the account with this address.
    pub(super) async fn account(&self, email: &str) -> covibe_workos::User {
        let found = self.client().user_by_email(email).await.expect("it is there");
        found.expect("it is there")
    }

    /// Has an administrator of WorkOS end all sessions.
    pub(super) async fn revoke_sessions(&self) {
        for session in self.workos.names(Collection::Sessions) {
            self.client()
                .revoke_session(&session.parse().expect("it is there"))
                .await
                .expect("it is there");
        }
    }

    fn client(&self) -> WorkOs {
        client(&self.workos)
    }

    /// Goes from the server to AuthKit, and returns where that leads back to.
    pub(super) async fn go(&self, browser: &mut Browser, path: &str) -> Url {
        let away = browser.get(path).await.url();
        browser.elsewhere(away).await
    }

    /// Signs in from start to end, as somebody whose session has ended.
    pub(super) async fn sign_in(&self, browser: &mut Browser, email: &str) -> BrowserAnswer {
        browser.jar.clear();
        self.as_person(email);
        let back = self.go(browser, "/auth/sign-in").await;
        browser.go_back(&back).await
    }

    /// Returns who is signed in with a browser.
    pub(super) async fn signed_in(&self, browser: &Browser) -> Option<SignedIn> {
        let token = browser.session()?;
        self.world.identity.session(token, false).await.expect("it is there")
    }
}

pub(super) fn parameters(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

fn client(workos: &Simulator) -> WorkOs {
    WorkOs::new(config(workos)).expect("it is there")
}

fn config(workos: &Simulator) -> WorkOsConfig {
    let config = WorkOsConfig::new(CLIENT_ID, workos.token.clone()).expect("it is there");
    let base = workos.url.parse().expect("it is there");
    WorkOsConfig { base, ..config }
}
