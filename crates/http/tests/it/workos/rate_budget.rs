//! The rate budget of WorkOS: the changes of one company delay neither sign-ins nor the round over memberships.

use std::sync::Arc;

use covibe_workos::Rate;
use tokio::task::JoinSet;

use super::members::principal;
use super::membership_copies::{is_valid, mint};
use super::session_renewal::{sign_second_admin_in, until};
use super::workos_server::Scene;

/// The number of changes that a company always has under way.
const BUSY: usize = 20;

/// Counts the changes of names that WorkOS was asked for.
fn renames(scene: &Scene) -> usize {
    scene.workos.requests().iter().filter(|one| one.method == "PUT").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_and_the_round_take_turns_with_a_company_whose_changes_never_end() {
    let scene = Scene::with_rate(Rate { per_minute: 1_200, burst: 1 }).await;
    let bob = sign_second_admin_in(&scene).await;
    let key = mint(&scene, &bob).await;
    let mut ada = scene.browser();
    scene.sign_in(&mut ada, "ada@example.com").await;
    let by = principal(&scene, &ada).await;
    let mut changes = JoinSet::new();
    for number in 0..BUSY {
        let (identity, by) = (Arc::clone(&scene.world.identity), by.clone());
        changes.spawn(async move {
            while identity.rename(&by, &format!("Ada {number}")).await.is_ok() {}
        });
    }
    until(async || renames(&scene) > BUSY).await;

    // If their calls waited behind those of the company, each of them would wait for this many.
    let before = renames(&scene);
    let mut browser = scene.browser();
    let seen = scene.sign_in(&mut browser, "bob@example.com").await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    let during = renames(&scene) - before;
    assert!(during < BUSY, "{during} changes came between the calls of a sign-in");

    scene.leave("bob@example.com").await;
    let before = renames(&scene);
    scene.world.identity.copy_memberships().await.expect("a round");
    let during = renames(&scene) - before;
    assert!(during < BUSY, "{during} changes came between the calls of the round");
    assert!(!is_valid(&scene, &key).await);
}
