//! Access to a simulator: pages of other origins and other names of this machine are refused, and its own endpoints
//! require the token.

use covibe_sandbox::coolify::Version;
use serde_json::json;

use crate::simulator_client::{Client, Coolify, HttpAnswer, gitea};

const ENDPOINTS: [(&str, &str); 4] = [
    ("GET", "/__sandbox/requests"),
    ("DELETE", "/__sandbox/requests"),
    ("POST", "/__sandbox/faults"),
    ("DELETE", "/__sandbox/faults"),
];

async fn with_header(client: &Client, path: &str, name: &str, value: &str) -> HttpAnswer {
    Client::send(client.request("GET", path).header(name, value)).await
}

#[tokio::test]
async fn the_control_endpoints_of_a_simulator_require_its_control_token() {
    let gitea = gitea().await;
    for (method, path) in ENDPOINTS {
        let bare = || gitea.unauthenticated(method, path).json(&json!({ "fault": "hang" }));
        let bearer = bare().bearer_auth(gitea.simulator.token.expose());
        let wrong = bare().header("X-Sandbox-Token", gitea.simulator.token.expose());
        for request in [bare(), bearer, wrong] {
            let refused = Client::send(request).await;
            assert_eq!(refused.status, 401, "{method} {path}");
            assert!(refused.text.contains("X-Sandbox-Token"), "{}", refused.text);
        }
    }
    assert_eq!(gitea.get("/version").await.status, 200, "no fault is armed");
    assert_eq!(gitea.simulator.requests().len(), 1);
}

#[tokio::test]
async fn each_simulator_has_a_control_token_of_its_own() {
    let (one, other) = (gitea().await, gitea().await);
    assert_ne!(one.simulator.control_token(), other.simulator.control_token());
    assert_eq!(one.simulator.control_token().expose().len(), 40);
}

#[tokio::test]
async fn requests_with_a_foreign_host_header_are_refused() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for path in ["/projects", "/__sandbox/requests"] {
        for host in ["evil.example", "127.0.0.1.evil.example", ""] {
            let refused = with_header(&coolify, path, "Host", host).await;
            assert!([400, 403].contains(&refused.status), "{path} {host:?}: {}", refused.text);
        }
        let port = coolify.simulator.url.rsplit(':').next().unwrap();
        let local = with_header(&coolify, path, "Host", &format!("localhost:{port}")).await;
        assert_eq!(local.status, 200, "{path}: {}", local.text);
    }
}

#[tokio::test]
async fn requests_from_other_origins_are_refused() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for path in ["/projects", "/__sandbox/requests"] {
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
            let refused = with_header(&coolify, path, "Origin", origin).await;
            assert_eq!(refused.status, 403, "{path} {origin}: {}", refused.text);
        }
        let own = with_header(&coolify, path, "Origin", &coolify.simulator.url).await;
        assert_eq!(own.status, 200, "{path}: {}", own.text);
    }
}

#[tokio::test]
async fn recorded_requests_contain_no_secrets_unless_a_test_keeps_them() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let repository = "https://bot:t0k3n@git.test/vibn-mark/site.git";
    let send = async || {
        coolify.simulator.clear_requests();
        coolify.post("/security/keys", json!({ "name": "k", "private_key": "s3cret" })).await;
        coolify.post("/applications/public", json!({ "git_repository": repository })).await;
        coolify.post("/applications/a/envs", json!({ "key": "A", "value": "v4lue" })).await;
        Client::send(coolify.request("GET", "/__sandbox/requests")).await.text
    };
    let log = send().await;
    assert!(log.contains("https://[redacted]@git.test/vibn-mark/site.git"), "{log}");
    assert!(["s3cret", "t0k3n", "v4lue"].iter().all(|secret| !log.contains(secret)), "{log}");
    coolify.simulator.keep_secrets();
    let log = send().await;
    assert!(["s3cret", "t0k3n", "v4lue"].iter().all(|secret| log.contains(secret)), "{log}");
}
