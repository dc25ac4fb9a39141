//! The cookies of requests, as far as the rate of an address depends on them.

use actix_web::http::header::{COOKIE, HeaderMap};

/// A cookie by the name that it has on an origin with TLS, and on a plain one of loopback. Browsers accept the first
/// with `Secure`, without `Domain` and for the path `/` only, so that no other host of the domain can set it, and
/// some refuse it on the second. On each origin only its own name counts: the apps of tenants are hosts of the same
/// domain, and could plant the other one.
pub(crate) type CookieName = (&'static str, &'static str);

/// The cookie of a session.
pub(crate) const SESSION_COOKIE: CookieName = ("__Host-covibe_session", "covibe_session");

/// Returns the value of a cookie of a request.
pub(crate) fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
    let mut pairs =
        texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

/// Returns what a request presents as the token of a session, on whatever origin: whoever answers it knows that.
pub(super) fn claimed_session(headers: &HeaderMap) -> Option<&str> {
    let (protected, plain) = SESSION_COOKIE;
    cookie_value(headers, protected).or_else(|| cookie_value(headers, plain))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn claimed_session_is_read_from_either_cookie_name() {
        for cookie in ["__Host-covibe_session=abc", "x=y; covibe_session=abc"] {
            let request = TestRequest::default().append_header((COOKIE, cookie)).to_http_request();
            assert_eq!(claimed_session(request.headers()), Some("abc"));
        }
        let request = TestRequest::default().append_header((COOKIE, "xcovibe_session=abc"));
        assert_eq!(claimed_session(request.to_http_request().headers()), None);
    }
}
