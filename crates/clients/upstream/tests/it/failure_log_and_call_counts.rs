//! Calls as the operator sees them: a line in the log for each that failed, and their numbers.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use covibe_upstream::{BudgetLoad, Priority, RateLimitState, Transport};
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

use crate::scripted_server::{Act, Server, transport};

/// The log of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Begins to keep what this thread logs, until the guard is dropped.
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Returns the warnings.
    fn warnings(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains("WARN")).map(str::to_owned).collect()
    }
}

/// Returns how many attempts there were, by the words for their ends.
fn counted_outcomes(transport: &Transport) -> Vec<(&'static str, u64)> {
    let ended =
        transport.statistics().count_by_outcome().map(|(ended, count)| (ended.as_str(), count));
    ended.filter(|(_, count)| *count > 0).collect()
}

#[tokio::test]
async fn each_failed_call_logs_a_warning() {
    let (log, _guard) = Log::start();
    let failure = || Act::Answer(500, "", "{}");
    let server = Server::start([failure(), failure(), Act::Answer(200, "", "<html>")]).await;
    let transport = server.transport();
    transport.get("/a").execute().await.unwrap_err();
    transport.post("/b").execute().await.unwrap_err();
    transport.get("/c").json::<Value>().await.unwrap_err();
    let warnings = log.warnings();
    let parts = [["\"GET\"", "\"/a\"", "status 500"], ["\"POST\"", "\"/b\"", "status 500"]];
    assert_eq!(warnings.len(), 3, "{warnings:#?}");
    for (warning, parts) in warnings.iter().zip(parts) {
        assert!(parts.iter().all(|part| warning.contains(part)), "{parts:?}: {warning}");
    }
    assert!(warnings[2].contains("\"/c\""), "{warnings:#?}");
}

#[tokio::test]
async fn a_refused_call_logs_no_warning() {
    let (log, _guard) = Log::start();
    let server = Server::start([Act::Answer(404, "", r#"{"message":"no"}"#)]).await;
    server.transport().get("/a").execute().await.unwrap_err();
    assert!(log.warnings().is_empty(), "{:?}", log.warnings());
}

#[tokio::test]
async fn attempts_are_counted_by_outcome() {
    let gone = Act::Answer(404, "", r#"{"message":"no"}"#);
    let answers = [Act::Answer(200, "", "{}"), gone, Act::Drop, Act::Drop, Act::Drop];
    let server = Server::start(answers).await;
    let transport = server.transport();
    assert_eq!(transport.statistics().last(), None);
    transport.get("/a").execute().await.unwrap();
    transport.get("/a").execute().await.unwrap_err();
    assert!(transport.statistics().last().unwrap().1, "a refusal is an answer");
    transport.get("/a").execute().await.unwrap_err();
    assert!(!transport.statistics().last().unwrap().1);
    assert_eq!(counted_outcomes(&transport), [("ok", 1), ("refused", 1), ("dropped", 3)]);
    assert_eq!(transport.statistics().durations().count(), 5);
}

#[tokio::test]
async fn an_unreadable_answer_counts_as_a_failure_of_the_upstream() {
    let server = Server::start([Act::Answer(200, "", "<html>")]).await;
    let transport = server.transport();
    transport.get("/a").send().await.unwrap().json::<Value>().unwrap_err();
    assert_eq!(counted_outcomes(&transport), [("ok", 1), ("unreadable", 1)]);
    assert!(!transport.statistics().last().unwrap().1);
}

#[tokio::test]
async fn the_reported_load_follows_the_upstreams_rate_limit_headers() {
    let server = Server::start([]).await;
    let settings = server.settings();
    let limiter = settings.limiter.clone().unwrap();
    let transport = transport(settings);
    let unknown = BudgetLoad { limit: None, remaining: None, waiting: 0 };
    assert_eq!(transport.load(), Some(unknown));
    for (remaining, left) in [(150, 150), (149, 149), (0, 0)] {
        let pass = limiter.acquire("mark", Priority::Urgent, std::time::Duration::ZERO).await;
        let told =
            RateLimitState { limit: Some(200), remaining: Some(remaining), refused_for: None };
        pass.unwrap().record_answer(told);
        let load = BudgetLoad { limit: Some(200), remaining: Some(left), waiting: 0 };
        assert_eq!(transport.load(), Some(load));
    }
}
