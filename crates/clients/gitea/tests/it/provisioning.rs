//! The calls of provisioning, and their answers when it runs again.

use std::time::Duration;

use covibe_gitea::{Cause, Conflict, NameLookup};
use serde_json::json;

use crate::call_catalog::{SCOPES, World, client};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_bots_token_creates_and_reads_repositories_only_in_its_organisation() {
    let world = World::new().await;
    assert_eq!(world.client.version().await.unwrap(), "1.25.2");
    assert_eq!(
        world.client.user("mark-bot").await.unwrap().into_resource().unwrap().login,
        "mark-bot"
    );
    assert_eq!(
        world.client.org("vibn-mark").await.unwrap().into_resource().unwrap().name,
        "vibn-mark"
    );

    let token =
        world.client.tokens_by_administrator("mark-bot").create("agent", &SCOPES).await.unwrap();
    let tokens = world.client.tokens_by_administrator("mark-bot").all().await.unwrap();
    let kept = tokens.iter().find(|kept| kept.name == "agent").unwrap();
    assert_eq!(kept.id, token.id);
    let token = token.token;
    assert_eq!(token.expose().len(), 40);
    let bot = client(&world.simulator, "mark-bot", token.clone(), PATIENCE);
    assert!(bot.repo("vibn-mark", "my-site").await.unwrap().is_none());
    let made = make_repo(&world, token.expose()).await;
    assert_eq!(made, 201);
    let repo = bot.repo("VIBN-mark", "My-Site").await.unwrap().unwrap();
    assert_eq!(
        (repo.full_name.as_str(), repo.default_branch.as_str()),
        ("vibn-mark/my-site", "main")
    );
    assert!(repo.private && !repo.empty && !repo.archived);
    let repos = world.client.repos("vibn-mark").await.unwrap();
    assert_eq!((repos.len(), repos[0].full_name.as_str()), (1, "vibn-mark/my-site"));
    assert!(bot.repo("vibn-elsewhere", "secret").await.unwrap().is_none(), "not this bot's");
}

/// As the agent does it: over Gitea's own API.
async fn make_repo(world: &World, token: &str) -> u16 {
    let body = json!({ "name": "my-site", "private": true, "auto_init": true });
    world.by_hand(token, "POST", "/orgs/vibn-mark/repos", &body).await
}

#[tokio::test]
async fn lookups_of_missing_resources_return_none() {
    let world = World::new().await;
    assert_eq!(world.client.user("nobody").await.unwrap(), NameLookup::Nowhere);
    assert_eq!(world.client.org("vibn-nobody").await.unwrap(), NameLookup::Nowhere);
    assert!(world.client.repo("vibn-mark", "none").await.unwrap().is_none());
    for escape in ["..", "."] {
        assert!(world.client.repo("vibn-mark", escape).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn creating_an_existing_resource_is_a_conflict() {
    let world = World::new().await;
    let pair = covibe_crypto::keypair("mark-bot").unwrap();
    let id = world.client.add_key("mark-bot", "deploy", &pair.public).await.unwrap();
    let keys = world.client.keys("mark-bot").await.unwrap();
    let kept = keys.iter().find(|key| key.title == "deploy").unwrap();
    assert_eq!((kept.id, kept.fingerprint.as_str()), (id, pair.fingerprint.as_str()));
    let exists = Cause::Conflict(Conflict::Exists);
    let errors = [
        world.create_user("mark-bot").await.unwrap_err(),
        world.create_user("vibn-mark").await.unwrap_err(),
        world.client.create_org("vibn-mark", "").await.unwrap_err(),
        world.client.tokens_by_administrator("mark-bot").create("old", &SCOPES).await.unwrap_err(),
        world.client.add_key("mark-bot", "again", &pair.public).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.cause, exists, "{error}");
    }
}

#[tokio::test]
async fn tokens_beyond_one_page_are_all_listed_and_deleting_is_repeatable() {
    let world = World::new().await;
    for number in 0..60 {
        world
            .client
            .tokens_by_administrator("mark-bot")
            .create(&format!("token-{number}"), &SCOPES)
            .await
            .unwrap();
    }
    let tokens = world.client.tokens_by_administrator("mark-bot").all().await.unwrap();
    assert_eq!(tokens.len(), 61);
    world.client.tokens_by_administrator("mark-bot").delete(tokens[0].id).await.unwrap();
    assert_eq!(world.client.tokens_by_administrator("mark-bot").all().await.unwrap().len(), 60);
    world.client.tokens_by_administrator("mark-bot").delete(tokens[0].id).await.unwrap();
    assert_eq!(world.client.tokens_by_administrator("mark-bot").all().await.unwrap().len(), 60);
}

#[tokio::test]
async fn a_token_without_scopes_or_a_weak_password_is_refused_without_its_text() {
    let world = World::new().await;
    let error =
        world.client.tokens_by_administrator("mark-bot").create("bare", &[]).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Barred { status: 400, .. }), "{error}");
    let weak = covibe_domain::Secret::new("a");
    let error = world.client.create_user("weak-bot", "weak@bots.test", &weak).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Barred { status: 400, .. }), "{error}");
}

#[tokio::test]
async fn calls_with_a_wrong_token_fail_as_unauthorized() {
    let world = World::new().await;
    let stranger =
        client(&world.simulator, "operator", covibe_domain::Secret::new("0".repeat(40)), PATIENCE);
    let refused = Cause::Unauthorized;
    assert_eq!(stranger.user("mark-bot").await.unwrap_err().cause, refused);
    assert_eq!(
        stranger.tokens_by_administrator("mark-bot").all().await.unwrap_err().cause,
        refused
    );
}
