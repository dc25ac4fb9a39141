//! Anonymous tokens (`distribution` 3, "Token Authentication Specification"). No credentials are ever sent for one.

use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::Secret;
use parking_lot::Mutex;
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use crate::auth_challenge::Bearer;
use crate::bounded_request::{Ask, Http, read};
use crate::image_endpoints::ImageAddress;
use crate::lookup_outcome::NotSeen;

/// The number of tokens that are kept. Above it, all are forgotten, which costs a request each.
const KEPT: usize = 256;

/// The maximum length of a token, in bytes. Docker Hub's has about 2,500.
const MAX_TOKEN: usize = 16 * 1024;

/// The maximum size of a token service's answer, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// The lifetime of a token whose service names none (the specification's default), and the longest time that one is kept.
const DEFAULT_LIFETIME: u64 = 60;
const MAX_LIFETIME: u64 = 300;

/// The tokens in use, each for one repository at one registry.
#[derive(Default)]
pub(crate) struct Tokens {
    kept: Mutex<HashMap<(Url, String), Kept>>,
}

struct Kept {
    /// The whole `Authorization` header, which is marked as sensitive.
    header: HeaderValue,
    until: Instant,
}

/// The answer of a token service. Both names mean the same.
#[derive(Deserialize)]
struct Reply {
    token: Option<Secret>,
    access_token: Option<Secret>,
    /// In seconds.
    expires_in: Option<u64>,
}

impl Tokens {
    /// Returns the header with the token for this place, if one is kept that has not expired.
    pub(crate) fn kept_header(&self, place: &ImageAddress) -> Option<HeaderValue> {
        let kept = self.kept.lock();
        let token = kept.get(&place.scope()).filter(|token| Instant::now() < token.until)?;
        Some(token.header.clone())
    }

    /// Fetches a token for this place, keeps it, and returns the header with it.
    ///
    /// # Errors
    ///
    /// `Private` where the service gives no token to anonymous clients.
    pub(crate) async fn fetch(
        &self,
        http: &Http,
        place: &ImageAddress,
        bearer: &Bearer,
    ) -> Result<HeaderValue, NotSeen> {
        let url = address(place, bearer);
        let ask = Ask { method: Method::GET, url, accept: "application/json", token: None };
        let response = http.send(place, ask).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(NotSeen::Private),
            StatusCode::TOO_MANY_REQUESTS => return Err(NotSeen::Limited),
            _ => return Err(NotSeen::Unclear),
        }
        let body = read(response, BODY_LIMIT).await?;
        let token = serde_json::from_slice::<Reply>(&body).ok().and_then(Reply::read);
        let (header, lifetime) = token.ok_or(NotSeen::Unclear)?;
        self.keep_header(place, header.clone(), lifetime);
        Ok(header)
    }

    fn keep_header(&self, place: &ImageAddress, header: HeaderValue, lifetime: Duration) {
        let (mut kept, now) = (self.kept.lock(), Instant::now());
        if kept.len() >= KEPT {
            kept.retain(|_, token| now < token.until);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(place.scope(), Kept { header, until: now + lifetime });
    }
}

impl Reply {
    /// Returns the header, and the time for which the token is kept.
    fn read(self) -> Option<(HeaderValue, Duration)> {
        let token =
            [self.token, self.access_token].into_iter().flatten().find(|it| !it.is_empty())?;
        let text = token.expose();
        if text.len() > MAX_TOKEN || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).ok()?;
        header.set_sensitive(true);
        let lifetime = self.expires_in.unwrap_or(DEFAULT_LIFETIME).min(MAX_LIFETIME);
        Some((header, Duration::from_secs(lifetime)))
    }
}

/// Returns the address of a token. Where the registry names no scope, it is that of pulling from the repository.
fn address(place: &ImageAddress, bearer: &Bearer) -> Url {
    let mut url = bearer.realm.clone();
    let implied = format!("repository:{}:pull", place.repository());
    let scopes =
        if bearer.scopes.is_empty() { std::slice::from_ref(&implied) } else { &bearer.scopes };
    url.query_pairs_mut()
        .extend_pairs(bearer.service.iter().map(|service| ("service", service)))
        .extend_pairs(scopes.iter().map(|scope| ("scope", scope)));
    url
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn place(image: &str) -> ImageAddress {
        ImageAddress::new(&image.parse().unwrap(), &BTreeMap::new()).unwrap()
    }

    fn reply(text: &str) -> Option<(HeaderValue, Duration)> {
        serde_json::from_str::<Reply>(text).ok()?.read()
    }

    #[test]
    fn a_token_is_read_from_either_field_and_hidden_from_debug_output() {
        for (text, seconds) in [
            (r#"{"token":"hunter2"}"#, 60),
            (r#"{"access_token":"hunter2","expires_in":30}"#, 30),
            (r#"{"token":"","access_token":"hunter2","expires_in":1000000}"#, 300),
        ] {
            let (header, lifetime) = reply(text).unwrap();
            assert_eq!((header.to_str().unwrap(), lifetime.as_secs()), ("Bearer hunter2", seconds));
            assert!(!format!("{header:?}").contains("hunter2"));
        }
        let long = format!(r#"{{"token":"{}"}}"#, "x".repeat(MAX_TOKEN + 1));
        for bad in [
            "{}",
            "[]",
            r#"{"token":7}"#,
            r#"{"token":""}"#,
            r#"{"token":"a b"}"#,
            r#"{"token":"a\r\nx: y"}"#,
            r#"{"token":"a","expires_in":-1}"#,
            &long,
        ] {
            assert_eq!(reply(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_is_requested_for_the_challenges_scopes_or_else_for_the_repository() {
        let realm: Url = "https://auth.test/token?a=b".parse().unwrap();
        let scopes = vec!["repository:a/b:pull,push".to_owned(), "c".to_owned()];
        let named = Bearer { realm: realm.clone(), service: Some("a&b".to_owned()), scopes };
        let url = address(&place("ghcr.io/a/b"), &named);
        let query = "a=b&service=a%26b&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=c";
        assert_eq!(url.query(), Some(query));
        let bare = Bearer { realm, service: None, scopes: Vec::new() };
        let url = address(&place("nginx"), &bare);
        assert_eq!(url.query(), Some("a=b&scope=repository%3Alibrary%2Fnginx%3Apull"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bounded_number_of_tokens_is_cached_until_they_expire() {
        let (tokens, minute) = (Tokens::default(), Duration::from_mins(1));
        let places: Vec<_> = (0..=KEPT).map(|at| place(&format!("ghcr.io/a/b{at}"))).collect();
        let header = HeaderValue::from_static("Bearer x");
        for place in &places[..KEPT] {
            tokens.keep_header(place, header.clone(), minute);
        }
        assert!(places[..KEPT].iter().all(|place| tokens.kept_header(place).is_some()));
        tokens.keep_header(&places[KEPT], header.clone(), minute);
        assert_eq!(places.iter().filter(|place| tokens.kept_header(place).is_some()).count(), 1);
        tokio::time::advance(minute).await;
        assert_eq!(tokens.kept_header(&places[KEPT]), None);
    }
}
