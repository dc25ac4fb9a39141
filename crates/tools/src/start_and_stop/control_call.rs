//! A call that stops, starts or restarts a resource, and the check of whether it has reached its goal.

use covibe_domain::{Failure, KeyedTurn};
use covibe_workspace::{Coolify, Hosted, Workspace};

use super::control_action::Action;
use crate::resource_state::{Condition, Part, StateSource, look_at_parts};

/// The turn of a call on a resource: no other call of this process controls or deploys it meanwhile.
pub(crate) type Turn = KeyedTurn;

/// A call that stops, starts or restarts a resource.
pub(crate) struct Control<'a> {
    /// The workspace.
    pub(crate) cx: &'a Workspace,
    /// Its Coolify.
    pub(crate) coolify: &'a Coolify,
    /// The resource.
    pub(crate) resource: &'a Hosted,
    /// The action.
    pub(crate) action: Action,
    /// The service that the call names; `None` for all.
    pub(crate) service: Option<&'a str>,
}

impl Control<'_> {
    /// Looks at all services of the resource, or at the one that the call names.
    pub(super) async fn look_at_services(
        &self,
        source: &StateSource,
    ) -> Result<Vec<Part>, Failure> {
        look_at_parts(source, self.coolify, self.resource, self.service).await
    }

    /// Returns whether everything is in the requested state. A job that the call names may have ended well.
    pub(super) fn is_reached(&self, parts: &[Part]) -> bool {
        let mut counted = parts.iter().filter(|part| part.counts);
        let jobs = self.resource.jobs();
        let is_done = |part: &Part| {
            let is_job = part.service.as_ref().is_some_and(|name| jobs.contains(name));
            is_job && part.exit_code() == Some(0)
        };
        match self.action {
            Action::Stop => parts.iter().all(Part::is_down),
            Action::Start | Action::Restart => {
                let runs = |part: &Part| part.condition == Condition::Up && part.restarts() == 0;
                !parts.is_empty() && counted.all(|part| runs(part) || is_done(part))
            }
        }
    }

    /// Returns a hint with the call that shows the state.
    pub(super) fn where_to_look(&self) -> String {
        let uuid = self.resource.uuid();
        match self.resource {
            Hosted::Database(_) => format!(
                "databases.get {{\"uuid\":\"{uuid}\"}} returns its state; apps.logs with the same \
                 uuid shows why it ended, if the server has access to the docker host."
            ),
            _ => format!("apps.logs {{\"uuid\":\"{uuid}\"}} shows its state, and why it ended."),
        }
    }
}
