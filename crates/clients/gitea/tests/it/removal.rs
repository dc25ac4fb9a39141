//! Removal: succeeds for missing resources, and fails for those that are not empty.

use covibe_gitea::{Cause, Effect, NameLookup};
use serde_json::json;

use crate::call_catalog::World;

#[tokio::test]
async fn removing_missing_resources_succeeds() {
    let world = World::new().await;
    let token = world
        .client
        .tokens_by_administrator("mark-bot")
        .create("agent", &["read:user"])
        .await
        .unwrap();
    let key = world.client.keys("mark-bot").await.unwrap()[0].id;
    for _ in 0..2 {
        world.client.tokens_by_administrator("mark-bot").delete(token.id).await.unwrap();
        world.client.delete_key("mark-bot", key).await.unwrap();
        world.client.delete_org("vibn-mark").await.unwrap();
    }
    assert_eq!(world.client.whoami(&token.token).await.unwrap().map(|user| user.login), None);
    assert!(world.client.keys("mark-bot").await.unwrap().is_empty());
    assert_eq!(world.client.org("vibn-mark").await.unwrap(), NameLookup::Nowhere);
    for _ in 0..2 {
        world.client.delete_user("mark-bot").await.unwrap();
    }
    assert_eq!(world.client.user("mark-bot").await.unwrap(), NameLookup::Nowhere);
}

#[tokio::test]
async fn organisations_and_users_with_content_are_not_deleted() {
    let world = World::new().await;
    let admin = world.simulator.token.expose();
    let repo = json!({ "name": "site" });
    assert_eq!(world.by_hand(admin, "POST", "/orgs/vibn-mark/repos", &repo).await, 201);
    let full = world.client.delete_org("vibn-mark").await.unwrap_err();
    assert_eq!((full.cause, full.effect), (Cause::Failed { status: 500 }, Effect::Possible));
    let owner = world.client.delete_user("mark-bot").await.unwrap_err();
    assert!(matches!(owner.cause, Cause::Refused(refusal) if refusal.status == 422));
    assert_eq!(world.client.repos("vibn-mark").await.unwrap().len(), 1);
    assert!(world.client.user("mark-bot").await.unwrap().into_resource().is_some());
}

#[tokio::test]
async fn deleting_a_key_or_token_of_another_user_deletes_nothing() {
    let world = World::new().await;
    let key = world.client.keys("mark-bot").await.unwrap()[0].id;
    let token = world.client.tokens_by_administrator("mark-bot").all().await.unwrap()[0].id;
    let _ = world.client.delete_key("spare-bot", key).await;
    let _ = world.client.tokens_by_administrator("spare-bot").delete(token).await;
    assert_eq!(world.client.keys("mark-bot").await.unwrap().len(), 1);
    assert_eq!(world.client.tokens_by_administrator("mark-bot").all().await.unwrap().len(), 1);
}
