//! Deployments by uuid.

mod cancel;
mod errors;
mod failure_causes;
mod failure_lines;
mod host_redaction;
mod log_lines;
mod log_search;
mod logs;

use covibe_workspace::Tool;

pub(crate) use failure_causes::{lacks_checker, lacks_server};
pub(crate) use failure_lines::failing_lines as failing;
pub(crate) use log_lines::redacted_lines as shown;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<logs::DeploymentLogs>(),
        Tool::from_operation::<cancel::CancelDeployment>(),
    ]
}
