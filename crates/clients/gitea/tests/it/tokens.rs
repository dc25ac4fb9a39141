//! The authentication with which a user's tokens are created.

use covibe_domain::Secret;
use covibe_gitea::Cause;
use covibe_sandbox::gitea::Settings;
use serde_json::json;

use crate::call_catalog::World;

#[tokio::test]
async fn tokens_are_managed_with_the_users_password_or_the_administrators_token() {
    for (passwords, tokens_by_token) in [(true, true), (true, false), (false, true)] {
        let world = World::new().await;
        world.simulator.set(Settings { passwords, tokens_by_token, ..Settings::default() });
        let password = Secret::new("Just-Set-1!");
        let tokens = world.client.tokens_by_password("mark-bot", &password).await.unwrap();
        let made = tokens.create("agent", &["read:user"]).await.unwrap();
        assert!(tokens.all().await.unwrap().iter().any(|token| token.id == made.id));
        tokens.delete(made.id).await.unwrap();
        let case = (passwords, tokens_by_token);
        assert_eq!(world.client.whoami(&made.token).await.unwrap(), None, "{case:?}");
    }
}

#[tokio::test]
async fn only_the_users_own_oauth_applications_and_extra_emails_are_deleted() {
    for (passwords, tokens_by_token) in [(true, false), (false, true)] {
        let world = World::new().await;
        world.simulator.set(Settings { passwords, tokens_by_token, ..Settings::default() });
        let password = Secret::new("Just-Set-1!");
        let tokens = world.client.tokens_by_password("mark-bot", &password).await.unwrap();
        let stolen = tokens.create("stolen", &["all"]).await.unwrap();
        let app = json!({ "name": "mine", "redirect_uris": ["https://else.test/"] });
        let admin = world.simulator.token.expose();
        for (token, email) in [(stolen.token.expose(), "a@else.test"), (admin, "b@else.test")] {
            let emails = json!({ "emails": [email] });
            assert_eq!(world.by_hand(token, "POST", "/user/emails", &emails).await, 201);
            let path = "/user/applications/oauth2";
            assert_eq!(world.by_hand(token, "POST", path, &app).await, 201);
        }
        let before = tokens.all().await.unwrap().len();
        assert_eq!(tokens.delete_ways_in("short").await.unwrap(), 2);
        assert_eq!(tokens.delete_ways_in("short").await.unwrap(), 0);
        assert_eq!(tokens.all().await.unwrap().len(), before, "the token that it used is there");
        let emails = json!({ "emails": ["b@else.test"] });
        assert_eq!(world.by_hand(admin, "DELETE", "/user/emails", &emails).await, 204);
    }
}

#[tokio::test]
async fn token_creation_fails_if_neither_password_nor_administrator_is_accepted() {
    let world = World::new().await;
    world.simulator.set(Settings {
        passwords: false,
        tokens_by_token: false,
        ..Settings::default()
    });
    let tokens = world.client.tokens_by_password("mark-bot", &Secret::new("Just-Set-1!")).await;
    let error = tokens.unwrap().create("agent", &["read:user"]).await.unwrap_err();
    assert_eq!(error.cause, Cause::Unauthorized);
}

#[tokio::test]
async fn all_tokens_except_the_kept_ones_are_deleted_over_many_pages() {
    let world = World::new().await;
    let tokens = world.client.tokens_by_administrator("mark-bot");
    let mut kept = Vec::new();
    for number in 0..130 {
        let made = tokens.create(&format!("t{number}"), &["read:user"]).await.unwrap();
        if number % 60 == 3 {
            kept.push(made.id);
        }
    }
    let before = tokens.all().await.unwrap().len();
    assert_eq!(tokens.delete_others(&kept).await.unwrap(), before - 3);
    assert_eq!(tokens.all().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_sign_up_page_without_fields_is_reported_as_closed() {
    let world = World::new().await;
    assert!(world.client.is_sign_up_open().await.unwrap());
    world.simulator.set(Settings { sign_up: false, migrations: false, ..Settings::default() });
    assert!(!world.client.is_sign_up_open().await.unwrap());
    let settings = world.client.repository_settings().await.unwrap();
    assert!(settings.migrations_disabled && !settings.mirrors_disabled);
}
