//! Requests with a key, which count like those without one unless the key was valid.
//!
//! Whether a key is valid is known after the database was asked. A key that was valid lately is let through, so that
//! nobody who floods the server from the address of an agent can stop the agent; other keys are refused as long as
//! their address makes too many requests without a valid one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpMessage as _, HttpRequest};
use covibe_domain::KeyDigest;

use super::table::Table;

/// The paths that look at a key, and what is below them.
const LOOKS_AT_KEYS: [&str; 3] = ["/api/companion", "/api/mcp", "/api/workspaces"];

/// What a request has in its extensions whose caller is known.
struct Authenticated;

/// Records that the caller of a request is known.
pub(crate) fn mark_authenticated(request: &HttpRequest) {
    request.extensions_mut().insert(Authenticated);
}

/// Returns the digest of what a request presents as its key, if its path looks at one.
pub(super) fn claimed_key(request: &HttpRequest) -> Option<KeyDigest> {
    let path = request.path();
    let is_below = |root: &str| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if !LOOKS_AT_KEYS.into_iter().any(is_below) {
        return None;
    }
    let header = request.headers().get(AUTHORIZATION)?;
    header.to_str().ok().map(covibe_crypto::digest)
}

/// A request with a key. Dropping it counts the request, unless the key was valid: also if its client has left.
#[derive(Debug)]
pub(super) struct Claimed {
    table: Arc<Table>,
    client: IpAddr,
    key: KeyDigest,
    is_valid: bool,
}

impl Claimed {
    /// Lets a request with this key in, or returns how long its client should wait.
    pub(super) fn admit(
        table: &Arc<Table>,
        client: IpAddr,
        key: KeyDigest,
    ) -> Result<Self, Duration> {
        if !table.valid_keys.lock().contains(&key) {
            table.check_keyless(client)?;
        }
        Ok(Self { table: Arc::clone(table), client, key, is_valid: false })
    }

    /// Takes note of what the answer tells of the key.
    pub(super) fn answered(mut self, request: &HttpRequest, status: StatusCode) {
        self.is_valid = request.extensions().get::<Authenticated>().is_some();
        if self.is_valid || status == StatusCode::UNAUTHORIZED {
            self.table.valid_keys.lock().set(self.key, self.is_valid);
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if !self.is_valid {
            // The answer is on its way: the next request of the address is refused.
            let _counted = self.table.take_keyless(self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_key_counts_where_somebody_looks_at_it() {
        let key = |path: &str| {
            let request = TestRequest::with_uri(path).insert_header((AUTHORIZATION, "Bearer x"));
            claimed_key(&request.to_http_request())
        };
        for path in ["/api/mcp", "/api/mcp?a=b", "/api/workspaces", "/api/workspaces/mark/apps"] {
            assert!(key(path).is_some(), "{path}");
        }
        for path in [
            "/",
            "/openapi.json",
            "/auth/link/x",
            "/console",
            "/api/setup/device",
            "/api/hooks/gitea",
            "/api/mcpx",
            "/api/workspacesx",
        ] {
            assert!(key(path).is_none(), "{path}");
        }
        assert_eq!(claimed_key(&TestRequest::with_uri("/api/mcp").to_http_request()), None);
    }
}
