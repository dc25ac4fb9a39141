//! Challenges and token services that no honest registry has.

use covibe_image_registry::NotSeen;

use crate::scripted_server::{Reply, Server};
use crate::{TOKEN, challenge, error, find, manifest, not_seen, present, with_token};

#[tokio::test]
async fn a_token_realm_that_is_internal_or_without_tls_is_not_contacted() {
    let inside = Server::start(|_| Reply::new(200, r#"{"token":"x"}"#)).await;
    let user = format!("http://user:pass@{}", inside.origin.strip_prefix("http://").unwrap());
    let named = inside.origin.replace("127.0.0.1", "localhost");
    for realm in [
        &*inside.origin,
        &named,
        &user,
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "http://localhost",
        "https://localhost/token",
        "https://[::1]/token",
        "https://metadata.google.internal/computeMetadata/v1/",
        "https://auth.test:8443/token",
        "https://user:pass@auth.test/token",
        "http://auth.test/token",
        "file:///etc/passwd",
        "ftp://auth.test/",
        "javascript:alert(1)",
        "/token",
        "",
    ] {
        let text = realm.to_owned();
        let server = Server::start(move |_| challenge(&text)).await;
        assert_eq!(find(&server).await, not_seen(NotSeen::Unclear), "{realm}");
        assert_eq!(server.requests().len(), 1, "{realm}");
    }
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_realm_with_credentials_in_its_url_is_refused_for_an_endpoint_too() {
    let server = Server::start(|asked| {
        challenge(&format!("http://u:p@{}/token", asked.header("host").unwrap()))
    });
    let server = server.await;
    assert_eq!(find(&server).await, not_seen(NotSeen::Unclear));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_lookup_with_an_unsupported_challenge_is_reported_as_unclear() {
    let huge = format!("Bearer realm=\"https://auth.test/\",x=\"{}\"", "x".repeat(100_000));
    for text in [
        "",
        "Bearer",
        "Bearer service=\"x\"",
        "Bearer realm=\"http://127.0.0.1",
        "Digest realm=\"x\"",
        "Negotiate",
        &huge,
    ] {
        let value = text.to_owned();
        let server =
            Server::start(move |_| error(401, "X").header("www-authenticate", &value)).await;
        assert_eq!(find(&server).await, not_seen(NotSeen::Unclear), "{text:.60}");
        assert_eq!(server.requests().len(), 1);
    }
    let bare = Server::start(|_| error(401, "X")).await;
    assert_eq!(find(&bare).await, not_seen(NotSeen::Unclear));
    let endless =
        Server::start(|_| error(401, "X").header("www-authenticate", &"x".repeat(1 << 20))).await;
    assert_eq!(find(&endless).await, not_seen(NotSeen::Unclear));
}

#[tokio::test]
async fn a_challenge_with_a_quoted_comma_among_several_is_answered() {
    let server = Server::start(|asked| {
        if asked.path.starts_with("/token") {
            assert_eq!(
                asked.path,
                "/token?service=a%2C+b&scope=repository%3Aacme%2Fweb%3Apull%2Cpush"
            );
            return Reply::new(200, format!(r#"{{"access_token":"{TOKEN}"}}"#));
        }
        if asked.header("authorization").is_some() {
            return manifest();
        }
        let (origin, scope) = (asked.origin(), "repository:acme/web:pull,push");
        let bearer =
            format!(r#"bearer realm="{origin}/token", service="a, b",scope="{scope}",error="x""#);
        error(401, "X")
            .header("www-authenticate", "Basic realm=\"a, b\"")
            .header("WWW-Authenticate", &bearer)
    });
    assert_eq!(find(&server.await).await, present());
}

#[tokio::test]
async fn an_invalid_answer_of_the_token_service_is_reported_as_unclear() {
    for reply in [
        Reply::new(200, ""),
        Reply::new(200, "<html>"),
        Reply::new(200, "{}"),
        Reply::new(200, r#"{"token":["x"]}"#),
        Reply::new(200, r#"{"token":"a b"}"#),
        Reply::new(200, r#"{"token":"a\u0000"}"#),
        Reply::new(200, vec![b' '; 1 << 20]),
        Reply::endless(200),
        Reply::new(404, r#"{"token":"x"}"#),
        Reply::new(500, ""),
        Reply::redirect(302, "/elsewhere"),
    ] {
        let answer = reply.clone();
        let server = Server::start(move |asked| match &*asked.path {
            path if path.starts_with("/token") => answer.clone(),
            "/elsewhere" => Reply::new(200, r#"{"token":"x"}"#),
            _ if asked.header("authorization").is_some() => manifest(),
            _ => challenge(&format!("{}/token", asked.origin())),
        });
        let server = server.await;
        assert_eq!(find(&server).await, not_seen(NotSeen::Unclear), "{:.80}", format!("{reply:?}"));
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_registry_that_rejects_its_token_is_asked_twice_and_reported_as_private() {
    let server = with_token(|asked| challenge(&format!("{}/token", asked.origin()))).await;
    assert_eq!(find(&server).await, not_seen(NotSeen::Private));
    assert_eq!(server.requests().len(), 3);
}
