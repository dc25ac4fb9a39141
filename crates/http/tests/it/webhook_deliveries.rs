//! Deliveries of Gitea's hooks, which all come from one address: what some of them do, the others do not feel.

use covibe_dispatch::{CallRate, HookSecret};
use covibe_http::ConnectionLimits;
use covibe_testkit_http::{Member, Options, World};
use serde_json::json;

use crate::support::raw_requests;
use crate::unfinished_bodies::early_answer;

/// Sends a delivery about a workspace, to a hook with this id of its secret; returns the status of the answer.
async fn deliver(about: &Member, id: &str, secret: &HookSecret) -> u16 {
    let owner = json!({ "id": about.record.gitea_org_id, "login": "owner" });
    let body =
        json!({ "ref": "refs/heads/main", "before": "0".repeat(40), "after": "a1".repeat(20),
                       "repository": { "id": 5, "name": "site", "owner": owner }, "pusher": null })
        .to_string();
    let signature = secret.sign(body.as_bytes());
    let headers = [
        ("content-type", "application/json"),
        ("x-gitea-event", "push"),
        ("x-hub-signature-256", signature.as_str()),
    ];
    let path = format!("/api/hooks/gitea?key={id}");
    about.agent.with_key(None).send("POST", &path, &headers, Some(body)).await.status
}

/// Sends a delivery that is signed by the hook of a workspace.
async fn deliver_signed(world: &World, about: &Member) -> u16 {
    let secret = HookSecret::new(world.hook_secret(about));
    deliver(about, &world.hook_id(about), &secret).await
}

/// Sends deliveries with a wrong signature until one is refused for their number.
async fn exhaust(world: &World, about: &Member, id: &str) {
    let wrong = HookSecret::new(world.hook_secret(&world.justine));
    for _ in 0..200 {
        match deliver(about, id, &wrong).await {
            429 => return,
            status => assert_eq!(status, 401),
        }
    }
    panic!("none of 200 was refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrongly_signed_deliveries_do_not_rate_limit_correctly_signed_ones() {
    let keyless = CallRate { per_second: 1, burst: 6 };
    let limits = ConnectionLimits { keyless, ..ConnectionLimits::default() };
    let world = World::with_connections(limits, Options::default()).await;
    // The server has seen the hooks of both.
    for member in [&world.mark, &world.justine] {
        assert_eq!(deliver_signed(&world, member).await, 202);
    }
    exhaust(&world, &world.mark, "0123456789abcdef").await;
    for member in [&world.mark, &world.justine].into_iter().cycle().take(20) {
        assert_eq!(deliver_signed(&world, member).await, 202);
    }
    // Nor do those that name another hook, with another secret.
    exhaust(&world, &world.mark, &world.hook_id(&world.mark)).await;
    for _ in 0..20 {
        assert_eq!(deliver_signed(&world, &world.justine).await, 202);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_secret_is_rejected_for_another_workspace() {
    let world = World::embedded().await;
    for member in [&world.mark, &world.justine] {
        assert_eq!(deliver_signed(&world, member).await, 202);
    }
    let own = HookSecret::new(world.hook_secret(&world.mark));
    for id in [world.hook_id(&world.mark), world.hook_id(&world.justine)] {
        assert_eq!(deliver(&world.justine, &id, &own).await, 401, "{id}");
    }
}

/// A delivery that is refused before it is read has shown no more than one with a wrong signature.
#[tokio::test(flavor = "multi_thread")]
async fn oversized_deliveries_count_towards_the_rate_limit() {
    const LENGTH: usize = (16 << 20) + 1;
    let world = World::embedded().await;
    assert_eq!(deliver_signed(&world, &world.mark).await, 202);
    let nobody = world.mark.agent.with_key(None);
    let path = format!("/api/hooks/gitea?key={}", world.hook_id(&world.mark));
    let headers = "X-Gitea-Event: push\r\nX-Hub-Signature-256: sha256=00\r\n";
    let request = raw_requests::request(&nobody, "POST", &path, headers, &vec![b'x'; LENGTH]);
    let head = &request[..request.len() - LENGTH];
    for _ in 0..200 {
        let answer = early_answer(raw_requests::begin_request(&nobody, head).await).await;
        if answer.starts_with("HTTP/1.1 429") {
            return;
        }
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
    panic!("none of 200 was refused for their number");
}
