//! Requests to WorkOS that only a rehearsal sends: creating a person with a password, signing them in without a
//! browser, and removing what the rehearsal created.

use anyhow::{Context, Result, bail};
use covibe_domain::Secret;
use covibe_workos::WorkOsConfig;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use url::Url;

/// The tokens of a session.
pub(crate) struct Tokens {
    pub(crate) access: Secret,
    pub(crate) refresh: Secret,
}

/// The environment, as its API key reaches it.
pub(crate) struct Account {
    http: Client,
    base: Url,
    client_id: String,
    api_key: Secret,
}

impl Account {
    pub(crate) fn new(config: &WorkOsConfig) -> Result<Self> {
        let http =
            Client::builder().timeout(config.timeout).connect_timeout(config.connect_timeout);
        let http = http.redirect(reqwest::redirect::Policy::none()).build()?;
        let (base, client_id) = (config.base.clone(), config.client_id.clone());
        Ok(Self { http, base, client_id, api_key: config.api_key.clone() })
    }

    /// Creates a person whose address counts as verified, so that WorkOS sends no mail.
    pub(crate) async fn make_person(
        &self,
        email: &str,
        (first, last): (&str, &str),
        password: &Secret,
    ) -> Result<()> {
        let body = json!({ "email": email, "email_verified": true, "first_name": first,
                           "last_name": last, "password": password.expose() });
        self.send(Method::POST, "user_management/users", Some(body)).await.map(drop)
    }

    /// Signs a person in with their password.
    pub(crate) async fn sign_in(&self, email: &str, password: &Secret) -> Result<Tokens> {
        let body = json!({ "client_id": self.client_id, "client_secret": self.api_key.expose(),
                           "grant_type": "password", "email": email, "password": password.expose() });
        let answer = self.send(Method::POST, "user_management/authenticate", Some(body)).await?;
        let token = |name: &str| {
            let token = answer[name].as_str().with_context(|| format!("an answer without {name}"));
            token.map(Secret::new)
        };
        Ok(Tokens { access: token("access_token")?, refresh: token("refresh_token")? })
    }

    /// Removes the object at a path. Succeeds if there is none.
    pub(crate) async fn remove(&self, path: &str) -> Result<()> {
        self.send(Method::DELETE, path, None).await.map(drop)
    }

    /// Sends a request. An error has the status and the code of a refusal, and none of its texts.
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let is_removal = method == Method::DELETE;
        let what = format!("{method} /{path}");
        let mut request = self.http.request(method, self.base.join(path)?);
        // A sign-in has the key as the client's secret.
        if !path.ends_with("authenticate") {
            request = request.bearer_auth(self.api_key.expose());
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        // The address may have an id, and the error must contain no other.
        let answer = request.send().await.map_err(reqwest::Error::without_url);
        let answer = answer.with_context(|| what.clone())?;
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        let is_done = (200..300).contains(&status) || (is_removal && status == 404);
        if is_done {
            return Ok(body);
        }
        let code = body["code"].as_str().or(body["error"].as_str()).unwrap_or_default();
        bail!("{what}: {status} {code}")
    }
}
