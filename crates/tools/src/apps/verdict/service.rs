//! Following the start of a compose app until there is a verdict.

use covibe_coolify::{Service, Status};
use covibe_domain::ServiceUuid;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::monitor::{Monitor, Observation};
use super::outcome::{Outcome, containers};
use super::poller::{Poll, Poller};
use super::reasons;

/// Follows the start of a service. `may_have_run` is whether Coolify may still report the containers
/// from before the start.
pub(in crate::apps) async fn service(
    cx: &Workspace,
    coolify: &Coolify,
    uuid: &ServiceUuid,
    may_have_run: bool,
) -> Outcome {
    let mut poller = Poller::new(cx);
    let mut monitor = Monitor::new(cx.settings().poll_interval, may_have_run);
    let mut last: Option<(Observation, Owned<Service>)> = None;
    let mut outcome = loop {
        match poller.poll(coolify.service(uuid)).await {
            Poll::Ready(now) => {
                let Status { state, health } = now.status;
                let observation = Observation { state, health, restarts: None, is_fresh: false };
                last = Some((observation, now));
                poller.report(observation.progress());
                if let Some(verdict) = monitor.observe(std::time::Instant::now(), &observation) {
                    break reasons::settled(verdict, &observation, uuid.as_str());
                }
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => break reasons::lost(failure, "app"),
        }
        if !poller.wait().await {
            let last = last.as_ref().map(|(observation, _)| *observation);
            break reasons::unsettled(poller.end_reason(), last, uuid.as_str());
        }
    };
    outcome.containers = last.map(|(_, service)| containers(&service)).unwrap_or_default();
    outcome
}
