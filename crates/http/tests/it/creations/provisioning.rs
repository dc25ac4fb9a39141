//! Setting a workspace up, with a fault in each of its calls: the next run makes it ready, and
//! there is one of each.

use covibe_domain::entities::{ProvisionStatus, StepState};
use covibe_sandbox::Thing;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::WorkspaceRecord;
use covibe_testkit::world::{founded, mint};
use covibe_testkit::{Agent, Process, World};
use covibe_tools::provision;

use crate::faults::calls::{self, Upstream, UpstreamCall};
use crate::support::estate::repository;

/// The faults, and a kill: a call that hangs, and a run that is dropped while it waits for it.
const FAULTS: [Name; 5] =
    [Name::Status, Name::StatusAfter, Name::DropAfter, Name::Malformed, Name::Hang];

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_failed_anywhere_is_completed_by_the_next() {
    let world = World::embedded().await;
    let process = world.process().await;
    let calls = recorded(&world, &process).await;
    assert!(calls.len() > STEPS, "{calls:?}");
    let cases = calls.iter().flat_map(|call| FAULTS.map(|fault| (call, fault)));
    for (number, (call, fault)) in cases.enumerate() {
        let record = founded(&process.platform, &format!("site{number}")).await;
        call.arm(&world, Fault::new(fault).times(u32::MAX), call.earlier);
        calls::clear(&world);
        fail(&world, &process, record.clone(), (call, fault)).await;
        calls::disarm(&world);
        let record = stored(&process, &record).await;
        let what = format!("{fault:?} on {call:?}");
        assert_ne!(record.provision_status, ProvisionStatus::Ready, "{what}");
        let record = provision(&process.platform, record).await.expect(&what);
        is_ready(&world, &process, &record, &what).await;
    }
    process.dispatcher.flush().await;
    world.stop().await;
}

/// How many steps there are at least.
const STEPS: usize = 6;

/// The calls of a run in which all goes well.
async fn recorded(world: &World, process: &Process) -> Vec<UpstreamCall> {
    let record = founded(&process.platform, "site-recorded").await;
    calls::clear(world);
    provision(&process.platform, record).await.expect("a ready workspace");
    Upstream::ALL.into_iter().flat_map(|upstream| calls::received(world, upstream)).collect()
}

/// A run that does not come to its end.
async fn fail(
    world: &World,
    process: &Process,
    record: WorkspaceRecord,
    (call, fault): (&UpstreamCall, Name),
) {
    let run = provision(&process.platform, record);
    if fault == Name::Hang {
        tokio::select! {
            ended = run => panic!("it ended: {ended:?}"),
            () = calls::reached(world, call, |_| true) => {}
        }
    } else {
        run.await.expect_err("a failure");
    }
}

/// What the next server reads.
async fn stored(process: &Process, record: &WorkspaceRecord) -> WorkspaceRecord {
    let mut tx = process.store.tenant_read(&record.tenant).await.expect("a transaction");
    let stored = tx.workspace(&record.id).await.expect("a row").expect("the workspace");
    tx.commit().await.expect("its end");
    stored
}

async fn is_ready(world: &World, process: &Process, record: &WorkspaceRecord, what: &str) {
    assert_eq!(stored(process, record).await.provision_status, ProvisionStatus::Ready, "{what}");
    let mut tx = process.store.tenant_read(&record.tenant).await.expect("a transaction");
    let steps = tx.steps(&record.id).await.expect("steps");
    tx.commit().await.expect("its end");
    assert!(steps.iter().all(|step| step.state == StepState::Done), "{what}: {steps:?}");
    is_there_once(world, record, what);
    let key = mint(&process.identity, record).await;
    let agent = Agent::new(&world.mark.agent.origin, record.slug.as_str(), Some(key));
    repository(&agent, "with-the-token").await;
}

fn is_there_once(world: &World, record: &WorkspaceRecord, what: &str) {
    let (bot, org) = (&record.gitea_bot_username, &record.gitea_org);
    let project = format!("vibn-ws-{}", record.slug);
    for (simulator, thing, name) in [
        (&world.gitea, Thing::Users, bot.clone()),
        (&world.gitea, Thing::Organisations, org.clone()),
        (&world.gitea, Thing::Tokens, format!("{bot}/")),
        (&world.gitea, Thing::SshKeys, format!("{bot}/")),
        (&world.coolify, Thing::PrivateKeys, project.clone()),
        (&world.coolify, Thing::Projects, project),
    ] {
        let names = simulator.names(thing);
        let is_it =
            |each: &&String| **each == name || (name.ends_with('/') && each.starts_with(&name));
        assert_eq!(names.iter().filter(is_it).count(), 1, "{thing:?} {name}, {what}: {names:?}");
    }
}
