//! The check of `Host` and `Origin`, against DNS rebinding and requests from other sites' pages.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use covibe_domain::Failure;

use crate::answer;

/// The path of the health check, which load balancers request by address.
pub(crate) const HEALTH_PATH: &str = "/api/health";

/// The error for a configured origin that is not of the form `scheme://host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin;

/// The hosts and origins that are allowed: the loopback ones and the configured ones.
#[derive(Clone, Debug, Default)]
pub struct Doors {
    /// `host[:port]`, lower case.
    hosts: Vec<String>,
    /// `scheme://host[:port]`, lower case.
    origins: Vec<String>,
}

impl Doors {
    /// Allows these origins, their hosts, and loopback host names.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] if one is not an http(s) origin.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidOrigin> {
        let mut doors = Self::default();
        for origin in origins {
            let origin = origin.to_ascii_lowercase();
            let (scheme, host) = origin.split_once("://").ok_or(InvalidOrigin)?;
            let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
            if !matches!(scheme, "http" | "https") || host.is_empty() || !host.chars().all(plain) {
                return Err(InvalidOrigin);
            }
            doors.hosts.push(host.to_owned());
            doors.origins.push(origin);
        }
        Ok(doors)
    }

    /// Refuses requests for other hosts and from pages of other origins. The health check is exempt
    /// because load balancers request it by address.
    pub(crate) async fn guard<B: MessageBody + 'static>(
        self,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let checked = match request.path() {
            HEALTH_PATH => Ok(()),
            _ => self.check(request.uri().authority().map(Authority::as_str), request.headers()),
        };
        match checked {
            Ok(()) => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
            Err(refused) => Ok(request.into_response(answer::failure(&refused))),
        }
    }

    /// Returns the origin under which a request that passed the check reached the server.
    pub(crate) fn origin_of(&self, headers: &HeaderMap) -> String {
        let host = text(headers, &HOST).unwrap_or_default().to_ascii_lowercase();
        let at = self.hosts.iter().position(|allowed| *allowed == host);
        match at.and_then(|at| self.origins.get(at)) {
            Some(origin) => origin.clone(),
            None => format!("http://{host}"),
        }
    }

    /// Checks a request by its headers and, if the target is a whole URL, its authority. The HTTP
    /// library refuses a second `Host`.
    fn check(&self, authority: Option<&str>, headers: &HeaderMap) -> Result<(), Failure> {
        let host = text(headers, &HOST).unwrap_or_default().to_ascii_lowercase();
        let is_of_another = authority.is_some_and(|target| !target.eq_ignore_ascii_case(&host));
        if is_of_another || (!is_loopback(&host) && !self.hosts.contains(&host)) {
            return Err(Failure::forbidden("This host name is not allowed.")
                .hint("Use the origin that the operator configured as COVIBE_HOSTED_URL."));
        }
        if headers.get_all(&ORIGIN).count() > 1 {
            return Err(Failure::forbidden("Requests with several origins are not allowed."));
        }
        let Some(origin) = text(headers, &ORIGIN) else { return Ok(()) };
        let origin = origin.to_ascii_lowercase();
        if self.origins.contains(&origin) || is_of_this_host(&origin, &host) {
            return Ok(());
        }
        Err(Failure::forbidden("Requests from pages of this origin are not allowed."))
    }
}

/// Whether requests for an origin are readable on their way: it has no TLS and is not a loopback one.
pub fn is_clear_text(origin: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    origin.strip_prefix("http://").is_some_and(|host| !is_loopback(host))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // A header that is not text must not match anything.
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_of_this_host(origin: &str, host: &str) -> bool {
    origin.strip_prefix("http://").is_some_and(|authority| authority == host) && is_loopback(host)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn passes(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        Doors::new(["https://co-vibe.example"]).unwrap().check(None, &headers).is_ok()
    }

    #[test]
    fn allows_only_its_own_host_names() {
        assert!(passes("co-vibe.example", None));
        assert!(passes("localhost:8787", None) && passes("[::1]:8787", None));
        assert!(!passes("evil.example", None) && !passes("127.0.0.1.evil.example", None));
        assert!(!passes("", None) && !passes("localhost:x@evil.example", None));
    }

    #[test]
    fn allows_only_its_own_origins() {
        assert!(passes("co-vibe.example", Some("https://co-vibe.example")));
        assert!(passes("127.0.0.1:8787", Some("http://127.0.0.1:8787")));
        for origin in
            ["https://evil.example", "null", "http://co-vibe.example", "http://127.0.0.1:1"]
        {
            assert!(!passes("co-vibe.example", Some(origin)), "{origin}");
            assert!(!passes("127.0.0.1:8787", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn rejects_a_configured_origin_that_is_not_one() {
        for bad in
            ["co-vibe.example", "https://", "https://a/b", "ftp://a", "https://u@a", "https://$(a)"]
        {
            assert!(Doors::new([bad]).is_err(), "{bad}");
        }
    }
}
