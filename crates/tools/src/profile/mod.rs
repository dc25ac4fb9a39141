//! The caller as a person; for people who are signed in.

mod get;
mod update;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::from_operation::<get::GetProfile>(), Tool::from_operation::<update::UpdateProfile>()]
}
