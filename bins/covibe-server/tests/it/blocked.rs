//! A server whose configuration of WorkOS is incomplete serves nothing.

use covibe_testkit_http::{Agent, World};
use serde_json::json;

use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_workos_serves_nothing_but_its_checks() {
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
    let anybody = Agent::new(server.origin(), "mark", None);
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
        "/none",
    ] {
        for agent in [&agent, &anybody] {
            for method in ["GET", "POST"] {
                let answer = agent.send(method, path, &[], None).await;
                assert_eq!(answer.status, 503, "{method} {path}: {}", answer.text);
                assert!(!answer.text.contains("WORKOS"), "only health names variables");
            }
        }
    }
    let called = agent.compact_raw("workspace.describe", &json!({})).await;
    assert_eq!(called.status, 503, "a valid key opens nothing: {}", called.text);
}
