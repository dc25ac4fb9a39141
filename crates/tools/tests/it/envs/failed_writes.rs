//! Writes that are refused in part, overtaken or broken off.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::json;

use super::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_names_the_written_and_unwritten_variables() {
    let world = World::embedded().await;
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        let envs = json!([{ "key": "A", "value": "1" }, { "key": "B", "value": "2" }]);
        let refusal = json!({ "message": "Validation failed.",
                              "errors": { "key": ["The key field format is invalid."] } });
        for (name, written, lost) in [
            (Name::Status, json!([]), json!(["A", "B"])),
            (Name::StatusAfter, json!(["A", "B"]), json!([])),
        ] {
            let fault = Fault::new(name).status(422).body(refusal.clone());
            world.coolify.arm(fault.on("PATCH", "/*/*/envs/bulk"));
            let (status, body) = bench.fail("apps.envs.upsert", json!({ "envs": envs })).await;
            assert_eq!(status, 422, "{body}");
            assert_eq!(
                (&body["details"]["written"], &body["details"]["notWritten"]),
                (&written, &lost)
            );
            assert!(body["hint"].is_string(), "{body}");
        }
        bench.set(json!({ "envs": envs })).await;
    }
}

/// Somebody changes it between the writing and the look whether it is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_variable_changed_by_somebody_during_a_write_is_reported_as_not_written() {
    let world = World::embedded().await;
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        bench.set(json!({ "key": "A", "value": "1" })).await;
        let path = format!("/{}/{}/envs", bench.family, bench.app.as_str().expect("a text"));
        let writing = world.coolify.hold("PATCH", "/*/*/envs/bulk");
        let other = json!({ "key": "A", "value": "theirs" });
        let meanwhile = async {
            writing.arrived().await;
            let look = world.coolify.hold("GET", "/*/*/envs$");
            writing.release();
            look.arrived().await;
            world.operator().coolify("PATCH", &path, &other).await;
            look.release();
        };
        let params = json!({ "key": "A", "value": "2" });
        let ((status, body), ()) = tokio::join!(bench.fail("apps.envs.upsert", params), meanwhile);
        assert_eq!(status, 409, "{body}");
        assert_eq!(body["details"]["notWritten"], json!(["A"]));
        assert_eq!(body["details"]["mayHaveHappened"], true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_deletion_completes_an_interrupted_one() {
    let world = World::embedded().await;
    let bench = Bench::image(&world, "image").await;
    for passing in 0..2 {
        bench.set(json!({ "key": "A", "value": "1" })).await;
        let delete = |name| Fault::new(name).on("DELETE", "/*/*/envs/*");
        world.coolify.arm(delete(Name::Delay).delay(Duration::ZERO).times(passing));
        world.coolify.arm(delete(Name::DropAfter).times(9));
        let (status, body) = bench.fail("apps.envs.delete", json!({ "key": "A" })).await;
        assert_eq!(status, 502, "{body}");
        world.coolify.disarm();
        let rest = bench.stored_variable("A").await.len();
        assert_eq!(rest, usize::from(passing == 0), "one at a time");
        let params = bench.params(json!({ "key": "A" }));
        let again = bench.agent.compact_raw("apps.envs.delete", &params).await;
        assert_eq!(again.status, if rest == 0 { 404 } else { 200 });
        assert!(bench.stored_variable("A").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_lose_no_variable() {
    let world = World::embedded().await;
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        let set = async |n: u32| bench.set(json!({ "key": format!("K{n}"), "value": "v" })).await;
        tokio::join!(set(1), set(2), set(3), set(4));
        for n in 1..=4 {
            assert_eq!(bench.list_variable(&format!("K{n}")).await[0]["value"], "v");
        }
        let params = bench.params(json!({ "key": "K1" }));
        let delete = || bench.agent.compact_raw("apps.envs.delete", &params);
        let (one, other) = tokio::join!(delete(), delete());
        for answer in [&one, &other] {
            assert!(matches!(answer.status, 200 | 404), "{}", answer.text);
        }
        assert!(one.status == 200 || other.status == 200, "{} {}", one.text, other.text);
        assert!(bench.stored_variable("K1").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_concurrent_writes_of_one_variable_all_succeed() {
    let world = World::embedded().await;
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        let set = async |n: u32| bench.set(json!({ "key": "A", "value": n.to_string() })).await;
        let sets = futures_util::future::join_all((0..8).map(set)).await;
        assert!(sets.iter().all(|set| set["written"] == json!(["A"])), "{sets:?}");
        let of_app =
            bench.list_variable("A").await.into_iter().filter(|env| env["isPreview"] == false);
        assert_eq!(of_app.count(), 1);
    }
}
