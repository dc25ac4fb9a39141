//! Stopping by a signal: the server answers on while load balancers learn of it, and ends its
//! calls.

use std::process::ExitStatus;
use std::time::Duration;

use covibe_testkit_http::{Agent, AgentAnswer, Member, World};
use serde_json::json;

use crate::server_process::Server;

/// The time limit until a server reports that it stops, and until it ends.
const SOON: Duration = Duration::from_secs(20);

/// Returns the first answer of the health check with status 503.
async fn unhealthy(agent: &Agent) -> AgentAnswer {
    loop {
        let health = agent.reconnected().send("GET", "/api/health", &[], None).await;
        if health.status == 503 {
            return health;
        }
    }
}

async fn wait_for_end(server: Server) -> (ExitStatus, String) {
    soon(move || server.wait_for_end()).await
}

async fn soon<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    let waiting = tokio::task::spawn_blocking(wait);
    tokio::time::timeout(SOON, waiting).await.expect("it ends").expect("it ended")
}

/// Returns the tools of the member's calls whose outcome is in the audit.
async fn audited_tools(world: &World, member: &Member) -> Vec<String> {
    let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&member.record.id, 100).await.expect("the audit");
    entries.into_iter().filter(|entry| entry.outcome == "ok").map(|entry| entry.tool).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_still_answers_and_a_second_signal_ends_it_at_once() {
    let world = World::embedded().await;
    let server = Server::start_with(&world, &[("COVIBE_DRAIN_SECONDS", "60")]);
    let agent = server.agent(&world.mark);
    // A service manager, a terminal or a parent process may send several signals for one stop.
    for signal in ["TERM", "HUP", "TERM", "INT"] {
        server.signal(signal);
    }
    let health = tokio::time::timeout(SOON, unhealthy(&agent)).await.expect("it drains");
    let closes = |answer: &AgentAnswer| answer.headers.get("connection").cloned();
    assert_eq!(health.json()["status"], "stopping");
    assert_eq!(closes(&health).as_deref(), Some("close"));
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    let listed = agent.send("GET", &path, &[], None).await;
    assert_eq!((listed.status, closes(&listed).as_deref()), (200, Some("close")));
    server.signal("HUP");
    let (status, log) = soon(move || server.ended_by("TERM")).await;
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("stopped by a second signal"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stop_signal_flushes_the_audit_of_answered_calls() {
    let world = World::embedded().await;
    for (signal, calls) in [("HUP", 1), ("TERM", 2), ("INT", 3), ("QUIT", 4), ("USR1", 5)] {
        let server = Server::start(&world);
        let agent = server.agent(&world.mark);
        agent.compact("projects.list", &json!({})).await.expect("a list");
        server.signal(signal);
        let (status, log) = wait_for_end(server).await;
        assert!(status.success(), "{signal}: {log}");
        let entries = audited_tools(&world, &world.mark).await;
        let lists = entries.iter().filter(|tool| *tool == "projects.list").count();
        assert_eq!(lists, calls, "{signal}: {entries:?}");
    }
}
