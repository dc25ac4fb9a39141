//! Traces, as a collector receives them.

mod collector;

use std::net::TcpListener;
use std::time::Duration;

use covibe_domain::TRACE_TARGET;
use covibe_traces::Traces;
use tracing_subscriber::layer::SubscriberExt as _;

fn install_tls() {
    let _installed = rustls::crypto::ring::default_provider().install_default();
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_calls_reach_the_collector_with_their_parents_and_nothing_else_does() {
    install_tls();
    let (url, received) = collector::start();
    let traces = Traces::new(&url, "covibe-server", "1.2.3").unwrap();
    let subscriber = tracing_subscriber::registry().with(traces.layer());
    tracing::subscriber::with_default(subscriber, || {
        let call = tracing::info_span!(target: TRACE_TARGET, "call", otel.name = "apps.get");
        let _call = call.enter();
        tracing::info_span!("elsewhere", secret = "hidden").in_scope(|| {
            tracing::info_span!(target: TRACE_TARGET, "request", otel.kind = "client")
                .in_scope(|| ());
        });
    });
    tokio::task::spawn_blocking(move || traces.shut_down()).await.unwrap();
    let (first, body) = received.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(first, "POST /v1/traces HTTP/1.1\r\n");
    let resource = body["resourceSpans"][0]["resource"]["attributes"].to_string();
    assert!(resource.contains("covibe-server") && resource.contains("1.2.3"), "{resource}");
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    let names: Vec<_> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["request", "apps.get"]);
    assert_eq!(spans[0]["parentSpanId"], spans[1]["spanId"]);
    assert!(!body.to_string().contains("hidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_delays_a_shutdown_by_less_than_a_minute() {
    install_tls();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let traces = Traces::new(&url, "covibe-server", "1.2.3").unwrap();
    let subscriber = tracing_subscriber::registry().with(traces.layer());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!(target: TRACE_TARGET, "call").in_scope(|| ());
    });
    let ended = tokio::task::spawn_blocking(move || traces.shut_down());
    tokio::time::timeout(Duration::from_mins(1), ended).await.unwrap().unwrap();
}
