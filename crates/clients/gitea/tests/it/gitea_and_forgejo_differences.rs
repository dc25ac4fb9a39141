//! Answers that releases of Gitea and Forgejo give in their own way are not taken for those of something in front of them.

use covibe_domain::Secret;
use covibe_gitea::{FileChange, NewCommit, NewRepo, UnlistedReason};
use covibe_sandbox::gitea::Settings;
use covibe_upstream::AttemptOutcome;

use crate::call_catalog::World;

/// Returns how many answers are counted as those of something in front of Gitea.
fn count_foreign(world: &World) -> u64 {
    let ended = world.client.statistics().count_by_outcome();
    ended.filter(|(end, _)| *end == AttemptOutcome::Foreign).map(|(_, count)| count).sum()
}

/// Gitea 1.25.2 answers 404 with the body `null`.
#[tokio::test]
async fn a_404_with_a_null_body_is_read_as_an_unknown_commit() {
    let world = World::new().await;
    let token: Secret = world.simulator.token.clone();
    let (org, repo) = ("vibn-mark", "site");
    let new = NewRepo { name: repo, description: "A site", default_branch: "main" };
    let writer = world.client.writer(&token);
    writer.create_repo(org, new).await.unwrap();
    let (path, content) = ("a.txt".to_owned(), b"a".as_slice().into());
    let files = vec![FileChange::Create { path, content, executable: false }];
    let commit = NewCommit { branch: "main".to_owned(), message: "Begin".to_owned(), files };
    let made = writer.commit(org, repo, &commit).await.unwrap();
    let reader = world.client.reader(&token);
    assert_eq!(reader.history(org, repo, &made.hash, 5).await.unwrap().len(), 1);
    assert_eq!(reader.history(org, repo, &"1".repeat(40), 5).await, Ok(Vec::new()));
    assert_eq!(count_foreign(&world), 0);
}

/// Forgejo 11 has no list of runners, and answers like a router without a route.
#[tokio::test]
async fn a_missing_list_of_runners_is_reported_as_unsupported() {
    let world = World::new().await;
    assert_eq!(world.client.org_runners("vibn-mark").await.unwrap().unlisted, None);
    world.simulator.set(Settings { runner_lists: false, ..Settings::default() });
    let page = world.client.org_runners("vibn-mark").await.unwrap();
    assert_eq!(page.unlisted, Some(UnlistedReason::Unsupported));
    assert_eq!(count_foreign(&world), 0);
}
