//! The caller's own sessions; for people who are signed in.

mod list;
mod revoke;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::of::<list::ListSessions>(), Tool::of::<revoke::RevokeSession>()]
}
