//! Commits in repositories that Gitea reads slowly.

use std::time::Duration;

use covibe_testkit::{Options, World};
use futures_util::future::join_all;
use serde_json::json;

use super::repository;

/// The number of tenants whose trees don't arrive: more than large commits may be in memory at the same time.
const SLOW: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_creates_an_app_while_gitea_reads_the_commits_of_many_others() {
    // No held request is repeated before its call ends.
    let options = Options { attempt: Duration::from_mins(5), ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let mut slow = Vec::new();
    for number in 0..SLOW {
        slow.push(world.member(&format!("slow{number}")).await);
    }
    for agent in slow.iter().map(|member| &member.agent).chain([&world.mark.agent]) {
        repository(agent, "site").await;
    }
    let holds = slow.iter().map(|member| {
        let path = format!("/repos/{}/site/git/trees/*", member.record.gitea_org);
        world.gitea.hold("GET", &path)
    });
    let holds: Vec<_> = holds.collect();
    let create = json!({ "repo": "site", "instantDeploy": false });
    let delayed = join_all(slow.iter().map(|each| each.agent.compact("apps.create", &create)));
    let judged = async {
        for hold in &holds {
            hold.arrived().await;
        }
        let created = world.mark.agent.compact("apps.create", &create).await;
        drop(holds);
        created
    };
    let (delayed, created) = tokio::join!(delayed, judged);
    created.expect("it waits for no other tenant");
    assert!(delayed.iter().all(Result::is_ok), "{delayed:?}");
}
