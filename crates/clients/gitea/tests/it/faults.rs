//! Every call with every named fault: the right failure, nothing doubled, and the next try works.

use std::time::Duration;

use covibe_gitea::{Cause, Client, Conflict, Effect, Error};
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::Collection;
use covibe_upstream::Expiry;

use crate::call_catalog::{ADMIN, CALLS, Call, World, config};

const THINGS: [Collection; 4] =
    [Collection::Users, Collection::Organisations, Collection::Tokens, Collection::SshKeys];

/// The time that a delayed answer takes: longer than any attempt.
const NEVER: Duration = Duration::from_hours(1);

/// The timeout of an attempt that does not expire by hand.
const PATIENCE: Duration = Duration::from_mins(1);

fn count(world: &World) -> usize {
    THINGS.iter().map(|thing| world.simulator.count(*thing)).sum()
}

/// Returns the expected failure of a call that meets the fault once; `None` if it succeeds in the
/// end.
fn expected_cause(call: &Call, fault: Name) -> Option<Cause> {
    match fault {
        Name::Status | Name::StatusAfter | Name::BreakOff if call.method == "POST" => {
            Some(Cause::Barred { status: 500, reason: String::new() })
        }
        Name::Status | Name::StatusAfter | Name::BreakOff => Some(Cause::Failed { status: 500 }),
        Name::Hang | Name::Delay => Some(Cause::TimedOut),
        Name::DropBefore | Name::DropAfter | Name::Late | Name::CutOff => {
            (!call.repeats).then_some(Cause::Dropped)
        }
        Name::Malformed => Some(Cause::Malformed),
        Name::Huge => Some(Cause::TooLarge),
        Name::ProxyNotFound => (!call.repeats).then_some(Cause::Foreign { status: 404 }),
        Name::ProxyRedirect => Some(Cause::Elsewhere),
        Name::Limited => None,
    }
}

async fn try_fault(call: &Call, fault: Name) {
    let mut world = World::new().await;
    let patient = world.client.clone();
    let expiry = Expiry::by_hand();
    let mut config = config(&world.simulator, ADMIN, world.simulator.token.clone(), PATIENCE);
    config.expiry = expiry.clone();
    world.client = Client::new(config).unwrap();
    let before = count(&world);
    world.simulator.clear_requests();
    world.simulator.arm(Fault::new(fault).on(call.method, call.path).delay(NEVER));
    let arrives = matches!(fault, Name::Hang | Name::Delay)
        .then(|| world.simulator.hold(call.method, call.path));
    let time_out = async {
        if let Some(hold) = &arrives {
            hold.arrived().await;
            expiry.expire(|_, _| true);
        }
    };
    let (outcome, ()) = tokio::join!(world.make_call(call.name), time_out);
    check_outcome(&world, call, fault, outcome);
    world.simulator.disarm();
    // A request that is held when its client leaves is given up by the simulator, as by any server.
    let takes_effect =
        expected_cause(call, fault).is_none() || (fault.has_effect() && fault != Name::Delay);
    let counted = matches!(call.method, "POST" | "DELETE") && call.name != "remove_owner";
    let change = count(&world).abs_diff(before);
    assert_eq!(change, usize::from(counted && takes_effect), "doubled or lost: {call:?} {fault:?}");
    world.client = patient;
    let next = world.make_call(call.name).await.map_err(|error| error.cause);
    let there = call.method == "POST" && takes_effect;
    let exists = Err(Cause::Conflict(Conflict::Exists));
    assert_eq!(next, if there { exists } else { Ok(()) }, "{call:?} {fault:?}");
}

/// The right failure, as often sent as is right, and the right word on its effect.
fn check_outcome(world: &World, call: &Call, fault: Name, outcome: Result<(), Error>) {
    let expected = expected_cause(call, fault);
    let requests = world.simulator.requests();
    let mut sent = requests.iter().filter(|request| request.method == call.method);
    let last = sent.clone().next_back().map(|request| &request.path);
    let sent = sent.by_ref().filter(|request| Some(&request.path) == last).count();
    assert_eq!(sent, if expected.is_none() { 2 } else { 1 }, "{call:?} {fault:?}");
    assert_eq!(
        outcome.as_ref().err().map(|error| &error.cause),
        expected.as_ref(),
        "{call:?} {fault:?}"
    );
    if let Err(error) = outcome {
        let effect = if call.method == "GET" || error.cause == Cause::Elsewhere {
            Effect::None
        } else {
            Effect::Possible
        };
        assert_eq!(error.effect, effect, "{call:?} {fault:?}");
    }
}

#[tokio::test]
async fn every_call_reports_each_fault_without_duplicates_and_succeeds_when_repeated() {
    let cases = CALLS.iter().flat_map(|call| Name::ALL.into_iter().map(move |fault| (call, fault)));
    let mut running = tokio::task::JoinSet::new();
    for (call, fault) in cases {
        if running.len() >= 8 {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn(try_fault(call, fault));
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
}
