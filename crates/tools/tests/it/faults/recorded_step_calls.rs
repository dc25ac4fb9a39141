//! Records the upstream calls of each step of a journey: those that the simulators received while it was taken.

use covibe_testkit::World;
pub(crate) use covibe_testkit::upstream_calls::{
    Upstream, UpstreamCall, all_received, clear, disarm, received_calls, wait_for_call,
};

use super::journey::{Journey, Step};

/// Every upstream call of every step of a journey, each step taken by a server that has just
/// started, so that nothing remembered hides a call.
pub(crate) async fn of_the_journey(world: &mut World) -> Vec<(Step, UpstreamCall)> {
    let mut journey = Journey::begin(world, "site-recorded".to_owned(), Step::CreateApp).await;
    let mut calls = Vec::new();
    for step in Step::ALL {
        world.restart().await;
        clear(world);
        journey.take(world, step).await;
        let received = all_received(world).into_iter().filter(|call| !is_spare(step, call));
        calls.extend(received.map(|call| (step, call)));
    }
    calls
}

/// Returns whether the answer does without the call: the list of deployments has no messages then.
fn is_spare(step: Step, call: &UpstreamCall) -> bool {
    step == Step::Poll && call.upstream == Upstream::Gitea
}
