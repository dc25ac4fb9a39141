//! Containers that are not started, because of labels of their images.

use covibe_domain::{Failure, Kind};
use covibe_workspace::OnHost;

use super::control_call::Control;
use crate::container_access::{InspectedContainer, end_rejected, foreign_label, foreign_labels};

impl Control<'_> {
    /// Checks that Docker may start these containers. If one may not run, all of the resource's are ended. If docker
    /// does not tell their labels, they are started as before, and judged when it does.
    ///
    /// # Errors
    ///
    /// Rejected if the image of one has a label that the proxy or Coolify acts on.
    pub(super) async fn check_labels(
        &self,
        host: &OnHost,
        targets: &[&InspectedContainer],
    ) -> Result<(), Failure> {
        let containers = targets.iter().map(|one| one.container.clone()).collect();
        let judging = foreign_labels(self.coolify, host, self.resource, containers);
        let Ok(labels) = Box::pin(judging).await else { return Ok(()) };
        let mut rejected = targets.iter().zip(&labels);
        let Some((first, label)) = rejected.find_map(|(one, label)| Some((*one, label.as_ref()?)))
        else {
            return Ok(());
        };
        let ending = end_rejected(self.cx, host, self.resource, (first, label));
        let ending = if Box::pin(ending).await {
            "It is not running."
        } else {
            "It could not be stopped: tell the operator."
        };
        let container = first.container.service();
        let name = if self.resource.is_compose() { container } else { "the container" };
        Err(foreign_label(name, label, ending))
    }
}

/// The app was started by Coolify, and stopped because it may not run.
pub(crate) fn rejected_start(reason: String, next: String) -> Failure {
    Failure::new(Kind::Rejected, reason).hint(next).in_doubt()
}
