//! A browser that keeps cookies for one server, runs no scripts and follows no redirects by itself.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, HOST, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use url::Url;

/// The names of the cookies on an origin without TLS.
pub(super) const SESSION: &str = "covibe_session";
pub(super) const SIGN_IN: &str = "covibe_sign_in";

/// A browser.
#[derive(Clone)]
pub(super) struct Browser {
    client: Client,
    origin: String,
    /// The host that it asks for, if not the origin's.
    pub(super) host: Option<&'static str>,
    pub(super) jar: BTreeMap<String, String>,
}

/// An answer to a browser.
pub(super) struct BrowserAnswer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl BrowserAnswer {
    async fn from_response(answer: Response) -> Self {
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Self { status, headers, text: answer.text().await.expect("it is there") }
    }

    /// Returns where it leads.
    pub(super) fn location(&self) -> &str {
        let location = self.headers.get(LOCATION).map(|value| value.to_str().expect("it is there"));
        location.unwrap_or_else(|| panic!("{}: {}", self.status, self.text))
    }

    pub(super) fn url(&self) -> Url {
        self.location().parse().expect("it is there")
    }

    /// Returns the value of a cookie that it sets, with the attributes.
    pub(super) fn set(&self, name: &str) -> Option<&str> {
        let mut all = self
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|value| value.to_str().expect("it is there"));
        all.find(|set| set.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
    }
}

impl Browser {
    pub(super) fn new(origin: &str) -> Self {
        let client =
            Client::builder().no_proxy().redirect(Policy::none()).build().expect("it is there");
        Self { client, origin: origin.to_owned(), host: None, jar: BTreeMap::new() }
    }

    /// Gets a page of the server.
    pub(super) async fn get(&mut self, path: &str) -> BrowserAnswer {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.send_to_server(request).await
    }

    /// Sends a form of the server.
    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> BrowserAnswer {
        let request = self.client.post(format!("{}{path}", self.origin));
        self.send_to_server(form(request, fields)).await
    }

    /// Goes to a page elsewhere, and returns where it leads.
    pub(super) async fn elsewhere(&self, url: Url) -> Url {
        BrowserAnswer::from_response(self.client.get(url).send().await.expect("it is there"))
            .await
            .url()
    }

    /// Sends a form elsewhere.
    pub(super) async fn submit_elsewhere(
        &self,
        url: Url,
        fields: &[(&str, &str)],
    ) -> BrowserAnswer {
        let request = form(self.client.post(url), fields);
        BrowserAnswer::from_response(request.send().await.expect("it is there")).await
    }

    /// Goes to where a page of the server is, by its whole address.
    pub(super) async fn go_back(&mut self, url: &Url) -> BrowserAnswer {
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        self.get(&format!("{}{query}", url.path())).await
    }

    pub(super) fn session(&self) -> Option<&str> {
        self.jar.get(SESSION).map(String::as_str)
    }

    async fn send_to_server(&mut self, mut request: RequestBuilder) -> BrowserAnswer {
        if let Some(host) = self.host {
            request = request.header(HOST, host);
        }
        let pairs: Vec<_> =
            self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !pairs.is_empty() {
            request = request.header(COOKIE, pairs.join("; "));
        }
        let seen = BrowserAnswer::from_response(request.send().await.expect("it is there")).await;
        for set in seen.headers.get_all(SET_COOKIE) {
            let pair = set.to_str().expect("it is there").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("it is there");
            if value.is_empty() {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        seen
    }
}

fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    let kind = "application/x-www-form-urlencoded";
    request.header(reqwest::header::CONTENT_TYPE, kind).body(body.finish())
}
