//! Databases of the eight types that Coolify runs.

mod control;
mod create;
mod credentials;
mod database_changes;
mod database_entity;
mod database_image;
mod database_start;
mod delete;
mod errors;
mod get;
mod list;
mod public_port;
mod update;

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
