//! The cookie of a session, and what a request with it presents.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName};
use covibe_dispatch::{Credential, Proof};

/// The cookie's name on an origin with TLS. Browsers accept it with `Secure`, without `Domain` and for the path
/// `/` only, so that no other host of the domain can set it.
const SECURE: &str = "__Host-covibe_session";

/// Its name on a plain loopback origin, where some browsers refuse the other one.
const PLAIN: &str = "covibe_session";

/// The names of the cookie of a sign-in that was started, likewise.
const SIGN_IN: [&str; 2] = ["__Host-covibe_sign_in", "covibe_sign_in"];

/// The header by which scripts of our pages show that they are ours.
const PROOF: HeaderName = HeaderName::from_static("x-csrf-token");

/// The header by which browsers tell whose page sent a request.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Returns what a request presents: its `Authorization` header, or else the cookie of a session. A write with
/// the cookie has to have the header `x-csrf-token`, and no other site's page may send it.
pub(crate) fn credential<'a>(request: &'a HttpRequest, slug: Option<&'a str>) -> Credential<'a> {
    let headers = request.headers();
    let token = session_cookie(headers).filter(|_| !headers.contains_key(AUTHORIZATION));
    let Some(token) = token else { return Credential::Header(text(headers, &AUTHORIZATION)) };
    let proof = match *request.method() {
        Method::GET | Method::HEAD => Proof::Reads,
        _ if is_of_another_site(headers) => Proof::Sent(""),
        _ => Proof::Sent(text(headers, &PROOF).unwrap_or_default()),
    };
    Credential::Session { token, slug, proof }
}

/// Returns the token of a session that the cookies of a request contain. Of both names, the protected one
/// counts.
pub(crate) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    either(headers, [SECURE, PLAIN])
}

/// Returns what the cookies of a request contain of a sign-in that was started.
pub(crate) fn sign_in_cookie(headers: &HeaderMap) -> Option<&str> {
    either(headers, SIGN_IN)
}

fn either<'a>(headers: &'a HeaderMap, [first, second]: [&str; 2]) -> Option<&'a str> {
    let pairs = || headers.get_all(COOKIE).filter_map(|value| value.to_str().ok()).flat_map(pairs);
    let named = |name| move |(key, value): (&'_ str, _)| (key == name).then_some(value);
    pairs().find_map(named(first)).or_else(|| pairs().find_map(named(second)))
}

/// Whether the page of another site sent the request. Browsers that do not tell are covered by the proof.
pub(crate) fn is_of_another_site(headers: &HeaderMap) -> bool {
    text(headers, &SITE).is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// Returns the value of the `Set-Cookie` header that gives a session's token to a browser, or takes it away.
pub(crate) fn set_session_cookie(origin: &str, token: Option<&str>) -> String {
    let (name, secure) =
        if origin.starts_with("https://") { (SECURE, "; Secure") } else { (PLAIN, "") };
    let age = if token.is_some() { 30 * 24 * 60 * 60 } else { 0 };
    let token = token.unwrap_or_default();
    format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

/// Returns the value of the `Set-Cookie` header that gives a browser what it has to bring back from a sign-in, or
/// takes it away.
pub(crate) fn set_sign_in_cookie(origin: &str, sealed: Option<&str>) -> String {
    let (name, secure) =
        if origin.starts_with("https://") { (SIGN_IN[0], "; Secure") } else { (SIGN_IN[1], "") };
    let age = if sealed.is_some() { 10 * 60 } else { 0 };
    let sealed = sealed.unwrap_or_default();
    format!("{name}={sealed}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

fn pairs(cookies: &str) -> impl Iterator<Item = (&str, &str)> {
    cookies.split(';').filter_map(|pair| pair.trim().split_once('='))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn cookie(values: &[&str]) -> Option<String> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((COOKIE, *value));
        }
        session_cookie(request.to_http_request().headers()).map(str::to_owned)
    }

    #[test]
    fn finds_the_sessions_cookie_among_others() {
        assert_eq!(cookie(&["a=b; covibe_session=abc; c=d"]).as_deref(), Some("abc"));
        assert_eq!(cookie(&["a=b", "covibe_session=abc"]).as_deref(), Some("abc"));
        let both = "covibe_session=planted; __Host-covibe_session=own";
        assert_eq!(cookie(&[both]).as_deref(), Some("own"));
        for none in ["", "covibe_session", "xcovibe_session=abc", "Covibe_Session=abc", ";;="] {
            assert_eq!(cookie(&[none]), None, "{none}");
        }
    }

    #[test]
    fn the_cookie_is_for_this_host_and_no_script() {
        let set = set_session_cookie("https://co-vibe.example", Some("abc"));
        let attributes = "Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure";
        assert_eq!(set, format!("__Host-covibe_session=abc; {attributes}"));
        let set = set_session_cookie("http://127.0.0.1:8787", None);
        assert_eq!(set, "covibe_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn the_cookie_of_a_sign_in_ends_with_it() {
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
        assert!(matches!(credential(&request, None), Credential::Header(Some("Bearer x"))));
    }
}
