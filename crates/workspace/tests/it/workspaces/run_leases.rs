//! A holder of a run that dies, or whose lease passes.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::{Backend, NewRun};
use covibe_testkit::upstream_calls::{clear, disarm};
use covibe_testkit::{Member, World, invariants};
use serde_json::json;
use tokio::sync::Notify;

use super::concurrent_runs::{count_creations, hold, latest_run};
use super::{
    LONG, kill_during, on_each_database, patient_options, provision, provision_to_ready,
    quick_world,
};

/// A call that waits for a killed server takes over when the lease has expired, and not before.
#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_call_takes_over_from_a_killed_holder() {
    on_each_database(async |world| {
        let member = world.new_workspace("at-death").await;
        world.gitea.arm(Fault::new(Name::Hang).on("POST", "/admin/users/*/orgs"));
        let under_way = Arc::new(Notify::new());
        let waiter = {
            let (agent, under_way) = (member.agent.clone(), Arc::clone(&under_way));
            tokio::spawn(async move {
                under_way.notified().await;
                provision(&agent).await
            })
        };
        let joined = async |world: &World| {
            while count_creations(world, "/orgs") == 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            under_way.notify_one();
            tokio::time::sleep(Duration::from_millis(150)).await;
        };
        clear(world);
        assert!(!kill_during(world, &member, &json!({}), joined), "it ended");
        let died = latest_run(world, &member).await;
        let answer = waiter.await.expect("no panic");
        assert_eq!(answer.status, 200, "{}", answer.text);
        let run = latest_run(world, &member).await;
        assert_ne!(run.id, died.id);
        assert!(run.started_at >= died.lease_until, "{run:?} {died:?}");
        invariants(world, &member.record, "taken over").await;
    })
    .await;
}

/// A holder that was held up longer than its lease finds it gone: it writes nothing over what its
/// successor wrote, and asks nothing more of the upstreams.
#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_lost_its_lease_writes_nothing() {
    on_each_database(async |world| {
        let (process, member) = (world.process().await, world.new_workspace("at-loss").await);
        world.gitea.arm(Fault::new(Name::Hang).on("POST", "/admin/users/*/orgs"));
        clear(world);
        let holder = tokio::spawn({
            let member = member.clone();
            async move { process.call(&member, "workspace.provision", json!({})).await }
        });
        while count_creations(world, "/orgs") == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        seize(world, &member).await;
        let steps = world.steps(&member.record).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        disarm(world);
        clear(world);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(latest_run(world, &member).await.id, "run_seized");
        assert_eq!(world.steps(&member.record).await, steps, "it wrote afterwards");
        let asked = [world.gitea.requests(), world.coolify.requests()].concat();
        assert!(asked.is_empty(), "{asked:?}");
        // Its caller gets the answer of whoever has the run.
        end_seized(world, &member).await;
        holder.await.expect("no panic").expect("the end of the other's run");
        provision_to_ready(&member.agent, "afterwards").await;
        invariants(world, &member.record, "afterwards").await;
    })
    .await;
}

/// A server that stands still for longer than its lease, in the middle of a stage: when it goes on
/// it asks nothing more of the upstreams, for which there may be a successor by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_holder_sends_nothing_more() {
    let world = quick_world().await;
    for round in 0..5 {
        let member = world.new_workspace(&format!("at-rest{round}")).await;
        let delay = Fault::new(Name::Delay).delay(Duration::from_millis(100));
        world.gitea.arm(delay.on("GET", "/users/*"));
        clear(&world);
        stand_still(&world, &member);
        assert_eq!(count_creations(&world, "/admin/users"), 0, "it went on");
        end_seized(&world, &member).await;
    }
    world.stop().await;
}

/// A lease that passes while a stage waits for the only connection that writes is renewed once the stage has used it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_expires_during_a_transaction_of_its_run_is_renewed() {
    let lease = Duration::from_millis(1500);
    let options = patient_options(Backend::Sqlite).with_settings(|it| it.lease = lease);
    let world = World::start(options).await.expect("SQLite is built in");
    let member = world.new_workspace("at-rest").await;
    let hold = hold(&world);
    let run = provision(&member.agent);
    let crossed = async {
        hold.arrived().await;
        wait_for_renewal(&world, &member).await;
        let writer = world.store.tenant(&member.record.tenant).await.expect("a transaction");
        // The stage notes the organisation that it made, and waits before the next renewal does.
        hold.release();
        tokio::time::sleep(lease + Duration::from_millis(100)).await;
        writer.commit().await.expect("its end");
    };
    let both = async { tokio::join!(run, crossed) };
    let (answer, ()) = tokio::time::timeout(LONG / 3, both).await.expect("it goes on");
    assert_eq!(answer.status, 200, "{}", answer.text);
    world.stop().await;
}

/// Waits until the lease of the workspace's run is renewed.
async fn wait_for_renewal(world: &World, member: &Member) {
    let before = latest_run(world, member).await.lease_until;
    while latest_run(world, member).await.lease_until == before {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Has a server of its own provision, whose only thread sleeps when the first answer is due, and
/// goes on for a moment when another one has its run.
fn stand_still(world: &World, member: &Member) {
    let serve = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let process = world.process().await;
            let held_up = async {
                while world.gitea.requests().is_empty() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                std::thread::sleep(Duration::from_millis(600));
                tokio::time::sleep(Duration::from_millis(200)).await;
            };
            tokio::select! {
                _ended = process.call(member, "workspace.provision", json!({})) => {}
                () = held_up => {}
            }
        });
    };
    let seizing = async {
        while world.gitea.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        seize(world, member).await;
    };
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let server = scope.spawn(serve);
            tokio::runtime::Handle::current().block_on(seizing);
            server.join().expect("no panic");
        });
    });
}

/// Makes the run another server's, as when its lease had passed.
async fn seize(world: &World, member: &Member) {
    let present = latest_run(world, member).await;
    let workspace = &member.record.id;
    let mut tx = world.store.tenant(&member.record.tenant).await.expect("a transaction");
    let passed = tx.renew_provision_run(workspace, &present.id, Duration::ZERO).await;
    assert!(passed.expect("a row").is_some(), "{workspace}");
    let seized = NewRun {
        id: "run_seized".to_owned(),
        workspace: present.workspace,
        wants: present.wants,
        started_at: present.started_at,
    };
    // Longer than the test, and no longer than a lease can last.
    let begun = tx.begin_provision_run(&seized, Duration::from_mins(30)).await;
    assert!(begun.expect("a row").is_some(), "{workspace}");
    tx.commit().await.expect("its end");
}

async fn end_seized(world: &World, member: &Member) {
    let mut tx = world.store.tenant(&member.record.tenant).await.expect("a transaction");
    let now = Timestamp::now();
    assert!(tx.end_provision_run(&member.record.id, "run_seized", now, None).await.expect("a row"));
    tx.commit().await.expect("its end");
}
