//! The workspace itself, and the other workspaces of its tenant.

mod bootstrap;
mod create;
mod describe;
mod errors;
mod list;
mod provision;
mod rollback;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<bootstrap::Bootstrap>(),
        Tool::from_operation::<create::CreateWorkspace>(),
        Tool::from_operation::<describe::DescribeWorkspace>(),
        Tool::from_operation::<list::ListWorkspaces>(),
        Tool::from_operation::<provision::ProvisionWorkspace>(),
        Tool::from_operation::<rollback::RollBackWorkspace>(),
    ]
}
