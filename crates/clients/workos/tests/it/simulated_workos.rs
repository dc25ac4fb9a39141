//! A simulated WorkOS, a client of it, and a browser.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_domain::Secret;
use covibe_sandbox::Simulator;
use covibe_sandbox::workos::{self, CLIENT_ID, Company, Options, Settings};
use covibe_upstream::Expiry;
use covibe_workos::{
    Authentication, Authorization, Grant, Screen, SignInError, Visitor, WorkOs, WorkOsConfig,
};
use url::Url;

/// The timeout of an attempt that does not expire by hand.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const CALLBACK: &str = "http://127.0.0.1:8787/callback";
pub(crate) const STATE: &str = "the-state";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) struct World {
    pub(crate) workos: Simulator,
    pub(crate) client: WorkOs,
}

impl World {
    pub(crate) async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options =
            Options { settings: Settings::default(), redirect_uris: vec![CALLBACK.to_owned()] };
        let workos = workos::start(options).await.unwrap();
        let client = client(&workos, Expiry::default());
        Self { workos, client }
    }

    /// Signs this person in at AuthKit from now on, without its page.
    pub(crate) fn sign_in_as(&self, email: &str) {
        self.workos.set(Settings { signed_in: Some(email.to_owned()), ..Settings::default() });
    }

    /// Adds a company with one member.
    pub(crate) fn company(&self, name: &str, email: &str, role: &str) {
        let members = vec![(email.to_owned(), role.to_owned())];
        self.workos.set(Company { name: name.to_owned(), external_id: None, members });
    }

    /// Sends a browser to an address, and returns where it is sent on to.
    pub(crate) async fn go(&self, url: Url) -> Url {
        let answer = browser().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        answer.headers()["location"].to_str().unwrap().parse().unwrap()
    }

    /// Signs a person in at AuthKit, and returns the code that the browser comes back with.
    pub(crate) async fn code(&self) -> Secret {
        let back = self.go(self.client.authorization_url(&sign_in_parameters())).await;
        Secret::new(parameters(&back)["code"].clone())
    }

    pub(crate) async fn exchange(&self, code: &Secret) -> Result<Authentication, SignInError> {
        let verifier = Secret::new(VERIFIER);
        let grant = Grant::Code { code, verifier: &verifier };
        self.client.authenticate(grant, Visitor::default()).await
    }

    /// Signs a person in.
    pub(crate) async fn sign_in(&self) -> Result<Authentication, SignInError> {
        self.exchange(&self.code().await).await
    }

    pub(crate) async fn refresh(&self, token: &Secret) -> Result<Authentication, SignInError> {
        let grant = Grant::Refresh { token, organization: None };
        self.client.authenticate(grant, Visitor::default()).await
    }

    /// Counts the requests for the keys.
    pub(crate) fn key_requests(&self) -> usize {
        let requests = self.workos.requests();
        requests.iter().filter(|one| one.path.starts_with("/sso/jwks/")).count()
    }
}

/// Returns the parameters of a sign-in.
pub(crate) fn sign_in_parameters() -> Authorization<'static> {
    // Leaked once for each test, so that the values live as long as it.
    let (callback, state, verifier): (&Url, &Secret, &Secret) = (
        Box::leak(Box::new(CALLBACK.parse().unwrap())),
        Box::leak(Box::new(Secret::new(STATE))),
        Box::leak(Box::new(Secret::new(VERIFIER))),
    );
    Authorization {
        redirect_uri: callback,
        state,
        verifier,
        screen: Screen::SignIn,
        organization: None,
        login_hint: None,
        invitation_token: None,
    }
}

pub(crate) fn parameters(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

pub(crate) fn browser() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) fn client(workos: &Simulator, expiry: Expiry) -> WorkOs {
    let mut config = WorkOsConfig::new(CLIENT_ID, workos.token.clone()).unwrap();
    config.base = workos.url.parse().unwrap();
    (config.expiry, config.timeout) = (expiry, PATIENCE);
    WorkOs::new(config).unwrap()
}
