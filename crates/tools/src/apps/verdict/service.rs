//! Following the start of a compose app until there is a verdict.

use covibe_compose::{listed_services, longest_check};
use covibe_coolify::{Health, Live, Service, State, Status};
use covibe_domain::Deployable;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Looks, Workspace};

use super::monitor::{Check, Monitor, Observation};
use super::outcome::{Outcome, containers};
use super::reasons;
use super::rejection::rejection;
use super::witness::{Together, Witness};
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
    let mut sight = Sight::new(before, &witness);
    let mut last: Option<(Observation, Option<Looks>, Owned<Service>)> = None;
    let mut known: Option<Owned<Service>> = None;
    let mut outcome = loop {
        // What docker tells between two questions costs none of Coolify's calls.
        let kept = known.take().filter(|_| !poller.is_due());
        let (now, ()) = tokio::join!(read(&mut poller, coolify, before, kept), witness.look());
        if let Some(rejected) = rejection(&witness).await {
            break rejected;
        }
        let earlier = last.as_ref().and_then(|(_, looks, _)| looks.as_ref());
        let looked = match now {
            Poll::Ready(now) if sight.together(&witness).is_some() => Poll::Ready((None, now)),
            Poll::Ready(now) => {
                let look = async { Ok((coolify.service_by_coolify(&now, earlier).await?, now)) };
                poller.poll(look).await
            }
            Poll::Unavailable => Poll::Unavailable,
            Poll::Failed(failure) => Poll::Failed(failure),
        };
        match looked {
            Poll::Ready((looks, now)) => {
                coolify.note_state(&now);
                let seen = sight.observation(&now, looks.as_ref(), &witness);
                let observation = monitor.certain(std::time::Instant::now(), seen);
                known = Some(now.clone());
                last = Some((observation, looks, now));
                poller.report(observation.progress(&before.name));
                if let Some(verdict) = monitor.observe(std::time::Instant::now(), &observation) {
                    coolify.note_start_over(&Deployable::Service(before.uuid.clone()));
                    break reasons::settled(verdict, &observation, before.uuid.as_str());
                }
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => break reasons::lost(failure, "app"),
        }
        let is_seen = known.is_some() && sight.together(&witness).is_some();
        let goes_on = if is_seen { poller.wait_for_host().await } else { poller.wait().await };
        if !goes_on {
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

/// Returns what Coolify tells of the service, or what it told before if it is not to be asked again yet.
async fn read(
    poller: &mut Poller<'_>,
    coolify: &Coolify,
    before: &Owned<Service>,
    kept: Option<Owned<Service>>,
) -> Poll<Owned<Service>> {
    match kept {
        Some(kept) => Poll::Ready(kept),
        None => poller.poll(coolify.service(&before.uuid)).await,
    }
}

/// Returns the health check that the compose file has.
fn check(service: &Service) -> Check {
    longest_check(service.compose().unwrap_or_default()).map_or(Check::Unknown, Check::Made)
}

/// What is seen of a start, beside what there was before it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct Sight<'a> {
    before: &'a Service,
    /// The services that are to run on.
    lasting: Vec<String>,
    /// Whether containers may have run before the start.
    ran_before: bool,
    /// Whether another call made the start.
    joins_start: bool,
    /// Whether the start was seen to begin.
    has_begun: bool,
    /// Whether Coolify has told another state since.
    has_changed: bool,
    /// What the last look by Coolify saw.
    last: Option<Live>,
}

impl<'a> Sight<'a> {
    fn new(before: &'a Service, witness: &Witness<'_>) -> Self {
        let listed = listed_services(before.compose().unwrap_or_default());
        let lasting = listed.into_iter().filter(|each| each.runs_on).map(|each| each.name);
        Self {
            before,
            lasting: lasting.collect(),
            ran_before: witness.ran_before(),
            joins_start: witness.joins_start(),
            // Another call's start may wait for a worker, too.
            has_begun: witness.joins_start() && before.status.state == State::Starting,
            has_changed: before.status.state != State::Running,
            last: None,
        }
    }

    /// Returns what the docker host has of the containers that are to run on, if it tells that.
    fn together(&self, witness: &Witness<'_>) -> Option<Together> {
        witness.together(&self.lasting).filter(|_| !self.lasting.is_empty())
    }

    fn observation(
        &mut self,
        now: &Service,
        looks: Option<&Looks>,
        witness: &Witness<'_>,
    ) -> Observation {
        let Status { state, health } = now.status;
        self.has_changed |= !matches!(state, State::Running | State::Degraded);
        let is_later = now.last_online_at() > self.before.last_online_at();
        // Coolify notes `exited` when it stops containers, before it starts new ones.
        let is_seen = matches!(state, State::Running | State::Degraded);
        let by_host = self.together(witness);
        let live = by_host.map(|it| it.live).or_else(|| looks.map(Looks::together));
        self.has_begun |= witness.has_new() || state == State::Starting;
        if by_host.is_none() {
            self.has_begun |= self.is_begun(state, live, is_seen && is_later);
            self.last = live.or(self.last);
        }
        let checks = by_host.and_then(|it| it.checks);
        Observation {
            live,
            has_begun: self.has_begun,
            is_whole: match by_host {
                Some(together) => together.is_whole,
                None => looks.is_none_or(Looks::is_whole),
            },
            looked_since: looks.and_then(Looks::oldest),
            state,
            health,
            is_check_open: checks.is_some_and(|checks| checks.health == Health::Unknown),
            is_fresh: self.has_begun && is_seen && (is_later || self.has_changed),
            restarts: None,
            fault: witness.fault(),
            checks,
            as_of: now.last_online_at(),
        }
    }

    /// Returns whether what Coolify tells or sees shows that the start has begun: something runs where nothing
    /// did, or what ran is gone, or what it told to be down before is up since another call's start.
    fn is_begun(&self, state: State, live: Option<Live>, is_newly_up: bool) -> bool {
        let runs = live == Some(Live::Running) || (live.is_none() && is_newly_up);
        let is_stopped = self.before.status.state == State::Running && state == State::Exited;
        let is_other = self.last.is_some() && live.is_some() && self.last != live;
        let was_down = self.before.status.state.runs_nothing();
        let is_joined = self.joins_start && was_down && state == State::Running;
        is_stopped || is_other || is_joined || (runs && !self.ran_before)
    }
}
