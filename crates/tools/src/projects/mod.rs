//! Projects: what the workspace's owner plans, imports or has built.

mod create;
mod get;
mod input;
mod list;
mod update;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<create::CreateProject>(),
        Tool::from_operation::<get::GetProject>(),
        Tool::from_operation::<list::ListProjects>(),
        Tool::from_operation::<update::UpdateProject>(),
    ]
}
