//! A log that nobody reads holds up nothing.

use std::time::Duration;

use covibe_testkit_http::World;
use serde_json::json;
use tokio::time::timeout;

use crate::server_process::Server;

/// A time limit that only ends a test that hangs.
const SOON: Duration = Duration::from_secs(30);

/// So many different lines are more than a pipe holds: 64 KiB on Linux.
const LINES: usize = 1_500;

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_shutdown_do_not_block_on_an_unread_log() {
    let world = World::embedded().await;
    let server = Server::start_unread(&world, &[("RUST_LOG", "actix_http=trace")]);
    let agent = server.agent(&world.mark);
    for length in 1..LINES {
        // Each is logged with the length of its body.
        let sent = agent.send("POST", "/api/health", &[], Some("x".repeat(length)));
        assert_eq!(timeout(SOON, sent).await.expect("an answer").status, 405);
    }
    let listed = timeout(SOON, agent.compact("projects.list", &json!({}))).await;
    listed.expect("an answer").expect("a list");
    let health = timeout(SOON, agent.send("GET", "/api/health", &[], None)).await;
    assert_eq!(health.expect("an answer").status, 200);
    server.signal("TERM");
    let ended = tokio::task::spawn_blocking(move || server.ended_unread());
    let status = timeout(SOON, ended).await.expect("it ends").expect("its status");
    assert!(status.success());
}
