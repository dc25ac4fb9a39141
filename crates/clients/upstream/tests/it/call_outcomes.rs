//! Each way in which a call ends.

use std::time::Duration;

use covibe_domain::Secret;
use covibe_upstream::{
    AttemptOutcome, Cause, Conflict, Effect, Expiry, Limiter, Rate, Settings, Slow, Transport,
    ignore_not_found, optional,
};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::scripted_server::{Act, Server, transport};

#[tokio::test]
async fn each_error_status_is_mapped_to_its_cause() {
    for (status, cause) in [
        (401, Cause::Unauthorized),
        (403, Cause::Unauthorized),
        (404, Cause::NotFound),
        (405, Cause::Failed { status: 405 }),
        (409, Cause::Conflict(Conflict::Exists)),
        (500, Cause::Failed { status: 500 }),
    ] {
        let server = Server::start([Act::Answer(status, "", r#"{"message":"no"}"#)]).await;
        assert_eq!(server.transport().get("/a").execute().await.unwrap_err().cause, cause);
    }
    for status in [400, 422] {
        let server = Server::start([Act::Answer(status, "", r#"{"message":"no"}"#)]).await;
        let error = server.transport().post("/a").execute().await.unwrap_err();
        assert!(matches!(error.cause, Cause::Refused(refusal) if refusal.status == status));
        assert_eq!(error.effect, Effect::None);
    }
    let server = Server::start([Act::Answer(404, "", r#"{"message":"no"}"#)]).await;
    assert_eq!(optional(server.transport().get("/a").json::<Value>().await), Ok(None));
    let missing = Act::Answer(404, "", r#"{"message":"no"}"#);
    let server = Server::start([missing, Act::Answer(422, "", r#"{"message":"no"}"#)]).await;
    assert_eq!(ignore_not_found(server.transport().delete("/a").execute().await), Ok(()));
    assert!(ignore_not_found(server.transport().delete("/a").execute().await).is_err());
}

/// A proxy answers with pages or plain texts, and so does every upstream for an unknown route.
#[tokio::test]
async fn an_error_without_a_message_is_reported_as_a_foreign_answer() {
    for (status, body) in
        [(404, "404 page not found"), (404, "{}"), (400, "<html>"), (422, r#"{"message":7}"#)]
    {
        let server = Server::start([Act::Answer(status, "", body)]).await;
        let error = server.transport().post("/a").execute().await.unwrap_err();
        assert_eq!((error.cause, error.effect), (Cause::Foreign { status }, Effect::Possible));
    }
    let foreign = || Act::Answer(404, "", "404 page not found");
    let server = Server::start([foreign(), foreign(), foreign()]).await;
    let error =
        ignore_not_found(server.transport().delete("/a").repeatable().execute().await).unwrap_err();
    assert_eq!(error.cause, Cause::Foreign { status: 404 });
    assert_eq!(server.lines().len(), 3, "a proxy without a backend is a matter of moments");
}

/// Returns how many answers are counted as those of something in front of the upstream.
fn count_foreign(transport: &Transport) -> u64 {
    transport
        .statistics()
        .count_by_outcome()
        .filter(|(end, _)| *end == AttemptOutcome::Foreign)
        .map(|(_, count)| count)
        .sum()
}

#[tokio::test]
async fn a_404_with_a_null_body_counts_as_the_upstreams_own_answer() {
    let server = Server::start([Act::Answer(404, "", "null")]).await;
    let transport = server.transport();
    assert_eq!(optional(transport.get("/a").json::<Value>().await), Ok(None));
    assert_eq!(count_foreign(&transport), 0);
}

#[tokio::test]
async fn a_missing_route_is_reported_as_unsupported_if_the_request_allows_it() {
    for (status, body) in [(404, "404 page not found"), (405, "")] {
        let server = Server::start([Act::Answer(status, "", body)]).await;
        let transport = server.transport();
        let error = transport.post("/a").may_be_unsupported().execute().await.unwrap_err();
        assert_eq!((error.cause, error.effect), (Cause::Unsupported, Effect::None));
        assert_eq!(count_foreign(&transport), 0);
    }
    let server = Server::start([Act::Answer(404, "", r#"{"message":"no"}"#)]).await;
    let error = server.transport().get("/a").may_be_unsupported().execute().await.unwrap_err();
    assert_eq!(error.cause, Cause::NotFound, "the upstream knows the route");
}

#[tokio::test]
async fn a_redirect_within_the_api_is_a_rename_and_no_redirect_is_followed() {
    let renamed = Cause::Renamed { to: "/other".to_owned() };
    for (status, location, cause) in [
        (301, "location: /api/v1/other\r\n", renamed.clone()),
        (307, "location: /api/v1/other\r\n", renamed),
        (302, "location: /api/v1evil\r\n", Cause::Elsewhere),
        (301, "location: https://other.test/api/v1/a\r\n", Cause::Elsewhere),
        (302, "location: /user/login\r\n", Cause::Elsewhere),
        (308, "", Cause::Elsewhere),
    ] {
        let server = Server::start([Act::Answer(status, location, "")]).await;
        let error = server.transport().get("/a").execute().await.unwrap_err();
        assert_eq!(error.cause, cause, "{location}");
        assert_eq!(server.lines(), ["GET /api/v1/a"], "it is not followed");
    }
}

#[tokio::test]
async fn a_body_above_the_limit_is_too_large_and_closes_the_connection() {
    let server = Server::start([Act::Endless, Act::Announce(99_999_999)]).await;
    let transport = server.transport();
    let endless = transport.post("/a").json::<Value>().await.unwrap_err();
    assert_eq!((endless.cause, endless.effect), (Cause::TooLarge, Effect::Possible));
    sleep(Duration::from_millis(100)).await;
    let sent = *server.sent.lock().unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(sent, *server.sent.lock().unwrap(), "the connection is closed");
    let announced = transport.get("/a").json::<Value>().await.unwrap_err();
    assert_eq!((announced.cause, announced.effect), (Cause::TooLarge, Effect::None));
}

#[tokio::test]
async fn a_call_without_an_answer_times_out_and_is_not_repeated() {
    let server = Server::start([Act::Hang]).await;
    // The attempt's timeout ends it; neither the server nor the deadline would.
    let settings = Settings { deadline: Duration::from_hours(1), ..server.settings() };
    let call = transport(settings).get("/a").execute();
    let error = timeout(Duration::from_mins(1), call).await.unwrap().unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::TimedOut, Effect::None));
    assert_eq!(server.lines().len(), 1, "a time-out is not followed by another try");
}

#[tokio::test]
async fn a_test_can_expire_a_waiting_attempt() {
    let server = Server::start([Act::Hang]).await;
    let mut settings = server.settings();
    (settings.timeout, settings.deadline) = (Duration::from_hours(1), Duration::from_hours(1));
    settings.expiry = Expiry::by_hand();
    let expiry = settings.expiry.clone();
    let transport = transport(settings);
    let call = tokio::spawn(async move { transport.post("/a").execute().await });
    while server.lines().is_empty() {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(expiry.expire(|_, path| path == "/api/v1/b"), 0, "no such attempt");
    assert_eq!(expiry.expire(|method, path| (method, path) == ("POST", "/api/v1/a")), 1);
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::TimedOut, Effect::Possible));
    assert_eq!(expiry.expire(|_, _| true), 0, "it has ended");
}

#[tokio::test]
async fn an_answer_that_is_not_used_must_still_be_json_or_empty() {
    for (body, good) in
        [("", true), ("{\"uuid\":1}", true), ("[]", true), ("{\"uuid\":", false), ("<html>", false)]
    {
        let server = Server::start([Act::Answer(200, "", body)]).await;
        assert_eq!(server.transport().delete("/a").execute().await.is_ok(), good, "{body}");
    }
}

#[tokio::test]
async fn path_segments_are_encoded_and_path_traversal_is_refused() {
    let server = Server::start([]).await;
    let transport = server.transport();
    transport
        .get("/repos/{o}/{r}")
        .segment("a/b")
        .segment("c?d#e%2F")
        .query("q", "x&y z")
        .execute()
        .await
        .unwrap();
    assert_eq!(server.lines(), ["GET /api/v1/repos/a%2Fb/c%3Fd%23e%252F?q=x%26y+z"]);
    for escape in ["..", ".", ""] {
        let error = transport
            .get("/repos/{o}/{r}")
            .segment("a")
            .segment(escape)
            .execute()
            .await
            .unwrap_err();
        assert_eq!(error.cause, Cause::NotFound);
    }
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_nested_path_keeps_its_slashes_and_path_traversal_is_refused() {
    let server = Server::start([]).await;
    let transport = server.transport();
    let read = |path: &str| transport.get("/contents/{path*}").segment(path).execute();
    read("src/a b?.rs").await.unwrap();
    assert_eq!(server.lines(), ["GET /api/v1/contents/src/a%20b%3F.rs"]);
    for escape in ["a/../../b", "./a", "/a", "a//b", ""] {
        assert_eq!(read(escape).await.unwrap_err().cause, Cause::NotFound, "{escape}");
    }
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_call_above_our_own_rate_limit_fails_as_limited_without_a_request() {
    let server = Server::start([]).await;
    let mut settings = server.settings();
    settings.limiter = Some(Limiter::new(Rate { per_minute: 1, burst: 1 }, None));
    let transport = transport(settings);
    transport.get("/a").execute().await.unwrap();
    let error = transport.for_share("mark").post("/a").execute().await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Limited { retry_after, ours: true } if retry_after > Duration::from_secs(50))
    );
    assert_eq!((error.effect, server.lines().len()), (Effect::None, 1));
}

#[tokio::test]
async fn credentials_that_fit_no_header_fail_and_are_not_replaced_by_the_accounts() {
    let server = Server::start([Act::Answer(200, "", "{}")]).await;
    for text in ["token a\nb", ""] {
        let request = server.transport().get("/a").authorization(&Secret::new(text));
        let error = request.execute().await.unwrap_err();
        assert_eq!((error.cause, error.effect), (Cause::Unauthorized, Effect::None));
    }
    assert!(server.lines().is_empty());
}

#[tokio::test]
async fn a_request_configured_as_slow_gets_a_longer_timeout() {
    let server = Server::start([Act::Slow(20), Act::Slow(20)]).await;
    let is_one: fn(&str, Option<&Value>) -> bool =
        |method, body| method == "POST" && body.is_some_and(|body| body.get("domains").is_some());
    let slow = Some(Slow { is_one, timeout: Duration::from_mins(1) });
    let transport = transport(Settings { slow, ..server.settings() });
    let written = async |body: Value| transport.post("/x").body(body).json::<Value>().await;
    assert_eq!(written(json!({ "name": "a" })).await.unwrap_err().cause, Cause::TimedOut);
    assert!(written(json!({ "domains": "a" })).await.is_ok());
}
