//! Webhooks of organisations, of the instance and of repositories, and statuses of commits.

use covibe_domain::Secret;
use covibe_gitea::{CommitState, HookOf, HookSecret, NewStatus};
use serde_json::json;

use crate::call_catalog::{SCOPES, World};
use crate::repository_writes::{ORG, commit_file, with_bot};

const URL: &str = "https://covibe.test/api/hooks/gitea";

fn secret() -> HookSecret {
    HookSecret::new(Secret::new("0123456789abcdef0123456789abcdef"))
}

#[tokio::test]
async fn webhooks_are_created_listed_and_deleted() {
    let world = World::new().await;
    let client = &world.client;
    for of in [HookOf::Organization(ORG), HookOf::Instance] {
        let made = client.create_hook(of, URL, &secret()).await.unwrap();
        assert!(made.delivers_pushes_to(URL), "{made:?}");
        assert_eq!(client.hooks_of(of).await.unwrap(), std::slice::from_ref(&made));
        for _ in 0..2 {
            client.delete_hook(of, made.id).await.unwrap();
        }
        assert!(client.hooks_of(of).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_hook_that_a_bot_changed_is_reported_as_not_delivering_pushes() {
    let world = World::new().await;
    let (client, of) = (&world.client, HookOf::Organization(ORG));
    let made = client.create_hook(of, URL, &secret()).await.unwrap();
    let token = client.tokens_by_administrator("mark-bot").create("bot", &SCOPES).await.unwrap();
    let (token, path) = (token.token.expose(), format!("/orgs/{ORG}/hooks/{}", made.id));
    for change in [
        json!({ "config": { "url": "https://elsewhere.test", "content_type": "json" } }),
        json!({ "active": false }),
        json!({ "events": ["issues"] }),
        json!({ "branch_filter": "none" }),
    ] {
        assert_eq!(world.by_hand(token, "PATCH", &path, &change).await, 200);
        let found = client.hooks_of(of).await.unwrap();
        assert!(!found[0].delivers_pushes_to(URL), "{change}: {found:?}");
        let whole = json!({ "active": true, "events": ["push"],
                            "config": { "url": URL, "content_type": "json" } });
        assert_eq!(world.by_hand(token, "PATCH", &path, &whole).await, 200);
        assert!(client.hooks_of(of).await.unwrap()[0].delivers_pushes_to(URL), "{change}");
    }
}

#[tokio::test]
async fn webhooks_beyond_one_page_are_all_listed() {
    let world = World::new().await;
    for of in [HookOf::Organization(ORG), HookOf::Instance] {
        for _ in 0..60 {
            world.client.create_hook(of, URL, &secret()).await.unwrap();
        }
        assert_eq!(world.client.hooks_of(of).await.unwrap().len(), 60, "{of:?}");
    }
}

#[tokio::test]
async fn a_commit_is_read_and_its_status_is_set() {
    let (world, token) = with_bot().await;
    let made = commit_file(&world, &token).await;
    let reader = world.client.reader(&token);
    let found = reader.past_commit(ORG, "site", &made.hash).await.unwrap().unwrap();
    assert_eq!((&*found.message, &*found.author), ("Change files", "mark-bot"));
    assert!(found.made_at.is_some() && found.parents.is_empty());
    assert_eq!(reader.past_commit(ORG, "site", &"0".repeat(40)).await.unwrap(), None);
    let status = NewStatus {
        state: CommitState::Pending,
        context: "co-vibe / site",
        description: &"long ".repeat(100),
        address: Some("https://site.example.org"),
    };
    let writer = world.client.writer(&token);
    writer.set_status(ORG, "site", &made.hash, status).await.unwrap();
    let done = NewStatus { state: CommitState::Success, description: "Deployed", ..status };
    writer.set_status(ORG, "site", &made.hash, done).await.unwrap();
    let sent = world.simulator.requests();
    let sent = sent.iter().filter(|request| request.path.contains("/statuses/"));
    let bodies: Vec<_> = sent.filter_map(|request| request.body.clone()).collect();
    assert_eq!(bodies[0]["description"].as_str().unwrap().len(), 140);
    assert_eq!(bodies[1]["state"], "success");
    let missing = writer.set_status(ORG, "site", &"0".repeat(40), done).await;
    assert!(missing.is_err());
}
