//! Every call with every named fault: the right failure, nothing doubled, and the next try works.

use std::time::Duration;

use covibe_coolify::{Cause, Client, Conflict, Effect, Error};
use covibe_sandbox::coolify::Collection;
use covibe_sandbox::faults::{Fault, Name};
use covibe_upstream::Expiry;

use crate::call_catalog::{CALLS, Call, Prepared};
use crate::simulated_coolify::config;

/// The time that a delayed answer takes: longer than any attempt.
const NEVER: Duration = Duration::from_hours(1);

/// The timeout of an attempt that does not expire by hand.
const PATIENCE: Duration = Duration::from_mins(1);

const THINGS: [Collection; 7] = [
    Collection::Projects,
    Collection::Environments,
    Collection::Applications,
    Collection::Databases,
    Collection::Services,
    Collection::Deployments,
    Collection::PrivateKeys,
];

fn counts(prepared: &Prepared) -> Vec<usize> {
    THINGS.iter().map(|thing| prepared.world.simulator.count(*thing)).collect()
}

/// Returns the expected failure of a call that meets the fault once; `None` if it succeeds in the
/// end.
fn expected_cause(call: &Call, fault: Name) -> Option<Cause> {
    match fault {
        // Then fewer deployments are asked for: their logs may have been too much for Coolify.
        Name::Status | Name::StatusAfter | Name::BreakOff if call.name == "deployments" => None,
        Name::Status | Name::StatusAfter | Name::BreakOff => Some(Cause::Failed { status: 500 }),
        Name::Hang | Name::Delay => Some(Cause::TimedOut),
        Name::DropBefore | Name::DropAfter | Name::Late | Name::CutOff => {
            (!call.repeats).then_some(Cause::Dropped)
        }
        Name::Malformed => Some(Cause::Malformed),
        // The answers with deployments may have any length.
        Name::Huge if call.path.starts_with("/deployments") => Some(Cause::Malformed),
        Name::Huge => Some(Cause::TooLarge),
        Name::ProxyNotFound => (!call.repeats).then_some(Cause::Foreign { status: 404 }),
        Name::ProxyRedirect => Some(Cause::Elsewhere),
        Name::Limited => None,
    }
}

async fn try_fault(call: &Call, fault: Name) {
    let mut prepared = Prepared::new().await;
    let patient = prepared.world.client.clone();
    let expiry = Expiry::by_hand();
    let mut config = config(&prepared.world.simulator, PATIENCE);
    config.expiry = expiry.clone();
    prepared.world.client = Client::new(config).unwrap();
    prepared.world.client.server().await.unwrap();
    let before = counts(&prepared);
    prepared.world.simulator.clear_requests();
    prepared.world.simulator.arm(Fault::new(fault).on(call.method, call.path).delay(NEVER));
    let arrives = matches!(fault, Name::Hang | Name::Delay)
        .then(|| prepared.world.simulator.hold(call.method, call.path));
    let time_out = async {
        if let Some(hold) = &arrives {
            hold.arrived().await;
            expiry.expire(|_, _| true);
        }
    };
    let (outcome, ()) = tokio::join!(prepared.make_call(call.name), time_out);
    check_outcome(&prepared, call, fault, outcome);
    prepared.world.simulator.disarm();
    // A request that is held when its client leaves is given up by the simulator, as by any server.
    let effective =
        expected_cause(call, fault).is_none() || (fault.has_effect() && fault != Name::Delay);
    if call.method == "DELETE" {
        // A resource to be deleted is listed for a while.
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    let now = counts(&prepared);
    let made: usize = now.iter().zip(&before).map(|(now, before)| now.abs_diff(*before)).sum();
    // A project is made and removed with its environment.
    let each = match call.name {
        "create_project" | "delete_project" => 2,
        "start_service" | "restart_service" | "stop_service" | "stop_application"
        | "start_database" | "stop_database" | "delete_service_env" => 0,
        _ => 1,
    };
    let change = if matches!(call.method, "POST" | "DELETE") && effective { each } else { 0 };
    assert_eq!(made, change, "doubled or lost: {call:?} {fault:?}");
    prepared.world.client = patient;
    let next = prepared.make_call(call.name).await.map_err(|error| error.cause);
    let kept_apart = match call.name {
        "create_private_key" => Err(Cause::Conflict(Conflict::Exists)),
        "create_repository_application" => Err(Cause::Conflict(Conflict::Domain)),
        "delete_service_env" => Err(Cause::NotFound),
        _ => Ok(()),
    };
    assert_eq!(next, if effective { kept_apart } else { Ok(()) }, "{call:?} {fault:?}");
}

/// The right failure, as often sent as is right, and the right word on its effect.
fn check_outcome(prepared: &Prepared, call: &Call, fault: Name, outcome: Result<(), Error>) {
    let expected = expected_cause(call, fault);
    let requests = prepared.world.simulator.requests();
    let sent = requests.iter().filter(|request| request.method == call.method).count();
    let fails = matches!(fault, Name::Status | Name::StatusAfter | Name::BreakOff);
    if call.name == "look_at_application" && fails {
        // A look that fails with 500 says nothing.
        assert!(outcome.is_ok() && sent == 1, "{outcome:?} after {sent} requests");
        return;
    }
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

#[tokio::test]
async fn reads_are_retried_after_gateway_errors_and_writes_are_not() {
    let prepared = Prepared::new().await;
    let simulator = &prepared.world.simulator;
    for status in [502, 503, 504] {
        simulator.arm(Fault::new(Name::Status).on("GET", "/projects").status(status).times(2));
        prepared.make_call("projects").await.unwrap();
        simulator.arm(Fault::new(Name::Status).on("POST", "/projects").status(status));
        let error = prepared.make_call("create_project").await.unwrap_err();
        assert_eq!((error.cause, error.effect), (Cause::Failed { status }, Effect::Possible));
    }
}
