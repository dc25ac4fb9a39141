//! Requests that are sent again, and those that never are.

use std::time::Duration;

use covibe_upstream::{Cause, Effect};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::scripted_server::{Act, Server, settings, transport};

const LIMITED: Act = Act::Answer(429, "retry-after: 1\r\n", "{}");

#[tokio::test]
async fn reads_are_repeated_after_temporary_failures() {
    for trouble in [
        Act::Drop,
        Act::Cut,
        Act::Answer(502, "", ""),
        Act::Answer(503, "", ""),
        Act::Answer(504, "", ""),
    ] {
        let server = Server::start([trouble.clone(), trouble.clone()]).await;
        server.transport().get("/projects").execute().await.unwrap();
        assert_eq!(server.lines(), ["GET /api/v1/projects"; 3], "{trouble:?}");
    }
}

#[tokio::test]
async fn a_read_fails_after_three_attempts() {
    let server = Server::start(vec![Act::Drop; 9]).await;
    let error = server.transport().get("/projects").execute().await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Dropped, Effect::None));
    assert_eq!(server.lines().len(), 3);
}

#[tokio::test]
async fn a_change_that_may_have_arrived_is_never_sent_twice() {
    for (trouble, cause) in [
        (Act::Drop, Cause::Dropped),
        (Act::Cut, Cause::Dropped),
        (Act::Answer(500, "", ""), Cause::Failed { status: 500 }),
        (Act::Answer(502, "", ""), Cause::Failed { status: 502 }),
        (Act::Answer(503, "", ""), Cause::Failed { status: 503 }),
        (Act::Answer(504, "", ""), Cause::Failed { status: 504 }),
        (Act::Answer(200, "", "<html>"), Cause::Malformed),
        (Act::Hang, Cause::TimedOut),
    ] {
        let server = Server::start([trouble]).await;
        let error = server
            .transport()
            .post("/projects")
            .body(json!({ "name": "a" }))
            .execute()
            .await
            .unwrap_err();
        assert_eq!((error.cause, error.effect), (cause, Effect::Possible));
        assert_eq!(server.lines(), ["POST /api/v1/projects"]);
        assert_eq!(server.requests()[0].body, r#"{"name":"a"}"#);
    }
}

#[tokio::test]
async fn a_closing_connection_is_not_used_for_a_change() {
    let server = Server::start(vec![Act::AnswerThenClose; 400]).await;
    let transport = server.transport();
    for round in 0..40 {
        transport.get("/projects").execute().await.unwrap();
        // Around the moment at which the server closes the connection that carried the reading.
        sleep(Duration::from_micros(4_000 + round * 60)).await;
        transport.post("/projects").execute().await.unwrap();
    }
    let seen = server.requests();
    let posts: Vec<_> = seen.iter().filter(|seen| seen.line.starts_with("POST")).collect();
    assert_eq!(posts.len(), 40);
    for post in posts {
        assert_eq!(seen.iter().filter(|other| other.connection == post.connection).count(), 1);
    }
}

#[tokio::test]
async fn a_change_marked_as_repeatable_is_repeated() {
    let server = Server::start([Act::Drop, Act::Answer(503, "", "")]).await;
    server.transport().patch("/a/{uuid}").segment("x").repeatable().execute().await.unwrap();
    assert_eq!(server.lines(), ["PATCH /api/v1/a/x"; 3]);

    let server = Server::start([Act::Drop, Act::Answer(422, "", r#"{"message":"no"}"#)]).await;
    let error = server.transport().patch("/a").repeatable().execute().await.unwrap_err();
    assert!(matches!(error.cause, Cause::Refused(_)));
    assert_eq!(error.effect, Effect::Possible, "the first attempt may have arrived");
}

#[tokio::test]
async fn a_429_is_retried_only_if_its_retry_after_is_short() {
    let server = Server::start([LIMITED]).await;
    let begun = Instant::now();
    server.transport().post("/deploy").execute().await.unwrap();
    assert_eq!(server.lines().len(), 2);
    assert!(begun.elapsed() >= Duration::from_secs(1));

    for (headers, seconds) in [
        ("retry-after: 60\r\n", 60),
        ("", 10),
        ("retry-after: Fri, 20 Nov 2026 08:00:00 GMT\r\n", 10),
    ] {
        let server = Server::start([Act::Answer(429, headers, "{}")]).await;
        let error = server.transport().post("/deploy").execute().await.unwrap_err();
        assert_eq!(
            error.cause,
            Cause::Limited { retry_after: Duration::from_secs(seconds), ours: false }
        );
        assert_eq!((error.effect, server.lines().len()), (Effect::None, 1));
    }
}

#[tokio::test]
async fn a_change_that_could_not_be_sent_is_retried_until_the_upstream_is_back() {
    let port =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = transport(settings(port)).post("/projects").execute().await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Unreachable, Effect::None));

    let call = tokio::spawn(transport(settings(port)).post("/projects").execute());
    sleep(Duration::from_millis(30)).await;
    let server = Server::start_on(port, []).await;
    call.await.unwrap().unwrap();
    assert_eq!(server.lines(), ["POST /api/v1/projects"]);
}

#[tokio::test]
async fn all_attempts_of_a_call_share_one_deadline() {
    let server = Server::start(vec![LIMITED; 9]).await;
    let mut settings = server.settings();
    settings.deadline = Duration::from_millis(1500);
    let begun = Instant::now();
    let error = transport(settings).get("/projects").execute().await.unwrap_err();
    assert!(matches!(error.cause, Cause::Limited { ours: false, .. }));
    assert!(begun.elapsed() < Duration::from_millis(1500));
    assert_eq!(server.lines().len(), 2);
}
