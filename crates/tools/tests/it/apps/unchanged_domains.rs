//! Domains that an app has already are not sent again: Coolify reads all domains of its team for each.

use covibe_sandbox::coolify::Version;
use covibe_testkit::World;
use serde_json::json;

use super::fixture::{Ground, STACK, world};

/// Returns how many requests changed something of Coolify since the record was cleared, and how many of them sent domains.
fn sent(world: &World) -> (usize, usize) {
    let names = ["domains", "docker_compose_domains", "urls"];
    let requests = world.coolify.requests();
    let mut bodies: Vec<_> = requests.iter().filter(|it| it.method != "GET").collect();
    let changes = bodies.len();
    bodies.retain(|it| {
        names.iter().any(|name| it.body.as_ref().is_some_and(|body| body.get(name).is_some()))
    });
    (changes, bodies.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_domains_are_not_sent_again() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuids = [
            ground.repo_app("site").await,
            ground.image_app("web").await,
            ground.stack("crm", STACK).await,
        ];
        for (uuid, host) in uuids.iter().zip(["a", "b", "c"]) {
            let domains =
                [format!("{host}.mark.vibnai.com"), format!("www-{host}.mark.vibnai.com")];
            let params = json!({ "uuid": uuid, "domains": domains });
            world.coolify.clear_requests();
            let first = ground.call_ok("apps.domains.set", params.clone()).await;
            assert_eq!((sent(&world).1, &first["needsDeploy"]), (1, &json!(true)), "{first}");
            world.coolify.clear_requests();
            let again = ground.call_ok("apps.domains.set", params).await;
            assert_eq!((sent(&world).1, &again["needsDeploy"]), (0, &json!(false)), "{again}");
            assert_eq!(again["domains"], first["domains"]);
            // The first one is the app's address.
            let [one, other] = domains;
            let params = json!({ "uuid": uuid, "domains": [other, one] });
            world.coolify.clear_requests();
            ground.call_ok("apps.domains.set", params).await;
            assert_eq!(sent(&world).1, 1, "in another order");
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_are_sent_with_ports_only_if_these_change() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    for (ports, domains) in [("8080", 1), ("8080", 0), ("9090", 1)] {
        world.coolify.clear_requests();
        let params = json!({ "uuid": uuid, "patch": { "ports": ports } });
        let answer = ground.call_ok("apps.update", params).await;
        assert_eq!(answer["applied"], json!(["ports"]), "{answer}");
        assert_eq!(sent(&world), (1, domains), "{ports}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn present_domains_are_sent_again_if_the_proxy_has_an_old_port() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let params = json!({ "uuid": uuid, "domains": ["a.mark.vibnai.com"] });
    ground.call_ok("apps.domains.set", params.clone()).await;
    let (path, ports) = (format!("/applications/{uuid}"), json!({ "ports_exposes": "9090" }));
    world.operator().coolify("PATCH", &path, &ports).await;
    for count in [1, 0] {
        world.coolify.clear_requests();
        ground.call_ok("apps.domains.set", params.clone()).await;
        assert_eq!(sent(&world).1, count);
    }
}
