//! Following the start of a compose app, auth provider or database until there is a verdict.

use covibe_compose::longest_check;
use covibe_domain::Failure;
use covibe_workspace::{Coolify, Hosted, Inspections, Workspace};

use super::monitor::{KnownCheck, Monitor, Observation};
use super::outcome::{Outcome, containers};
use super::rounds::{Judgement, Rounds, Sighting};
use super::start_sight::{CoolifyRow, StartSight};
use super::subject::Subject;
use super::witness::Witness;
use crate::poller::Poller;

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
