//! A server whose configuration of WorkOS is incomplete serves nothing.

use covibe_testkit_http::{Agent, World};
use serde_json::json;

use crate::server_process::Server;

/// Where a server listens in these tests.
const ANYWHERE: (&str, &str) = ("COVIBE_BIND", "127.0.0.1:0");

/// Asserts that everybody gets 503 everywhere, and that nothing but the health check names variables.
async fn assert_closed(agents: &[&Agent]) {
    for path in [
        "/",
        "/openapi.json",
        "/api/mcp",
        "/api/workspaces",
        "/api/workspaces/mark/apps",
        "/auth/sign-in",
        "/callback",
        "/onboarding",
        "/console",
        "/downloads/co-vibe.tgz",
        "/none",
    ] {
        for agent in agents {
            for method in ["GET", "POST"] {
                let answer = agent.send(method, path, &[], None).await;
                assert_eq!(answer.status, 503, "{method} {path}: {}", answer.text);
                assert!(!answer.text.contains("WORKOS"), "only health names variables");
                assert_eq!(answer.headers["cache-control"], "no-store", "{method} {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_an_incomplete_workos_answers_503_to_all_calls() {
    let world = World::embedded().await;
    let variables = [("COVIBE_AUTH_MODE", "workos"), ("WORKOS_API_KEY", "sk_hunter2")];
    let server = Server::start_with(&world, &variables);
    let agent = server.agent(&world.mark);
    let health = agent.send("GET", "/api/health", &[], None).await;
    assert_eq!(health.status, 503, "{}", health.text);
    assert_eq!(health.json()["auth_mode"], "blocked");
    let missing = ["WORKOS_CLIENT_ID", "WORKOS_COOKIE_PASSWORD", "NEXT_PUBLIC_WORKOS_REDIRECT_URI"];
    assert_eq!(health.json()["missing"], json!(missing));
    assert!(!health.text.contains("hunter2"));
    assert_eq!(agent.send("GET", "/api/live", &[], None).await.status, 200);
    assert_eq!(agent.send("POST", "/api/live", &[], None).await.status, 405);
    let anybody = Agent::new(server.origin(), "mark", None);
    assert_closed(&[&agent, &anybody]).await;
    let called = agent.compact_raw("workspace.describe", &json!({})).await;
    assert_eq!(called.status, 503, "a valid key opens nothing: {}", called.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfigured_server_of_the_image_answers_503_to_all_calls() {
    let image = [("COVIBE_AUTH_MODE", "workos"), ("COVIBE_DATABASE_BACKEND", "postgres")];
    let half = ("WORKOS_CLIENT_ID", "client_01ABC");
    for further in [None, Some(half)] {
        let variables: Vec<_> = image.into_iter().chain([ANYWHERE]).chain(further).collect();
        let server = Server::start_alone(&variables);
        let anybody = Agent::new(server.origin(), "mark", None);
        let health = anybody.send("GET", "/api/health", &[], None).await;
        assert_eq!((health.status, &health.json()["auth_mode"]), (503, &json!("blocked")));
        assert_closed(&[&anybody]).await;
        let (status, log) = server.ended_by("TERM");
        assert!(status.success(), "{log}");
        assert!(log.contains("WORKOS_COOKIE_PASSWORD"), "{log}");
    }
}
