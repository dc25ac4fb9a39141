//! Carries a call out: not at all, by docker, or by Coolify.

use covibe_domain::Failure;
use covibe_workspace::Hosted;

use super::answer::Controlled;
use super::control_action::Action;
use super::control_call::{Control, Turn};
use super::coolify_control::ByCoolify;
use super::errors;
use crate::resource_state::StateSource;
use crate::resource_state::{Condition, Part};

/// The way in which a call is carried out.
enum Step {
    /// Not at all, for this reason: the requested state is there already.
    Nothing(&'static str),
    /// By docker.
    Docker,
    /// By Coolify.
    Coolify,
}

impl Control<'_> {
    /// Carries the call out, and returns the state that was seen afterwards. `way` starts the resource by Coolify.
    pub(crate) async fn run(self, way: &impl ByCoolify, turn: Turn) -> Result<Controlled, Failure> {
        if self.action != Action::Stop {
            self.coolify.check_hosted(self.resource).await?;
        }
        let source = StateSource::for_resource(self.coolify, self.resource).await?;
        if matches!(source, StateSource::Coolify) && self.service.is_some() {
            return Err(errors::one_service_needs_host());
        }
        let before = self.look_at_services(&source).await?;
        // Boxed because the futures are large.
        match (self.step(&source, &before).await?, &source) {
            (Step::Nothing(why), _) => {
                let mut counted = before.iter().filter(|part| part.counts);
                // It may have been restarted by docker long ago.
                let is_up = counted.all(|part| part.condition == Condition::Up);
                let is_so = is_up || self.action == Action::Stop;
                Ok(Controlled::new(&self, source.as_str(), &before).into_unchanged(why, is_so))
            }
            (Step::Docker, StateSource::Docker(host)) => {
                Box::pin(self.by_docker(host, &source, before, turn)).await
            }
            _ => Box::pin(self.by_coolify(way, &source, &before, turn)).await,
        }
    }

    /// Decides how the call is carried out.
    async fn step(&self, source: &StateSource, before: &[Part]) -> Result<Step, Failure> {
        let mut counted = before.iter().filter(|part| part.counts);
        let has_none = counted.clone().all(|part| part.condition == Condition::Absent);
        let is_docker = matches!(source, StateSource::Docker(_));
        if is_docker && has_none && self.awaits_container().await? {
            return Err(errors::start_under_way());
        }
        if self.action == Action::Stop {
            return Ok(match (before.iter().all(Part::is_down), is_docker) {
                (true, _) if self.may_run_unseen(source) => Step::Coolify,
                (true, _) => Step::Nothing("Nothing was done: it was not running."),
                (false, true) => Step::Docker,
                (false, false) => Step::Coolify,
            });
        }
        if let Some(part) = before.iter().find(|part| part.condition == Condition::Paused) {
            return Err(errors::paused_container(part.name()));
        }
        let runs = !has_none && counted.all(Part::is_started);
        if self.action == Action::Start && (runs || self.may_run_unseen(source)) {
            return Ok(Step::Nothing("Nothing was done: it was already started."));
        }
        match (is_docker, has_none, self.service) {
            (true, true, Some(name)) => {
                Err(errors::service_without_container(name, self.resource.how_to_start()))
            }
            (false, ..) | (true, true, None) => Ok(Step::Coolify),
            (true, false, None)
                if self.action == Action::Restart && self.change_waits(before).await? =>
            {
                Ok(Step::Coolify)
            }
            (true, false, _) => Ok(Step::Docker),
        }
    }

    /// Returns whether a database may run although Coolify still reports that it is exited. Only a docker host can
    /// look at it: Coolify's own look shows the log of another tenant's (4.3.11).
    fn may_run_unseen(&self, source: &StateSource) -> bool {
        matches!((source, self.resource), (StateSource::Coolify, Hosted::Database(_)))
            && self.coolify.is_recently_started(self.resource.uuid())
    }

    /// Returns whether Coolify may still create the container of a database. For services and apps, Coolify reports
    /// it.
    async fn awaits_container(&self) -> Result<bool, Failure> {
        match self.resource {
            Hosted::Database(database) => {
                let resource = self.resource.deployable();
                self.coolify.has_start_under_way(&resource, database.status.state).await
            }
            _ => Ok(false),
        }
    }
}
