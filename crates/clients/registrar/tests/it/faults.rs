//! Commands that read and commands that change something with every named fault.

use std::time::Duration;

use covibe_registrar::{CallError, Cause, Effect, Error, OrderStatus};
use covibe_sandbox::Hold;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::opensrs::Collection;

use crate::simulated_opensrs::{EPOCH, World, registration};

/// Longer than any attempt.
const NEVER: Duration = Duration::from_hours(1);

const READ: &str = "/get_balance";

const WRITE: &str = "/sw_register";

/// Returns the expected failure of a command that meets the fault once; `None` if it succeeds in
/// the end.
fn expected_cause(fault: Name, reads: bool) -> Option<Cause> {
    match fault {
        Name::Status | Name::StatusAfter | Name::BreakOff => Some(Cause::Failed { status: 500 }),
        Name::Hang | Name::Delay => Some(Cause::TimedOut),
        Name::DropBefore | Name::DropAfter | Name::Late | Name::CutOff => {
            (!reads).then_some(Cause::Dropped)
        }
        Name::Malformed => Some(Cause::Malformed),
        Name::Huge => Some(Cause::TooLarge),
        Name::ProxyNotFound => (!reads).then_some(Cause::Foreign { status: 404 }),
        Name::ProxyRedirect => Some(Cause::Elsewhere),
        Name::Limited => {
            let retry_after = Duration::from_secs(1);
            (!reads).then_some(Cause::Limited { retry_after, ours: false })
        }
    }
}

/// Makes a command that meets the fault; returns how it failed, how often it was sent, and
/// what holds it back, so that it is not served once it is given up.
async fn meet(world: &World, path: &str, fault: Name) -> (Option<Error>, usize, Option<Hold>) {
    world.simulator.arm(Fault::new(fault).on("POST", path).delay(NEVER));
    let arrives =
        matches!(fault, Name::Hang | Name::Delay).then(|| world.simulator.hold("POST", path));
    let time_out = async {
        if let Some(hold) = &arrives {
            hold.arrived().await;
            world.expiry.expire(|_, _| true);
        }
    };
    let command = async {
        if path == READ {
            world.client.balance().await.err()
        } else {
            world.client.register(&registration("mine.com")).await.err()
        }
    };
    let (error, ()) = tokio::join!(command, time_out);
    world.simulator.disarm();
    let sent =
        world.sent_commands().iter().filter(|sent| *sent == path.trim_start_matches('/')).count();
    (error, sent, arrives)
}

fn check_outcome(fault: Name, reads: bool, error: Option<Error>, sent: usize) {
    let expected = expected_cause(fault, reads);
    assert_eq!(sent, if expected.is_none() { 2 } else { 1 }, "{fault:?}");
    let told = error.as_ref().map(|error| match error {
        Error::Call(CallError { cause, .. }) => cause.clone(),
        other => panic!("{fault:?}: {other}"),
    });
    assert_eq!(told, expected, "{fault:?}");
    if let Some(error) = error {
        let is_sure = reads || matches!(told, Some(Cause::Elsewhere | Cause::Limited { .. }));
        let effect = if is_sure { Effect::None } else { Effect::Possible };
        assert_eq!(error.effect(), effect, "{fault:?}");
    }
}

#[tokio::test]
async fn a_reading_command_handles_every_fault_and_the_next_one_succeeds() {
    for fault in Name::ALL.into_iter().chain([Name::CutOff, Name::Late]) {
        let world = World::new().await;
        let (error, sent, _held) = meet(&world, READ, fault).await;
        check_outcome(fault, true, error, sent);
        assert!(world.client.balance().await.is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_purchase_is_never_made_twice_under_any_fault() {
    for fault in Name::ALL.into_iter().chain([Name::CutOff, Name::Late]) {
        let world = World::new().await;
        let (error, sent, _held) = meet(&world, WRITE, fault).await;
        check_outcome(fault, false, error, sent);
        let before = world.client.orders_of("mine.com", EPOCH, 1).await.unwrap().len();
        let takes_effect = fault.has_effect() && fault != Name::Delay;
        assert_eq!(before, usize::from(takes_effect), "{fault:?}");
        // A worker that died left the order to the registry; a late request arrives after all.
        world.simulator.advance(2 * NEVER);
        let arrived = takes_effect || fault == Name::Late;
        let orders = world.client.orders_of("mine.com", EPOCH, 1).await.unwrap();
        assert!(orders.iter().all(|order| order.status == OrderStatus::Completed), "{fault:?}");
        assert_eq!(orders.len(), usize::from(arrived), "{fault:?}");
        assert_eq!(world.simulator.count(Collection::Payments), usize::from(arrived), "{fault:?}");
        let belongs = world.client.belongs("mine.com").await.unwrap();
        assert_eq!(belongs.is_some(), arrived, "{fault:?}");
    }
}
