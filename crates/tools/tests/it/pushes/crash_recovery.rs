//! Servers that are killed while they act on a push, and several at once.

use std::sync::Arc;

use covibe_sandbox::faults::{Fault, Name};
use covibe_tools::Pushes;

use super::*;

/// Returns the number of deployments of a commit.
fn count(deployed: &[String], commit: &str) -> usize {
    deployed.iter().filter(|it| *it == commit).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_server_was_killed_while_queuing_it_is_deployed_once() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(300));
    let shop = Shop::with_params(options, json!({})).await;
    shop.lose_deliveries(true);
    let instance = shop.world.instance();
    let platform = Arc::clone(&instance.process.platform);
    let watch = instance.spawn(async move {
        let _watch = PushWatch::begin(&platform, Pushes);
        std::future::pending::<()>().await;
    });
    let held = shop.world.coolify.hold("POST", "/deploy");
    let pushed = shop.edit("b.txt");
    tokio::time::timeout(LONG, held.arrived()).await.expect("it is acted on");
    watch.abort();
    instance.kill();
    drop(held);
    let _watch = shop.world.watch_pushes();
    shop.wait_until_seen(&pushed).await;
    assert_eq!(count(&shop.deployed_commits().await, &pushed), 1);
    let next = shop.edit("c.txt");
    shop.wait_until_seen(&next).await;
    assert_eq!(
        shop.deployed_commits().await,
        [shop.first.as_str(), pushed.as_str(), next.as_str()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_deployment_request_got_no_answer_is_deployed_once() {
    for fault in [Name::DropAfter, Name::DropBefore] {
        let shop = Shop::new().await;
        shop.world.coolify.arm(Fault::new(fault).on("POST", "/deploy"));
        let pushed = shop.edit("b.txt");
        let told = shop.wait_until_seen(&pushed).await;
        assert_eq!(told["skipped"], false, "{told}");
        let listed = shop.ok("apps.deployments", json!({ "uuid": shop.app })).await;
        assert_eq!(listed["deployments"][0]["uuid"], told["deployment"], "{listed}");
        assert_eq!(count(&shop.deployed_commits().await, &pushed), 1, "{fault:?}");
        assert_eq!(shop.get().await["behind"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_deploy_a_push_once() {
    let options = Options::default().with_settings(|it| it.push_round = Duration::from_millis(200));
    let shop = Shop::with_params(options, json!({})).await;
    let instance = shop.world.instance();
    let platform = Arc::clone(&instance.process.platform);
    let _other = instance.spawn(async move {
        let _watch = PushWatch::begin(&platform, Pushes);
        std::future::pending::<()>().await;
    });
    let _watch = shop.world.watch_pushes();
    for name in ["b.txt", "c.txt", "d.txt"] {
        let pushed = shop.edit(name);
        shop.wait_until_seen(&pushed).await;
        assert_eq!(count(&shop.deployed_commits().await, &pushed), 1);
    }
}
