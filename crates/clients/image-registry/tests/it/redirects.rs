//! Redirects: of blobs only, at most three, to allowed addresses, and the token stays at home.

use covibe_image_registry::{LabelsError, NotSeen};
use serde_json::json;

use crate::scripted_server::{ReceivedRequest, Reply, Server};
use crate::{IMAGE, TOKEN, client, digest_of, find, not_seen, with_token};

const CONFIG: &str = r#"{"config":{"Labels":{"a":"b"}}}"#;

/// Starts a registry whose blob is answered by a function, as are all further paths.
async fn registry(blob: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static) -> Server {
    let manifest =
        json!({ "schemaVersion": 2, "config": { "digest": digest_of(CONFIG) } }).to_string();
    with_token(move |asked| match &*asked.path {
        path if path.contains("/manifests/") => Reply::new(200, &*manifest),
        _ => blob(asked),
    })
    .await
}

async fn labels(server: &Server) -> Result<usize, LabelsError> {
    client(server).labels(&IMAGE.parse().unwrap()).await.map(|labels| labels.len())
}

/// Answers a blob with a chain of this many redirects.
fn chain(asked: &ReceivedRequest, length: usize) -> Reply {
    let step = asked.path.strip_prefix("/hop/").map_or(0, |step| step.parse().unwrap());
    if step == length {
        return Reply::new(200, CONFIG);
    }
    Reply::redirect([301, 302, 303, 307, 308][step], &format!("/hop/{}", step + 1))
}

#[tokio::test]
async fn blob_redirects_within_the_origin_are_followed_up_to_three_times() {
    for length in 0..=3 {
        let server = registry(move |asked| chain(asked, length)).await;
        assert_eq!(labels(&server).await, Ok(1), "{length}");
    }
    let server = registry(|asked| chain(asked, 4)).await;
    assert_eq!(labels(&server).await, Err(NotSeen::Unclear.into()));
    assert!(!server.lines().contains(&"GET /hop/4".to_owned()));
    let server = registry(|asked| Reply::redirect(307, &asked.path)).await;
    assert_eq!(labels(&server).await, Err(NotSeen::Unclear.into()), "a circle ends");
}

#[tokio::test]
async fn a_redirect_to_another_internal_address_is_not_followed() {
    let inside = Server::start(|_| Reply::new(200, CONFIG)).await;
    let named = inside.origin.replace("127.0.0.1", "localhost");
    let port = inside.origin.rsplit(':').next().unwrap().to_owned();
    for target in [
        format!("{}/x", inside.origin),
        format!("{named}/x"),
        format!("//127.0.0.1:{port}/x"),
        format!("https://127.0.0.1:{port}/x"),
        format!("http://user:{TOKEN}@127.0.0.1:{port}/x"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://169.254.169.254/".to_owned(),
        "https://[fd00:ec2::254]/".to_owned(),
        "https://2852039166/".to_owned(),
        "https://metadata.google.internal/".to_owned(),
        "http://store.example.com/x".to_owned(),
        "https://store.example.com:8443/x".to_owned(),
        "file:///etc/passwd".to_owned(),
        "data:application/json,{}".to_owned(),
        "http://".to_owned(),
    ] {
        let text = target.clone();
        let server = registry(move |_| Reply::redirect(307, &text)).await;
        assert_eq!(labels(&server).await, Err(NotSeen::Unclear.into()), "{target}");
    }
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn the_target_of_a_second_redirect_is_checked_like_the_first() {
    let inside = Server::start(|_| Reply::new(200, CONFIG)).await;
    let target = inside.origin.clone();
    let server = registry(move |asked| match &*asked.path {
        "/hop" => Reply::redirect(302, &target),
        _ => Reply::redirect(302, "/hop"),
    });
    assert_eq!(labels(&server.await).await, Err(NotSeen::Unclear.into()));
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_without_a_location_is_reported_as_unclear() {
    let server = registry(|_| Reply::new(307, "")).await;
    assert_eq!(labels(&server).await, Err(NotSeen::Unclear.into()));
}

#[tokio::test]
async fn redirects_of_a_manifest_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(move |_| Reply::redirect(status, "/v2/other")).await;
        assert_eq!(find(&server).await, not_seen(NotSeen::Unclear), "{status}");
        assert_eq!(labels(&server).await, Err(NotSeen::Unclear.into()), "{status}");
        assert_eq!(server.requests().len(), 2);
    }
}
