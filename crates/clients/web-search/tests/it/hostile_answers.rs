//! Answers that no honest provider gives.

use covibe_web_search::{Cause, Provider};
use serde_json::{Value, json};

use crate::{Canned, Server};

async fn cause(provider: Provider, answer: Canned) -> Cause {
    let server = Server::start(answer).await;
    server.client(provider).search("x", 5).await.unwrap_err().cause
}

/// Wraps results in the provider's form.
fn wrapped(provider: Provider, results: &Value) -> String {
    let answer = match provider {
        Provider::Brave => json!({ "web": { "results": results } }),
        Provider::Serper => json!({ "organic": results }),
        Provider::Tavily | Provider::Searxng => json!({ "results": results }),
    };
    answer.to_string()
}

#[tokio::test]
async fn an_answer_in_another_format_is_malformed() {
    for provider in Provider::ALL {
        for body in ["<html>Captcha</html>", "[]", "\"x\"", "", "{\"results\":"] {
            let cause = cause(provider, Canned::new(200, body)).await;
            assert_eq!(cause, Cause::Malformed, "{provider:?}: {body}");
        }
        for results in [json!("x"), json!({ "a": 1 }), json!(7)] {
            let body = wrapped(provider, &results);
            assert_eq!(
                cause(provider, Canned::new(200, body.clone())).await,
                Cause::Malformed,
                "{body}"
            );
        }
    }
}

#[tokio::test]
async fn results_with_wrong_types_are_skipped() {
    for provider in Provider::ALL {
        let url = if provider == Provider::Serper { "link" } else { "url" };
        let results = json!([
            7,
            null,
            ["https://example.com"],
            { "title": "no address" },
            { "title": "a number", url: 5 },
            { "title": "a script", url: "javascript:alert(1)" },
            { "title": { "a": 1 }, url: "https://example.com/kept", "content": [1], "description": 2, "snippet": {} },
        ]);
        let server = Server::start(Canned::new(200, wrapped(provider, &results))).await;
        let hits = server.client(provider).search("x", 5).await.unwrap();
        assert_eq!(hits.len(), 1, "{provider:?}: {hits:?}");
        assert_eq!((&*hits[0].title, &*hits[0].snippet), ("", ""));
    }
}

#[tokio::test]
async fn a_huge_answer_is_refused_and_many_results_are_cut_to_twenty() {
    let flood = Canned::new(200, vec![b' '; 3 << 20]);
    assert_eq!(cause(Provider::Brave, flood).await, Cause::TooLarge);
    let hit = json!({ "title": "t".repeat(5_000), "url": "https://example.com", "content": "<b>s</b> ".repeat(900) });
    let server =
        Server::start(Canned::new(200, wrapped(Provider::Tavily, &json!(vec![hit; 100])))).await;
    let hits = server.client(Provider::Tavily).search("x", 10_000).await.unwrap();
    assert_eq!(hits.len(), 20);
    for hit in hits {
        assert!(hit.title.len() <= 200 && hit.snippet.len() <= 700 && !hit.snippet.contains('<'));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_fails_the_search() {
    let elsewhere = Server::start(Canned::new(200, "{}")).await;
    let location = format!("location: {}/x\r\n", elsewhere.url).leak();
    for provider in Provider::ALL {
        let answer = Canned { status: 302, headers: location, body: Vec::new() };
        assert_eq!(cause(provider, answer).await, Cause::Elsewhere, "{provider:?}");
    }
    assert!(elsewhere.seen.lock().unwrap().is_empty());
}
