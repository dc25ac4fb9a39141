//! Two at once: one works, the other waits and answers the same.

use std::time::Duration;

use covibe_sandbox::Hold;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::{Backend, ProvisionRun};
use covibe_testkit::git::access;
use covibe_testkit::upstream_calls::{clear, disarm};
use covibe_testkit::{Member, Process, World, invariants};
use serde_json::{Value, json};

use super::{
    describe_workspace, on_each_database, on_each_database_with, patient_options, provision,
    provision_to_ready, provision_with, quick_world, wait_for_provisions,
};

/// Holds the next run in the middle, so that another call comes while it is under way.
pub(super) fn hold(world: &World) -> Hold {
    world.gitea.hold("POST", "/admin/users/*/orgs")
}

/// Returns the number of creating requests that the simulators got at this path.
pub(super) fn count_creations(world: &World, path: &str) -> usize {
    let requests = [world.gitea.requests(), world.coolify.requests()].concat();
    requests.iter().filter(|one| one.method == "POST" && one.path.ends_with(path)).count()
}

pub(super) async fn latest_run(world: &World, member: &Member) -> ProvisionRun {
    let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
    let run = tx.provision_run(&member.record.id).await.expect("a row").expect("a run");
    tx.commit().await.expect("its end");
    run
}

/// Returns the number of audit entries for a stage of this workspace's provisioning.
async fn count_stage_entries(world: &World, member: &Member, stage: &str) -> usize {
    let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&member.record.id, 1_000).await.expect("the audit");
    tx.commit().await.expect("its end");
    entries.iter().filter(|entry| entry.tool == format!("provision.{stage}")).count()
}

/// A call on another instance; its answer as REST's.
async fn provision_elsewhere(process: &Process, member: &Member, wants: &Value) -> Value {
    let called = process.call(member, "workspace.provision", wants.clone()).await;
    called.unwrap_or_else(|failure| json!({ "error": failure.message, "hint": failure.hint }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_audited_before_the_next_one_sends_a_request() {
    on_each_database(async |world| {
        let (member, hold) = (world.new_workspace("audited").await, hold(world));
        let looking = async {
            hold.arrived().await;
            let taken = count_stage_entries(world, &member, "gitea_bot").await;
            hold.release();
            taken
        };
        let (answer, taken) = tokio::join!(provision(&member.agent), looking);
        assert_eq!((answer.status, taken), (200, 1), "{}", answer.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_share_one_run() {
    Box::pin(on_each_database_with(patient_options, async |world| {
        let (one, other) = (world.process().await, world.new_workspace("at-once").await);
        let hold = hold(world);
        clear(world);
        let nothing = json!({});
        let releasing = async {
            hold.arrived().await;
            wait_for_provisions(world, &other, 3).await;
            hold.release();
        };
        let (here, too, there, ()) = tokio::join!(
            provision(&other.agent),
            provision(&other.agent),
            provision_elsewhere(&one, &other, &nothing),
            releasing,
        );
        assert_eq!((here.status, too.status), (200, 200), "{} {}", here.text, too.text);
        assert_eq!((here.json(), too.json()), (there.clone(), there));
        for path in ["/admin/users", "/orgs", "/projects", "/security/keys"] {
            assert_eq!(count_creations(world, path), 1, "{path}");
        }
        assert_eq!(count_creations(world, "/tokens"), 2);
        assert_eq!(count_stage_entries(world, &other, "gitea_org").await, 1);
        invariants(world, &other.record, "at once").await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_get_the_same_failure() {
    Box::pin(on_each_database_with(patient_options, async |world| {
        let (process, member) = (world.process().await, world.new_workspace("at-fault").await);
        let hold = hold(world);
        world.coolify.arm(Fault::new(Name::Status).on("POST", "/projects").times(u32::MAX));
        clear(world);
        let nothing = json!({});
        let first = provision(&member.agent);
        let second = async {
            hold.arrived().await;
            let releasing = async {
                wait_for_provisions(world, &member, 2).await;
                hold.release();
            };
            tokio::join!(provision_elsewhere(&process, &member, &nothing), releasing).0
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!(first.status, 502, "{}", first.text);
        assert_eq!(
            (&first.json()["error"], &first.json()["hint"]),
            (&second["error"], &second["hint"])
        );
        assert_eq!(count_creations(world, "/projects"), 1, "the second one did not try again");
        disarm(world);
        provision_to_ready(&member.agent, "disarmed").await;
        invariants(world, &member.record, "disarmed").await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_during_a_plain_run_gets_its_own_run() {
    Box::pin(on_each_database_with(patient_options, async |world| {
        let (process, member) = (world.process().await, world.new_workspace("at-turn").await);
        let hold = hold(world);
        clear(world);
        let wants = json!({ "rotate": ["pat"] });
        let rotation = async {
            hold.arrived().await;
            let releasing = async {
                wait_for_provisions(world, &member, 2).await;
                hold.release();
            };
            tokio::join!(provision_elsewhere(&process, &member, &wants), releasing).0
        };
        let (plain, rotation) = tokio::join!(provision(&member.agent), rotation);
        assert_eq!(plain.status, 200, "{}", plain.text);
        assert_eq!(rotation["provisionStatus"], "ready", "{rotation}");
        assert_eq!(
            count_creations(world, "/tokens"),
            4,
            "two of the first run, one of the other that stays and one that does not"
        );
        assert_eq!(count_stage_entries(world, &member, "old_tokens").await, 2);
        invariants(world, &member.record, "both").await;
    }))
    .await;
}

/// A call that is given up goes on: the run comes to its end, and the next call finds it there.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_past_its_deadline_is_answered_504_and_the_run_continues() {
    let deadline = Duration::from_secs(1);
    let options = patient_options(Backend::Sqlite).with_deadline(deadline);
    let world = World::start(options).await.expect("SQLite is built in");
    let member = world.new_workspace("at-length").await;
    let hold = hold(&world);
    let answer = provision(&member.agent).await;
    hold.release();
    let body = answer.json();
    assert_eq!(answer.status, 504, "{}", answer.text);
    assert_eq!(body["details"]["mayHaveHappened"], true, "{body}");
    assert!(body["hint"].as_str().is_some_and(|hint| hint.contains("steps")), "{body}");
    for _ in 0..1_000 {
        if describe_workspace(&member.agent).await["provisionStatus"] == "ready" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    invariants(&world, &member.record, "went on").await;
    assert_eq!(count_stage_entries(&world, &member, "gitea_org").await, 1, "it was one run");
    world.stop().await;
}

/// A workspace that works goes on working while it is looked over, and after a run that failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_ready_workspace_stays_ready_after_a_failed_run() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    world.coolify.arm(Fault::new(Name::Status).on("GET", "/projects/*").times(u32::MAX));
    let answer = provision_with(agent, &json!({ "rotate": ["pat"] })).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    let told = describe_workspace(agent).await;
    assert_eq!(told["provisionStatus"], "ready", "{told}");
    assert!(told["hint"].is_string(), "{told}");
    disarm(&world);
    agent.compact("gitea.credentials", &json!({})).await.expect("it works still");
    let before = access(agent).await["bot"]["token"].clone();
    provision_to_ready(agent, "what failed is gone on with").await;
    assert_ne!(access(agent).await["bot"]["token"], before, "the rotation is made up for");
    invariants(&world, &world.mark.record, "gone on with").await;
    world.stop().await;
}
