//! The branches that apps follow: one acts on a push, and what it wrote down outlives it.

use std::time::Duration;

use covibe_store::{Claim, FollowedBranch, PushStatus, SeenPush, Store};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    a_followed_branch_is_leased_to_exactly_one_of_concurrent_servers,
    only_the_lease_holder_writes_the_outcome_of_a_push,
    changed_settings_of_a_followed_branch_keep_the_last_seen_push,
    following_another_repository_resets_the_remade_flag,
    a_deployed_tip_is_recorded_as_the_last_seen_push,
    tenants_that_follow_branches_or_have_open_push_statuses_are_listed,
    unfollowing_a_branch_deletes_its_push_statuses,
);

async fn read_branch(store: &Store) -> Option<FollowedBranch> {
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    let found = tx.followed_branch(&workspace("acme"), &app("acme")).await.unwrap();
    tx.commit().await.unwrap();
    found
}

async fn hold_branch(store: &Store, lease: Duration) -> Option<FollowedBranch> {
    let seen = read_branch(store).await.unwrap();
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let held = tx.hold_followed_branch(&seen, lease).await.unwrap();
    tx.commit().await.unwrap();
    held
}

async fn note(store: &Store, held: &FollowedBranch) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let noted = tx.note_followed_branch(held).await.unwrap();
    tx.commit().await.unwrap();
    noted
}

async fn follow(store: &Store, new: &FollowedBranch) {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.follow_branch(new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_followed_branch_is_leased_to_exactly_one_of_concurrent_servers(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let held: Vec<_> = join_all((0..8).map(|_| hold_branch(&fixture.store, MINUTE))).await;
    let held: Vec<_> = held.into_iter().flatten().collect();
    assert_eq!(held.len(), 1);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.let_go_of_followed_branch(&held[0]).await.unwrap();
    tx.commit().await.unwrap();
    // The lease of a process that was killed passes.
    assert!(hold_branch(&fixture.store, Duration::ZERO).await.is_some());
    assert!(hold_branch(&fixture.store, MINUTE).await.is_some());
}

async fn only_the_lease_holder_writes_the_outcome_of_a_push(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let first = hold_branch(&fixture.store, Duration::ZERO).await.unwrap();
    let second = hold_branch(&fixture.store, MINUTE).await.unwrap();
    let after = push_status("acme").deployment;
    let told = |held: &FollowedBranch| FollowedBranch {
        branch: "trunk".to_owned(),
        seen: Some(SeenPush { skipped: Some("It is bad.".to_owned()), ..seen_push("b", 50) }),
        claim: Some(Claim { commit: "c".repeat(40), after: Some(after.clone()) }),
        deployed: None,
        remade: true,
        warnings: vec!["It had data.".to_owned(), "It gets files.".to_owned()],
        ..held.clone()
    };
    assert!(!note(&fixture.store, &told(&first)).await);
    assert_eq!(read_branch(&fixture.store).await.unwrap().claim, None);
    assert!(note(&fixture.store, &told(&second)).await);
    let found = read_branch(&fixture.store).await.unwrap();
    assert_eq!(found, FollowedBranch { lease_left: found.lease_left, ..told(&second) });
}

async fn changed_settings_of_a_followed_branch_keep_the_last_seen_push(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let held = hold_branch(&fixture.store, MINUTE).await.unwrap();
    let seen = Some(seen_push("b", 70));
    let narrowed =
        FollowedBranch { watch_paths: Vec::new(), seen: seen.clone(), ..followed_branch("acme") };
    follow(&fixture.store, &narrowed).await;
    let found = read_branch(&fixture.store).await.unwrap();
    assert_eq!((&found.seen, found.watch_paths.len()), (&followed_branch("acme").seen, 0));
    assert_eq!(found.lease_until, held.lease_until);
    // An app that is followed again, or on another branch, begins at the current tip: it missed no earlier push.
    for other in [
        FollowedBranch { auto_deploy: false, seen: None, ..narrowed.clone() },
        FollowedBranch { branch: "next".to_owned(), seen, ..narrowed },
    ] {
        follow(&fixture.store, &other).await;
        let found = read_branch(&fixture.store).await.unwrap();
        assert_eq!((found.seen, found.deployed), (other.seen, followed_branch("acme").deployed));
    }
}

async fn following_another_repository_resets_the_remade_flag(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let held = hold_branch(&fixture.store, MINUTE).await.unwrap();
    assert!(note(&fixture.store, &FollowedBranch { remade: true, ..held }).await);
    for (repository, is_remade) in [(7, true), (8, false)] {
        follow(&fixture.store, &FollowedBranch { repository, ..followed_branch("acme") }).await;
        assert_eq!(read_branch(&fixture.store).await.unwrap().remade, is_remade, "{repository}");
    }
}

async fn a_deployed_tip_is_recorded_as_the_last_seen_push(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (own, deployment) = (workspace("acme"), push_status("acme").deployment);
    let (older, tip) = ("0".repeat(40), "b".repeat(40));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.note_deployed_commit(&own, &app("acme"), &older, None).await.unwrap();
    tx.note_deployed_commit(&own, &app("beta"), &older, None).await.unwrap();
    tx.commit().await.unwrap();
    let found = read_branch(&fixture.store).await.unwrap();
    assert_eq!((found.seen, found.deployed), (followed_branch("acme").seen, Some(older)));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.note_deployed_commit(&own, &app("acme"), &tip, Some((&deployment, at(80)))).await.unwrap();
    tx.commit().await.unwrap();
    let seen = read_branch(&fixture.store).await.unwrap().seen.unwrap();
    assert_eq!((seen.commit, seen.deployment, seen.at), (tip, Some(deployment), at(80)));
}

async fn tenants_that_follow_branches_or_have_open_push_statuses_are_listed(fixture: Fixture) {
    let tenants = async || fixture.store.tenants_that_follow_branches().await.unwrap();
    assert_eq!(tenants().await, []);
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    assert_eq!(tenants().await, [tenant("acme"), tenant("beta")]);
    follow(&fixture.store, &FollowedBranch { auto_deploy: false, ..followed_branch("acme") }).await;
    assert_eq!(tenants().await.len(), 2, "an end has to be told");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let status = push_status("acme");
    tx.delete_push_status(&workspace("acme"), &status.deployment).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tenants().await, [tenant("beta")]);
}

async fn unfollowing_a_branch_deletes_its_push_statuses(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let other = PushStatus { context: "other".to_owned(), ..push_status("acme") };
    tx.put_push_status(&own, &other).await.unwrap();
    assert_eq!(tx.push_statuses(&own, 10).await.unwrap(), [push_status("acme")]);
    tx.unfollow_branch(&own, &app("acme")).await.unwrap();
    assert_eq!(tx.push_statuses(&own, 10).await.unwrap(), []);
    assert_eq!(tx.followed_branch(&own, &app("acme")).await.unwrap(), None);
    tx.commit().await.unwrap();
}
