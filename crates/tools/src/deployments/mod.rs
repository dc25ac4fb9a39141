//! Deployments by uuid.

mod cancel;
mod errors;
mod failing;
mod host;
mod lines;
mod logs;
mod probe;
mod search;

use covibe_workspace::Tool;

pub(crate) use failing::failing_lines as failing;
pub(crate) use lines::redacted_lines as shown;
pub(crate) use probe::{lacks_checker, lacks_server};

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<logs::DeploymentLogs>(),
        Tool::from_operation::<cancel::CancelDeployment>(),
    ]
}
