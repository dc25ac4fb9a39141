//! Polling a deployment, adding a subdomain and deleting an app, as agents do it: on every surface,
//! with every release.

use std::collections::BTreeSet;
use std::time::Duration;

use covibe_sandbox::coolify::{Outcome, Outcomes, Version};
use covibe_testkit::{Member, Options, World};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::fixture::{Ground, STACK, members_of, served_world, text};
use crate::support::{CallStyle, on_each_release, served};

on_each_release!(
    polling_shows_the_end_of_a_deployment,
    an_api_subdomain_is_added_by_every_surface,
    apps_are_deleted_by_their_exact_names
);

/// The time that a deployment stays queued, and then in progress: until a test moves the clock.
const PACE: Duration = Duration::from_hours(1);

/// The agent of each surface, in a workspace of its own.
async fn members(world: &World) -> Vec<(CallStyle, Member)> {
    let mut members = Vec::new();
    for (via, slug) in CallStyle::ALL.into_iter().zip(["one", "two", "three", "four", "five"]) {
        members.push((via, world.member(slug).await));
    }
    members
}

/// The status of an app's newest deployment.
async fn polled(ground: &Ground<'_>, via: CallStyle, uuid: &str) -> String {
    let (status, answer) = ground.call_by(via, "apps.deployments", &json!({ "uuid": uuid })).await;
    assert_eq!(status, 200, "{answer}");
    text(&answer["deployments"][0]["status"])
}

/// Deploys, and polls by all surfaces in turn at each stage of the deployment; the words until the
/// end, and the last one.
async fn words(ground: &Ground<'_>, uuid: &str) -> (BTreeSet<String>, String) {
    ground.call_ok("apps.deploy", json!({ "uuid": uuid })).await;
    let mut seen = BTreeSet::new();
    for _stage in ["queued", "in_progress"] {
        for via in CallStyle::ALL {
            seen.insert(polled(ground, via, uuid).await);
        }
        ground.world.coolify.advance(PACE);
    }
    loop {
        for via in CallStyle::ALL {
            let word = polled(ground, via, uuid).await;
            seen.insert(word.clone());
            if !["queued", "in_progress"].contains(&word.as_str()) {
                return (seen, word);
            }
        }
    }
}

async fn polling_shows_the_end_of_a_deployment(version: Version) {
    let (mut options, outcomes) = (Options::default(), Outcomes::default());
    options.coolify.version = version;
    options.coolify.pace = PACE;
    options.coolify.outcomes = outcomes.clone();
    let world = served(options).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("my-site").await;
    for end in ["finished", "failed"] {
        if end == "failed" {
            outcomes.next("my-site", Outcome::Fails { log: vec!["no".to_owned()] });
        }
        let (seen, last) = words(&ground, &uuid).await;
        let expected: BTreeSet<_> = ["queued", "in_progress", end].map(str::to_owned).into();
        assert_eq!((seen, last.as_str()), (expected, end), "on {}", version.text());
        // Whoever comes later is told the same by every surface.
        for via in CallStyle::ALL {
            assert_eq!(polled(&ground, via, &uuid).await, end, "{via:?}");
        }
    }
    world.stop().await;
}

/// Checks that domains outside the namespace are refused and that the app's domains stay.
async fn refuses(ground: &Ground<'_>, via: CallStyle, uuid: &str, own: &str) {
    let listed = json!({ "uuid": uuid });
    let (_, before) = ground.call_by(via, "apps.domains.list", &listed).await;
    let base = format!(".{}.vibnai.com", ground.agent().slug);
    for evil in ["evil.com", "my-site.justine.vibnai.com"] {
        for domains in [json!([evil]), json!([own, evil])] {
            let params = json!({ "uuid": uuid, "domains": domains });
            let (status, refused) = ground.call_by(via, "apps.domains.set", &params).await;
            assert_eq!(status, 403, "{refused}");
            let error = format!("Domain {evil} is not allowed; must end with {base}");
            assert_eq!(refused["error"], error);
            let hint = refused["hint"].as_str().expect("a hint");
            let expected = format!("Use {own}. ");
            assert!(hint.starts_with(&expected) && hint.contains("attach"), "{hint}");
        }
    }
    assert_eq!(ground.call_by(via, "apps.domains.list", &listed).await.1, before);
}

async fn an_api_subdomain_is_added_by_every_surface(version: Version) {
    let world = served_world(version).await;
    for (via, member) in members(&world).await {
        let ground = Ground::new(&world, &member);
        let base = format!("{}.vibnai.com", ground.agent().slug);
        let app = ground.repo_app("my-site").await;
        let stack = ground.stack("my-stack", STACK).await;
        for (uuid, own, more) in [(app, "my-site", "api"), (stack, "my-stack", "api-2")] {
            let (own, api) = (format!("{own}.{base}"), format!("{more}.{base}"));
            let params = json!({ "uuid": uuid, "domains": [own, api] });
            let (status, answer) = ground.call_by(via, "apps.domains.set", &params).await;
            assert_eq!(status, 200, "{via:?} on {}: {answer}", version.text());
            assert_eq!(members_of(&answer["domains"], "domain"), [own.as_str(), api.as_str()]);
            let listed = ground.call_by(via, "apps.domains.list", &json!({ "uuid": uuid })).await;
            assert_eq!((listed.0, &listed.1["domains"]), (200, &answer["domains"]));
            refuses(&ground, via, &uuid, &own).await;
        }
    }
    world.stop().await;
}

/// Learns the name, is refused with others, and deletes.
async fn delete(ground: &Ground<'_>, via: CallStyle, uuid: &str, name: &str) {
    let of = |confirm: Value| json!({ "uuid": uuid, "confirm": confirm });
    let get = async || ground.call_by(via, "apps.get", &json!({ "uuid": uuid })).await;
    let (_, app) = get().await;
    assert_eq!(app["name"], name);
    for wrong in [json!({ "uuid": uuid }), of(json!("wrong")), of(json!(uuid))] {
        let (status, refused) = ground.call_by(via, "apps.delete", &wrong).await;
        assert_eq!((status, &refused["error"]), (409, &json!("Confirmation required")));
    }
    assert_eq!(get().await.0, 200, "it is still there");
    let (status, answer) = ground.call_by(via, "apps.delete", &of(app["name"].clone())).await;
    assert_eq!((status, &answer["deleted"]), (200, &json!(true)), "{via:?}: {answer}");
    assert_eq!(get().await.0, 404);
}

/// A whole workspace's apps.
async fn delete_all(world: &World, via: CallStyle, member: Member) {
    let ground = Ground::new(world, &member);
    let app = ground.repo_app("my-site").await;
    let stack = ground.stack("my-stack", STACK).await;
    tokio::join!(delete(&ground, via, &app, "my-site"), delete(&ground, via, &stack, "my-stack"),);
    let (_, listed) = ground.call_by(via, "apps.list", &json!({})).await;
    assert_eq!(listed["apps"], json!([]), "{via:?}");
}

async fn apps_are_deleted_by_their_exact_names(version: Version) {
    let world = served_world(version).await;
    let members = members(&world).await.into_iter();
    join_all(members.map(|(via, member)| delete_all(&world, via, member))).await;
    world.stop().await;
}
