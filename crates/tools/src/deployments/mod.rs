//! Deployments, by their own uuid.

mod logs;

use crate::registry::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::of::<logs::DeploymentLogs>()]
}
