//! Following the start of a compose app, auth provider or database until there is a verdict.

use std::time::Instant;

use covibe_compose::longest_check;
use covibe_coolify::{Health, Live, State, Status};
use covibe_domain::{Failure, Timestamp};
use covibe_workspace::{Coolify, Hosted, Looks, Workspace};

use super::monitor::{Check, Monitor, Observation};
use super::outcome::{Outcome, containers};
use super::reasons::{self, at_the_end};
use super::rejection::rejection;
use super::subject::Subject;
use super::witness::Witness;
use crate::poller::{Poll, Poller};
use crate::sight::read_row;

/// Follows a start with a witness from before it.
pub(crate) async fn start(cx: &Workspace, coolify: &Coolify, mut witness: Witness<'_>) -> Outcome {
    let coolify = &coolify.polling();
    let subject = Subject::new(&witness.resource);
    let mut poller = Poller::new(cx, coolify);
    let mut monitor = Monitor::new(cx.settings().stability, check(&witness.resource));
    let mut sight = StartSight::new(cx, &witness);
    let mut last: Option<(Observation, Option<Looks>)> = None;
    let mut known = witness.resource.clone();
    let mut outcome = loop {
        // What docker tells between two questions costs none of Coolify's calls.
        let is_seen = last.is_some() && witness.together().is_some();
        let asks = !is_seen || poller.is_due();
        let (read, ()) = tokio::join!(read(&mut poller, coolify, &known, asks), witness.look());
        if let Some(rejected) = rejection(&witness).await {
            break rejected;
        }
        let is_told = asks && matches!(read, Poll::Ready(_));
        let is_seen = witness.together().is_some();
        let earlier = last.as_ref().and_then(|(_, looks)| looks.as_ref());
        let looked = match read {
            Poll::Ready(now) if is_seen => Poll::Ready((None, now)),
            // What docker shows is not lost because Coolify does not answer.
            Poll::Unavailable if is_seen => Poll::Ready((None, known.clone())),
            Poll::Ready(now) => {
                let look = async { Ok((by_coolify(coolify, &now, earlier).await?, now)) };
                poller.poll(look).await
            }
            Poll::Unavailable => Poll::Unavailable,
            Poll::Failed(failure) => Poll::Failed(failure),
        };
        match looked {
            Poll::Ready((looks, now)) => {
                if let Some(service) = now.service().filter(|_| is_told) {
                    coolify.note_state(service);
                }
                let seen = sight.observation(&now, looks.as_ref(), &witness);
                let observation = monitor.certain(Instant::now(), seen);
                (last, known) = (Some((observation, looks)), now);
                poller.report(observation.progress(&subject.name));
                if let Some(verdict) = monitor.observe(Instant::now(), &observation) {
                    coolify.note_start_over(&known.deployable());
                    break reasons::settled(verdict, &observation, &subject);
                }
            }
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => break reasons::lost(failure, subject.noun, &subject.show),
        }
        let goes_on = if is_seen { poller.wait_for_host().await } else { poller.wait().await };
        if !goes_on {
            let last = last.as_ref().map(|(observation, _)| *observation);
            break at_the_end(&monitor, last, poller.end_reason(), &subject);
        }
    };
    if let (Some((observation, looks)), Some(service)) = (&last, known.service()) {
        let looks = looks.as_ref();
        let live = |name: &str| witness.live(name).or_else(|| looks.and_then(|it| it.of(name)));
        let (is_certain, is_fresh) = (!observation.is_check_open, observation.is_fresh);
        outcome.containers = containers(service, live, is_certain, is_fresh);
    }
    outcome.with(&witness).await
}

/// Returns what Coolify tells of the resource, or what it told before if it is not to be asked now.
async fn read(
    poller: &mut Poller<'_>,
    coolify: &Coolify,
    known: &Hosted,
    asks: bool,
) -> Poll<Hosted> {
    if asks { poller.poll(coolify.reread(known)).await } else { Poll::Ready(known.clone()) }
}

/// Has Coolify look at the containers of a service. Its look at a database would show the log of another tenant's
/// (4.3.11).
async fn by_coolify(
    coolify: &Coolify,
    resource: &Hosted,
    earlier: Option<&Looks>,
) -> Result<Option<Looks>, Failure> {
    match resource.service() {
        Some(service) => coolify.service_by_coolify(service, earlier).await,
        None => Ok(None),
    }
}

/// Returns the health check that the compose file has.
fn check(resource: &Hosted) -> Check {
    let file = resource.service().and_then(|service| service.compose());
    longest_check(file.unwrap_or_default()).map_or(Check::Unknown, Check::Made)
}

/// What is seen of a start, beside what there was before it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct StartSight {
    /// What Coolify told before it, and when it had looked.
    before: State,
    seen_before: Option<Timestamp>,
    /// When Coolify certainly tells a database that it has restarted.
    noticed_at: Timestamp,
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

impl StartSight {
    fn new(cx: &Workspace, witness: &Witness<'_>) -> Self {
        let (Status { state: before, .. }, seen_before) = read_row(&witness.resource);
        Self {
            before,
            seen_before,
            noticed_at: Timestamp::now().after(cx.settings().start_limits.restart_notice()),
            ran_before: witness.ran_before(),
            joins_start: witness.joins_start(),
            // Another call's start may wait for a worker, too.
            has_begun: witness.joins_start() && before == State::Starting,
            has_changed: before != State::Running,
            last: None,
        }
    }

    fn observation(
        &mut self,
        now: &Hosted,
        looks: Option<&Looks>,
        witness: &Witness<'_>,
    ) -> Observation {
        let (Status { state, health }, seen_at) = read_row(now);
        self.has_changed |= !matches!(state, State::Running | State::Degraded);
        let is_later = seen_at > self.seen_before;
        // Coolify notes `exited` when it stops containers, before it starts new ones.
        let is_seen = matches!(state, State::Running | State::Degraded);
        let by_host = witness.together();
        let is_absent = by_host.is_some_and(|it| it.live == Some(Live::Absent));
        let lacks_container = is_absent && now.service().is_none();
        let live = match by_host {
            _ if lacks_container => None,
            Some(together) => together.live,
            None => looks.map(Looks::together),
        };
        self.has_begun |= witness.has_new() || state == State::Starting;
        // Of a service, Coolify tells then that it is being started, once it begins to do that.
        self.has_begun |= now.service().is_none() && witness.has_removed_all();
        if by_host.is_none() {
            self.has_begun |= self.is_begun(state, live, is_seen && is_later);
            // Nothing else tells of a database that its container is a new one.
            let is_noticed = seen_at.is_some_and(|at| at >= self.noticed_at);
            self.has_begun |= now.service().is_none() && is_seen && is_noticed;
            self.last = live.or(self.last);
        }
        let checks = by_host.and_then(|it| it.checks);
        Observation {
            live,
            is_by_host: by_host.is_some(),
            has_begun: self.has_begun,
            has_completed: by_host.is_some_and(|it| it.has_completed),
            lacks_container,
            is_whole: match by_host {
                Some(together) => together.is_whole,
                None => looks.is_none_or(Looks::is_whole),
            },
            looked_since: looks.and_then(Looks::oldest),
            state,
            health,
            is_check_open: checks.is_some_and(|checks| checks.health == Health::Unknown),
            is_fresh: self.has_begun && is_seen && (is_later || self.has_changed),
            restarts: witness.restarts(),
            fault: witness.fault(),
            checks,
            as_of: seen_at,
        }
    }

    /// Returns whether what Coolify tells or sees shows that the start has begun: something runs where nothing
    /// did, or what ran is gone, or what it told to be down before is up since another call's start.
    fn is_begun(&self, state: State, live: Option<Live>, is_newly_up: bool) -> bool {
        let runs = live == Some(Live::Running) || (live.is_none() && is_newly_up);
        let is_stopped = self.before == State::Running && state == State::Exited;
        let is_other = self.last.is_some() && live.is_some() && self.last != live;
        let is_joined = self.joins_start && self.before.runs_nothing() && state == State::Running;
        is_stopped || is_other || is_joined || (runs && !self.ran_before)
    }
}
