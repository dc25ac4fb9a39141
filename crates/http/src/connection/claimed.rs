//! Requests that present a key or a session, which count like those of strangers unless it was valid.
//!
//! Whether it is valid is known after the database was asked. What was valid lately is let through, so that nobody who
//! floods the server from the address of an agent or a person can stop them; all else is refused as long as its address
//! makes too many requests as a stranger.
//!
//! No list says which surfaces look at keys or sessions, so that none can be forgotten: what was valid is remembered for
//! the surface that found it so, and where nobody looks, nothing ever is.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpMessage as _, HttpRequest};
use covibe_domain::KeyDigest;

use super::cookies::claimed_session;
use super::table::Table;

/// What a request has in its extensions whose caller is known.
struct Authenticated;

/// Records that the caller of a request is known.
pub(crate) fn mark_authenticated(request: &HttpRequest) {
    request.extensions_mut().insert(Authenticated);
}

/// Returns the digest of what a request presents to say who calls, on the surface that it asks.
pub(super) fn claimed_key(request: &HttpRequest) -> Option<KeyDigest> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let session = claimed_session(request.headers());
    if header.is_none() && session.is_none() {
        return None;
    }
    let [header, session] = [header, session].map(Option::unwrap_or_default);
    Some(covibe_crypto::digest(&format!("{}\n{header}\n{session}", surface(request.path()))))
}

/// Returns the beginning of a path that tells its surface: its first segment, below `/api` the first two.
fn surface(path: &str) -> &str {
    let segments = if path.starts_with("/api/") { 2 } else { 1 };
    path.match_indices('/').nth(segments).map_or(path, |(end, _)| &path[..end])
}

/// A request with a key or a session. Dropping it counts the request, unless that was valid: also if its client has
/// left.
#[derive(Debug)]
pub(super) struct Claimed {
    table: Arc<Table>,
    client: IpAddr,
    key: KeyDigest,
    /// True if the request is counted: what is not known to be valid is, until it turns out to be.
    is_counted: bool,
}

impl Claimed {
    /// Lets a request with this key or session in, or returns how long its client should wait.
    pub(super) fn admit(
        table: &Arc<Table>,
        client: IpAddr,
        key: KeyDigest,
    ) -> Result<Self, Duration> {
        let is_counted = !table.valid_keys.lock().contains(&key);
        if is_counted {
            table.take_keyless(client)?;
        }
        Ok(Self { table: Arc::clone(table), client, key, is_counted })
    }

    /// Takes note of what the answer tells of the key or the session. Who has none that is valid is refused, or led to
    /// where people sign in.
    pub(super) fn answered(mut self, request: &HttpRequest, status: StatusCode) {
        let is_valid = request.extensions().get::<Authenticated>().is_some();
        if is_valid || status == StatusCode::UNAUTHORIZED || status.is_redirection() {
            self.table.valid_keys.lock().set(self.key, is_valid);
        }
        if is_valid {
            if self.is_counted {
                self.table.give_back_keyless(self.client);
            }
            self.is_counted = true;
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if !self.is_counted {
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

    fn with(path: &str, header: &str, cookie: &str) -> Option<KeyDigest> {
        let mut request = TestRequest::with_uri(path);
        if !header.is_empty() {
            request = request.insert_header((AUTHORIZATION, header));
        }
        if !cookie.is_empty() {
            request = request.insert_header((COOKIE, cookie));
        }
        claimed_key(&request.to_http_request())
    }

    #[test]
    fn a_key_is_remembered_for_its_surface() {
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
    fn a_request_claims_what_it_presents() {
        let path = "/api/workspaces";
        assert_eq!(with(path, "", ""), None);
        assert_eq!(with(path, "", "a=b; covibe_done=c"), None);
        let session = with(path, "", "a=b; covibe_session=c").expect("a session");
        assert_eq!(with(path, "", "covibe_session=c"), Some(session));
        assert_ne!(with(path, "", "__Host-covibe_session=d"), Some(session));
        assert_ne!(with(path, "Bearer x", "covibe_session=c"), Some(session));
    }
}
