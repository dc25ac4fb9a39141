//! Changes that a human administrator made by hand, and their repair by provisioning.

use covibe_domain::Secret;
use covibe_gitea::{Cause, NameLookup};
use serde_json::json;

use crate::call_catalog::{World, client};

/// The scope that whoami needs.
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
async fn a_limited_user_creates_nothing_outside_its_organisation_and_keeps_its_settings() {
    let world = World::new().await;
    let form = json!({ "login_name": "mark-bot", "source_id": 0, "full_name": "Kept", "restricted": true });
    world.by_admin("PATCH", "/admin/users/mark-bot", form).await;
    let token = world
        .client
        .tokens_by_administrator("mark-bot")
        .create("agent", &["all"])
        .await
        .unwrap()
        .token;
    let make = async |path: &str, body: serde_json::Value| {
        world.by_hand(token.expose(), "POST", path, &body).await
    };
    for _ in 0..2 {
        world.client.limit_user("mark-bot").await.unwrap();
    }
    world.client.set_email("mark-bot", "new@bots.test").await.unwrap();
    assert_eq!(make("/orgs", json!({ "username": "mine" })).await, 403);
    assert_eq!(make("/user/repos", json!({ "name": "mine" })).await, 403);
    assert_eq!(make("/orgs/vibn-mark/repos", json!({ "name": "site" })).await, 201);
    let user = world.client.user("mark-bot").await.unwrap().into_resource().unwrap();
    assert_eq!((user.email.as_str(), user.is_admin), ("new@bots.test", false));
    let missing = world.client.limit_user("no-bot").await.unwrap_err();
    assert!(missing.is_not_found());
    let conflict = world.client.set_email("spare-bot", "new@bots.test").await.unwrap_err();
    assert!(conflict.is_conflict());
}

#[tokio::test]
async fn a_renamed_organisation_is_found_by_its_new_name() {
    let world = World::new().await;
    let org = world.client.org("vibn-mark").await.unwrap().into_resource().unwrap();
    assert_eq!(org.description, "a mark");
    assert!(world.client.rename_org("vibn-mark", "moved").await.unwrap());
    assert_eq!(
        world.client.org("vibn-mark").await.unwrap(),
        NameLookup::Renamed("moved".to_owned())
    );
    assert_eq!(world.client.org("moved").await.unwrap().into_resource().unwrap().id, org.id);
    let own = world.client.orgs_of("mark-bot").await.unwrap();
    assert_eq!(own.iter().map(|one| one.id).collect::<Vec<_>>(), [org.id]);
    let taken = world.client.rename_org("moved", "spare-bot").await.unwrap_err();
    assert!(taken.is_conflict());
    world.client.leave_org("vibn-elsewhere", "mark-bot").await.unwrap();
    assert!(world.client.leave_org("moved", "mark-bot").await.is_err(), "the last owner");
}

#[tokio::test]
async fn the_owners_team_is_found_among_others_and_its_members_are_changed() {
    let world = World::new().await;
    let team = world.client.owners_team("vibn-mark").await.unwrap();
    let teams = "/orgs/vibn-mark/teams";
    world.by_admin("POST", teams, json!({ "name": "Others", "permission": "admin" })).await;
    assert_eq!(world.client.owners_team("vibn-mark").await.unwrap(), team);
    for _ in 0..2 {
        world.client.add_member("vibn-mark", team, "spare-bot").await.unwrap();
    }
    assert_eq!(world.client.team_members(team).await.unwrap().len(), 2);
    for _ in 0..2 {
        world.client.remove_member(team, "mark-bot").await.unwrap();
    }
    assert_eq!(world.client.team_members(team).await.unwrap()[0].login, "spare-bot");
}

#[tokio::test]
async fn a_blocked_user_can_be_added_to_the_owners_team() {
    let world = World::new().await;
    let team = world.client.owners_team("vibn-mark").await.unwrap();
    world.by_admin("PUT", "/orgs/vibn-mark/blocks/spare-bot", json!({})).await;
    world.client.add_member("vibn-mark", team, "spare-bot").await.unwrap();
    assert_eq!(world.client.team_members(team).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_team_is_recognized_only_in_its_own_organisation() {
    let world = World::new().await;
    let team = world.client.owners_team("vibn-mark").await.unwrap();
    for (name, expected) in [("vibn-mark", true), ("vibn-elsewhere", false)] {
        let org = world.client.org(name).await.unwrap().into_resource().unwrap();
        assert_eq!(world.client.is_team_of(team, org.id).await.unwrap(), expected, "{name}");
    }
}

#[tokio::test]
async fn whoami_returns_the_user_of_a_valid_token_and_nothing_for_others() {
    let world = World::new().await;
    let good =
        world.client.tokens_by_administrator("mark-bot").create("good", &READ).await.unwrap();
    assert_eq!(world.login(&good.token).await.as_deref(), Some("mark-bot"));
    let narrow = world
        .client
        .tokens_by_administrator("mark-bot")
        .create("narrow", &["read:issue"])
        .await
        .unwrap();
    // The last two can't be put into a header, or leave nothing in it; the administrator's token
    // must not stand in for them.
    for token in [narrow.token, Secret::new("0".repeat(40)), Secret::new("a\nb"), Secret::new("")] {
        assert_eq!(world.login(&token).await, None);
    }
    world.client.tokens_by_administrator("mark-bot").delete(good.id).await.unwrap();
    assert_eq!(world.login(&good.token).await, None);
    let admin = world.client.whoami(&world.simulator.token).await.unwrap().unwrap();
    assert!(admin.is_admin);
}

#[tokio::test]
async fn owners_members_and_repositories_of_a_missing_organisation_are_not_found() {
    let world = World::new().await;
    assert!(world.client.owners_team("vibn-none").await.unwrap_err().is_not_found());
    assert!(world.client.owners_team("mark-bot").await.unwrap_err().is_not_found(), "a user");
    let team = world.client.owners_team("vibn-mark").await.unwrap();
    assert!(world.client.add_member("vibn-mark", team, "no-bot").await.unwrap_err().is_not_found());
    assert!(world.client.repos("vibn-none").await.unwrap_err().is_not_found());
    let (token, patience) = (Secret::new("0".repeat(40)), std::time::Duration::from_secs(10));
    let stranger = client(&world.simulator, "operator", token, patience);
    let refused = stranger.owners_team("vibn-mark").await.unwrap_err();
    assert_eq!(refused.cause, Cause::Unauthorized);
}
