//! The cookie of a session, and the credential of a request with it.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName};
use covibe_dispatch::{Credential, Proof};
use covibe_domain::own_origins::Doors;
use covibe_identity::KNOWN_BROWSER;

use crate::connection::{CookieName, SESSION_COOKIE, cookie_value};
use crate::host_and_origin_check::origin_of;

/// The cookie of a sign-in that was started.
const SIGN_IN: CookieName = ("__Host-covibe_sign_in", "covibe_sign_in");

/// The cookie of a browser with which somebody has signed in by a password.
const KNOWN: CookieName = ("__Host-covibe_known", "covibe_known");

/// The header by which scripts of our pages show that they are ours.
const PROOF: HeaderName = HeaderName::from_static("x-csrf-token");

/// The header by which browsers report whose page sent a request.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Returns the credential of a request: its `Authorization` header, or else the cookie of a session. A write with the
/// cookie has to have the header `x-csrf-token`, and no other site's page may send it.
pub(crate) fn credential<'a>(
    doors: &Doors,
    request: &'a HttpRequest,
    slug: Option<&'a str>,
) -> Credential<'a> {
    let headers = request.headers();
    let has_cookie = headers.contains_key(COOKIE) && !headers.contains_key(AUTHORIZATION);
    let origin = has_cookie.then(|| origin_of(doors, headers));
    let token = origin.and_then(|origin| session_cookie(headers, &origin));
    let Some(token) = token else { return Credential::Header(text(headers, &AUTHORIZATION)) };
    let proof = match *request.method() {
        Method::GET | Method::HEAD => Proof::Reads,
        _ if is_of_another_site(headers) => Proof::Sent(""),
        _ => Proof::Sent(text(headers, &PROOF).unwrap_or_default()),
    };
    Credential::Session { token, slug, proof }
}

/// Returns the token of a session that the cookies of a request to an origin of ours contain.
pub(crate) fn session_cookie<'a>(headers: &'a HeaderMap, origin: &str) -> Option<&'a str> {
    cookie(headers, SESSION_COOKIE, origin)
}

/// Returns the cookie of a sign-in that was started, in a request to an origin of ours.
pub(crate) fn sign_in_cookie<'a>(headers: &'a HeaderMap, origin: &str) -> Option<&'a str> {
    cookie(headers, SIGN_IN, origin)
}

/// Returns the cookie of a browser with which somebody has signed in, in a request to an origin of ours.
pub(crate) fn known_cookie<'a>(headers: &'a HeaderMap, origin: &str) -> Option<&'a str> {
    cookie(headers, KNOWN, origin)
}

fn cookie<'a>(headers: &'a HeaderMap, name: CookieName, origin: &str) -> Option<&'a str> {
    let (name, _) = cookie_on(origin, name);
    cookie_value(headers, name)
}

/// Returns a cookie's name on an origin, and the attribute that belongs to it.
fn cookie_on(origin: &str, (protected, plain): CookieName) -> (&'static str, &'static str) {
    if origin.starts_with("https://") { (protected, "; Secure") } else { (plain, "") }
}

/// Returns whether the page of another site sent the request. Browsers that do not report it are covered by the CSRF
/// token.
pub(crate) fn is_of_another_site(headers: &HeaderMap) -> bool {
    text(headers, &SITE).is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// Returns the value of the `Set-Cookie` header that gives a session's token to a browser, or takes it away.
pub(crate) fn set_session_cookie(origin: &str, token: Option<&str>) -> String {
    set(origin, SESSION_COOKIE, token, 30 * 24 * 60 * 60)
}

/// Returns the value of the `Set-Cookie` header that gives a browser the cookie of a sign-in, which it has to bring
/// back, or removes it.
pub(crate) fn set_sign_in_cookie(origin: &str, sealed: Option<&str>) -> String {
    set(origin, SIGN_IN, sealed, 10 * 60)
}

/// Returns the value of the `Set-Cookie` header that makes a browser one with which somebody has signed in.
pub(crate) fn set_known_cookie(origin: &str, cookie: &str) -> String {
    let age = u32::try_from(KNOWN_BROWSER.as_secs()).unwrap_or(u32::MAX);
    set(origin, KNOWN, Some(cookie), age)
}

/// `age` is in seconds.
fn set(origin: &str, name: CookieName, value: Option<&str>, age: u32) -> String {
    let (name, secure) = cookie_on(origin, name);
    let (value, age) = value.map_or(("", 0), |value| (value, age));
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn token(origin: &str, values: &[&str]) -> Option<String> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((COOKIE, *value));
        }
        session_cookie(request.to_http_request().headers(), origin).map(str::to_owned)
    }

    #[test]
    fn finds_the_sessions_cookie_among_others() {
        let plain = "http://127.0.0.1:8787";
        assert_eq!(token(plain, &["a=b; covibe_session=abc; c=d"]).as_deref(), Some("abc"));
        assert_eq!(token(plain, &["a=b", "covibe_session=abc"]).as_deref(), Some("abc"));
        for none in ["", "covibe_session", "xcovibe_session=abc", "Covibe_Session=abc", ";;="] {
            assert_eq!(token(plain, &[none]), None, "{none}");
        }
    }

    #[test]
    fn ignores_the_unprefixed_cookie_on_https() {
        let protected = "https://co-vibe.example";
        assert_eq!(token(protected, &["covibe_session=planted"]), None);
        let both = ["covibe_session=planted; __Host-covibe_session=own"];
        assert_eq!(token(protected, &both).as_deref(), Some("own"));
    }

    #[test]
    fn the_session_cookie_is_for_this_host_and_hidden_from_scripts() {
        let set = set_session_cookie("https://co-vibe.example", Some("abc"));
        let attributes = "Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure";
        assert_eq!(set, format!("__Host-covibe_session=abc; {attributes}"));
        let set = set_session_cookie("http://127.0.0.1:8787", None);
        assert_eq!(set, "covibe_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn the_sign_in_cookie_lasts_ten_minutes_or_is_cleared() {
        let set = set_sign_in_cookie("https://co-vibe.example", Some("v1.a.b"));
        let attributes = "Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure";
        assert_eq!(set, format!("__Host-covibe_sign_in=v1.a.b; {attributes}"));
        let set = set_sign_in_cookie("http://127.0.0.1:8787", None);
        assert_eq!(set, "covibe_sign_in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn a_key_is_preferred_to_a_cookie() {
        let request = TestRequest::default()
            .insert_header((COOKIE, "covibe_session=abc"))
            .insert_header((AUTHORIZATION, "Bearer x"))
            .to_http_request();
        assert!(matches!(
            credential(&Doors::default(), &request, None),
            Credential::Header(Some("Bearer x"))
        ));
    }
}
