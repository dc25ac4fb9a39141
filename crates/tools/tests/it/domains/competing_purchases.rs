//! Two workspaces, one domain.

use covibe_testkit::World;
use futures_util::future::join;
use serde_json::json;

use super::{debits, expect_failure, expect_success, order, paid};

#[tokio::test(flavor = "multi_thread")]
async fn two_workspaces_that_buy_a_domain_pay_for_it_once() {
    let world = World::embedded().await;
    let params = order("wanted.com");
    let (mark, justine) = join(
        world.mark.agent.compact_raw("domains.register", &params),
        world.justine.agent.compact_raw("domains.register", &params),
    )
    .await;
    let mut statuses = [mark.status, justine.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", mark.text, justine.text);
    assert_eq!(paid(&world), ["wanted.com/1450"]);
    assert_eq!(debits(&world).await, ["wanted.com/1450"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_of_another_workspace_is_indistinguishable_from_a_strangers() {
    let world = World::embedded().await;
    expect_success(&world, "domains.register", order("marks.com")).await;
    let justine = &world.justine.agent;
    expect_failure(justine, "domains.get", &json!({ "domain": "marks.com" }), 404).await;
    let unknown =
        expect_failure(justine, "domains.get", &json!({ "domain": "nobodys.com" }), 404).await;
    assert!(!unknown.text.contains("mark"), "{}", unknown.text);
    let listed = justine.compact("domains.list", &json!({})).await.expect("a list");
    assert_eq!(listed["domains"], json!([]));
    let taken = expect_failure(justine, "domains.register", &order("marks.com"), 409).await;
    world.registrar.set(covibe_sandbox::opensrs::Rival { domain: "marts.com".to_owned() });
    let stranger = expect_failure(justine, "domains.register", &order("marts.com"), 409).await;
    assert_eq!(taken.text, stranger.text.replace("marts.com", "marks.com"));
    assert_eq!(paid(&world), ["marks.com/1450"]);
}
