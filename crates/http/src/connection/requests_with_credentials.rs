//! Requests that present a key or a session, which count like those of strangers unless it was valid.
//!
//! The validity is known only after the database was asked. A credential that was valid lately is let through, so that
//! nobody who floods the server from the address of an agent or a person can stop them; all others are refused as long
//! as their address makes too many requests as a stranger. The look-up of a session takes several reads, so that the
//! requests of a person have a rate, too, which is counted before: in all of their sessions together.
//!
//! There is no list of surfaces that check keys or sessions, so that none can be forgotten: a valid credential is
//! remembered for the surface that found it valid, and a surface that does not check remembers none.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpMessage as _, HttpRequest};
use covibe_domain::{Failure, KeyDigest, Kind, UserId};
use covibe_identity::bearer_token;

use super::connection_table::Table;
use super::cookies::claimed_session;
use super::exchange::Exchange;
use super::refusal_reasons::Reason;
use super::unauthenticated_requests::count_without_key;

/// The thing by which the caller of a request is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    /// Its header `Authorization`.
    Key,
    /// The cookie of a session.
    Session,
}

/// The caller of a request, as an extension of it.
#[derive(Clone, Debug)]
struct KnownCaller {
    by: CredentialKind,
    person: Option<UserId>,
}

/// Records that the caller of a request is known, by which credential, and which person it is if it is one.
pub(crate) fn mark_authenticated(
    request: &HttpRequest,
    by: CredentialKind,
    person: Option<&UserId>,
) {
    request.extensions_mut().insert(KnownCaller { by, person: person.cloned() });
    if let Some(exchange) = request.conn_data::<Rc<Exchange>>() {
        exchange.authenticate();
    }
}

/// The digests of the credentials of a request, on the surface that it asks. A surface checks one of both, so that the
/// other one is not remembered with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClaimedKeys {
    key: Option<KeyDigest>,
    session: Option<KeyDigest>,
}

/// Returns the credentials of a request, if it has any.
pub(super) fn claimed_keys(request: &HttpRequest) -> Option<ClaimedKeys> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let surface = surface(request.path());
    let digest = |kind, text: &str| covibe_crypto::digest(&format!("{surface}\n{kind}\n{text}"));
    // Otherwise one valid key would make any number of them, by spaces and case.
    let token = header.map(bearer_token).filter(|token| !token.is_empty());
    let key = token.map(|token| digest("key", token));
    let session = claimed_session(request.headers()).map(|token| digest("session", token));
    (key.is_some() || session.is_some()).then_some(ClaimedKeys { key, session })
}

impl ClaimedKeys {
    fn all(&self) -> impl Iterator<Item = &KeyDigest> {
        [&self.key, &self.session].into_iter().flatten()
    }

    fn get(&self, by: CredentialKind) -> Option<&KeyDigest> {
        match by {
            CredentialKind::Key => self.key.as_ref(),
            CredentialKind::Session => self.session.as_ref(),
        }
    }
}

/// Returns the beginning of a path that identifies its surface: its first segment, below `/api` the first two.
fn surface(path: &str) -> &str {
    let segments = if path.starts_with("/api/") { 2 } else { 1 };
    path.match_indices('/').nth(segments).map_or(path, |(end, _)| &path[..end])
}

/// A request with a key or a session. Dropping it counts the request, unless its credential was valid: also if its
/// client has left.
#[derive(Debug)]
pub(super) struct ClaimedRequest {
    table: Arc<Table>,
    client: IpAddr,
    keys: ClaimedKeys,
    /// True if the request was counted when it came, because none of its credentials was known to be valid.
    was_counted: bool,
    /// True if its caller turned out to be known.
    is_valid: bool,
}

impl ClaimedRequest {
    /// Lets a request with these credentials in.
    ///
    /// # Errors
    ///
    /// Limited if its person makes too many; if none of its credentials is known to be valid, if its client does.
    pub(super) fn admit(
        table: &Arc<Table>,
        client: IpAddr,
        keys: ClaimedKeys,
    ) -> Result<Self, Failure> {
        let (was_counted, person) = {
            let valid = table.valid_keys.lock();
            let person = keys.session.as_ref().and_then(|session| valid.person(session));
            (!keys.all().any(|key| valid.contains(key)), person.cloned())
        };
        if was_counted {
            count_without_key(table, client)?;
        } else if let Some(person) = person {
            let taken = table.people.lock().take(person, table.limits().person, Instant::now());
            taken.map_err(|wait| {
                table.refused.add(Reason::Person);
                too_many_of_person(wait)
            })?;
        }
        Ok(Self { table: Arc::clone(table), client, keys, was_counted, is_valid: false })
    }

    /// Takes note of the validity that the answer shows.
    pub(super) fn note_answer(mut self, request: &HttpRequest, status: StatusCode) {
        let caller = request.extensions().get::<KnownCaller>().cloned();
        self.is_valid = caller.is_some();
        if self.is_valid && self.was_counted {
            self.table.give_back_keyless(self.client);
        }
        let mut valid = self.table.valid_keys.lock();
        if let Some(KnownCaller { by, person }) = caller
            && let Some(key) = self.keys.get(by)
        {
            valid.insert(*key, person.as_ref());
        } else if is_refusal(status) {
            self.keys.all().for_each(|key| valid.remove(key));
        }
    }
}

fn too_many_of_person(wait: Duration) -> Failure {
    Failure::new(Kind::Limited, "You make too many requests.")
        .hint("Pause between requests, then retry.")
        .retry_after(wait)
}

/// Returns whether this is the answer to a caller without a valid credential: it is refused, also because its tenant is
/// suspended, or redirected to where people sign in.
fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || status.is_redirection()
}

impl Drop for ClaimedRequest {
    fn drop(&mut self) {
        if !self.was_counted && !self.is_valid {
            // The answer is on its way: the next request of the address is refused.
            let _counted = self.table.take_keyless(self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::COOKIE;
    use actix_web::test::TestRequest;

    use super::*;

    fn with(path: &str, header: &str, cookie: &str) -> Option<ClaimedKeys> {
        let mut request = TestRequest::with_uri(path);
        if !header.is_empty() {
            request = request.insert_header((AUTHORIZATION, header));
        }
        if !cookie.is_empty() {
            request = request.insert_header((COOKIE, cookie));
        }
        claimed_keys(&request.to_http_request())
    }

    #[test]
    fn claims_of_a_key_differ_by_surface_and_not_by_path_within_it() {
        let key = |path: &str| with(path, "Bearer x", "").expect("a key");
        for (one, same) in [
            ("/api/mcp", "/api/mcp?a=b"),
            ("/api/workspaces", "/api/workspaces/mark/apps"),
            ("/console", "/console/live/apps/x"),
        ] {
            assert_eq!(key(one), key(same), "{one}");
        }
        let surfaces = ["/", "/openapi.json", "/auth/link/x", "/console", "/api", "/api/mcp"];
        let more = ["/api/mcpx", "/api/workspaces", "/api/hooks/gitea", "/api/companion/me"];
        let all: Vec<_> = surfaces.into_iter().chain(more).collect();
        let keys: std::collections::HashSet<_> = all.iter().map(|path| key(path)).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn requests_with_different_credentials_make_different_claims() {
        let path = "/api/workspaces";
        assert_eq!(with(path, "", ""), None);
        assert_eq!(with(path, "", "a=b; covibe_done=c"), None);
        let session = with(path, "", "a=b; covibe_session=c").expect("a session");
        assert_eq!(with(path, "", "covibe_session=c").as_ref(), Some(&session));
        assert_ne!(with(path, "", "__Host-covibe_session=d").as_ref(), Some(&session));
        assert_ne!(with(path, "Bearer x", "covibe_session=c").as_ref(), Some(&session));
    }

    #[test]
    fn the_claim_of_a_key_does_not_depend_on_the_spelling_of_its_header() {
        let path = "/api/mcp";
        let claim = |header: &str| with(path, header, "").map(|claimed| claimed.key);
        for header in ["bearer x", "Bearer   x", "BEARER x  ", "bEaRer \t x"] {
            assert_eq!(claim(header), claim("Bearer x"), "{header}");
        }
        assert_ne!(claim("Bearer y"), claim("Bearer x"));
        assert_eq!(claim("Basic x"), None);
    }

    /// Otherwise one valid session would make any number of them, and the table forget those of everybody.
    #[test]
    fn the_claim_of_a_session_does_not_depend_on_the_key_sent_along() {
        let path = "/console";
        let session = with(path, "", "covibe_session=c").expect("a session").session;
        for number in 0..10 {
            let beside = with(path, &format!("Bearer {number}"), "covibe_session=c");
            assert_eq!(beside.expect("both").session, session);
        }
        let key = with(path, "Bearer x", "").expect("a key").key;
        assert_eq!(with(path, "Bearer x", "covibe_session=c").expect("both").key, key);
        assert_ne!(key, session);
    }

    /// Otherwise the keys of a suspended tenant would pass the limit of their address until the server ends.
    #[test]
    fn refusals_and_redirects_end_the_validity_of_a_credential_and_other_answers_do_not() {
        for refusal in [401, 403, 303] {
            assert!(is_refusal(StatusCode::from_u16(refusal).expect("a status")), "{refusal}");
        }
        for other in [200, 404, 422, 429, 500, 503] {
            assert!(!is_refusal(StatusCode::from_u16(other).expect("a status")), "{other}");
        }
    }
}
