//! Long answers, parsed while they arrive.

use std::time::Duration;

use covibe_upstream::{Bounds, Cause, Effect, LongText, Settings, Share};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::scripted_server::{Act, Server, transport};

/// Longer than the account's limit.
const LONG: usize = 1 << 20;

fn up_to(body: usize) -> Bounds {
    Bounds { body, kept: body, text: 100, long: LongText::Length }
}

fn long() -> &'static str {
    let body = format!(r#"[{{"file":"{}","uuid":"a"}}]"#, "x".repeat(LONG));
    Box::leak(body.into_boxed_str())
}

#[tokio::test]
async fn a_streamed_answer_may_exceed_the_body_limit() {
    let server = Server::start([Act::Answer(200, "", long()), Act::Answer(200, "", long())]).await;
    let transport = server.transport();
    let kept: Value = transport.get("/a").streamed(up_to(2 * LONG)).await.unwrap();
    assert_eq!(kept, json!([{ "file": LONG, "uuid": "a" }]));
    let whole = transport.get("/a").json::<Value>().await.unwrap_err();
    assert_eq!(whole.cause, Cause::TooLarge);
}

#[tokio::test]
async fn a_streamed_answer_above_its_limit_is_too_large_and_closes_the_connection() {
    let server = Server::start([Act::Announce(LONG), Act::Endless]).await;
    let transport = server.transport();
    for _ in 0..2 {
        let error = transport.get("/a").streamed::<Value>(up_to(LONG / 2)).await.unwrap_err();
        assert_eq!((error.cause, error.effect), (Cause::TooLarge, Effect::None));
    }
    sleep(Duration::from_millis(100)).await;
    let sent = *server.sent.lock().unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(sent, *server.sent.lock().unwrap(), "the connection is closed");
}

#[tokio::test]
async fn the_limit_of_the_kept_part_of_an_answer_does_not_count_long_texts() {
    let short = format!("[{}1]", "1,".repeat(LONG / 100));
    let short: &str = Box::leak(short.into_boxed_str());
    let server = Server::start([Act::Answer(200, "", long()), Act::Answer(200, "", short)]).await;
    let transport = server.transport();
    let bounds = Bounds { kept: LONG / 100, ..up_to(2 * LONG) };
    let kept: Value = transport.get("/a").streamed(bounds).await.unwrap();
    assert_eq!(kept[0]["file"], LONG);
    let error = transport.get("/a").streamed::<Value>(bounds).await.unwrap_err();
    assert_eq!(error.cause, Cause::TooLarge);
}

#[tokio::test]
async fn a_broken_streamed_answer_is_requested_again() {
    let script = [Act::Cut, Act::Answer(200, "", "[1]"), Act::Answer(200, "", "[1] 2")];
    let server = Server::start(script).await;
    let transport = server.transport();
    assert_eq!(transport.get("/a").streamed::<Vec<u8>>(up_to(LONG)).await.unwrap(), [1]);
    assert_eq!(server.lines().len(), 2, "what broke off is asked for again");
    let error = transport.get("/a").streamed::<Vec<u8>>(up_to(LONG)).await.unwrap_err();
    assert_eq!(error.cause, Cause::Malformed);
}

#[tokio::test]
async fn a_streamed_answer_of_another_type_is_malformed() {
    let server = Server::start([Act::Answer(200, "", long())]).await;
    let error = server.transport().get("/a").streamed::<bool>(up_to(2 * LONG)).await.unwrap_err();
    assert_eq!(error.cause, Cause::Malformed);
}

#[tokio::test]
async fn a_streamed_answer_times_out_only_when_it_stalls() {
    let server = Server::start([Act::Slow(8), Act::Slow(8), Act::Announce(LONG)]).await;
    let mut settings = server.settings();
    settings.timeout = Duration::from_millis(200);
    let transport = transport(settings);
    let arrived: Vec<u8> = transport.get("/a").streamed(up_to(LONG)).await.unwrap();
    assert_eq!(arrived, [1; 8]);
    let whole = transport.get("/a").json::<Vec<u8>>().await.unwrap_err();
    assert_eq!(whole.cause, Cause::TimedOut);
    let stopped = transport.get("/a").streamed::<Value>(up_to(LONG)).await.unwrap_err();
    assert_eq!(stopped.cause, Cause::TimedOut);
}

/// Long answers take memory until they are parsed, and a tenant has a part of it.
#[tokio::test]
async fn long_answers_of_one_tenant_leave_memory_for_other_tenants() {
    let list: &str = Box::leak(format!("[0{}]", ",0".repeat(LONG / 2)).into_boxed_str());
    let (open, whole) = (Act::Begin(LONG / 2), Act::Answer(200, "", list));
    let server = Server::start([open.clone(), open, whole.clone(), whole]).await;
    let (timeout, deadline) = (Duration::from_secs(30), Duration::from_secs(30));
    let transport = transport(Settings { timeout, deadline, ..server.settings() });
    let get = |group: &str| {
        let own = transport.for_share(Share::new(group, "shop"));
        tokio::spawn(own.get("/a").streamed::<Vec<u8>>(up_to(8 * LONG)))
    };
    let arriving = [get("acme"), get("acme")];
    while *server.sent.lock().unwrap() < 2 * LONG {
        tokio::task::yield_now().await;
    }
    let waiting = get("acme");
    let other = get("beta").await.unwrap().unwrap();
    assert_eq!((other.len(), waiting.is_finished()), (LONG / 2 + 1, false));
    arriving.iter().for_each(JoinHandle::abort);
    assert_eq!(waiting.await.unwrap().unwrap().len(), LONG / 2 + 1);
}
