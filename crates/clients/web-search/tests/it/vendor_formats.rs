//! Each vendor's documented request and answer.

use covibe_web_search::{Hit, Provider};
use serde_json::{Value, json};

use crate::{Canned, KEY, Server};

/// The same two pages, as each vendor writes them.
fn answer(provider: Provider) -> Value {
    match provider {
        Provider::Brave => json!({
            "type": "search",
            "query": { "original": "rust book", "more_results_available": true },
            "web": { "type": "search", "family_friendly": true, "results": [
                { "type": "search_result", "title": "The Rust Book", "url": "https://doc.rust-lang.org/book/",
                  "description": "The <strong>Rust</strong> Programming Language &amp; more",
                  "profile": { "name": "Rust" }, "language": "en", "age": "May 1, 2026" },
                { "type": "search_result", "title": "Rust", "url": "https://www.rust-lang.org/", "description": "" } ] },
            "mixed": { "main": [] }
        }),
        Provider::Tavily => json!({
            "query": "rust book", "answer": null, "images": [], "follow_up_questions": null,
            "results": [
                { "title": "The Rust Book", "url": "https://doc.rust-lang.org/book/",
                  "content": "The Rust Programming Language & more", "score": 0.93, "raw_content": null },
                { "title": "Rust", "url": "https://www.rust-lang.org/", "content": "", "score": 0.5 } ],
            "response_time": 1.09, "request_id": "123e4567"
        }),
        Provider::Serper => json!({
            "searchParameters": { "q": "rust book", "type": "search", "num": 5, "engine": "google" },
            "knowledgeGraph": { "title": "Rust" },
            "organic": [
                { "title": "The Rust Book", "link": "https://doc.rust-lang.org/book/",
                  "snippet": "The Rust Programming Language & more", "position": 1, "sitelinks": [] },
                { "title": "Rust", "link": "https://www.rust-lang.org/", "position": 2 } ],
            "peopleAlsoAsk": [], "credits": 1
        }),
        Provider::Searxng => json!({
            "query": "rust book", "number_of_results": 0,
            "results": [
                { "url": "https://doc.rust-lang.org/book/", "title": "The Rust Book",
                  "content": "The Rust Programming Language & more", "engine": "duckduckgo", "score": 9.0,
                  "parsed_url": ["https", "doc.rust-lang.org", "/book/", "", "", ""] },
                { "url": "https://www.rust-lang.org/", "title": "Rust", "content": null } ],
            "answers": [], "corrections": [], "infoboxes": [], "suggestions": [], "unresponsive_engines": []
        }),
    }
}

fn hits() -> [Hit; 2] {
    let hit = |title: &str, url: &str, snippet: &str| Hit {
        title: title.to_owned(),
        url: url.parse().unwrap(),
        snippet: snippet.to_owned(),
    };
    let snippet = "The Rust Programming Language & more";
    [
        hit("The Rust Book", "https://doc.rust-lang.org/book/", snippet),
        hit("Rust", "https://www.rust-lang.org/", ""),
    ]
}

#[tokio::test]
async fn the_same_results_are_read_from_every_providers_format() {
    for provider in Provider::ALL {
        let server = Server::start(Canned::new(200, answer(provider).to_string())).await;
        let found = server.client(provider).search("rust book", 5).await.unwrap();
        assert_eq!(found, hits(), "{provider:?}");
        let one = server.client(provider).search("rust book", 1).await.unwrap();
        assert_eq!(one, hits()[..1], "{provider:?}");
    }
}

#[tokio::test]
async fn every_provider_gets_its_request_format_and_its_key_in_one_header() {
    for (provider, line, header, body) in [
        (
            Provider::Brave,
            "GET /res/v1/web/search?q=a%26b+%C3%BC&count=7&result_filter=web&text_decorations=false HTTP/1.1",
            Some("x-subscription-token: key-hunter2"),
            None,
        ),
        (
            Provider::Tavily,
            "POST /search HTTP/1.1",
            Some("authorization: Bearer key-hunter2"),
            Some(
                json!({ "query": "a&b \u{fc}", "max_results": 7, "search_depth": "basic", "include_answer": false,
                        "include_raw_content": false }),
            ),
        ),
        (
            Provider::Serper,
            "POST /search HTTP/1.1",
            Some("x-api-key: key-hunter2"),
            Some(json!({ "q": "a&b \u{fc}", "num": 7 })),
        ),
        (Provider::Searxng, "GET /search?q=a%26b+%C3%BC&format=json HTTP/1.1", None, None),
    ] {
        let server = Server::start(Canned::new(200, answer(provider).to_string())).await;
        server.client(provider).search("a&b \u{fc}", 7).await.unwrap();
        let (head, sent) = server.only_request();
        assert_eq!(head.lines().next(), Some(line));
        let keyed: Vec<_> = head.lines().filter(|line| line.contains(KEY)).collect();
        assert_eq!(keyed, Vec::from_iter(header), "the key is in one header");
        assert!(!sent.contains(KEY), "{sent}");
        let sent: Option<Value> = (!sent.is_empty()).then(|| serde_json::from_str(&sent).unwrap());
        assert_eq!(sent, body, "{provider:?}");
        if provider != Provider::Tavily {
            assert!(!head.to_ascii_lowercase().contains("authorization"), "{head}");
        }
    }
}
