//! C sections 8.2 and 8.3 word by word, and section 9 for these calls: every surface, every release.

use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::json;

use super::ground::{Ground, STACK, each, text, world};
use crate::support::Via;

/// The agent of each surface, in a workspace of its own.
async fn members(world: &World) -> Vec<(Via, covibe_testkit::Member)> {
    let mut members = Vec::new();
    for (via, slug) in Via::ALL.into_iter().zip(["one", "two", "three", "four", "five"]) {
        members.push((via, world.member(slug).await));
    }
    members
}

#[tokio::test(flavor = "multi_thread")]
async fn add_an_api_subdomain_to_my_app() {
    for version in Version::ALL {
        let world = world(version).await;
        for (via, member) in members(&world).await {
            let ground = Ground::of(&world, &member);
            let base = format!("{}.vibnai.com", ground.agent().slug);
            let uuids = [ground.repo_app("my-site").await, ground.stack("my-stack", STACK).await];
            for (uuid, own) in uuids.iter().zip(["my-site", "my-stack"]) {
                let own = format!("{own}.{base}");
                let api = format!("api-{own}");
                let params = json!({ "uuid": uuid, "domains": [own, api] });
                let (status, answer) = ground.by(via, "apps.domains.set", &params).await;
                assert_eq!(status, 200, "{via:?} on {}: {answer}", version.text());
                assert_eq!(each(&answer["domains"], "domain"), [own.as_str(), api.as_str()]);
                let (_, listed) =
                    ground.by(via, "apps.domains.list", &json!({ "uuid": uuid })).await;
                assert_eq!(listed["domains"], answer["domains"]);
                for evil in ["evil.com", "my-site.justine.vibnai.com"] {
                    let params = json!({ "uuid": uuid, "domains": [own, evil] });
                    let (status, refused) = ground.by(via, "apps.domains.set", &params).await;
                    assert_eq!(status, 403, "{refused}");
                    let error = format!("Domain {evil} is not allowed; must end with .{base}");
                    let hint = format!("Use {own}");
                    assert_eq!(refused, json!({ "error": error, "hint": hint }));
                }
            }
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_the_whole_thing() {
    for version in Version::ALL {
        let world = world(version).await;
        for (via, member) in members(&world).await {
            let ground = Ground::of(&world, &member);
            let uuids = [ground.repo_app("my-site").await, ground.stack("my-stack", STACK).await];
            for uuid in uuids {
                // It must learn the name first.
                let (_, app) = ground.by(via, "apps.get", &json!({ "uuid": uuid })).await;
                let wrong = json!({ "uuid": uuid, "confirm": "wrong" });
                let (status, refused) = ground.by(via, "apps.delete", &wrong).await;
                assert_eq!((status, &refused["error"]), (409, &json!("Confirmation required")));
                let right = json!({ "uuid": uuid, "confirm": app["name"] });
                let (status, answer) = ground.by(via, "apps.delete", &right).await;
                assert_eq!(
                    (status, &answer["deleted"]),
                    (200, &json!(true)),
                    "{via:?} on {}",
                    version.text()
                );
            }
            let (_, listed) = ground.by(via, "apps.list", &json!({})).await;
            assert_eq!(listed["apps"], json!([]));
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_status_of_the_table() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::of(&world, &world.mark);
        let theirs = Ground::of(&world, &world.justine).image_app("theirs").await;
        let uuid = ground.repo_app("site").await;
        let absent = "zzzz2345zzzz2345zzzz2345";
        for via in Via::ALL {
            let stranger = crate::support::tool(&world, "apps.update");
            let params = json!({ "uuid": uuid, "patch": { "branch": "main" } });
            let told = via.call(&ground.agent().with_key(None), &stranger, &params).await;
            assert_eq!(told.status, 401, "{}", told.answer.text);
            for (status, name, params) in [
                (400, "apps.update", json!({ "uuid": uuid })),
                (400, "apps.update", json!({ "uuid": uuid, "patch": "x" })),
                (400, "apps.domains.set", json!({ "uuid": uuid, "domains": "x" })),
                (403, "apps.update", json!({ "uuid": theirs, "patch": { "branch": "x" } })),
                (403, "apps.rewire_git", json!({ "uuid": uuid, "repo": "vibn-justine/x" })),
                (403, "apps.domains.set", json!({ "uuid": uuid, "domains": ["evil.com"] })),
                (403, "apps.delete", json!({ "uuid": theirs, "confirm": "theirs" })),
                (404, "apps.update", json!({ "uuid": absent, "patch": { "branch": "x" } })),
                (404, "apps.delete", json!({ "uuid": absent, "confirm": "x" })),
                (404, "apps.domains.list", json!({ "uuid": absent })),
                (404, "apps.rewire_git", json!({ "uuid": uuid, "repo": "absent" })),
                (409, "apps.delete", json!({ "uuid": uuid })),
            ] {
                let (told, failure) = ground.by(via, name, &params).await;
                assert_eq!(told, status, "{name} {params} by {via:?}: {failure}");
                assert!(!text(&failure["error"]).is_empty());
            }
            let path = format!("/applications/{uuid}");
            let body =
                json!({ "message": "Validation failed.", "errors": { "git_branch": ["No."] } });
            let refusal = Fault::new(Name::Status).on("PATCH", &path).status(422).body(body);
            world.coolify.arm(refusal);
            let params = json!({ "uuid": uuid, "patch": { "branch": "main" } });
            let (status, failure) = ground.by(via, "apps.update", &params).await;
            assert_eq!(status, 422, "{failure}");
            assert!(failure["details"]["fields"].get("git_branch").is_some(), "{failure}");
            world.coolify.arm(Fault::new(Name::Status).on("PATCH", &path).status(500).times(9));
            assert_eq!(ground.by(via, "apps.update", &params).await.0, 502);
            world.coolify.disarm();
        }
        world.stop().await;
    }
}
