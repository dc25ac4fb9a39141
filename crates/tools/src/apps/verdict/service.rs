//! Following the start of a compose app until there is a verdict.

use covibe_compose::longest_check;
use covibe_coolify::{Service, State, Status};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Looks, Workspace};

use super::monitor::{Check, Monitor, Observation};
use super::outcome::{Outcome, containers};
use super::reasons;
use super::rejection::rejection;
use super::witness::Witness;
use crate::poller::{Poll, Poller};

/// Follows the start of a service that was read before it, with a witness from before it.
pub(in crate::apps) async fn service(
    cx: &Workspace,
    coolify: &Coolify,
    before: &Owned<Service>,
    mut witness: Witness<'_>,
) -> Outcome {
    let coolify = &coolify.polling();
    let mut poller = Poller::new(cx, coolify);
    let mut monitor = Monitor::new(cx.settings().stability, check(before));
    let mut sight = Sight::new(before);
    let mut last: Option<(Observation, Option<Looks>, Owned<Service>)> = None;
    let look = async |earlier: Option<&Looks>| {
        // What Coolify tells is read first, so that it is never newer than the look.
        let now = coolify.service(&before.uuid).await?;
        Ok((coolify.look_at_service(&now, earlier).await?, now))
    };
    let mut outcome = loop {
        let earlier = last.as_ref().and_then(|(_, looks, _)| looks.as_ref());
        let (looked, ()) = tokio::join!(poller.poll(look(earlier)), witness.look());
        if let Some(rejected) = rejection(&witness).await {
            break rejected;
        }
        match looked {
            Poll::Ready((looks, now)) => {
                let seen = sight.observation(&now, looks.as_ref());
                let seen = Observation { fault: witness.fault(), ..seen };
                let observation = monitor.certain(std::time::Instant::now(), seen);
                last = Some((observation, looks, now));
                poller.report(observation.progress(&before.name));
                if let Some(verdict) = monitor.observe(std::time::Instant::now(), &observation) {
                    break reasons::settled(verdict, &observation, before.uuid.as_str());
                }
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => break reasons::lost(failure, "app"),
        }
        if !poller.wait().await {
            let last = last.as_ref().map(|(observation, ..)| *observation);
            break reasons::unsettled(poller.end_reason(), last, before.uuid.as_str());
        }
    };
    if let Some((observation, looks, service)) = &last {
        let looks = looks.as_ref();
        let live = |name: &str| witness.live(name).or_else(|| looks.and_then(|it| it.of(name)));
        outcome.containers = containers(service, live, !observation.is_check_open);
    }
    outcome.with(&witness).await
}

/// Returns the health check that the compose file has.
fn check(service: &Service) -> Check {
    longest_check(service.compose().unwrap_or_default()).map_or(Check::Unknown, Check::Made)
}

/// Whether Coolify has looked since a start, which follows from what it told before.
struct Sight<'a> {
    before: &'a Service,
    /// Whether it has told another state since.
    has_changed: bool,
}

impl<'a> Sight<'a> {
    fn new(before: &'a Service) -> Self {
        Self { before, has_changed: before.status.state != State::Running }
    }

    fn observation(&mut self, now: &Service, looks: Option<&Looks>) -> Observation {
        let Status { state, health } = now.status;
        self.has_changed |= !matches!(state, State::Running | State::Degraded);
        let is_later = now.last_online_at() > self.before.last_online_at();
        // Coolify notes `exited` when it stops containers, before it starts new ones.
        let is_seen = matches!(state, State::Running | State::Degraded);
        Observation {
            live: looks.map(Looks::together),
            is_whole: looks.is_none_or(Looks::is_whole),
            looked_since: looks.and_then(Looks::oldest),
            state,
            health,
            is_check_open: false,
            is_fresh: is_seen && (is_later || self.has_changed),
            restarts: None,
            fault: None,
            as_of: now.last_online_at(),
        }
    }
}
