//! The simulators against what real upstreams answered.
//!
//! `crates/sandbox/tests/recordings` holds the exchanges. Each request is sent to the simulator, with
//! the ids that it gave earlier in the place of the recorded ones, and each answer is compared with
//! the recorded one: its status, its members and their types.

mod comparison;
mod recording;
mod replay;

use covibe_sandbox::coolify::{self, Abilities};
use covibe_sandbox::gitea;

use self::recording::Recording;
use self::replay::Replay;

/// Fails and lists the steps whose answers differ.
async fn assert_as_recorded(recording: &Recording, replay: Replay) {
    let differences = replay.differences(recording).await;
    let count = differences.len();
    assert!(differences.is_empty(), "{count} differ:\n{}", differences.join("\n"));
}

#[tokio::test]
async fn the_simulated_coolify_answers_like_a_recorded_real_one() {
    let tokens = [
        ("read", Abilities { read: true, ..Abilities::NONE }),
        ("write", Abilities { write: true, ..Abilities::NONE }),
        ("deploy", Abilities { deploy: true, ..Abilities::NONE }),
    ];
    let options = coolify::Options {
        tokens: tokens.map(|(token, abilities)| (token.to_owned(), abilities)).into(),
        budget_per_minute: None,
        ..coolify::Options::default()
    };
    let simulator = coolify::start(options).await.unwrap();
    assert_as_recorded(&Recording::read("coolify"), Replay::of_coolify(simulator)).await;
}

#[tokio::test]
async fn the_simulated_gitea_answers_like_a_recorded_real_one() {
    let options = gitea::Options { admin: "root-admin".to_owned(), ..gitea::Options::default() };
    let admin = options.admin.clone();
    let simulator = gitea::start(options).await.unwrap();
    assert_as_recorded(&Recording::read("gitea"), Replay::of_gitea(simulator, &admin)).await;
}
