//! A person who uses Gitea's pages with a browser.

use covibe_domain::boxed;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};

use crate::http_client;

/// The page on which people create tokens.
const TOKENS: &str = "/user/settings/applications";

/// A person who has signed up, and stays signed in with a session.
pub struct Browser {
    origin: String,
    cookie: String,
    client: Client,
}

impl Browser {
    /// Signs up with this name and password.
    ///
    /// # Panics
    /// Panics if Gitea refuses it.
    #[boxed]
    pub async fn sign_up(origin: &str, name: &str, password: &str) -> Self {
        let client = http_client::client().redirect(Policy::none()).build();
        let (origin, cookie) = (origin.to_owned(), String::new());
        let mut browser = Self { origin, cookie, client: client.expect("a client") };
        let email = format!("{name}@else.test");
        let fields =
            [("user_name", name), ("email", &email), ("password", password), ("retype", password)];
        let answer = browser.submit("/user/sign_up", &fields).await;
        let cookie = answer.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        cookie.expect("a session").clone_into(&mut browser.cookie);
        browser
    }

    /// Creates a token of this scope with the session alone, and returns it.
    ///
    /// # Panics
    /// Panics if the session has ended.
    #[boxed]
    pub async fn token(&self, name: &str, scope: &str) -> String {
        let answer = self.submit(TOKENS, &[("name", name), ("scope", scope)]).await;
        assert_eq!(answer.headers()[LOCATION], TOKENS, "the session has ended");
        let page = self.send(self.client.get(format!("{}{TOKENS}", self.origin))).await;
        let page = page.text().await.expect("a page");
        let shown = page.split("<p>").nth(1).and_then(|rest| rest.split('<').next());
        shown.expect("a token").to_owned()
    }

    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = self.client.post(format!("{}{path}", self.origin)).body(body);
        self.send(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")).await
    }

    async fn send(&self, request: RequestBuilder) -> Response {
        request.header(COOKIE, &self.cookie).send().await.expect("an answer")
    }
}
