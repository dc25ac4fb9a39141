//! The bot's tokens, while applications clone with one of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::git::{access, clones};
use covibe_testkit::{Agent, Options, World, invariants};
use serde_json::json;

use super::clonable_apps::{Apps, by_hand_from, clone_url, from_repository};
use crate::workspaces::{
    on_each_database, on_each_database_with, options, quick_world, rotate_to_ready,
};

/// No attempt ends while its request is held.
fn patient_settings(backend: Backend) -> Options {
    Options { attempt: Duration::from_mins(1), ..options(backend) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_application_can_be_cloned_throughout_a_rotation() {
    on_each_database_with(patient_settings, async |world| {
        let apps = Apps::create(world, &world.mark).await;
        let theirs = from_repository(&world.justine.agent, "their-site").await;
        let (untouched, old) = (apps.records_of_others(world).await, apps.urls(world).await);
        let foreign = clone_url(world, &theirs).await;
        // While each of these is held, the token is in another state.
        let holds = [
            world.gitea.hold("POST", "/users/*/tokens$"),
            world.coolify.hold("PATCH", "/applications/*"),
            world.gitea.hold("DELETE", "/users/*/tokens/*"),
        ];
        let ended = AtomicBool::new(false);
        let rotation = async {
            let wants = json!({ "rotate": ["clone"] });
            rotate_to_ready(&world.mark.agent, &wants, "clone").await;
            ended.store(true, Ordering::Relaxed);
        };
        let watching = async {
            let mut looks = 0;
            for hold in holds {
                hold.arrived().await;
                apps.assert_cloned(world, "while it is replaced").await;
                looks += 1;
                hold.release();
            }
            while !ended.load(Ordering::Relaxed) {
                apps.assert_cloned(world, "while it is replaced").await;
                looks += 1;
            }
            assert!(looks > 2, "{looks} looks");
        };
        tokio::join!(rotation, watching);
        apps.assert_cloned(world, "afterwards").await;
        let new = apps.urls(world).await;
        let token = access(&world.mark.agent).await["bot"]["token"].clone();
        let token = token.as_str().expect("a token").to_owned();
        for (old, new) in old.iter().zip(&new) {
            assert!(new != old && [new, old].iter().all(|url| !url.contains(&token)));
            assert!(!clones(old).await, "the old token works still");
        }
        assert_eq!(apps.records_of_others(world).await, untouched);
        assert_eq!(clone_url(world, &theirs).await, foreign);
        assert!(clones(&foreign).await, "another workspace's token");
        invariants(world, &world.mark.record, "clone").await;
    })
    .await;
}

/// Both at once, and a deployment afterwards as Coolify makes it.
#[tokio::test(flavor = "multi_thread")]
async fn deployments_after_a_rotation_clone_with_the_new_token() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    let app = from_repository(agent, "deployed-site").await;
    let wants = json!({ "rotate": ["pat", "clone", "keypair"] });
    rotate_to_ready(agent, &wants, "both").await;
    agent.compact("apps.deploy", &json!({ "uuid": app })).await.expect("a deployment");
    let mut told = json!(null);
    for _ in 0..100 {
        told = agent.compact("apps.deployments", &json!({ "uuid": app })).await.expect("a list");
        let status = told["deployments"][0]["status"].as_str().unwrap_or_default();
        if !matches!(status, "queued" | "in_progress") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(told["deployments"][0]["status"], "finished", "{told}");
    invariants(&world, &world.mark.record, "both").await;
    world.stop().await;
}

/// The clone token is disclosed to nobody, so an operator could not give such an app the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_manually_created_app_with_the_old_token_gets_the_new_one() {
    let world = quick_world().await;
    let app = from_repository(&world.mark.agent, "site").await;
    let old = clone_url(&world, &app).await;
    let elsewhere = "https://git.elsewhere.test/a/b.git";
    let by_hand = by_hand_from(&world, &world.mark, "by-hand", elsewhere).await;
    let path = format!("/applications/{by_hand}");
    world.operator().coolify("PATCH", &path, &json!({ "git_repository": old })).await;
    rotate_to_ready(&world.mark.agent, &json!({ "rotate": ["clone"] }), "by hand").await;
    let new = clone_url(&world, &by_hand).await;
    assert!(new != old && clones(&new).await && !clones(&old).await);
    world.stop().await;
}

/// An application whose clone URL is on its way to Coolify while the token in it is replaced.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_created_during_a_rotation_can_be_cloned() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    for (number, held_up) in ["GET /applications/*", "PATCH /applications/*"].iter().enumerate() {
        let (method, path) = held_up.split_once(' ').expect("two words");
        let delay = Fault::new(Name::Delay).delay(Duration::from_millis(800));
        let name = format!("meanwhile-site{number}");
        let made = async {
            let repo = covibe_testkit::git::repository(agent, &name).await;
            world.coolify.arm(delay.on(method, path));
            let app = json!({ "repo": repo, "name": name, "instantDeploy": false });
            agent.compact("apps.create", &app).await.expect("an app")
        };
        let rotation = async {
            while !is_asked(&world, method) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            let wants = json!({ "rotate": ["clone"] });
            rotate_to_ready(agent, &wants, held_up).await;
        };
        world.coolify.clear_requests();
        let (app, ()) = tokio::join!(made, rotation);
        let url = clone_url(&world, app["uuid"].as_str().expect("a uuid")).await;
        assert!(clones(&url).await, "{held_up}: it has a dead token");
        invariants(&world, &world.mark.record, held_up).await;
    }
    world.stop().await;
}

/// Returns whether the held call has arrived.
fn is_asked(world: &World, method: &str) -> bool {
    let is_it = |path: &str| {
        path.strip_prefix("/api/v1/applications/").is_some_and(|rest| !rest.contains("public"))
    };
    world.coolify.requests().iter().any(|one| one.method == method && is_it(&one.path))
}

/// A server that was about to give the old token to an application did so, and was killed: who
/// replaces the token looks once more before the old one dies, which it does not at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_also_replaces_an_old_token_that_was_written_late() {
    let options = options(Backend::Sqlite).with_settings(|it| it.settle = Duration::from_secs(1));
    let world = World::start(options).await.expect("SQLite is built in");
    let (agent, record) = (&world.mark.agent, &world.mark.record);
    let app = from_repository(agent, "late-site").await;
    let old = clone_url(&world, &app).await;
    let wants = json!({ "rotate": ["clone"] });
    let late = async {
        while clone_url(&world, &app).await == old {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(clones(&old).await, "the old token died before it was let go of");
        let path = format!("/applications/{app}");
        world.operator().coolify("PATCH", &path, &json!({ "git_repository": old })).await;
    };
    let rotation = rotate_to_ready(agent, &wants, "late");
    tokio::join!(rotation, late);
    let new = clone_url(&world, &app).await;
    assert!(new != old && clones(&new).await && !clones(&old).await);
    invariants(&world, record, "late").await;
    world.stop().await;
}

/// Instances that remember the workspace hand out the new token at once.
#[tokio::test(flavor = "multi_thread")]
async fn no_server_returns_the_old_token_after_a_rotation() {
    on_each_database(async |world| {
        let other = world.instance();
        let (here, there) = (&world.mark.agent, other.agent(&world.mark));
        for _ in 0..2 {
            let before = access(&there).await["bot"]["token"].clone();
            let wants = json!({ "rotate": ["pat"] });
            rotate_to_ready(here, &wants, "on one").await;
            let after = access(&there).await;
            assert_ne!(after["bot"]["token"], before);
            let base = after["gitea"]["apiBase"].as_str().expect("a URL");
            let git = Agent::new(base, "", None).with_key(after["bot"]["token"].as_str());
            assert_eq!(git.send("GET", "/user", &[], None).await.status, 200);
        }
    })
    .await;
}
