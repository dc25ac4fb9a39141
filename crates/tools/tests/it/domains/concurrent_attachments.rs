//! Several calls that attach one domain at the same time.

use covibe_sandbox::google::Collection;
use covibe_testkit::World;
use futures_util::future::join_all;
use serde_json::json;

use super::attachment::{app, delegation, registered, resolve_name, states};
use super::{events, expect_success};

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_attach_a_domain_once() {
    let world = World::embedded().await;
    registered(&world, "once.com").await;
    let app = app(&world, "once").await;
    let params = json!({ "domain": "once.com", "appUuid": app["uuid"] });
    let calls = (0..4).map(|_| expect_success(&world, "domains.attach", params.clone()));
    let answers = join_all(calls).await;
    let changed = |step: usize| {
        let is_changed = |answer: &&serde_json::Value| states(answer)[step].ends_with(":changed");
        answers.iter().filter(is_changed).count()
    };
    assert_eq!((0..5).map(changed).collect::<Vec<_>>(), [1; 5], "{answers:?}");
    assert_eq!(world.cloud.names(Collection::Zones).len(), 1);
    assert!(delegation(&world, "once.com").starts_with("locked "));
    let zones = events(&world, "once.com").await;
    assert_eq!(zones.iter().filter(|kind| *kind == "attach.zone").count(), 1);
}

/// The last one of two calls with different targets decides, whole.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_attachments_to_different_targets_are_not_mixed() {
    let world = World::embedded().await;
    registered(&world, "either.com").await;
    let targets = ["8.8.8.8", "1.1.1.1"];
    let calls = targets.map(|ip| {
        expect_success(&world, "domains.attach", json!({ "domain": "either.com", "ip": ip }))
    });
    join_all(calls).await;
    let (apex, www) = (
        resolve_name(&world, "either.com", "A").await,
        resolve_name(&world, "www.either.com", "A").await,
    );
    assert_eq!(apex, www);
    assert!(targets.iter().any(|ip| apex == [*ip]), "{apex:?}");
}

/// The registrar's account makes as many reads at once as are held here.
#[tokio::test(flavor = "multi_thread")]
async fn attachments_of_a_tenant_leave_the_registrar_to_other_tenants() {
    let world = World::embedded().await;
    let domains = ["one.com", "two.com", "three.com", "four.com"];
    for domain in domains {
        registered(&world, domain).await;
    }
    let holds = [(); 3].map(|()| world.registrar.hold("POST", "/belongs_to_rsp"));
    let calls = domains.map(|domain| {
        expect_success(&world, "domains.attach", json!({ "domain": domain, "ip": "8.8.8.8" }))
    });
    let beside = async {
        holds[0].arrived().await;
        let names = json!({ "names": ["beside.com"] });
        let found = world.justine.agent.compact("domains.search", &names).await;
        assert_eq!(found.expect("an answer")["domains"][0]["available"], true);
        drop(holds);
    };
    let (answers, ()) = tokio::join!(join_all(calls), beside);
    assert_eq!(answers.len(), domains.len());
}
