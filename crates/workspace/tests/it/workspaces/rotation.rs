//! Replacing the bot's token and the keypair: what uses them works at every moment, wherever a
//! server is killed.

mod bot_tokens;
pub(super) mod clonable_apps;
mod exposed_code;
mod killed_server;
mod leaked_tokens;
mod locked_out_bot;
mod unmanaged_access;

pub(super) use self::leaked_tokens::{bot, pat};
pub(super) use self::unmanaged_access::strangers;

use covibe_domain::names;
use covibe_testkit::{Member, World};

/// The halves of the pair, and what Coolify calls its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    uuid: String,
    private_side: String,
    public_side: Vec<String>,
}

/// The pair as both upstreams have it.
pub(super) async fn pair(world: &World, member: &Member) -> Pair {
    let operator = world.operator();
    let keys = operator.private_keys(&names::coolify_project(&member.record.slug)).await;
    let [key] = keys.as_slice() else { panic!("{} keys in Coolify", keys.len()) };
    let text = |name: &str| key[name].as_str().expect("a text").trim().to_owned();
    let bot = &member.record.gitea_bot_username;
    let public = operator.gitea_list(&format!("/users/{bot}/keys")).await;
    let public = public.iter().map(|one| one["key"].as_str().expect("a key").to_owned());
    Pair {
        uuid: text("uuid"),
        private_side: content(&text("public_key")),
        public_side: public.map(|key| content(&key)).collect(),
    }
}

/// A key without its comment.
fn content(key: &str) -> String {
    key.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

impl Pair {
    /// Returns whether Gitea accepts the key that Coolify holds.
    pub(super) fn is_matching(&self) -> bool {
        self.public_side.contains(&self.private_side)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_keypair_keeps_its_uuid_and_removes_the_old_key() {
    let world = super::quick_world().await;
    let before = pair(&world, &world.mark).await;
    let wants = serde_json::json!({ "rotate": ["keypair"] });
    super::rotate_to_ready(&world.mark.agent, &wants, "keypair").await;
    let after = pair(&world, &world.mark).await;
    assert_eq!(after.uuid, before.uuid, "apps refer to it");
    assert!(before.is_matching() && after.is_matching());
    assert_ne!(after.private_side, before.private_side);
    assert_eq!(after.public_side, [&*after.private_side], "the old one is gone");
    covibe_testkit::invariants(&world, &world.mark.record, "keypair").await;
    world.stop().await;
}
