//! A tenant's pushes while the checks of another tenant's pushes, or the searches for them, do not end.

use covibe_domain::Failure;
use covibe_tools::Pushes;
use covibe_workspace::{PushWorker, Workspace};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::timeout;

use super::*;

/// The number of repositories that mark pushes to: more than a server checks at once.
const MANY: usize = 12;

/// A worker whose checks of mark's repositories do not end. It counts them.
#[derive(Debug)]
struct HeldWorker(watch::Sender<usize>);

impl PushWorker for HeldWorker {
    fn settle(&self, cx: Workspace, repository: i64) -> BoxFuture<'static, Result<(), Failure>> {
        if cx.organisation() != "vibn-mark" {
            return Pushes.settle(cx, repository);
        }
        self.0.send_modify(|held| *held += 1);
        std::future::pending().boxed()
    }

    fn report(&self, cx: Workspace) -> BoxFuture<'static, Result<bool, Failure>> {
        Pushes.report(cx)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_push_is_deployed_while_checks_of_another_tenants_pushes_do_not_end() {
    let mut shop = Shop::with_params(Options::default(), json!({})).await;
    for number in 0..MANY {
        let files = json!({ "index.html": "<h1>1</h1>\n" });
        shop.ok("repos.create", json!({ "name": format!("busy-{number}"), "files": files })).await;
    }
    let justine = shop.world.justine.clone();
    shop.create_for(&justine, json!({})).await;
    let (sender, mut held) = watch::channel(0);
    let _watch = PushWatch::begin(&shop.world.platform, HeldWorker(sender));
    let begun = timeout(LONG, held.wait_for(|held| *held >= 2)).await;
    begun.expect("two checks of mark's begin").expect("the worker lives on");
    let pushed = shop.commit("b.txt", "Beside the pushes of another tenant").await;
    shop.wait_until_seen(&pushed).await;
    assert_eq!(shop.deployed_commits().await, [&*shop.first, &*pushed]);
    let held = *held.borrow();
    assert!(held <= 4, "{held} checks of mark's run at once");
}

/// The search of mark's repositories is given up after 20 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_repositories_are_searched_again_while_gitea_is_slow_for_another_tenant() {
    let options = Options { attempt: Duration::from_mins(5), ..Options::default() };
    let options = options.with_settings(|it| it.push_round = Duration::from_millis(300));
    let mut shop = Shop::with_params(options, json!({})).await;
    let justine = shop.world.justine.clone();
    shop.create_for(&justine, json!({})).await;
    let held = shop.world.gitea.hold("GET", "/orgs/vibn-mark/repos");
    let _watch = shop.world.watch_pushes();
    timeout(LONG, held.arrived()).await.expect("mark's repositories are searched");
    let searches = async {
        for _ in 0..3 {
            shop.world.gitea.hold("GET", "/orgs/vibn-justine/repos").arrived().await;
        }
    };
    timeout(Duration::from_secs(15), searches).await.expect("each round searches justine's");
}
