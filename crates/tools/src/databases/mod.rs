//! Databases of the eight types that Coolify runs.

mod changes;
mod control;
mod create;
mod credentials;
mod delete;
mod errors;
mod get;
mod image;
mod list;
mod public_port;
mod start;
mod update;
mod view;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<control::ControlDatabase>(),
        Tool::from_operation::<create::CreateDatabase>(),
        Tool::from_operation::<delete::DeleteDatabase>(),
        Tool::from_operation::<get::GetDatabase>(),
        Tool::from_operation::<list::ListDatabases>(),
        Tool::from_operation::<update::UpdateDatabase>(),
    ]
}
