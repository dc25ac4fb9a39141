//! Whoever has the bot's token keeps the bot out of its organisation: a rotation ends what that token
//! can do all the same.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::upstream_calls::disarm;
use covibe_testkit::{World, invariants};
use serde_json::{Value, json};

use super::leaked_tokens::{bot, pat};
use crate::workspaces::{provision_to_ready, provision_with, quick_world, rotate_to_ready};

/// Has another workspace's bot take over the organisation of `mark`, with the token that leaked, and
/// block the bot. Returns the token.
async fn taken_over(world: &World) -> String {
    let leaked = pat(&world.mark.agent).await;
    let (git, other) = (bot(world, &leaked), pat(&world.justine.agent).await);
    let (other, team) = (bot(world, &other), world.operator().owners_team("vibn-mark").await);
    for (by, method, path) in [
        (&git, "PUT", format!("/teams/{team}/members/justine-bot")),
        (&other, "DELETE", "/orgs/vibn-mark/members/mark-bot".to_owned()),
        (&other, "PUT", "/orgs/vibn-mark/blocks/mark-bot".to_owned()),
    ] {
        let answer = by.send(method, &path, &[], None).await;
        assert_eq!(answer.status, 204, "{method} {path}: {}", answer.text);
    }
    leaked
}

async fn assert_dead(world: &World, token: &str) {
    let me = bot(world, token).send("GET", "/user", &[], None).await;
    assert_eq!(me.status, 401, "{}", me.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_revokes_the_token_of_a_bot_that_was_blocked() {
    let world = quick_world().await;
    let leaked = taken_over(&world).await;
    let told = rotate_to_ready(&world.mark.agent, &json!({ "rotate": ["pat"] }), "blocked").await;
    assert_dead(&world, &leaked).await;
    assert_eq!(told["strangers"]["found"][0]["name"], "justine-bot", "{told}");
    let owners = world.operator().owners("vibn-mark").await;
    assert!(owners.contains(&"mark-bot".to_owned()), "{owners:?}");
    world.operator().gitea("DELETE", "/orgs/vibn-mark/members/justine-bot", &Value::Null).await;
    provision_to_ready(&world.mark.agent, "alone again").await;
    invariants(&world, &world.mark.record, "alone again").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_revokes_the_token_although_the_organisation_stays_broken() {
    let world = quick_world().await;
    let leaked = taken_over(&world).await;
    let refused = Fault::new(Name::Status).status(403).on("PUT", "/teams/*/members/*");
    world.gitea.arm(refused.times(u32::MAX));
    let answer = provision_with(&world.mark.agent, &json!({ "rotate": ["pat"] })).await;
    disarm(&world);
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(!answer.text.contains("remains valid"), "{}", answer.text);
    assert_dead(&world, &leaked).await;
    world.stop().await;
}
