//! Hosts of attached domains, which apps of the workspace may have.

use covibe_testkit::World;
use serde_json::json;

use super::attachment::{app, registered};
use super::{expect_failure, expect_success};

#[tokio::test(flavor = "multi_thread")]
async fn apps_accept_hosts_of_attached_domains_and_refuse_other_domains() {
    let world = World::embedded().await;
    for domain in ["attached.com", "registered.com"] {
        registered(&world, domain).await;
    }
    let shop = app(&world, "shop").await;
    let set = |hosts: &[&str]| json!({ "uuid": shop["uuid"], "domains": hosts });
    let agent = &world.mark.agent;
    expect_failure(agent, "apps.domains.set", &set(&["attached.com"]), 403).await;
    let params = json!({ "domain": "attached.com", "ip": "8.8.8.8" });
    expect_success(&world, "domains.attach", params).await;
    let hosts = ["attached.com", "https://A.b.Attached.com:3000/", "shop.mark.vibnai.com"];
    let changed = expect_success(&world, "apps.domains.set", set(&hosts)).await;
    let hosts: Vec<_> = changed["domains"].as_array().expect("a list").iter().collect();
    let hosts: Vec<_> = hosts.iter().map(|it| it["domain"].as_str().expect("a host")).collect();
    assert_eq!(hosts, ["attached.com", "a.b.attached.com", "shop.mark.vibnai.com"]);
    for other in ["registered.com", "notattached.com", "attached.com.evil.com"] {
        expect_failure(agent, "apps.domains.set", &set(&[other]), 403).await;
    }
    let justines = json!({ "image": "nginx:1.27", "name": "theirs", "instantDeploy": false });
    let theirs = world.justine.agent.compact("apps.create", &justines).await.expect("an app");
    let params = json!({ "uuid": theirs["uuid"], "domains": ["www.attached.com"] });
    expect_failure(&world.justine.agent, "apps.domains.set", &params, 403).await;

    let new = json!({ "image": "nginx:1.27", "name": "new", "domain": "new.attached.com",
                      "instantDeploy": false });
    let new = expect_success(&world, "apps.create", new).await;
    assert_eq!(new["url"], "https://new.attached.com", "{new}");
    let taken = json!({ "uuid": shop["uuid"], "domains": ["new.attached.com"] });
    expect_failure(agent, "apps.domains.set", &taken, 409).await;
}
