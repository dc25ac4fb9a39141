//! Questions to one registry (OCI distribution spec 1.1, "Pull").

use covibe_domain::boxed;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::anonymous_token::Tokens;
use crate::auth_challenge::{self, Challenge};
use crate::bounded_request::{Ask, Http, read};
use crate::digest::Digest;
use crate::image_endpoints::ImageAddress;
use crate::lookup_outcome::{Absent, LabelsError, NotSeen};

/// The media types of indexes and manifests that Docker pulls.
const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// The same, as a header.
const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// The maximum size of an error's body, in bytes.
const ERROR_LIMIT: usize = 64 * 1024;

/// The maximum number of redirects from one blob.
const MAX_REDIRECTS: usize = 3;

/// The connections and tokens with which registries are asked.
pub(crate) struct Registry {
    http: Http,
    tokens: Tokens,
}

/// An answer of a registry, and the token that it was asked with.
struct Answer {
    response: Response,
    token: Option<HeaderValue>,
}

/// An error's body (OCI distribution spec 1.1, "Error Codes").
#[derive(Deserialize)]
struct Errors {
    errors: Vec<Coded>,
}

#[derive(Deserialize)]
struct Coded {
    code: String,
}

impl Registry {
    pub(crate) fn new(http: Http) -> Self {
        Self { http, tokens: Tokens::default() }
    }

    /// Asks whether an image exists, and returns the digest that the registry names.
    ///
    /// It is asked by HEAD, which Docker Hub does not count as a pull (its docs, "Pull usage and limits", 2026). Only
    /// where that fails a GET follows, as an answer to HEAD has no code.
    #[boxed]
    pub(crate) async fn find(&self, place: &ImageAddress) -> Result<Option<String>, LabelsError> {
        let mut answer = self.ask(place, Method::HEAD, place.manifest(), ACCEPTED).await?;
        let status = answer.response.status();
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
            answer = self.ask(place, Method::GET, place.manifest(), ACCEPTED).await?;
        }
        let response = answer.accept().await?;
        Ok(stated_digest(place, response.headers())?)
    }

    /// Returns a manifest or an index, of at most `limit` bytes.
    pub(crate) async fn manifest(
        &self,
        place: &ImageAddress,
        url: Url,
        limit: usize,
    ) -> Result<Vec<u8>, LabelsError> {
        let answer = self.ask(place, Method::GET, url, ACCEPTED).await?;
        Ok(read(answer.accept().await?, limit).await?)
    }

    /// Returns a blob of at most `limit` bytes. Registries send clients to where their blobs are stored. The token is not
    /// sent to another origin, and not again after one.
    pub(crate) async fn blob(
        &self,
        place: &ImageAddress,
        digest: &Digest,
        limit: usize,
    ) -> Result<Vec<u8>, LabelsError> {
        let mut url = place.blob(digest);
        let mut answer = self.ask(place, Method::GET, url.clone(), "*/*").await?;
        for _ in 0..MAX_REDIRECTS {
            let Some(next) = redirect(&url, &answer.response)? else { break };
            let token = token_for_redirect(answer.token, &url, &next);
            url = next;
            answer = self.send(place, Method::GET, url.clone(), "*/*", token).await?;
        }
        Ok(read(answer.accept().await?, limit).await?)
    }

    /// Sends a request, with an anonymous token where the registry asks for one.
    #[boxed]
    async fn ask(
        &self,
        place: &ImageAddress,
        method: Method,
        url: Url,
        accept: &'static str,
    ) -> Result<Answer, NotSeen> {
        let known = self.tokens.kept_header(place);
        let answer = self.send(place, method.clone(), url.clone(), accept, known).await?;
        if answer.response.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let bearer = match auth_challenge::read(answer.response.headers()) {
            Some(Challenge::Bearer(bearer)) => bearer,
            Some(Challenge::Basic) => return Err(NotSeen::Private),
            None => return Err(NotSeen::Unclear),
        };
        let token = self.tokens.fetch(&self.http, place, &bearer).await?;
        self.send(place, method, url, accept, Some(token)).await
    }

    async fn send(
        &self,
        place: &ImageAddress,
        method: Method,
        url: Url,
        accept: &'static str,
        token: Option<HeaderValue>,
    ) -> Result<Answer, NotSeen> {
        let ask = Ask { method, url, accept, token: token.as_ref() };
        let response = self.http.send(place, ask).await?;
        Ok(Answer { response, token })
    }
}

impl Answer {
    /// Returns a successful answer. Redirects are not followed here.
    async fn accept(self) -> Result<Response, LabelsError> {
        let has_token = self.token.is_some();
        match self.response.status() {
            StatusCode::OK => Ok(self.response),
            StatusCode::NOT_FOUND => Err(self.absence().await),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if has_token => {
                Err(NotSeen::Private.into())
            }
            StatusCode::TOO_MANY_REQUESTS => Err(NotSeen::Limited.into()),
            _ => Err(NotSeen::Unclear.into()),
        }
    }

    /// Reads a 404. Without a code, it is the registry's only if the registry accepted a token before: anything at that
    /// address could answer it. Harbor (2.x) writes `NOT_FOUND`.
    async fn absence(self) -> LabelsError {
        let has_token = self.token.is_some();
        let body = read(self.response, ERROR_LIMIT).await.unwrap_or_default();
        let errors = serde_json::from_slice::<Errors>(&body).map(|body| body.errors);
        let codes = errors.unwrap_or_default();
        match codes.first().map(|first| first.code.as_str()) {
            Some("MANIFEST_UNKNOWN") => Absent::Tag.into(),
            Some("NAME_UNKNOWN") => Absent::Repository.into(),
            None | Some("NOT_FOUND") if has_token => Absent::Tag.into(),
            Some("UNAUTHORIZED" | "DENIED") if has_token => NotSeen::Private.into(),
            _ => NotSeen::Unclear.into(),
        }
    }
}

/// Returns the digest that an answer states, if it states one.
///
/// # Errors
///
/// `Unclear` for an answer that is not one of a registry, or that is about another image: some servers answer 200 to
/// everything.
fn stated_digest(place: &ImageAddress, headers: &HeaderMap) -> Result<Option<String>, NotSeen> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let digest = text("docker-content-digest").and_then(Digest::parse);
    let media_type =
        text(CONTENT_TYPE.as_str()).and_then(|it| it.split(';').next()).unwrap_or_default();
    let is_manifest = MANIFESTS.iter().any(|known| known.eq_ignore_ascii_case(media_type.trim()));
    let is_other = digest.is_some() && place.digest().is_some() && digest != place.digest();
    if is_other || (digest.is_none() && !is_manifest) {
        return Err(NotSeen::Unclear);
    }
    Ok(digest.map(|digest| digest.as_str().to_owned()))
}

/// Returns the token for the next address: another origin gets none.
fn token_for_redirect(token: Option<HeaderValue>, from: &Url, to: &Url) -> Option<HeaderValue> {
    token.filter(|_| from.origin() == to.origin())
}

/// Returns the address to which an answer leads, if it is a redirect.
fn redirect(from: &Url, response: &Response) -> Result<Option<Url>, NotSeen> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| from.join(location).ok());
    target.map(Some).ok_or(NotSeen::Unclear)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_only_on_redirects_to_the_same_origin() {
        let from = "https://ghcr.io/v2/a/b/blobs/x".parse().unwrap();
        let is_carried = |to: &str| {
            token_for_redirect(Some(HeaderValue::from_static("t")), &from, &to.parse().unwrap())
                .is_some()
        };
        assert!(is_carried("https://ghcr.io/y") && is_carried("https://ghcr.io:443/y"));
        for other in [
            "http://ghcr.io/y",
            "https://ghcr.io:444/y",
            "https://x.ghcr.io/y",
            "https://ghcr.io.evil.example/y",
            "https://ghcr.io@evil.example/y",
            "data:ghcr.io",
        ] {
            assert!(!is_carried(other), "{other}");
        }
    }

    #[test]
    fn the_accept_header_lists_the_known_manifest_types() {
        assert_eq!(ACCEPTED, MANIFESTS.join(", "));
    }
}
