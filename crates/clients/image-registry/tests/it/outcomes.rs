//! Every outcome of the question whether an image exists.

use std::time::Duration;

use covibe_image_registry::{Absent, Client, Config, ImagePresence, NotSeen};
use tokio::net::TcpListener;

use crate::scripted_server::{Reply, Server};
use crate::{
    IMAGE, MANIFEST, TOKEN, challenge, client_within, error, find, manifest, not_seen, present,
    some_digest, with_token,
};

#[tokio::test]
async fn a_present_image_is_found_by_one_head_request_for_the_known_media_types() {
    let server = Server::start(|_| manifest()).await;
    assert_eq!(find(&server).await, present());
    let [asked] = &server.requests()[..] else { panic!("one request") };
    assert_eq!((&*asked.method, &*asked.path), ("HEAD", "/v2/acme/web/manifests/1"));
    let accept = asked.header("accept").unwrap();
    for kind in ["oci.image.index.v1", "oci.image.manifest.v1"] {
        assert!(accept.contains(&format!("application/vnd.{kind}+json")), "{accept}");
    }
    for kind in ["manifest.list.v2", "manifest.v2"] {
        assert!(
            accept.contains(&format!("application/vnd.docker.distribution.{kind}+json")),
            "{accept}"
        );
    }
    assert_eq!((asked.header("authorization"), asked.header("cookie")), (None, None));
}

#[tokio::test]
async fn a_token_is_fetched_anonymously_and_sent_to_the_registry_alone() {
    let server = with_token(|_| manifest()).await;
    assert_eq!(find(&server).await, present());
    let path = "/v2/acme/web/manifests/1";
    let token = "/token?service=registry.test&scope=repository%3Aacme%2Fweb%3Apull";
    assert_eq!(
        server.lines(),
        [format!("HEAD {path}"), format!("GET {token}"), format!("HEAD {path}")]
    );
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|asked| asked.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(sent, [None, None, Some(format!("Bearer {TOKEN}"))]);
}

#[tokio::test]
async fn a_lookup_falls_back_to_get_if_the_registry_refuses_head() {
    let server =
        Server::start(
            |asked| if asked.method == "HEAD" { error(405, "UNSUPPORTED") } else { manifest() },
        )
        .await;
    assert_eq!(find(&server).await, present());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_without_a_digest_means_present_only_if_its_media_type_is_known() {
    let kind = format!("{MANIFEST}; charset=utf-8");
    let server = Server::start(move |_| Reply::new(200, "{}").header("content-type", &kind)).await;
    assert_eq!(find(&server).await, ImagePresence::Present { digest: None });
    let page =
        Server::start(|_| Reply::new(200, "hello").header("content-type", "text/html")).await;
    assert_eq!(find(&page).await, not_seen(NotSeen::Unclear));
    let wrong =
        Server::start(|_| Reply::new(200, "{}").header("docker-content-digest", "sha256:<b>x</b>"))
            .await;
    assert_eq!(find(&wrong).await, not_seen(NotSeen::Unclear));
}

#[tokio::test]
async fn an_image_is_absent_if_the_error_code_says_unknown_manifest_or_name() {
    for (code, expected) in
        [("MANIFEST_UNKNOWN", Absent::Tag), ("NAME_UNKNOWN", Absent::Repository)]
    {
        let open = Server::start(move |_| error(404, code)).await;
        assert_eq!(find(&open).await, ImagePresence::Absent(expected));
        let lines = open.lines();
        assert!(lines[0].starts_with("HEAD ") && lines[1].starts_with("GET ") && lines.len() == 2);
        let guarded = with_token(move |_| error(404, code)).await;
        assert_eq!(find(&guarded).await, ImagePresence::Absent(expected));
    }
}

#[tokio::test]
async fn a_bare_404_means_absent_only_after_the_registry_accepted_a_token() {
    let page = || Reply::new(404, "<html>not here</html>");
    for (reply, expected) in [
        (page(), ImagePresence::Absent(Absent::Tag)),
        (Reply::new(404, ""), ImagePresence::Absent(Absent::Tag)),
        (error(404, "NOT_FOUND"), ImagePresence::Absent(Absent::Tag)),
        (error(404, "DENIED"), not_seen(NotSeen::Private)),
        (error(404, "TOOMANYREQUESTS"), not_seen(NotSeen::Unclear)),
    ] {
        let (guarded, open) = (reply.clone(), reply.clone());
        assert_eq!(find(&with_token(move |_| guarded.clone()).await).await, expected, "{reply:?}");
        let open = Server::start(move |_| open.clone()).await;
        assert_eq!(find(&open).await, not_seen(NotSeen::Unclear), "{reply:?}");
    }
}

#[tokio::test]
async fn an_image_that_needs_credentials_is_reported_as_private() {
    for status in [401, 403] {
        let server = with_token(move |_| error(status, "DENIED")).await;
        assert_eq!(find(&server).await, not_seen(NotSeen::Private), "{status}");
        let service = Server::start(move |asked| match &*asked.path {
            path if path.starts_with("/token") => {
                Reply::new(status, r#"{"errors":[{"code":"DENIED"}]}"#)
            }
            _ => challenge(&format!("{}/token", asked.origin())),
        });
        assert_eq!(find(&service.await).await, not_seen(NotSeen::Private), "{status}");
    }
    let basic =
        Server::start(|_| error(401, "X").header("www-authenticate", "Basic realm=\"x\"")).await;
    assert_eq!(find(&basic).await, not_seen(NotSeen::Private));
    let forbidden = Server::start(|_| error(403, "DENIED")).await;
    assert_eq!(find(&forbidden).await, not_seen(NotSeen::Unclear), "no token was refused");
}

#[tokio::test]
async fn a_429_of_the_registry_or_token_service_is_reported_as_rate_limited() {
    let server = Server::start(|_| error(429, "TOOMANYREQUESTS")).await;
    assert_eq!(find(&server).await, not_seen(NotSeen::Limited));
    let service = Server::start(|asked| match &*asked.path {
        path if path.starts_with("/token") => Reply::new(429, ""),
        _ => challenge(&format!("{}/token", asked.origin())),
    });
    assert_eq!(find(&service.await).await, not_seen(NotSeen::Limited));
}

#[tokio::test]
async fn an_unexpected_status_or_closed_connection_is_reported_as_unclear() {
    for status in [204, 206, 301, 307, 400, 404, 410, 418, 500, 502, 503] {
        let server = Server::start(move |_| Reply::new(status, "").header("location", "/")).await;
        assert_eq!(find(&server).await, not_seen(NotSeen::Unclear), "{status}");
    }
    let closing = Server::start(|_| Reply::closed_connection()).await;
    assert_eq!(find(&closing).await, not_seen(NotSeen::Unclear));
}

#[tokio::test]
async fn a_missing_registry_is_reported_as_unreachable_and_a_silent_one_as_late() {
    let silent = Server::start(|_| Reply::without_answer()).await;
    let client = client_within(&silent, Duration::from_millis(100));
    assert_eq!(client.find(&IMAGE.parse().unwrap()).await, not_seen(NotSeen::Late));
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}").parse().unwrap();
    let config = Config { endpoints: [("gone.test".to_owned(), url)].into(), ..Config::default() };
    let client = Client::new(config).unwrap();
    assert_eq!(client.find(&"gone.test/a".parse().unwrap()).await, not_seen(NotSeen::Unreachable));
}

#[tokio::test]
async fn results_and_debug_output_contain_no_text_of_the_registry() {
    let server = with_token(|_| error(404, "MANIFEST_UNKNOWN")).await;
    let client = client_within(&server, Duration::from_mins(1));
    let found = client.find(&IMAGE.parse().unwrap()).await;
    assert_eq!(found.to_string(), "the registry has no image with this tag or digest");
    assert!(!format!("{found:?} {client:?}").contains("hunter2"));
    assert_eq!(present().to_string(), "the registry has this image");
    assert!(!format!("{}", not_seen(NotSeen::Private)).contains(&some_digest()));
}
