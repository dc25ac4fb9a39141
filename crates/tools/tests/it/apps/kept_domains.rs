//! `apps.domains.set` keeps ports, and the domains that an operator has added by hand.

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};

use super::fixture::{Ground, STACK, members_of, world};

async fn set(ground: &Ground<'_>, uuid: &str, domains: &[&str]) -> Value {
    ground.call_ok("apps.domains.set", json!({ "uuid": uuid, "domains": domains })).await
}

/// A port is the container's, also where it is the one that the scheme has anyway.
#[tokio::test(flavor = "multi_thread")]
async fn an_explicit_default_port_is_kept() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let file = "services:\n  web:\n    image: nginx:1\n    expose: [\"80\"]\n";
        for uuid in [ground.image_app("web").await, ground.stack("blog", file).await] {
            let hosts = [format!("a-{uuid}.mark.vibnai.com"), format!("b-{uuid}.mark.vibnai.com")];
            let urls = [format!("https://{}:443", hosts[0]), format!("http://{}:80", hosts[1])];
            let answer = set(&ground, &uuid, &[&urls[0], &urls[1]]).await;
            assert_eq!((answer.get("notPersisted"), answer.get("hint")), (None, None), "{answer}");
            assert_eq!(answer["domains"][0]["port"], 443, "{answer}");
            assert_eq!(answer["domains"][1]["port"], 80, "{answer}");
            let again = set(&ground, &uuid, &[&hosts[0], &format!("http://{}", hosts[1])]).await;
            assert_eq!(again["needsDeploy"], false, "both are kept: {again}");
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_domains_are_kept_only_if_an_operator_added_them() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let (app, stack) = (ground.image_app("web").await, ground.stack("crm", STACK).await);
        let urls =
            |name: &str| format!("https://{name}.mark.vibnai.com,https://{name}.example.com/v1");
        let domains = json!({ "domains": urls("web") });
        ground.coolify("PATCH", &format!("/applications/{app}"), &domains).await;
        let of_server = json!({ "urls": [{ "name": "server", "url": urls("crm") }] });
        ground.coolify("PATCH", &format!("/services/{stack}"), &of_server).await;
        for (uuid, name) in [(&app, "web"), (&stack, "crm")] {
            let (theirs, new) =
                (format!("{name}.example.com"), format!("{name}-2.mark.vibnai.com"));
            let answer = set(&ground, uuid, &[&new, &theirs]).await;
            assert_eq!(
                members_of(&answer["domains"], "domain"),
                [new.as_str(), &theirs],
                "{answer}"
            );
            assert_eq!(answer["domains"][1]["url"], format!("https://{theirs}/v1"), "{answer}");
            for foreign in [format!("{theirs}:9"), format!("x.{theirs}")] {
                let params = json!({ "uuid": uuid, "domains": [foreign] });
                ground.call_refused("apps.domains.set", params, 403).await;
            }
            let (other, service) =
                if uuid == &app { (&stack, None) } else { (&stack, Some("worker")) };
            let mut params = json!({ "uuid": other, "domains": [theirs] });
            if let Some(service) = service {
                params["service"] = json!(service);
            }
            ground.call_refused("apps.domains.set", params, 403).await;
            set(&ground, uuid, &[&new]).await;
            let params = json!({ "uuid": uuid, "domains": [theirs] });
            ground.call_refused("apps.domains.set", params, 403).await;
        }
        world.stop().await;
    }
}
