//! The same creation twice: at once, after a lost answer, or on purpose.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use serde_json::json;

use super::{WantedResource, is_busy, on_each_database, repo};

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_identical_creations_make_one_resource() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        let agent = &world.mark.agent;
        for wanted in WantedResource::of_each_sort(&repo, "twin") {
            let slow = Fault::new(Name::Delay).delay(Duration::from_millis(300));
            world.coolify.arm(slow.on("POST", wanted.path));
            let (one, other) = tokio::join!(wanted.ask(agent), wanted.ask(agent));
            let (made, refused) = if one.status == 200 { (one, other) } else { (other, one) };
            assert_eq!(made.status, 200, "{wanted:?}: {}", made.text);
            assert!(is_busy(&refused), "{wanted:?}: {}", refused.text);
            let later = wanted.ask(agent).await;
            assert!(later.status == 409 && !is_busy(&later), "{wanted:?}: {}", later.text);
            assert_eq!(wanted.count(world), 1, "{wanted:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_after_a_lost_answer_makes_no_second_resource() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        for wanted in WantedResource::of_each_sort(&repo, "lost") {
            for wanted in [wanted.clone(), wanted.without_name()] {
                let before = world.coolify.count(wanted.thing);
                wanted.lose_answer(world).await;
                wanted.create_ok(&world.mark.agent).await;
                assert_eq!(world.coolify.count(wanted.thing), before + 1, "{wanted:?}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_after_a_lost_answer_applies_its_own_values() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        let named = WantedResource::app(&repo, &repo);
        let lost = named.clone().without_name().with_param("ports", json!("3000"));
        let lost = lost.with_param("limits", json!({ "memory": "512m" }));
        lost.lose_answer(world).await;
        let other =
            lost.with_param("ports", json!("8080")).with_param("limits", json!({ "cpus": "0.5" }));
        let again = other.create_ok(&world.mark.agent).await;
        assert_eq!(again["ports"], "8080");
        let uuid = json!({ "uuid": again["uuid"] });
        let got = world.mark.agent.compact("apps.get", &uuid).await.expect("it is there");
        assert_eq!(got["limits"], json!({ "memory": "512m", "cpus": "0.5" }));
        assert_eq!(named.count(world), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_creation_of_an_unnamed_database_makes_a_new_one() {
    on_each_database(async |world| {
        let wanted = WantedResource::database("").without_name();
        let before = world.coolify.count(wanted.thing);
        let one = wanted.create_ok(&world.mark.agent).await;
        let other = wanted.create_ok(&world.mark.agent).await;
        assert_ne!(one["uuid"], other["uuid"]);
        assert_ne!(one["name"], other["name"]);
        assert_eq!(world.coolify.count(wanted.thing), before + 2);
    })
    .await;
}

/// Coolify may store something and then fail: the call finds it and goes on with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_coolify_stored_before_failing_is_completed_by_the_same_call() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        for wanted in WantedResource::of_each_sort(&repo, "broken") {
            world.coolify.arm(Fault::new(Name::BreakOff).on("POST", wanted.path));
            wanted.create_ok(&world.mark.agent).await;
            assert_eq!(wanted.count(world), 1, "{wanted:?}");
            let again = wanted.ask(&world.mark.agent).await;
            assert!(again.status == 409 && !is_busy(&again), "{wanted:?}: {}", again.text);
        }
    })
    .await;
}
