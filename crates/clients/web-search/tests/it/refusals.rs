//! The vendors' documented errors, each with what a person has to do.

use std::time::Duration;

use covibe_domain::Secret;
use covibe_web_search::{Cause, Client, Config, ConfigError, Provider};
use serde_json::{Value, json};

use crate::{Canned, KEY, Server};

async fn cause(provider: Provider, status: u16, body: &str) -> Cause {
    let server = Server::start(Canned::new(status, body)).await;
    let error = server.client(provider).search("x", 5).await.unwrap_err();
    assert_eq!(error.upstream, provider.name());
    assert!(!format!("{error} {error:?}").contains(KEY));
    error.cause
}

fn brave(status: u16, code: &str) -> Value {
    json!({ "type": "ErrorResponse", "time": 1, "error": { "id": "a", "status": status, "code": code, "detail": "No." } })
}

#[tokio::test]
async fn a_rejected_key_is_reported_as_unauthorized() {
    let detail = json!({ "detail": { "error": "Unauthorized: missing or invalid API key." } });
    let message = json!({ "message": "Unauthorized.", "statusCode": 403 });
    for (provider, status, body) in [
        (Provider::Brave, 422, brave(422, "SUBSCRIPTION_TOKEN_INVALID")),
        (Provider::Brave, 401, brave(401, "UNAUTHORIZED")),
        (Provider::Tavily, 401, detail),
        (Provider::Serper, 403, message),
    ] {
        let cause = cause(provider, status, &body.to_string()).await;
        assert_eq!(cause, Cause::Unauthorized, "{provider:?} {status}");
    }
}

#[tokio::test]
async fn a_refused_query_is_distinguished_from_the_page_of_a_proxy() {
    for (provider, status, body) in [
        (Provider::Brave, 422, brave(422, "VALIDATION").to_string()),
        (Provider::Tavily, 400, json!({ "detail": { "error": "Query is too long." } }).to_string()),
        (Provider::Serper, 400, json!({ "message": "Missing query parameter" }).to_string()),
    ] {
        let refused = cause(provider, status, &body).await;
        assert!(matches!(refused, Cause::Refused(_)), "{provider:?}: {refused}");
        let foreign = cause(provider, status, "<html>Bad gateway</html>").await;
        assert_eq!(foreign, Cause::Foreign { status }, "{provider:?}");
    }
}

#[tokio::test]
async fn an_exhausted_plan_is_operator_trouble_and_a_429_is_a_rate_limit() {
    let credits = json!({ "message": "Not enough credits", "statusCode": 400 }).to_string();
    for (provider, status, body) in [
        (Provider::Tavily, 432, "{}".to_owned()),
        (Provider::Tavily, 433, "{}".to_owned()),
        (Provider::Serper, 400, credits),
        (Provider::Searxng, 403, "<html>Forbidden</html>".to_owned()),
    ] {
        let cause = cause(provider, status, &body).await;
        assert!(matches!(cause, Cause::Operator(_)), "{provider:?} {status}: {cause}");
    }
    for provider in Provider::ALL {
        let limited = cause(provider, 429, "{}").await;
        let wait = Duration::from_secs(10);
        assert_eq!(limited, Cause::Limited { retry_after: wait, ours: false }, "{provider:?}");
    }
}

#[tokio::test]
async fn a_client_without_its_key_or_address_is_refused() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let make = |provider, key: &str| Client::new(Config::new(provider, Secret::new(key), None));
    let token = make(Provider::Brave, "").unwrap_err();
    assert_eq!(token, ConfigError::Token { upstream: "Brave Search" });
    let address = make(Provider::Searxng, "").unwrap_err();
    assert_eq!(address, ConfigError::Address { upstream: "SearXNG" });
    assert!(make(Provider::Serper, KEY).is_ok());
    assert!(!format!("{:?}", make(Provider::Serper, KEY)).contains(KEY));
}
