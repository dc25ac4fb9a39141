//! "The docker host can't be reached": which part of the way fails.

use covibe_testkit_docker::{Sshd, SshdOptions};
use serde_json::json;

use super::{Host, call_refused, engine};

/// Asks for a log, and checks that the answer has this, and nothing of the operator's.
async fn assert_told(host: &Host, app: &str, told: &str) {
    // The connection that is gone may be noticed first.
    for _ in 0..20 {
        let answer = call_refused(&host.world, "apps.logs", json!({ "uuid": app })).await;
        for secret in ["127.0.0.1", "known_hosts", "authorized_keys", "docker.sock", "port"] {
            assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
        }
        if answer.status == 503 && answer.text.contains(told) {
            return;
        }
        assert!(matches!(answer.status, 502 | 503), "{}", answer.text);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    panic!("{told} is never told");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_key_a_host_that_is_down_and_an_engine_that_is_down_are_told_apart() {
    let Some(mut sshd) = engine().and_then(Sshd::gated) else { return };
    let Some(host) = Host::over(&sshd).await else { return };
    let app = host.site().await;
    host.call_ok("apps.logs", json!({ "uuid": app })).await;
    sshd.stop();
    assert_told(&host, &app, "The docker host does not answer.").await;
    sshd.change_host_key();
    sshd.resume();
    assert_told(&host, &app, "could not prove that it is that host").await;
    let nowhere =
        SshdOptions { docker: Some("/nowhere/docker.sock".into()), ..SshdOptions::default() };
    let Some(sshd) = Sshd::start(&nowhere) else { return };
    let Some(host) = Host::over(&sshd).await else { return };
    let app = host.site().await;
    assert_told(&host, &app, "Docker is not running on it").await;
}
