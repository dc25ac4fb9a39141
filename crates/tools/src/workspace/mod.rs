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
        Tool::of::<bootstrap::Bootstrap>(),
        Tool::of::<create::CreateWorkspace>(),
        Tool::of::<describe::DescribeWorkspace>(),
        Tool::of::<list::ListWorkspaces>(),
        Tool::of::<provision::ProvisionWorkspace>(),
        Tool::of::<rollback::RollBackWorkspace>(),
    ]
}
