//! Deployments by uuid.

mod cancel;
mod errors;
mod failure_causes;
mod failure_lines;
mod host_redaction;
mod lines;
mod logs;
mod search;

use covibe_workspace::Tool;

pub(crate) use failure_causes::{lacks_checker, lacks_server};
pub(crate) use failure_lines::failing_lines as failing;
pub(crate) use lines::redacted_lines as shown;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<logs::DeploymentLogs>(),
        Tool::from_operation::<cancel::CancelDeployment>(),
    ]
}
