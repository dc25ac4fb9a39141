//! What a human administrator made by hand, and what provisioning makes of it.

use covibe_domain::Secret;
use covibe_gitea::{Cause, Visibility};
use serde_json::json;

use crate::calls::{World, client};

/// What whoami needs.
const READ: [&str; 1] = ["read:user"];

impl World {
    async fn by_admin(&self, method: &str, path: &str, body: serde_json::Value) {
        let status = self.by_hand(self.simulator.token.expose(), method, path, &body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status}");
    }

    async fn login(&self, token: &Secret) -> Option<String> {
        self.client.whoami(token).await.unwrap().map(|user| user.login)
    }
}

#[tokio::test]
async fn a_user_made_by_hand_becomes_usable() {
    let world = World::new().await;
    // As a form makes it: the password is to be changed, and everybody sees the user.
    let form = json!({ "username": "hand-bot", "email": "a@elsewhere.test", "password": "Battery-7-staple" });
    world.by_admin("POST", "/admin/users", form).await;
    let token = world.client.create_token("hand-bot", "agent", &READ).await.unwrap().token;
    assert_eq!(world.login(&token).await, None);
    world
        .client
        .repair_user("hand-bot", "hand@bots.test", &Secret::new("Aa1!changed-by-us"))
        .await
        .unwrap();
    assert_eq!(world.login(&token).await.as_deref(), Some("hand-bot"));
    let requests = world.simulator.requests();
    let change = requests.iter().find(|request| request.method == "PATCH").unwrap();
    assert_eq!(change.body.as_ref().unwrap()["email"], "hand@bots.test");
    assert!(!world.client.user("hand-bot").await.unwrap().unwrap().is_admin);

    for spoilt in [json!({ "prohibit_login": true }), json!({ "active": false })] {
        let mut change = json!({ "login_name": "hand-bot", "source_id": 0 });
        change.as_object_mut().unwrap().extend(spoilt.as_object().unwrap().clone());
        world.by_admin("PATCH", "/admin/users/hand-bot", change).await;
        assert_eq!(world.login(&token).await, None, "{spoilt}");
        world
            .client
            .repair_user("hand-bot", "hand@bots.test", &Secret::new("Aa1!changed-by-us"))
            .await
            .unwrap();
        assert_eq!(world.login(&token).await.as_deref(), Some("hand-bot"), "{spoilt}");
    }
}

#[tokio::test]
async fn who_is_not_there_is_not_repaired() {
    let world = World::new().await;
    assert!(
        world
            .client
            .repair_user("no-bot", "no@bots.test", &Secret::new("Aa1!changed-by-us"))
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn a_token_tells_whose_it_is_or_nothing() {
    let world = World::new().await;
    let good = world.client.create_token("mark-bot", "good", &READ).await.unwrap();
    assert_eq!(world.login(&good.token).await.as_deref(), Some("mark-bot"));
    let narrow = world.client.create_token("mark-bot", "narrow", &["read:issue"]).await.unwrap();
    // The last two can't be put into a header, or leave nothing in it; the administrator's token
    // must not stand in for them.
    for token in [narrow.token, Secret::new("0".repeat(40)), Secret::new("a\nb"), Secret::new("")] {
        assert_eq!(world.login(&token).await, None);
    }
    world.client.delete_token("mark-bot", good.id).await.unwrap();
    assert_eq!(world.login(&good.token).await, None);
    let admin = world.client.whoami(&world.simulator.token).await.unwrap().unwrap();
    assert!(admin.is_admin);
}

#[tokio::test]
async fn an_organisation_made_by_hand_gets_its_owner_and_is_hidden() {
    let world = World::new().await;
    world
        .by_admin("POST", "/orgs", json!({ "username": "vibn-hand", "description": "Ours" }))
        .await;
    assert_eq!(
        world.client.org("vibn-hand").await.unwrap().unwrap().visibility,
        Visibility::Public
    );
    for _ in 0..2 {
        world.client.make_org_private("vibn-hand").await.unwrap();
        world.client.add_owner("vibn-hand", "mark-bot").await.unwrap();
    }
    assert_eq!(
        world.client.org("vibn-hand").await.unwrap().unwrap().visibility,
        Visibility::Private
    );
    let requests = world.simulator.requests();
    let change = requests.iter().find(|request| request.method == "PATCH").unwrap();
    assert_eq!(change.body.as_ref().unwrap()["description"], "Ours", "or it would be emptied");
    let mut owners: Vec<_> = world
        .client
        .owners("vibn-hand")
        .await
        .unwrap()
        .into_iter()
        .map(|user| user.login)
        .collect();
    owners.sort();
    assert_eq!(owners, ["mark-bot", "operator"]);
    assert_eq!(world.client.owners("vibn-mark").await.unwrap()[0].login, "mark-bot");
}

#[tokio::test]
async fn there_are_no_owners_of_what_is_not_there() {
    let world = World::new().await;
    assert!(world.client.owners("vibn-none").await.unwrap_err().is_not_found());
    assert!(world.client.owners("mark-bot").await.unwrap_err().is_not_found(), "a user");
    assert!(world.client.add_owner("vibn-mark", "no-bot").await.unwrap_err().is_not_found());
    assert!(world.client.repos("vibn-none").await.unwrap_err().is_not_found());
    let (token, patience) = (Secret::new("0".repeat(40)), std::time::Duration::from_secs(10));
    let stranger = client(&world.simulator, "operator", token, patience);
    assert_eq!(stranger.owners("vibn-mark").await.unwrap_err().cause, Cause::Unauthorized);
}
