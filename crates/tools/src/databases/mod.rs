//! Databases of the eight types that Coolify runs.

mod compared;
mod control;
mod create;
mod credentials;
mod delete;
mod errors;
mod exposure;
mod get;
mod image;
mod kind;
mod list;
mod renamed;
mod restart;
mod start;
mod update;
mod view;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<control::ControlDatabase>(),
        Tool::of::<create::CreateDatabase>(),
        Tool::of::<delete::DeleteDatabase>(),
        Tool::of::<get::GetDatabase>(),
        Tool::of::<list::ListDatabases>(),
        Tool::of::<update::UpdateDatabase>(),
    ]
}
