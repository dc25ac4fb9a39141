//! The caller's own sessions; for people who are signed in.

mod list;
mod revoke;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<list::ListSessions>(),
        Tool::from_operation::<revoke::RevokeSession>(),
    ]
}
