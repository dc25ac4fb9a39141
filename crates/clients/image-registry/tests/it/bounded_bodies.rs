//! Bodies that are too long, never end or never come.

use std::time::Duration;

use covibe_image_registry::{Absent, ImagePresence, LabelsError, NotSeen};

use crate::scripted_server::{Reply, Server};
use crate::{IMAGE, MANIFEST, client, client_within, find, not_seen, with_token};

async fn labels_of(reply: Reply) -> LabelsError {
    let server = Server::start(move |_| reply.clone()).await;
    client(&server).labels(&IMAGE.parse().unwrap()).await.unwrap_err()
}

#[tokio::test]
async fn an_endless_huge_or_malformed_manifest_is_reported_as_unclear() {
    let typed = |reply: Reply| reply.header("content-type", MANIFEST);
    for reply in [
        typed(Reply::endless(200)),
        typed(Reply::new(200, vec![b' '; (4 << 20) + 1])),
        typed(Reply::new(200, "{\"schemaVersion\":2")),
        typed(Reply::new(200, "[".repeat(100_000))),
        typed(Reply::new(200, "null")),
        typed(Reply::new(200, "\u{feff}{}")),
        Reply::new(200, "<html>"),
        Reply::new(200, ""),
    ] {
        assert_eq!(labels_of(reply).await, NotSeen::Unclear.into());
    }
}

#[tokio::test]
async fn the_endless_body_of_a_refusal_is_not_read_to_its_end() {
    let found = find(&with_token(|_| Reply::endless(404)).await).await;
    assert_eq!(
        found,
        ImagePresence::Absent(Absent::Tag),
        "the status is the registry's, after a token"
    );
    let open = Server::start(|_| Reply::endless(404)).await;
    assert_eq!(find(&open).await, not_seen(NotSeen::Unclear));
}

#[tokio::test]
async fn a_lookup_with_a_stalled_body_times_out() {
    let image = IMAGE.parse().unwrap();
    let server = Server::start(|_| Reply::with_stalled_body(404)).await;
    let client = client_within(&server, Duration::from_millis(100));
    assert_eq!(client.find(&image).await, not_seen(NotSeen::Late));
    let server = Server::start(|_| Reply::with_stalled_body(200)).await;
    let client = client_within(&server, Duration::from_millis(100));
    assert_eq!(client.labels(&image).await, Err(NotSeen::Late.into()));
}

#[tokio::test]
async fn the_deadline_covers_all_requests_of_a_lookup_together() {
    let server = Server::start(|asked| match &*asked.path {
        path if path.starts_with("/token") => Reply::with_stalled_body(200),
        _ => crate::challenge(&format!("{}/token", asked.origin())),
    });
    let server = server.await;
    let client = client_within(&server, Duration::from_millis(100));
    assert_eq!(client.find(&IMAGE.parse().unwrap()).await, not_seen(NotSeen::Late));
    assert_eq!(server.requests().len(), 2);
}
