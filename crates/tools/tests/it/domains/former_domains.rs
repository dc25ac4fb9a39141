//! The apps of a workspace that has lost a domain, once another workspace has registered it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_sandbox::coolify::Outcome;
use covibe_sandbox::docker::Arrangement;
use covibe_sandbox::google::Collection;
use covibe_sandbox::opensrs::Release;
use covibe_store::Backend;
use covibe_testkit::{AgentAnswer, Options, World};
use covibe_tools::FormerHosts;
use covibe_workspace::{HostRemoval, Platform};
use serde_json::{Value, json};

use super::attachment::{INGRESS, app, registered, resolve_name, states};
use super::zone_removal::lose;
use super::{events, expect_success, order};
use crate::BUSY_MACHINE;

/// The domain that mark loses and justine registers.
const DOMAIN: &str = "lapsed.com";

/// The uuid of a new app of mark's.
fn uuid(app: &Value) -> String {
    app["uuid"].as_str().expect("a uuid").to_owned()
}

/// Attaches the domain to an app of mark's, which is deployed with it.
async fn attach_and_deploy(world: &World, uuid: &str) {
    registered(world, DOMAIN).await;
    expect_success(world, "domains.attach", json!({ "domain": DOMAIN, "appUuid": uuid })).await;
    expect_success(world, "apps.deploy", json!({ "uuid": uuid, "wait": true })).await;
}

/// Lets mark lose the domain, with its zone, and justine register it.
async fn hand_over(world: &World) {
    lose(world, &world.mark, DOMAIN, 31).await;
    world.registrar.set(Release { domain: DOMAIN.to_owned() });
    world.process().await.platform.reconcile_domains().await.expect("a round");
    let agent = &world.justine.agent;
    agent.compact("domains.register", &order(DOMAIN)).await.expect("it is free");
}

/// Attaches the domain to an app of justine's, which the first call creates.
async fn attach_next(world: &World) -> AgentAnswer {
    let agent = &world.justine.agent;
    let new = json!({ "image": "nginx:1.27", "name": "next", "instantDeploy": false });
    let _known = agent.compact_raw("apps.create", &new).await;
    agent.compact_raw("domains.attach", &json!({ "domain": DOMAIN, "appUuid": "next" })).await
}

/// Makes rounds until no domain is left to be detached.
pub(super) async fn detach(world: &World) {
    let removal: Arc<dyn HostRemoval> = Arc::new(FormerHosts::default());
    let rounds = async {
        loop {
            let round = Platform::detach_former_domains(&world.platform, &removal).await;
            if round.expect("a round").open == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(BUSY_MACHINE, rounds).await.expect("the hosts are removed");
}

/// Returns the values of all labels of the containers of an app, in any state.
async fn labels(world: &World, uuid: &str) -> String {
    let host = world.docker_host().expect("a docker host");
    let containers = host.containers(uuid).await.expect("its containers");
    let values = containers.into_iter().flat_map(|one| one.labels.into_values());
    values.collect::<Vec<_>>().join("\n")
}

/// Returns the details of the events of the domain in mark's workspace.
async fn details(world: &World) -> String {
    expect_success(world, "domains.get", json!({ "domain": DOMAIN })).await["events"].to_string()
}

async fn hosts(world: &World, uuid: &str) -> Value {
    expect_success(world, "apps.domains.list", json!({ "uuid": uuid })).await["domains"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_holder_attaches_a_domain_once_the_former_holders_app_is_renewed() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let shop = uuid(&app(&world, "shop").await);
        attach_and_deploy(&world, &shop).await;
        hand_over(&world).await;
        assert!(labels(&world, &shop).await.contains("Host(`www.lapsed.com`)"), "it is routed");
        let refused = attach_next(&world).await;
        assert_eq!(refused.status, 503, "{}", refused.text);
        assert!(refused.text.contains("Repeat the call in a few minutes"), "{}", refused.text);
        assert!(!refused.text.contains("mark"), "{}", refused.text);
        assert_eq!(world.cloud.names(Collection::Zones), [""; 0]);

        detach(&world).await;
        let routed = labels(&world, &shop).await;
        assert!(!routed.contains(DOMAIN), "{routed}");
        assert!(routed.contains("Host(`shop.mark.vibnai.com`)"), "{routed}");
        let kept = hosts(&world, &shop).await;
        assert_eq!(kept.as_array().map(Vec::len), Some(1), "{kept}");
        let shown = expect_success(&world, "apps.get", json!({ "uuid": shop })).await;
        assert_eq!(shown["status"], "running", "{shown}");
        assert!(events(&world, DOMAIN).await.contains(&"hosts.removed".to_owned()));
        assert!(details(&world).await.contains("from the app shop"));
        let attached = attach_next(&world).await;
        assert_eq!(attached.status, 200, "{}", attached.text);
        assert_eq!(resolve_name(&world, DOMAIN, "A").await, [INGRESS]);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_holder_cannot_use_the_domain_again() {
    let world = World::embedded().await;
    let shop = uuid(&app(&world, "shop").await);
    attach_and_deploy(&world, &shop).await;
    hand_over(&world).await;
    detach(&world).await;
    let params = json!({ "uuid": shop, "domains": [DOMAIN] });
    let refused = world.mark.agent.compact_raw("apps.domains.set", &params).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(!refused.text.contains("justine"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_does_not_run_is_removed_so_that_nobody_starts_it() {
    let world = World::embedded().await;
    let shop = uuid(&app(&world, "shop").await);
    attach_and_deploy(&world, &shop).await;
    expect_success(&world, "apps.control", json!({ "uuid": shop, "action": "stop" })).await;
    hand_over(&world).await;
    assert!(labels(&world, &shop).await.contains(DOMAIN), "it is still there");
    detach(&world).await;
    assert_eq!(labels(&world, &shop).await, "");
    expect_success(&world, "apps.control", json!({ "uuid": shop, "action": "start" })).await;
    let routed = labels(&world, &shop).await;
    assert!(routed.contains("shop.mark.vibnai.com") && !routed.contains(DOMAIN), "{routed}");
    assert_eq!(attach_next(&world).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_app_keeps_running_with_its_other_hosts() {
    let world = World::embedded().await;
    let file = "services: {web: {image: 'nginx:1.27', expose: ['80']}, db: {image: 'redis:7'}}";
    let params = json!({ "composeRaw": file, "name": "stack", "instantDeploy": false });
    let stack = uuid(&expect_success(&world, "apps.create", params).await);
    attach_and_deploy(&world, &stack).await;
    hand_over(&world).await;
    assert!(labels(&world, &stack).await.contains("Host(`lapsed.com`)"), "it is routed");
    detach(&world).await;
    let routed = labels(&world, &stack).await;
    assert!(routed.contains("mark.vibnai.com") && !routed.contains("Host(`lapsed"), "{routed}");
    let kept = hosts(&world, &stack).await;
    assert!(kept.as_array().is_some_and(|hosts| hosts.len() == 1), "{kept}");
    assert_eq!(attach_next(&world).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_cannot_be_renewed_is_stopped() {
    let world = World::embedded().await;
    let shop = uuid(&app(&world, "shop").await);
    attach_and_deploy(&world, &shop).await;
    hand_over(&world).await;
    let failing = Outcome::Fails { log: vec!["The registry is away.".to_owned()] };
    world.options().coolify.outcomes.next("shop", failing);
    detach(&world).await;
    assert_eq!(labels(&world, &shop).await, "");
    assert!(details(&world).await.contains("apps.deploy starts them"));
    assert_eq!(attach_next(&world).await.status, 200);
}

/// Gives an app of mark's another image, whose label routes the domain to the app's containers, and deploys it.
async fn deploy_route_of_image(world: &World, uuid: &str, image: &str) {
    let route = ("traefik.http.routers.x.rule".to_owned(), format!("Host(`{DOMAIN}`)"));
    let image_labels = BTreeMap::from([route]);
    let arranged = Arrangement { of: "shop".to_owned(), image_labels, ..Arrangement::default() };
    world.docker.as_ref().expect("a docker host").set(arranged);
    let params = json!({ "uuid": uuid, "patch": { "image": image } });
    expect_success(world, "apps.update", params).await;
    expect_success(world, "apps.deploy", json!({ "uuid": uuid, "force": true })).await;
    world.coolify.advance(Duration::from_mins(1));
    assert!(labels(world, uuid).await.contains(DOMAIN), "{image}");
}

#[tokio::test(flavor = "multi_thread")]
async fn images_with_a_route_to_the_domain_do_not_delay_the_next_holder() {
    let world = World::embedded().await;
    let shop = uuid(&app(&world, "shop").await);
    attach_and_deploy(&world, &shop).await;
    hand_over(&world).await;
    let removal: Arc<dyn HostRemoval> = Arc::new(FormerHosts::default());
    let mut is_released = false;
    // A new container with the route before each round.
    for number in 0..5 {
        deploy_route_of_image(&world, &shop, &format!("nginx:1.{number}")).await;
        let round = Platform::detach_former_domains(&world.platform, &removal).await;
        is_released = round.expect("a round").open == 0;
        if is_released {
            break;
        }
    }
    assert!(is_released, "each container delays the release");
    let shown = expect_success(&world, "apps.logs", json!({ "uuid": shop })).await;
    assert_eq!(shown["services"][0]["status"], "exited", "{shown}");
    assert_eq!(attach_next(&world).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_a_suspended_tenant_is_stopped() {
    let world = World::embedded().await;
    let shop = uuid(&app(&world, "shop").await);
    attach_and_deploy(&world, &shop).await;
    hand_over(&world).await;
    let tenant = &world.mark.record.tenant;
    assert!(world.platform.suspend_tenant(tenant).await.expect("a suspension"));
    detach(&world).await;
    assert_eq!(labels(&world, &shop).await, "");
    assert_eq!(attach_next(&world).await.status, 200);
}

/// Nobody sees the labels of its container: it is stopped while Coolify has its hosts, and started without them.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_started_again_without_the_hosts_where_there_is_no_docker_host() {
    let options = Options { docker: false, ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let shop = uuid(&app(&world, "shop").await);
    attach_and_deploy(&world, &shop).await;
    hand_over(&world).await;
    world.coolify.clear_requests();
    detach(&world).await;
    let requests = world.coolify.requests();
    let place = |method: &str, end: &str| {
        requests.iter().position(|it| it.method == method && it.path.ends_with(end))
    };
    let stopped = place("POST", "/stop").expect("a stop");
    let changed = place("PATCH", &format!("/applications/{shop}")).expect("a change");
    assert!(stopped < changed, "{stopped} {changed}");
    let kept = hosts(&world, &shop).await;
    assert_eq!(kept.as_array().map(Vec::len), Some(1), "{kept}");
    assert_eq!(attach_next(&world).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_another_app_leaves_the_zone_as_it_is() {
    let world = World::embedded().await;
    registered(&world, "moves.com").await;
    let (first, second) = (app(&world, "first").await, app(&world, "second").await);
    let params = json!({ "domain": "moves.com", "ip": "8.8.8.8" });
    expect_success(&world, "domains.attach", params).await;
    let set = json!({ "uuid": first["uuid"], "domains": ["moves.com"] });
    expect_success(&world, "apps.domains.set", set).await;
    let params = json!({ "domain": "moves.com", "appUuid": second["uuid"] });
    let refused = world.mark.agent.compact_raw("domains.attach", &params).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(states(&refused.json()["details"]), ["app:failed"], "{}", refused.text);
    assert_eq!(resolve_name(&world, "moves.com", "A").await, ["8.8.8.8"]);
}
