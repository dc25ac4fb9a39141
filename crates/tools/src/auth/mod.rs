//! Auth providers of the allowlist.

mod create;
mod delete;
mod errors;
mod facts;
mod get;
mod hosts;
mod list;
mod next_steps;
mod open;
mod provider;
mod required_envs;
mod view;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<create::CreateAuth>(),
        Tool::of::<delete::DeleteAuth>(),
        Tool::of::<get::GetAuth>(),
        Tool::of::<list::ListAuth>(),
        Tool::of::<open::OpenAuth>(),
    ]
}
