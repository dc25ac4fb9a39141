//! Following a start from the request on, through the wait for its place, until there is a verdict.

use std::time::Instant;

use covibe_compose::longest_check;
use covibe_domain::Failure;
use covibe_domain::entities::WaitingStart;
use covibe_workspace::{Coolify, Hosted, Inspections, WaitingDeployment, Workspace};
use tokio::time::timeout;

use super::container_monitor::{KnownCheck, Monitor, Observation};
use super::deployment_outcome::{Outcome, containers};
use super::docker_evidence::Witness;
use super::observation_rounds::{Judgement, Rounds, Sighting};
use super::outcome_reasons::Subject;
use super::start_observations::{CoolifyRow, StartSight};
use crate::coolify_poller::Poller;
use crate::queued_deployments::{start_waits, until_begun};
use crate::resource_state::{Sight, sight};

/// The result of following a start for as long as a call may wait.
#[derive(Debug)]
pub(crate) enum Followed {
    /// There is a verdict, or none within that time.
    Judged(Box<Outcome>),
    /// It has no place yet.
    Waits(WaitingDeployment),
}

impl Followed {
    /// Returns the outcome, or where the start stands.
    pub(crate) fn parts(self) -> (Option<Outcome>, Option<WaitingStart>) {
        match self {
            Self::Judged(outcome) => (Some(*outcome), None),
            Self::Waits(waiting) => (None, Some(start_waits(&waiting))),
        }
    }
}

/// Returns what is seen of a resource after its start was followed, if there is time left to look.
pub(crate) async fn last_sight(
    cx: &Workspace,
    coolify: &Coolify,
    resource: &Hosted,
) -> Option<Sight> {
    let left = cx.deadline().saturating_duration_since(Instant::now());
    let look = async {
        let resource = coolify.reread(resource).await.ok()?;
        Some(sight(coolify, &resource).await)
    };
    // Boxed because the future is large.
    timeout(left / 2, Box::pin(look)).await.ok().flatten()
}

/// Says that it is not known what became of a start. `show` is the tool that shows the state.
pub(crate) fn unfollowed_warning(failure: &Failure, show: &str) -> String {
    format!("The outcome of its start is unknown: {} {show} shows its state.", failure.message)
}

/// Follows a start, which may wait for its place, with a witness from before it.
///
/// # Errors
///
/// Conflict if it was cancelled while it waited, or could not be requested then.
pub(crate) async fn follow(
    cx: &Workspace,
    coolify: &Coolify,
    witness: Witness<'_>,
    waiting: Option<WaitingDeployment>,
) -> Result<Followed, Failure> {
    if let Some(waiting) = waiting
        && let Some(waits) = until_begun(cx, coolify, waiting).await?
    {
        return Ok(Followed::Waits(waits));
    }
    // Boxed because the future is large.
    let outcome = Box::pin(start(cx, coolify, witness)).await;
    Ok(Followed::Judged(Box::new(outcome)))
}

/// Follows the first start of a resource, which was requested or waits: all of its containers are of that start.
///
/// # Errors
///
/// As [`follow`].
pub(crate) async fn follow_new(
    cx: &Workspace,
    coolify: &Coolify,
    resource: Hosted,
    waits: Option<WaitingStart>,
) -> Result<Followed, Failure> {
    let waiting = match waits {
        Some(waits) => coolify.waiting(&waits.uuid).await?,
        None => None,
    };
    let witness = Witness::after_start(cx, coolify, resource).await;
    follow(cx, coolify, witness, waiting).await
}

/// Follows a start with a witness from before it.
pub(crate) async fn start(cx: &Workspace, coolify: &Coolify, mut witness: Witness<'_>) -> Outcome {
    let coolify = &coolify.polling();
    let mut poller = Poller::new(cx, coolify);
    let rounds = Rounds {
        coolify,
        poller: &mut poller,
        monitor: Monitor::new(cx.settings().stability, check(&witness.resource)),
        subject: Subject::new(&witness.resource),
    };
    let notice = cx.settings().start_limits.restart_notice();
    let row = CoolifyRow::read(&witness.resource, true);
    let mut sight = StartSight::new(row, notice, witness.ran_before(), witness.joins_start());
    let judged = rounds.judge(&mut sight, &mut witness).await;
    let Judgement { mut outcome, last, known, is_settled } = judged;
    if is_settled {
        coolify.note_start_over(&known.deployable());
    }
    if let (Some((observation, looks)), Some(service)) = (&last, known.service()) {
        let looks = looks.as_ref();
        let shown = |name: &str| witness.started.live(name);
        let live = |name: &str| shown(name).or_else(|| looks.and_then(|it| it.state_of(name)));
        let (is_certain, is_fresh) = (!observation.is_check_open, observation.is_fresh);
        outcome.containers = containers(service, live, is_certain, is_fresh);
    }
    outcome.with_evidence(&witness).await
}

impl Sighting for StartSight {
    type Look = Inspections;

    const ASKS_FIRST: bool = true;

    fn is_shown(&self, witness: &Witness<'_>) -> bool {
        witness.started.combined_state().is_some()
    }

    /// Lets Coolify look at the containers of a service. Its look at a database would show the log of another tenant's
    /// (4.3.11).
    async fn ask_coolify(
        &self,
        coolify: &Coolify,
        now: &Hosted,
        earlier: Option<&Inspections>,
    ) -> Result<Option<Inspections>, Failure> {
        match now.service() {
            Some(service) => coolify.service_by_coolify(service, earlier).await,
            None => Ok(None),
        }
    }

    fn observation(
        &mut self,
        now: &Hosted,
        is_read: bool,
        looks: Option<&Inspections>,
        witness: &Witness<'_>,
    ) -> Observation {
        self.observe(CoolifyRow::read(now, is_read), looks, &witness.started)
    }
}

/// Returns the health check that the compose file has.
fn check(resource: &Hosted) -> KnownCheck {
    let file = resource.service().and_then(|service| service.compose());
    longest_check(file.unwrap_or_default()).map_or(KnownCheck::Unknown, KnownCheck::Made)
}
