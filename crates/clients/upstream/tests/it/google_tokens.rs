//! Google's tokens: from a simulated Google Cloud, which verifies signatures.

use covibe_domain::Secret;
use covibe_sandbox::Simulator;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::{self, Cloud, Collection, Options, Settings};
use covibe_upstream::{
    Cause, Credentials, Effect, GoogleAuth, GoogleSettings, KeyFile, KeyFileError,
};
use serde_json::{Value, json};

use crate::scripted_server::{Act, Server};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

async fn cloud() -> Cloud {
    let _ = rustls::crypto::ring::default_provider().install_default();
    google::start(Options::default()).await.unwrap()
}

fn auth(credentials: Credentials) -> GoogleAuth {
    GoogleAuth::new(credentials, SCOPE, GoogleSettings::default()).unwrap()
}

fn by_key(simulator: &Simulator) -> GoogleAuth {
    auth(Credentials::KeyFile(KeyFile::parse(&google::key_file(simulator)).unwrap()))
}

/// The key file with one member replaced.
fn changed_key_file(simulator: &Simulator, member: &str, value: Value) -> Secret {
    let mut file: Value = serde_json::from_str(google::key_file(simulator).expose()).unwrap();
    file[member] = value;
    Secret::new(file.to_string())
}

#[tokio::test]
async fn concurrent_callers_share_one_token_obtained_with_a_signed_assertion() {
    let cloud = cloud().await;
    let auth = by_key(&cloud);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let auth = auth.clone();
        callers.spawn(async move { auth.authorization().await.unwrap() });
    }
    let tokens = callers.join_all().await;
    assert!(tokens.iter().all(|token| token.expose().starts_with("Bearer ya29.")));
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(cloud.names(Collection::Tokens), [SCOPE]);
    auth.forget_rejected(&tokens[0]);
    assert!(auth.authorization().await.unwrap() != tokens[0]);
    assert!(!format!("{auth:?}").contains("ya29"));
}

#[tokio::test]
async fn the_metadata_server_issues_tokens_without_a_key() {
    let cloud = cloud().await;
    let auth = auth(Credentials::Metadata(cloud.url.parse().unwrap()));
    assert!(auth.authorization().await.unwrap().expose().starts_with("Bearer ya29."));
    assert_eq!(cloud.names(Collection::Tokens), [SCOPE]);
}

#[tokio::test]
async fn a_token_from_a_server_that_is_not_the_metadata_server_is_rejected() {
    let body = r#"{"access_token":"a","expires_in":3599,"token_type":"Bearer"}"#;
    let server = Server::start([Act::Answer(200, "", body)]).await;
    let mut url = server.settings().base;
    url.set_path("");
    let error = auth(Credentials::Metadata(url)).authorization().await.unwrap_err();
    assert_eq!(error.cause, Cause::Mistaken);
    let head = server.requests()[0].head.to_ascii_lowercase();
    assert!(head.contains("metadata-flavor: google") && !head.contains("authorization:"), "{head}");
}

#[tokio::test]
async fn a_rejected_service_account_key_is_reported_as_operator_trouble() {
    let cloud = cloud().await;
    cloud.set(Settings { key_disabled: true, ..Settings::default() });
    let error = by_key(&cloud).authorization().await.unwrap_err();
    assert!(matches!(error.cause, Cause::Operator(_)), "{error:?}");
    assert_eq!(error.effect, Effect::None);
    cloud.set(Settings::default());
    let other = changed_key_file(&cloud, "client_email", json!("other@example.com"));
    let other = auth(Credentials::KeyFile(KeyFile::parse(&other).unwrap()));
    assert!(matches!(other.authorization().await.unwrap_err().cause, Cause::Operator(_)));
}

#[tokio::test]
async fn after_a_failure_of_the_token_endpoint_the_same_or_the_next_call_gets_a_token() {
    let cloud = cloud().await;
    for fault in [Name::Status, Name::Malformed, Name::Huge, Name::ProxyRedirect] {
        cloud.arm(Fault::new(fault).on("POST", "/token"));
        let auth = by_key(&cloud);
        let error = auth.authorization().await.unwrap_err();
        assert_eq!(error.effect, Effect::None, "{fault:?}");
        auth.authorization().await.unwrap();
    }
    for fault in [Name::DropBefore, Name::DropAfter, Name::Limited, Name::ProxyNotFound] {
        cloud.arm(Fault::new(fault).on("POST", "/token"));
        by_key(&cloud).authorization().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_file_with_another_token_address_type_or_key_is_refused() {
    let cloud = cloud().await;
    let parse =
        |member, value| KeyFile::parse(&changed_key_file(&cloud, member, value)).map(|_| ());
    assert_eq!(parse("token_uri", json!("https://oauth2.googleapis.com/token")), Ok(()));
    assert_eq!(parse("token_uri", json!("http://[::1]:9/token")), Ok(()));
    for other in [
        "https://oauth2.googleapis.com.evil.test/token",
        "https://oauth2.googleapis.com@evil.test/token",
        "https://oauth2.googleapis.com:444/token",
        "http://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com/token?to=evil",
        "http://localhost/token",
        "http://127.0.0.1.evil.test/token",
        "http://10.0.0.1/token",
        "http://127.0.0.1/other",
        "http://u@127.0.0.1/token",
        "not an address",
    ] {
        assert_eq!(parse("token_uri", json!(other)), Err(KeyFileError::TokenAddress), "{other}");
    }
    assert_eq!(parse("type", json!("authorized_user")), Err(KeyFileError::Type));
    assert_eq!(parse("private_key", json!("no key")), Err(KeyFileError::Key));
    assert_eq!(parse("private_key", json!(7)), Err(KeyFileError::Form));
    assert_eq!(parse("more", json!("x".repeat(20_000))), Err(KeyFileError::Form));
}

#[test]
fn debug_output_of_a_key_file_hides_the_key() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cloud = runtime.block_on(cloud());
    let key_file = KeyFile::parse(&google::key_file(&cloud)).unwrap();
    assert_eq!(key_file.project(), "covibe-sandbox");
    let shown = format!("{key_file:?}");
    assert!(shown.contains(key_file.email()) && !shown.contains("PRIVATE"), "{shown}");
    assert!(!shown.contains("token"), "{shown}");
}
