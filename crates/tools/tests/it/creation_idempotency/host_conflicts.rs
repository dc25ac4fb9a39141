//! A host that two calls want at the same time leads to one of them, whichever server they ask.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Agent, AgentAnswer, World};
use serde_json::{Value, json};

use super::{WantedResource, on_each_database};

/// An app, a stack and the domains of an app lead to it by URLs that are not the same to Coolify.
fn wanting(host: &str, name: &str) -> [(&'static str, Value); 2] {
    let stack = WantedResource::stack(&format!("{name}-stack")).with_param("domain", json!(host));
    let image = WantedResource::image(&format!("{name}-image")).with_param("domain", json!(host));
    [("apps.create", stack.params), ("apps.create", image.params)]
}

async fn ask(agent: &Agent, (tool, params): &(&str, Value)) -> AgentAnswer {
    agent.compact_raw(tool, params).await
}

/// Returns the number of apps that have the host.
async fn count_apps_with_host(world: &World, host: &str) -> usize {
    let listed = world.mark.agent.compact("apps.list", &json!({})).await.expect("apps");
    let apps = listed["apps"].as_array().expect("a list").clone();
    apps.iter().filter(|app| app["domains"].to_string().contains(host)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_two_concurrent_calls_on_two_servers_gets_a_host() {
    on_each_database(async |world| {
        let other = world.instance();
        let (here, there) = (world.mark.agent.clone(), other.agent(&world.mark));
        let app = WantedResource::image("app").create_ok(&here).await["uuid"].clone();
        for round in 0..3 {
            let host = format!("wanted-{round}.mark.vibnai.com");
            let [stack, image] = wanting(&host, &format!("round-{round}"));
            let port = json!({ "uuid": app, "domains": [format!("{host}:81")] });
            let third = [("apps.domains.set", port), image][round % 2].clone();
            let slow = Fault::new(Name::Delay).delay(Duration::from_millis(200)).times(2);
            world.coolify.arm(slow.clone().on("POST", "/services$"));
            world.coolify.arm(slow.clone().on("PATCH", "/applications/*$"));
            world.coolify.arm(slow.on("POST", "/applications/dockerimage$"));
            let (one, two) = tokio::join!(ask(&here, &stack), ask(&there, &third));
            world.coolify.disarm();
            let mut told = [one.status, two.status];
            told.sort_unstable();
            assert_eq!(told, [200, 409], "{}\n{}", one.text, two.text);
            assert_eq!(count_apps_with_host(world, &host).await, 1);
        }
    })
    .await;
}

/// The repeated call may have another domain, and that one somebody else by now.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_with_a_host_of_another_app_is_refused() {
    on_each_database(async |world| {
        let agent = &world.mark.agent.clone();
        let host = "one.mark.vibnai.com";
        WantedResource::stack("one").create_ok(agent).await;
        WantedResource::image("two").create_ok(agent).await;
        for (wanted, host) in [
            (WantedResource::image("lost-image"), host),
            (WantedResource::stack("lost-stack"), "two.mark.vibnai.com"),
        ] {
            wanted.lose_answer(world).await;
            let again = wanted.clone().with_param("domain", json!(host));
            let answer = again.ask(agent).await;
            assert_eq!(answer.status, 409, "{wanted:?}: {}", answer.text);
            assert!(
                answer.json()["details"]["suggestion"]["domain"].is_string(),
                "{}",
                answer.text
            );
            assert_eq!(count_apps_with_host(world, host).await, 1, "{wanted:?}");
            let free = format!("free-{host}");
            wanted.with_param("domain", json!(free)).create_ok(agent).await;
            assert_eq!(count_apps_with_host(world, &free).await, 1);
        }
    })
    .await;
}
