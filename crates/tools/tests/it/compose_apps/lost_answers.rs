//! A file that was stored, though the caller got no answer: the same call tells what the first one would have told,
//! until the app is started.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::create_app;

const FILE: &str = "
services:
  app: {image: 'acme/app:1', expose: ['3000'], volumes: ['./data:/data', /anon]}
  api: {image: 'acme/api:1', expose: ['4000'], volumes: ['named:/cache', /tmp/x]}
  extra: {image: 'acme/extra:1', expose: ['5000'], volumes: ['./extra:/extra']}
";

/// Another name for `app`, other sources and another port for `api`, and no `extra`.
const NEXT: &str = "
services:
  web: {image: 'acme/app:2', expose: ['3001'], volumes: ['./data:/data', /anon]}
  api: {image: 'acme/api:1', expose: ['4001'], volumes: ['other:/cache', './files:/tmp/x']}
";

/// The texts about the way from the one to the other, for an app with the name `shop`.
const TOLD: [&str; 6] = [
    "services.api: /cache had the volume named, and gets other",
    "services.api: /tmp/x had the volume",
    "The volume extra, which ",
    "https://extra-shop.mark.vibnai.com no longer points to a service",
    "web gets the domains of app, which the file no longer has: https://shop.mark.vibnai.com.",
    "https://api-shop.mark.vibnai.com now points to port 4001",
];

/// The time after which a request is carried out that nobody is waiting for.
const LATE: Duration = Duration::from_hours(1);

async fn create(world: &World, name: &str, is_deployed: bool) -> Value {
    let domains: Vec<_> = [("app", ""), ("api", "api-"), ("extra", "extra-")]
        .iter()
        .map(|(service, start)| {
            json!({ "service": service, "domain": format!("{start}{name}.mark.vibnai.com") })
        })
        .collect();
    let params = json!({ "composeRaw": FILE, "name": name, "composeDomains": domains,
                         "instantDeploy": is_deployed });
    create_app(&world.mark.agent, &params).await
}

/// A change to another file, which may take every volume of the first one from its place.
fn patch(app: &Value, file: &str) -> Value {
    json!({ "uuid": app["uuid"], "patch": { "composeRaw": file },
            "confirmVolumes": ["data", "named", "api-tmp-x"] })
}

/// Returns what an update tells, with the name and the uuid of the app left out.
async fn update(world: &World, app: &Value, file: &str) -> Value {
    let updated = world.mark.agent.compact("apps.update", &patch(app, file)).await;
    let mut updated = updated.unwrap_or_else(|why| panic!("{file}: {why}"));
    let uuid = updated["uuid"].take();
    let name = app["name"].as_str().expect("a text");
    let text = updated.to_string().replace(name, "shop");
    serde_json::from_str(&text.replace(uuid.as_str().expect("a text"), "UUID")).expect("JSON")
}

/// Lets `passing` changes of the app through, and loses the answers to all others.
async fn lose(world: &World, app: &Value, file: &str, passing: u32) -> u16 {
    let path = "/services/";
    world
        .coolify
        .arm(Fault::new(Name::Delay).delay(Duration::ZERO).times(passing).on("PATCH", path));
    world.coolify.arm(Fault::new(Name::DropAfter).times(u32::MAX).on("PATCH", path));
    let lost = world.mark.agent.compact_raw("apps.update", &patch(app, file)).await;
    world.coolify.disarm();
    lost.status
}

async fn deploy(world: &World, app: &Value) {
    let params = json!({ "uuid": app["uuid"], "wait": true });
    world.mark.agent.compact("apps.deploy", &params).await.expect("a deployment");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_update_returns_what_the_unanswered_one_would_have() {
    let mut world = World::embedded().await;
    let app = create(&world, "first", false).await;
    let expected = update(&world, &app, NEXT).await;
    for text in TOLD {
        assert!(expected.to_string().contains(text), "{text}: {expected:#}");
    }
    assert_eq!(expected["needsDeploy"], true, "{expected}");
    assert_eq!(update(&world, &app, NEXT).await, expected, "until it is started");
    let mut passing = 0;
    loop {
        let app = create(&world, &format!("lost-{passing}"), false).await;
        let status = lose(&world, &app, NEXT, passing).await;
        // The process may have been killed instead.
        if passing % 2 == 0 {
            world.restart().await;
        }
        for _ in 0..2 {
            let again = update(&world, &app, NEXT).await;
            assert_eq!(again, expected, "{passing} changes were answered: {again:#}");
        }
        if status == 200 {
            break;
        }
        passing += 1;
    }
    assert!(passing >= 4, "two lost containers, the file and the domain: {passing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_ends_the_warnings_about_a_file_stored_without_an_answer() {
    let mut world = World::embedded().await;
    let smaller = FILE.replace("acme/api:1", "acme/api:2");
    for (number, (file, passing)) in [(NEXT, 2), (&*smaller, 0)].into_iter().enumerate() {
        let app = create(&world, &format!("shop-{number}"), true).await;
        assert_ne!(lose(&world, &app, file, passing).await, 200, "the file is stored");
        world.restart().await;
        assert_eq!(update(&world, &app, file).await["needsDeploy"], true, "{file}");
        deploy(&world, &app).await;
        let again = update(&world, &app, file).await;
        assert_eq!(
            (&again["needsDeploy"], again.get("warnings")),
            (&json!(false), None),
            "{again}"
        );
        assert!(!again["hints"].to_string().contains("gets the domains"), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_right_after_a_lost_answer_also_ends_the_warnings() {
    let world = World::embedded().await;
    let app = create(&world, "shop", true).await;
    let file = FILE.replace("./data:", "./files:");
    assert_ne!(lose(&world, &app, &file, 0).await, 200);
    deploy(&world, &app).await;
    let again = update(&world, &app, &file).await;
    assert_eq!((&again["needsDeploy"], again.get("warnings")), (&json!(false), None), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_after_a_lost_answer_is_compared_with_the_running_one() {
    let mut world = World::embedded().await;
    let app = create(&world, "shop", true).await;
    let with = |source: &str| FILE.replace("./data:", source);
    assert_ne!(lose(&world, &app, &with("./files:"), 0).await, 200);
    world.restart().await;
    let updated = update(&world, &app, &with("./more:")).await;
    let warning = "services.app: /data had the volume data, and gets more,";
    assert!(updated["warnings"][0].as_str().is_some_and(|text| text.starts_with(warning)));
    assert_eq!(updated["warnings"].as_array().map(Vec::len), Some(1), "{updated}");
    let back = update(&world, &app, FILE).await;
    assert_eq!(back.get("warnings"), None, "as it runs: {back}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_coolify_stores_after_a_start_needs_another_start() {
    let mut world = World::embedded().await;
    let app = create(&world, "shop", true).await;
    let file = FILE.replace("./data:", "./files:");
    let late = Fault::new(Name::Late).delay(LATE).times(u32::MAX);
    world.coolify.arm(late.on("PATCH", "/services/*$"));
    let lost = world.mark.agent.compact_raw("apps.update", &patch(&app, &file)).await;
    assert_eq!(lost.status, 502, "{}", lost.text);
    world.coolify.disarm();
    deploy(&world, &app).await;
    world.coolify.advance(LATE);
    world.restart().await;
    let updated = update(&world, &app, &file).await;
    assert_eq!(updated["needsDeploy"], true, "{updated}");
    let warning = "services.app: /data had the volume data, and gets files,";
    assert!(updated["warnings"].to_string().contains(warning), "{updated}");
}
