//! The documents that are computed from the registry.

use std::collections::BTreeSet;
use std::path::Path;

use covibe_domain::Kind;
use covibe_operation::VERSION;
use covibe_testkit_http::World;
use serde_json::{Value, json};

#[test]
fn the_clients_page_matches_the_table_of_clients() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == covibe_http::clients::markdown(),
        "docs/clients.md is not what the table says. Run: \
         cargo run -p covibe-server -- tools --format clients > docs/clients.md"
    );
}

#[tokio::test]
async fn the_root_page_is_html_for_browsers_and_json_otherwise() {
    let world = World::embedded().await;
    let stranger = world.mark.agent.with_key(None);
    let browser = stranger.send("GET", "/", &[("accept", "text/html,*/*;q=0.8")], None).await;
    assert_eq!(browser.status, 200, "{}", browser.text);
    assert!(browser.headers["content-type"].starts_with("text/html"));
    let url = format!("{}/api/mcp", stranger.origin);
    assert!(browser.text.contains(&url) && browser.text.contains("claude mcp add"));
    assert!(browser.text.contains("href=\"/console\"") && !browser.text.contains('`'));
    let other = stranger.send("GET", "/", &[], None).await;
    assert_eq!(other.json()["mcpUrl"], json!(url));
    assert_eq!(stranger.send("POST", "/", &[], None).await.status, 405);
}

#[tokio::test]
async fn a_browser_gets_an_html_404_page_for_unknown_paths() {
    let world = World::embedded().await;
    let stranger = world.mark.agent.with_key(None);
    let html = [("accept", "text/html,*/*;q=0.8")];
    for path in ["/nowhere", "/console/nowhere", "/console/live/nothing/here"] {
        let page = stranger.send("GET", path, &html, None).await;
        assert_eq!(page.status, 404, "{path}: {}", page.text);
        assert!(page.headers["content-type"].starts_with("text/html"), "{path}");
        assert!(page.text.contains("Page not found") && page.text.contains("href=\"/console\""));
        let other = stranger.send("GET", path, &[], None).await;
        assert_eq!((other.status, other.json()["error"].is_string()), (404, true), "{path}");
    }
    let api = stranger.send("GET", "/api/nowhere", &html, None).await;
    assert!(api.json()["error"].is_string(), "{}", api.text);
    let robots = stranger.send("GET", "/robots.txt", &html, None).await;
    assert!(robots.status == 200 && robots.text.contains("Disallow: /"), "{}", robots.text);
    // It leads to the icon of the pages.
    let icon = stranger.send("GET", "/favicon.ico", &html, None).await;
    assert_eq!((icon.status, &*icon.headers["content-type"]), (200, "image/svg+xml"));
}

#[tokio::test]
async fn oauth_endpoints_answer_that_a_key_is_needed() {
    let world = World::embedded().await;
    let stranger = world.mark.agent.with_key(None);
    for (method, path, status) in [
        ("GET", "/.well-known/oauth-protected-resource", 404),
        ("GET", "/.well-known/oauth-protected-resource/api/mcp", 404),
        ("GET", "/.well-known/oauth-authorization-server", 404),
        ("POST", "/register", 400),
        ("GET", "/authorize?client_id=x", 400),
        ("POST", "/token", 400),
    ] {
        let answer = stranger.send(method, path, &[], None).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let body = answer.json();
        assert_eq!(body["error"], "invalid_request", "{path}");
        let told = body["error_description"].as_str().expect("a text");
        assert!(told.contains("Authorization: Bearer"), "{path}: {told}");
    }
}

#[tokio::test]
async fn every_description_of_the_server_lists_the_same_tools() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let stranger = agent.with_key(None);
    let described = stranger.send("GET", "/api/mcp", &[], None).await;
    assert_eq!(described.status, 200, "{}", described.text);
    let described = described.json();
    assert_eq!((&described["name"], &described["version"]), (&json!("co-vibe"), &json!(VERSION)));
    let listed = agent.rpc("tools/list", &json!({})).await.json();
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().expect("a list").iter();
        list.map(|tool| tool["name"].as_str().expect("a name").replace('.', "_")).collect()
    };
    let (described, listed) = (&described["tools"], &listed["result"]["tools"]);
    assert_eq!(names(described), names(listed));
    for tool in described.as_array().expect("a list") {
        assert!(tool["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{tool}");
        assert!(
            ["read", "write", "destroy"].contains(&tool["access"].as_str().expect("a text")),
            "{tool}"
        );
        assert_eq!(tool.as_object().expect("an object").len(), 3, "{tool}");
    }
    let health = stranger.send("GET", "/api/health", &[], None).await.json();
    assert_eq!(health["tools"]["count"], json!(names(listed).len()));
    assert_eq!(health["status"], "ok");
}

#[tokio::test]
async fn health_reports_exactly_the_documented_fields() {
    let world = World::embedded().await;
    let answer = world.mark.agent.with_key(None).send("GET", "/api/health", &[], None).await;
    let digest = world.dispatcher.registry().digest();
    let count = world.dispatcher.registry().tools().count();
    let expected = json!({
        "status": "ok", "version": VERSION, "auth_mode": "local",
        "database": { "backend": "sqlite", "schema": "current", "isolation": "embedded" },
        "audit": "ok", "disk": "ok", "deployment_queue": "ok",
        "upstreams": {
            "coolify": { "last_call": "ok", "seconds_ago": 0 },
            "gitea": { "last_call": "ok", "seconds_ago": 0 },
            "registrar": { "last_call": "none", "seconds_ago": null },
            "cloud_dns": { "last_call": "none", "seconds_ago": null },
            "google_iam": { "last_call": "none", "seconds_ago": null },
            "cloud_storage": { "last_call": "none", "seconds_ago": null },
        },
        "tools": { "version": VERSION, "count": count, "digest": digest },
    });
    let mut told = answer.json();
    for upstream in ["coolify", "gitea"] {
        let ago = &mut told["upstreams"][upstream]["seconds_ago"];
        assert!(ago.as_u64().is_some_and(|ago| ago < 60), "{ago}");
        *ago = json!(0);
    }
    assert_eq!((answer.status, told), (200, expected));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn the_openapi_document_is_consistent_and_has_every_operation() {
    let world = World::embedded().await;
    let answer = world.mark.agent.with_key(None).send("GET", "/openapi.json", &[], None).await;
    let document = answer.json();
    assert_eq!((answer.status, &document["openapi"]), (200, &json!("3.1.0")));
    for member in ["title", "version"] {
        assert!(document["info"][member].is_string(), "info.{member}");
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path item") {
            check_operation(&document, path, method, operation);
            assert!(ids.insert(operation["operationId"].to_string()), "{method} {path}: twice");
        }
    }
    assert_eq!(ids.len(), world.dispatcher.registry().operations().count());
}

#[tokio::test]
async fn a_client_with_the_current_openapi_document_gets_304() {
    let world = World::embedded().await;
    let agent = world.mark.agent.with_key(None);
    let first = agent.send("GET", "/openapi.json", &[], None).await;
    assert_eq!(first.headers["cache-control"], "no-cache");
    let tag = first.headers["etag"].clone();
    for known in [tag.clone(), format!("\"other\", W/{tag}")] {
        let again = agent.send("GET", "/openapi.json", &[("if-none-match", &known)], None).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
        assert_eq!(again.headers["etag"], tag.as_str());
    }
    let other = agent.send("GET", "/openapi.json", &[("if-none-match", "\"other\"")], None).await;
    assert_eq!((other.status, other.text), (200, first.text));
}

fn check_operation(document: &Value, path: &str, method: &str, operation: &Value) {
    let what = format!("{method} {path}");
    assert!(["get", "post", "patch", "delete"].contains(&method), "{what}");
    let braced = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters = operation["parameters"].as_array().expect("parameters").iter();
    let parameters: Vec<_> = parameters.map(|it| resolve_reference(document, it)).collect();
    let declared = parameters.iter().filter(|parameter| parameter["in"] == "path");
    let names = declared.clone().map(|parameter| parameter["name"].as_str().expect("a name"));
    assert_eq!(names.collect::<BTreeSet<_>>(), braced.collect(), "{what}");
    assert!(declared.clone().all(|parameter| parameter["required"] == true), "{what}");
    for parameter in &parameters {
        assert!(["path", "query"].contains(&parameter["in"].as_str().expect("a text")), "{what}");
        assert!(parameter["schema"].is_object(), "{what}: {parameter}");
    }
    let name = operation["operationId"].as_str().expect("a text");
    check_responses(document, name, &operation["responses"]);
    if let Some(body) = operation.get("requestBody") {
        assert!(method == "post" || method == "patch", "{what} has a body");
        let schema = resolve_reference(document, &body["content"]["application/json"]["schema"]);
        assert_eq!(schema["type"], "object", "{what}");
    }
}

/// Returns what a reference of the document stands for, or the value itself.
fn resolve_reference<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).expect("a component"),
        None => value,
    }
}

fn check_responses(document: &Value, what: &str, responses: &Value) {
    let responses = responses.as_object().expect("responses");
    assert!(responses.keys().any(|status| status.starts_with('2')), "{what}");
    for kind in Kind::ALL {
        assert!(responses.contains_key(&kind.status().to_string()), "{what}: {kind:?}");
    }
    for (status, response) in responses {
        let response = resolve_reference(document, response);
        assert!(response["description"].is_string(), "{what} {status}");
        let content = response["content"].as_object().expect("an answer has a content");
        let media_type = match status.as_str() {
            "200" if what == "workspace_bootstrap" => "text/x-shellscript",
            "200" if what == "gitea_git_credential" => "text/plain",
            _ => "application/json",
        };
        assert_eq!(content.keys().collect::<Vec<_>>(), [media_type], "{what} {status}");
        let schema = &content[media_type]["schema"];
        let schema = resolve_reference(document, schema);
        let kind = if media_type == "application/json" { "object" } else { "string" };
        assert_eq!(schema["type"], kind, "{what} {status}");
    }
}
