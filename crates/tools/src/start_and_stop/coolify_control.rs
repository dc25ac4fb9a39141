//! Stops and starts by Coolify: it removes the containers, and creates new ones.

use std::collections::HashSet;

use covibe_coolify::StopOutcome;
use covibe_domain::Failure;
use covibe_workspace::{AnyApp, Hosted, WaitingDeployment};

use super::answer::Controlled;
use super::control_action::Action;
use super::control_call::{Control, Turn};
use super::errors::taken_for_stopped;
use super::image_label_check::rejected_start;
use crate::coolify_poller::Poller;
use crate::deployment_verdict::Outcome;
use crate::queued_deployments::{place, until_begun};
use crate::resource_state::{Part, StateSource};

/// The warning about the losses of a stop by Coolify.
const REMOVED: &str = "Coolify removed the containers: their logs are gone, as are files that were not in a \
    volume. The operator can set COVIBE_DOCKER_HOST, so that a stop keeps them.";

/// The warning about the losses of a restart by Coolify.
const REPLACED: &str = "Coolify created new containers: the logs of the old ones are gone, as are files that \
    were not in a volume.";

/// The reason why Coolify restarts a resource that Docker could restart.
const CHANGED: &str = "A change required new containers.";

/// The loss by a restart that only removed containers.
const REMOVED_ALONE: &str = "Coolify removed containers, and no new ones appeared: their logs are \
    gone, as are files that were not in a volume.";

/// The state after a restart that created no new container.
const KEPT: &str = "A change requires new containers, but no new ones appeared: the old containers \
                    remain.";

/// The result of a start by Coolify.
pub(crate) struct StartResult {
    /// True if it was seen to run, or to have completed.
    pub(crate) is_up: bool,
    /// The problem, if it is not up.
    pub(crate) warning: Option<String>,
    /// The next call to make.
    pub(crate) next: Option<String>,
}

impl StartResult {
    /// Converts the outcome of a start.
    ///
    /// # Errors
    ///
    /// Rejected if it was stopped, because it may not run.
    pub(crate) fn from_outcome(outcome: Outcome) -> Result<Self, Failure> {
        let (is_up, is_rejected) = (outcome.is_good(), outcome.is_rejected());
        let (reason, next) = outcome.into_reason_and_next();
        if is_rejected {
            return Err(rejected_start(reason, next));
        }
        Ok(Self { is_up, warning: (!is_up).then_some(reason), next: Some(next) })
    }
}

/// Starts a resource by Coolify, or starts it again with its current settings.
pub(crate) trait ByCoolify: Sync {
    /// Starts it, gives the turn back, and waits for the result.
    fn start_again(
        &self,
        control: &Control<'_>,
        turn: Turn,
    ) -> impl Future<Output = Result<StartResult, Failure>> + Send;
}

impl Control<'_> {
    /// Lets Coolify stop or start the resource.
    pub(super) async fn by_coolify(
        &self,
        way: &impl ByCoolify,
        source: &StateSource,
        before: &[Part],
        turn: Turn,
    ) -> Result<Controlled, Failure> {
        if self.action == Action::Stop {
            return self.stop_by_coolify(source, turn).await;
        }
        let told = way.start_again(self, turn).await?;
        let parts = self.look_at_services(source).await.map_err(Failure::in_doubt)?;
        // Coolify's status may be from between the stop and the start.
        self.coolify.note_change(self.resource.uuid());
        let answer = Controlled::new(self, "coolify", &parts);
        let answer = if told.is_up { answer } else { answer.into_unreached() };
        let lost = match source {
            StateSource::Docker(_) => replacement_warning(before, &parts),
            StateSource::Coolify => {
                (told.is_up && !before.iter().all(Part::is_down)).then(|| REPLACED.to_owned())
            }
        };
        Ok(answer.warn(told.warning).warn(lost).with_hint(told.next))
    }

    /// Waits until a start has its place, as long as the call may wait. Returns the result to report if it has none
    /// by then.
    pub(crate) async fn wait_for_place(
        &self,
        waiting: WaitingDeployment,
    ) -> Result<Option<StartResult>, Failure> {
        let waits = until_begun(self.cx, self.coolify, waiting).await?;
        Ok(waits.map(|waits| StartResult {
            is_up: false,
            warning: Some(place(&waits)),
            next: None,
        }))
    }

    async fn stop_by_coolify(
        &self,
        source: &StateSource,
        turn: Turn,
    ) -> Result<Controlled, Failure> {
        let removes = self.request_stop().await?;
        drop(turn);
        let polling = self.coolify.polling();
        let poller = Poller::new(self.cx, &polling);
        let watched =
            self.watch(source, poller, |parts, since| self.is_settled(parts, since)).await?;
        self.coolify.note_change(self.resource.uuid());
        let answer = Controlled::new(self, "coolify", &watched.parts);
        Ok(answer.warn(watched.unsettled).warn(removes.then(|| REMOVED.to_owned())))
    }

    /// Requests the stop. Returns whether it removes the containers: Coolify keeps those of a service that it
    /// takes for stopped, which are stopped one by one.
    async fn request_stop(&self) -> Result<bool, Failure> {
        match self.resource {
            Hosted::App(AnyApp::Application(app)) => {
                self.coolify.stop_application(app).await?;
                Ok(true)
            }
            Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service) => {
                Ok(self.coolify.stop_service(service).await? == StopOutcome::Queued)
            }
            Hosted::Database(database) => match self.coolify.stop_database(database).await? {
                StopOutcome::Queued => Ok(true),
                StopOutcome::Refused => Err(taken_for_stopped()),
            },
        }
    }
}

/// Returns a warning about the containers that were there before a start by Coolify.
fn replacement_warning(before: &[Part], after: &[Part]) -> Option<String> {
    let ids = |parts: &[Part]| -> HashSet<_> {
        parts.iter().flat_map(|part| &part.held).map(|one| one.container.id().clone()).collect()
    };
    let (before, after) = (ids(before), ids(after));
    if before.is_empty() {
        None
    } else if before == after {
        Some(KEPT.to_owned())
    } else if after.is_subset(&before) {
        Some(REMOVED_ALONE.to_owned())
    } else {
        Some(format!("{CHANGED} {REPLACED}"))
    }
}
